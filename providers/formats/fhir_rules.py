"""What a FHIR resource means and must not say: rules that no shape check knows.

Required bindings, invariants, references, order of times, plausibility. Codes after
`docs/formats/intake.md`, section 6. Every rule takes a resource that has passed the
shape check and reports issues; none changes anything.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from importlib import resources

from pds.core.clock import to_millis, tokyo_day
from providers.formats import times
from providers.formats.categories import codings
from providers.formats.measurements import (
    JLAC10_SYSTEMS,
    LOINC,
    Concept,
    find,
    is_jlac10,
)
from providers.formats.surroundings import Surroundings
from providers.issues import Issue
from providers.payload import JSON

FUTURE_ALLOWANCE = timedelta(hours=24)
_REQUIRED_CODES = frozenset({"status", "intent"})
_YEAR_1900 = times.parse("1900-01-01").first_day
_COMPARATORS = frozenset({"<", "<=", ">=", ">"})
_BP_PANELS = frozenset({"85354-9", "55284-4"})
_BP_PARTS = ("8480-6", "8462-4")
_PATIENT = frozenset({"Patient"})
_SUBJECT_TYPES = frozenset({"Patient", "Group"})
_REFERENCES: Mapping[tuple[str, str], frozenset[str]] = {
    ("Immunization", "patient"): _PATIENT,
    ("AllergyIntolerance", "patient"): _PATIENT,
    ("Coverage", "beneficiary"): _PATIENT,
    ("Condition", "subject"): _SUBJECT_TYPES,
    ("Procedure", "subject"): _SUBJECT_TYPES,
    ("MedicationRequest", "subject"): _SUBJECT_TYPES,
    ("MedicationDispense", "subject"): _SUBJECT_TYPES,
    ("MedicationStatement", "subject"): _SUBJECT_TYPES,
    ("MedicationAdministration", "subject"): _SUBJECT_TYPES,
    ("Observation", "subject"): _SUBJECT_TYPES | {"Device", "Location"},
    ("DiagnosticReport", "subject"): _SUBJECT_TYPES | {"Device", "Location"},
    ("MedicationRequest", "medicationReference"): frozenset({"Medication"}),
    ("MedicationDispense", "medicationReference"): frozenset({"Medication"}),
    ("MedicationStatement", "medicationReference"): frozenset({"Medication"}),
    ("MedicationAdministration", "medicationReference"): frozenset({"Medication"}),
}
_BINDINGS: Mapping[str, Mapping[str, list[str]]] = json.loads(
    resources.files("providers.formats")
    .joinpath("bindings.json")
    .read_text(encoding="utf-8")
)


def check(resource: Mapping[str, JSON], around: Surroundings) -> Iterator[Issue]:
    """Yield every breach in a resource, apart from measured values."""
    yield from _bindings(resource)
    yield from _references(resource, around.types)
    yield from _walk(resource, "")
    if resource["resourceType"] == "Observation":
        yield from _observation(resource)


def check_required(
    resource: Mapping[str, JSON], known: Iterable[Issue]
) -> Iterator[Issue]:
    """Yield PHR-S10 for required codes that the shape check has not missed yet.

    The library looks for these only when everything else is there.
    """
    reported = {issue.path for issue in known}
    for name in _REQUIRED_CODES & _BINDINGS.get(resource["resourceType"], {}).keys():
        if name not in resource and name not in reported:
            yield Issue("PHR-S10", name, "A required element is missing.")


def check_span(span: times.Span, around: Surroundings) -> Iterator[Issue]:
    """Yield the breaches of the time to which a record belongs (PHR-V11)."""
    start = span.start
    latest = around.now + FUTURE_ALLOWANCE
    if start.moment > to_millis(latest) or start.first_day > tokyo_day(latest):
        yield Issue("PHR-V11", span.basis, "The time lies in the future.")
    if start.last_day < _YEAR_1900:
        yield Issue("PHR-V11", span.basis, "The time lies before 1900.")
    elif around.birth_day is not None and start.last_day < around.birth_day:
        yield Issue("PHR-V11", span.basis, "The time lies before the birth date.")


def check_display(
    found: list[Mapping[str, JSON]], concept: Concept | None
) -> Iterator[Issue]:
    """Yield PHR-V41, V40 and V42 for the codes of an Observation."""
    for index, coding in enumerate(found):
        code = coding.get("code", "")
        if coding.get("system") in JLAC10_SYSTEMS and not is_jlac10(code):
            yield Issue(
                "PHR-V41", f"code.coding[{index}]", "A JLAC10 code has 17 digits."
            )
    if concept is None:
        yield Issue("PHR-V40", "code", "The code is not in the catalogue.")
        return
    for index, coding in enumerate(found):
        display = coding.get("display", "").lower()
        if display and find([coding]) is concept and not _names(display, concept):
            path = f"code.coding[{index}].display"
            yield Issue("PHR-V42", path, "The display differs from the catalogue.")


def _names(display: str, concept: Concept) -> bool:
    words = concept.display_words
    return not words or any(word in display for word in words)


def _bindings(resource: Mapping[str, JSON]) -> Iterator[Issue]:
    for name, allowed in _BINDINGS.get(resource["resourceType"], {}).items():
        given = resource.get(name)
        for code in given if isinstance(given, list) else (given,):
            if code is not None and code not in allowed:
                yield Issue("PHR-S30", name, "FHIR does not allow this code here.")


def _references(
    resource: Mapping[str, JSON], types: Mapping[str, str]
) -> Iterator[Issue]:
    for (kind, name), allowed in _REFERENCES.items():
        reference = resource.get(name)
        if kind != resource["resourceType"] or not isinstance(reference, dict):
            continue
        target = _target(reference, resource, types)
        if target and target not in allowed:
            yield Issue("PHR-S31", name, f"It must not refer to this type: {target}.")
        elif target is None:
            yield Issue("PHR-S31", name, "What it refers to is not in the file.")


def _target(
    reference: Mapping[str, JSON],
    resource: Mapping[str, JSON],
    types: Mapping[str, str],
) -> str | None:
    """Return the type referred to, empty if unsaid, None if it is missing."""
    text = str(reference.get("reference", ""))
    if text.startswith("#"):
        contained = resource.get("contained", ())
        return next(
            (str(r["resourceType"]) for r in contained if f"#{r.get('id')}" == text),
            None,
        )
    if text.startswith("urn:uuid:"):
        return types.get(text)
    parts = text.split("/_history/", maxsplit=1)[0].split("/")
    if len(parts) > 1 and parts[-2][:1].isupper():
        return parts[-2]
    return str(reference.get("type", ""))


def _walk(node: Mapping[str, JSON], path: str) -> Iterator[Issue]:
    for name, child in node.items():
        if child.__class__ is dict:
            yield from _element(child, f"{path}.{name}".lstrip("."))
        elif child.__class__ is list:
            for index, element in enumerate(child):
                if element.__class__ is dict:
                    yield from _element(element, f"{path}.{name}[{index}]".lstrip("."))


def _element(node: Mapping[str, JSON], path: str) -> Iterator[Issue]:
    if "start" in node and "end" in node:
        yield from _period(node, path)
    elif "low" in node and "high" in node:
        yield from _range(node, path)
    elif "value" in node:
        yield from _quantity(node, path)
    yield from _walk(node, path)


def _period(node: Mapping[str, JSON], path: str) -> Iterator[Issue]:
    try:
        start, end = times.parse(str(node["start"])), times.parse(str(node["end"]))
    except times.BadTime:
        return
    if start.first_day > end.last_day or (
        start.precision == end.precision and start.moment > end.moment
    ):
        yield Issue("PHR-V10", path, "It ends before it starts.")


def _range(node: Mapping[str, JSON], path: str) -> Iterator[Issue]:
    low, high = node["low"], node["high"]
    if not (isinstance(low, dict) and isinstance(high, dict)):
        return
    least, most = low.get("value"), high.get("value")
    if not isinstance(least, Decimal | int) or not isinstance(most, Decimal | int):
        return
    if least > most:
        yield Issue("PHR-V10", path, "The low limit is above the high one.")


def _quantity(node: Mapping[str, JSON], path: str) -> Iterator[Issue]:
    if "comparator" in node and node["comparator"] not in _COMPARATORS:
        yield Issue(
            "PHR-S30", f"{path}.comparator", "FHIR does not allow this code here."
        )
    is_quantity = isinstance(node["value"], Decimal | int)
    if is_quantity and "code" in node and "system" not in node:
        yield Issue("PHR-S32", path, "A coded unit needs its system.")


def _observation(resource: Mapping[str, JSON]) -> Iterator[Issue]:
    has_value = any(name.startswith("value") for name in resource)
    parts = resource.get("component", ())
    if has_value and "dataAbsentReason" in resource:
        yield Issue("PHR-S32", "", "A value and a reason for its absence (obs-6).")
    codes = _loinc(resource.get("code"))
    if codes & _BP_PANELS:
        given = {code for part in parts for code in _loinc(part.get("code"))}
        if not given.issuperset(_BP_PARTS):
            yield Issue("PHR-S32", "component", "Blood pressure needs both values.")
    elif not has_value and not any(
        name in resource for name in ("component", "dataAbsentReason", "hasMember")
    ):
        yield Issue("PHR-S14", "", "The observation has no value.")


def _loinc(concept: JSON) -> set[str]:
    return {
        str(coding.get("code", ""))
        for coding in codings(concept)
        if coding.get("system") == LOINC
    }
