"""What a record says, in words: the main fields of each kind, and a receipt's lines."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from pds.web.portal.figures import shown
from pds.web.portal.summaries import unit_words
from providers.numbers import number

_FIELDS: Final[Mapping[str, tuple[tuple[Any, tuple[str, ...]], ...]]] = {
    "fhir-r4/Observation": (
        (_l("Result"), ("valueCodeableConcept",)),
        (_l("Result"), ("valueString",)),
        (_l("Judgement"), ("interpretation",)),
        (_l("Method"), ("method",)),
        (_l("Body site"), ("bodySite",)),
        (_l("Device"), ("device", "display")),
    ),
    "fhir-r4/MedicationRequest": (
        (_l("Medicine"), ("medicationCodeableConcept",)),
        (_l("How to take it"), ("dosageInstruction", "text")),
        (_l("Enough for"), ("dispenseRequest", "expectedSupplyDuration")),
        (_l("Amount"), ("dispenseRequest", "quantity")),
    ),
    "fhir-r4/MedicationDispense": (
        (_l("Medicine"), ("medicationCodeableConcept",)),
        (_l("How to take it"), ("dosageInstruction", "text")),
        (_l("Enough for"), ("daysSupply",)),
        (_l("Amount"), ("quantity",)),
    ),
    "fhir-r4/MedicationStatement": (
        (_l("Medicine"), ("medicationCodeableConcept",)),
        (_l("How to take it"), ("dosage", "text")),
    ),
    "fhir-r4/Immunization": (
        (_l("Vaccine"), ("vaccineCode",)),
        (_l("Lot number"), ("lotNumber",)),
        (_l("Amount"), ("doseQuantity",)),
        (_l("Body site"), ("site",)),
    ),
    "fhir-r4/Condition": (
        (_l("Illness"), ("code",)),
        (_l("State"), ("clinicalStatus",)),
        (_l("How certain"), ("verificationStatus",)),
        (_l("Severity"), ("severity",)),
        (_l("Began"), ("onsetDateTime",)),
        (_l("Ended"), ("abatementDateTime",)),
    ),
    "fhir-r4/AllergyIntolerance": (
        (_l("To what"), ("code",)),
        (_l("State"), ("clinicalStatus",)),
        (_l("Reaction"), ("reaction", "manifestation")),
    ),
    "fhir-r4/Procedure": (
        (_l("Treatment"), ("code",)),
        (_l("Body site"), ("bodySite",)),
        (_l("Outcome"), ("outcome",)),
    ),
    "fhir-r4/DiagnosticReport": ((_l("Conclusion"), ("conclusion",)),),
}
"""Fields of each payload schema that are shown in words, and where they stand."""

_NOTE: Final = ("note", "text")
_MOST_LINES: Final = 500


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a receipt."""

    text: str
    kind: str
    quantity: str
    tax: str
    amount: str


def facts(schema: str, payload: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the main fields of a health record as (name, text); empty ones are out."""
    found = []
    for name, path in (*_FIELDS.get(schema, ()), (_l("Note"), _NOTE)):
        text = "、".join(dict.fromkeys(filter(None, map(_text, _at(payload, path)))))
        if text:
            found.append((str(name), text))
    return found


def reference_range(payload: Mapping[str, Any]) -> str:
    """Return the reference range that came with a record, as it came."""
    spans = []
    for given in payload.get("referenceRange") or ():
        low, high = (_text(given.get(end) or "") for end in ("low", "high"))
        spans.append(_text(given.get("text") or "") or f"{low} – {high}".strip(" "))
    return " / ".join(spans)


def lines(receipt: Mapping[str, Any]) -> list[Line]:
    """Return the lines of a receipt, as printed."""
    return [
        Line(
            text=str(line.get("description") or _("Without a name")),
            kind=next((str(c["name"]) for c in _kinds(line) if c.get("name")), ""),
            quantity=str(line.get("quantity", "")),
            tax=f"{line['tax_rate']} %" if line.get("tax_rate") else "",
            amount=shown(number(line.get("net"))),
        )
        for line in (receipt.get("lines") or ())[:_MOST_LINES]
    ]


def sums(receipt: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the sums of a receipt with their names: taxes, total, payments."""
    unit = unit_words(str(receipt.get("currency", "")))
    totals = receipt.get("totals") or {}
    found = [(_("Sum of the lines"), totals.get("line_total"))]
    for tax in receipt.get("tax_breakdown") or ():
        name = _("Tax (%(rate)s %%)", rate=tax.get("tax_rate", "0"))
        if tax.get("includes_tax"):
            name = _("Tax within (%(rate)s %%)", rate=tax.get("tax_rate", "0"))
        found.append((name, tax.get("tax_amount")))
    found += [
        (_("Total"), totals.get("total")),
        (_("Paid"), totals.get("paid")),
        (_("Change given"), totals.get("change")),
    ]
    return [
        (name, f"{shown(number(amount))} {unit}")
        for name, amount in found
        if amount is not None
    ]


def _kinds(line: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return line.get("category") or ()


def _at(value: Any, path: tuple[str, ...]) -> Iterator[Any]:
    """Yield what stands at a path, through every list on the way."""
    if isinstance(value, list):
        for each in value:
            yield from _at(each, path)
    elif not path:
        yield value
    elif isinstance(value, dict) and path[0] in value:
        yield from _at(value[path[0]], path[1:])


def _text(value: Any) -> str:
    """Return a text, a coded concept or a quantity in words."""
    if not isinstance(value, dict):
        return str(value)
    if "value" in value:
        unit = unit_words(str(value.get("code") or value.get("unit") or ""))
        return f"{value.get('comparator', '')}{value['value']} {unit}".strip()
    shown_names = (c.get("display") or c.get("code") for c in value.get("coding") or ())
    return str(value.get("text") or next(filter(None, shown_names), ""))
