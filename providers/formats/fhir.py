"""One FHIR R4 resource in, one item with its canonical record out.

Order of work: prohibited numbers, shape, meaning, time, category, values, identity,
canonical bytes. The first two stop at an error; the others report all they find.
"""

import hashlib
from collections.abc import Mapping

from providers import payload
from providers.formats import (
    categories,
    fhir_rules,
    fhir_shape,
    fhir_times,
    fhir_values,
    identity,
    prohibited,
    times,
)
from providers.formats.fhir_templates import Templates, template_of
from providers.formats.measurements import Concept, find
from providers.formats.surroundings import Entry, Surroundings, references
from providers.issues import Issue, has_error, quality
from providers.payload import JSON, PayloadError
from providers.records import CanonicalRecord, Item

DEDUPE_LABEL = b"infobank-dedupe-1"
_FAULTLESS = Templates()
_NOT_OF_THE_RECORD = frozenset({"meta", "text"})
_CODED_BY: Mapping[str, str] = {
    "Immunization": "vaccineCode",
    "MedicationRequest": "medicationCodeableConcept",
    "MedicationDispense": "medicationCodeableConcept",
    "MedicationStatement": "medicationCodeableConcept",
    "MedicationAdministration": "medicationCodeableConcept",
    "DocumentReference": "type",
    "Composition": "type",
}


def read(entry: Entry, around: Surroundings) -> Item:
    """Read one resource; whatever is wrong with it comes back as issues."""
    resource = entry.value
    kind = resource.get("resourceType") if isinstance(resource, dict) else None
    label = kind if isinstance(kind, str) and fhir_shape.knows(kind) else ""
    try:
        if around.may_hold_prohibited and (found := prohibited.find(resource)):
            return Item(
                entry.index,
                entry.path,
                label,
                issues=tuple(found),
                holds_prohibited=True,
            )
        if not isinstance(kind, str):
            return _rejected(
                entry, label, "PHR-S10", "resourceType", "This is no FHIR resource."
            )
        return _read_known(entry, resource, label, around)
    except PayloadError:
        return _rejected(entry, label, "PHR-S13", "", "A text is not valid Unicode.")


def dedupe_bytes(schema: str, canonical: bytes) -> bytes:
    """Return what two deliveries of one record have in common (32 bytes)."""
    parts = (DEDUPE_LABEL, schema.encode(), canonical)
    return hashlib.sha256(b"\0".join(parts)).digest()


def _rejected(entry: Entry, label: str, code: str, path: str, why: str) -> Item:
    return Item(entry.index, entry.path, label, issues=(Issue(code, path, why),))


def _read_known(
    entry: Entry, resource: dict[str, JSON], label: str, around: Surroundings
) -> Item:
    is_context = label in categories.CONTEXT_TYPES
    if not (is_context or label in categories.BY_TYPE):
        why = "Resources of this type are not stored here."
        return _rejected(entry, label, "PHR-S21", "resourceType", why)
    issues: list[Issue] = []
    resource, dropped = _without_dropped(resource, around.drop)
    issues += dropped
    issues += _check(resource, around)
    record = None
    if not has_error(issues) and not is_context:
        record = _record(entry, resource, around, issues)
    return Item(
        entry.index,
        entry.path,
        label,
        records=() if record is None else (record,),
        issues=tuple(issues),
        is_context=is_context and not has_error(issues),
    )


def _check(resource: dict[str, JSON], around: Surroundings) -> list[Issue]:
    """Check shape and meaning, or recognise a resource that passed both before."""
    template = template_of(resource)
    if template in _FAULTLESS:
        return []
    issues = fhir_shape.check(resource)
    issues += fhir_rules.check_required(resource, tuple(issues))
    if not has_error(issues):
        issues += fhir_rules.check(resource, around)
    if not issues:
        _FAULTLESS.add(template)
    return issues


def _without_dropped(
    resource: dict[str, JSON], drop: frozenset[str]
) -> tuple[dict[str, JSON], list[Issue]]:
    if drop.isdisjoint(resource):
        return resource, []
    issues = [
        Issue("PHR-S22", name, "This source's own member was dropped.")
        for name in sorted(drop.intersection(resource))
    ]
    return {name: v for name, v in resource.items() if name not in drop}, issues


