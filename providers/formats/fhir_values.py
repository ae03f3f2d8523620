"""Values of an Observation for its header: what charts and answers are made from."""

from collections.abc import Mapping
from decimal import Decimal

from providers.formats.categories import codings
from providers.formats.measurements import Concept, find, measure
from providers.issues import Issue
from providers.payload import JSON

_LONGEST_TEXT = 255


def of(
    resource: Mapping[str, JSON], concept: Concept | None, issues: list[Issue]
) -> dict[str, JSON]:
    """Return the `concept`, value and `components` members of a header.

    Issues of units and plausibility are added to `issues`.
    """
    members: dict[str, JSON] = {} if concept is None else {"concept": concept.id}
    members.update(_value(resource, concept, "valueQuantity", issues))
    parts = [
        _component(part, f"component[{index}].valueQuantity", issues)
        for index, part in enumerate(resource.get("component", ()))
    ]
    if parts:
        members["components"] = parts
        issues += _pressures(parts)
    return members


def _component(
    part: Mapping[str, JSON], path: str, issues: list[Issue]
) -> dict[str, JSON]:
    found = codings(part.get("code"))
    concept = find(found)
    members: dict[str, JSON] = {}
    if concept is not None:
        members["concept"] = concept.id
    elif found and "code" in found[0]:
        members["code"] = found[0]["code"]
    members.update(_value(part, concept, path, issues))
    return members


def _value(
    holder: Mapping[str, JSON], concept: Concept | None, path: str, issues: list[Issue]
) -> dict[str, JSON]:
    if "valueQuantity" in holder:
        measured, found = measure(holder["valueQuantity"], concept, path)
        issues += found
        return {} if measured is None else measured.as_header()
    if "valueCodeableConcept" in holder:
        coded = codings(holder["valueCodeableConcept"])
        text = holder["valueCodeableConcept"].get("text")
        first = coded[0] if coded else {}
        members = {"value_code": first.get("code"), "text": first.get("display", text)}
        return {name: value for name, value in members.items() if value}
    for name in ("valueString", "valueInteger", "valueBoolean", "valueDateTime"):
        if name in holder:
            return {"text": _text(holder[name])}
    return {}


def _text(value: JSON) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)[:_LONGEST_TEXT]


def _pressures(parts: list[dict[str, JSON]]) -> list[Issue]:
    values = {
        part["concept"]: Decimal(part["value"])
        for part in parts
        if "concept" in part and "value" in part
    }
    if values.keys() >= {"bp_systolic", "bp_diastolic"} and (
        values["bp_systolic"] <= values["bp_diastolic"]
    ):
        return [Issue("PHR-V32", "component", "Systolic is not above diastolic.")]
    return []
