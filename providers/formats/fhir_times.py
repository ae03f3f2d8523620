"""To which time a FHIR resource belongs."""

from collections.abc import Iterator, Mapping

from providers.formats import times
from providers.formats.surroundings import Surroundings
from providers.issues import Issue
from providers.payload import JSON

_EFFECTIVE = ("effectiveDateTime", "effectivePeriod", "effectiveInstant")
_PREFERRED: Mapping[str, tuple[str, ...]] = {
    "Observation": (*_EFFECTIVE, "effectiveTiming"),
    "DiagnosticReport": _EFFECTIVE,
    "MedicationRequest": ("authoredOn",),
    "MedicationDispense": ("whenHandedOver", "whenPrepared"),
    "MedicationStatement": _EFFECTIVE,
    "MedicationAdministration": _EFFECTIVE,
    "Immunization": ("occurrenceDateTime",),
    "AllergyIntolerance": ("onsetDateTime", "onsetPeriod", "recordedDate"),
    "Condition": ("onsetDateTime", "onsetPeriod", "recordedDate"),
    "Procedure": ("performedDateTime", "performedPeriod"),
    "DocumentReference": ("date",),
    "Composition": ("date",),
    "QuestionnaireResponse": ("authored",),
}
_SECOND_BEST = ("issued", "dateAsserted", "recorded", "recordedDate")
READING = "reading"
"""Basis of a record that says no time at all: the day on which it was read."""


def find(
    resource: Mapping[str, JSON],
    own_references: tuple[str, ...],
    around: Surroundings,
    issues: list[Issue],
) -> times.Span:
    """Return when the resource held.

    Falls back to the time of the panel or report that it belongs to, to the time at
    which it was issued, and last to the day of reading; a fallback is flagged as
    PHR-V13.
    """
    span = next(_spans(resource, _PREFERRED[resource["resourceType"]]), None)
    if span is not None:
        return span
    handed_down = (around.inherited.get(text) for text in own_references)
    span = next((s for s in handed_down if s is not None), None)
    span = span or next(_spans(resource, _SECOND_BEST), None)
    span = span or times.at(around.now, READING)
    issues.append(Issue("PHR-V13", "", f"No time of its own: taken from {span.basis}."))
    return span


def _spans(
    resource: Mapping[str, JSON], names: tuple[str, ...]
) -> Iterator[times.Span]:
    for name in names:
        value = resource.get(name)
        try:
            if isinstance(value, str):
                time = times.parse(value)
                yield times.Span(time, time, name)
            elif isinstance(value, dict) and (value.keys() & {"start", "end"}):
                first = value.get("start", value.get("end"))
                start = times.parse(str(first))
                end = times.parse(str(value["end"])) if "end" in value else start
                yield times.Span(start, end, name)
        except times.BadTime:
            continue