def _record(
    entry: Entry, resource: dict[str, JSON], around: Surroundings, issues: list[Issue]
) -> CanonicalRecord | None:
    kind = resource["resourceType"]
    resource = _with_medication(resource, around, issues)
    codings = _codings(resource)
    concept = find(codings) if kind == "Observation" else None
    span = fhir_times.find(resource, tuple(references(entry)), around, issues)
    issues += fhir_rules.check_span(span, around)
    values: dict[str, JSON] = {}
    if kind == "Observation":
        issues += fhir_rules.check_display(codings, concept)
        values = fhir_values.of(resource, concept, issues)
    if has_error(issues):
        return None
    clean, replaced = identity.replace(resource, around.types)
    if around.names:
        clean = _without_names(clean, around.names)
    header = {
        "v": 1,
        "codes": [_coding(coding) for coding in codings],
        **values,
        "time": span.as_header(),
        "provenance": _provenance(entry, resource, around),
        **quality(issues),
        **_replaced(replaced),
    }
    return _sealed_form(clean, concept, span, header, around)


def _sealed_form(
    clean: dict[str, JSON],
    concept: Concept | None,
    span: times.Span,
    header: dict[str, JSON],
    around: Surroundings,
) -> CanonicalRecord:
    category = categories.of(clean, concept, in_checkup=around.in_checkup)
    schema = f"fhir-r4/{clean['resourceType']}"
    essence = {k: v for k, v in clean.items() if k not in _NOT_OF_THE_RECORD}
    return CanonicalRecord(
        category=category,
        first_day=span.first_day,
        last_day=span.last_day,
        moment=span.start.moment,
        payload_schema=schema,
        sensitivity=categories.sensitivity_of(category),
        dedupe=dedupe_bytes(schema, payload.write(essence)),
        header=header,
        payload=payload.write(clean),
    )


def _codings(resource: Mapping[str, JSON]) -> list[Mapping[str, JSON]]:
    place = _CODED_BY.get(resource["resourceType"], "code")
    found = categories.codings(resource.get(place))
    if not found and "medicationReference" in resource:
        for child in resource.get("contained", ()):
            if child["resourceType"] == "Medication":
                return categories.codings(child.get("code"))
    return found


def _coding(coding: Mapping[str, JSON]) -> dict[str, JSON]:
    kept = ("system", "code", "display")
    return {name: coding[name] for name in kept if name in coding}


def _with_medication(
    resource: dict[str, JSON], around: Surroundings, issues: list[Issue]
) -> dict[str, JSON]:
    """Take the Medication that a record refers to into the record itself."""
    reference = resource.get("medicationReference", {}).get("reference")
    medication = around.medications.get(reference)
    if medication is None or "contained" in resource or "contained" in medication:
        return resource
    medication, _ = _without_dropped(medication, around.drop)
    found = [*prohibited.find(medication), *fhir_shape.check(medication)]
    if has_error(found):
        issues.append(
            Issue("PHR-S31", "medicationReference", "The medication was rejected.")
        )
        return resource
    issues.append(
        Issue("PHR-S23", "medicationReference", "The medication was taken in.")
    )
    return {
        **resource,
        "contained": [{**medication, "id": "medication"}],
        "medicationReference": {"reference": "#medication"},
    }


def _without_names(clean: dict[str, JSON], names: tuple[str, ...]) -> dict[str, JSON]:
    text = payload.write(clean).decode()
    if not any(name in text for name in names):
        return clean
    scrubbed: dict[str, JSON] = identity.remove_names(clean, names)
    return scrubbed


def _provenance(
    entry: Entry, resource: Mapping[str, JSON], around: Surroundings
) -> dict[str, JSON]:
    members = {"format": around.format, "path": entry.path}
    if "id" in resource:
        members["record"] = resource["id"]
    return members


def _replaced(replaced: identity.Replaced) -> dict[str, JSON]:
    members: dict[str, JSON] = {}
    if replaced.values:
        members["replaced"] = replaced.values
    if replaced.had_narrative:
        members["had_narrative"] = True
    return members
