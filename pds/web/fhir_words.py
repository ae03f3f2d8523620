"""A FHIR resource in a few words, for whoever reads a Bundle here without a program."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask_babel import gettext as _

from pds.web.portal.summaries import unit_words

_NAMES: Final = (
    "code",
    "medicationCodeableConcept",
    "vaccineCode",
    "type",
    "category",
)
_DAYS: Final = (
    "effectiveDateTime",
    "occurrenceDateTime",
    "onsetDateTime",
    "authoredOn",
    "performedDateTime",
    "whenHandedOver",
    "recordedDate",
    "assertedDate",
    "date",
    "birthDate",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One resource: what, how much, when, and all of it."""

    what: str
    value: str
    when: str
    exact: str


def rows_of(bundle: Mapping[str, Any]) -> list[Row]:
    """Return the resources of a Bundle in words, in its order."""
    return [_row(each["resource"]) for each in bundle["entry"]]


def _row(resource: Mapping[str, Any]) -> Row:
    return Row(
        what=_what(resource),
        value=_value(resource),
        when=_when(resource),
        exact=json.dumps(resource, ensure_ascii=False, indent=1),
    )


def _what(resource: Mapping[str, Any]) -> str:
    if resource["resourceType"] == "Patient":
        return str(_("The person"))
    found = (_concept(resource.get(name)) for name in _NAMES)
    return next(filter(None, found), str(resource["resourceType"]))


def _when(resource: Mapping[str, Any]) -> str:
    period = resource.get("effectivePeriod") or resource.get("performedPeriod") or {}
    days = (resource.get(name) for name in _DAYS)
    found = next(filter(None, days), period.get("start", ""))
    return str(found)[:10]


def _value(resource: Mapping[str, Any]) -> str:
    if resource["resourceType"] == "Patient":
        return ", ".join(str(each.get("text", "")) for each in resource["name"])
    own = _measured(resource)
    parts = [_measured(each) for each in _list(resource.get("component"))]
    return " / ".join(filter(None, (own, *parts))) or _dosage(resource)


def _measured(resource: Mapping[str, Any]) -> str:
    quantity = resource.get("valueQuantity")
    if isinstance(quantity, dict):
        unit = unit_words(str(quantity.get("code") or quantity.get("unit") or ""))
        return f"{quantity.get('value', '')} {unit}".strip()
    return str(
        resource.get("valueString") or _concept(resource.get("valueCodeableConcept"))
    )


def _dosage(resource: Mapping[str, Any]) -> str:
    lines = _list(resource.get("dosageInstruction") or resource.get("dosage"))
    return "; ".join(str(each["text"]) for each in lines if each.get("text"))


def _concept(found: Any) -> str:
    for each in _list(found):
        if each.get("text"):
            return str(each["text"])
        for coding in _list(each.get("coding")):
            if coding.get("display"):
                return str(coding["display"])
    return ""


def _list(found: Any) -> list[Mapping[str, Any]]:
    several: Iterable[Any] = found if isinstance(found, list) else [found]
    return [each for each in several if isinstance(each, dict)]
