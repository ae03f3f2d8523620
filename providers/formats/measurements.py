"""The measurement catalogue: codes, canonical units, conversions, plausible ranges.

The data is `measurements.json`; this module finds the concept of a coding and turns a
quantity as received into the canonical unit. Payloads keep what was received; only
headers (charts, statistics) use canonical values.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from importlib import resources
from types import MappingProxyType

from providers.issues import Issue
from providers.payload import JSON

UCUM = "http://unitsofmeasure.org"
LOINC = "http://loinc.org"
_JLAC10_FORM = re.compile(r"[0-9A-Z]{17}")
_ANNOTATION = re.compile(r"\{[^{}]*\}")
_CALCULATION = Context(prec=40, rounding=ROUND_HALF_EVEN)
_PLACES = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Conversion:
    """canonical = (value + plus) × times + then."""

    plus: Decimal
    times: Decimal
    then: Decimal


@dataclass(frozen=True, slots=True)
class Concept:
    """One measurement of the catalogue.

    Attributes:
        id: stable name, such as `body_weight`.
        category: category id of the vocabulary.
        loinc: LOINC codes, the usual one first.
        adds_up: whether the sum of a day's values is a value of the day.
        unit: canonical UCUM unit; None for coded results and panels.
        reject: outside means error PHR-V30.
        warn: outside means warning PHR-V31.
        conversions: by UCUM unit.
        display_words: lower-case fragments of which a display must hold one.
        is_whole: whether only integers make sense.
        words: its name by language, `ja` and `en`.
    """

    id: str
    category: str
    loinc: tuple[str, ...]
    adds_up: bool
    unit: str | None
    reject: tuple[Decimal, Decimal]
    warn: tuple[Decimal, Decimal]
    conversions: Mapping[str, Conversion]
    display_words: tuple[str, ...]
    is_whole: bool
    words: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Measured:
    """A quantity for the header.

    Attributes:
        value: decimal text in the canonical unit; as received when unknown.
        unit: UCUM unit of `value`, or the text received.
        orig_value: number text as received.
        orig_unit: unit as received.
        comparator: `<`, `<=`, `>=`, `>` or empty.
    """

    value: str
    unit: str
    orig_value: str
    orig_unit: str
    comparator: str

    def as_header(self) -> dict[str, JSON]:
        """Return the members that a header carries."""
        members = {"value": self.value, "unit": self.unit}
        if self.comparator:
            members["comparator"] = self.comparator
        if (self.orig_value, self.orig_unit) != (self.value, self.unit):
            members["orig_value"] = self.orig_value
            members["orig_unit"] = self.orig_unit
        return {name: text for name, text in members.items() if text}


def _load() -> Mapping[str, JSON]:
    file = resources.files("providers.formats").joinpath("measurements.json")
    document: dict[str, JSON] = json.loads(file.read_text(encoding="utf-8"))
    return document


def _conversion(entry: Mapping[str, str]) -> Conversion:
    return Conversion(
        plus=Decimal(entry.get("plus", "0")),
        times=Decimal(entry.get("times", "1")),
        then=Decimal(entry.get("then", "0")),
    )


def _concept(entry: Mapping[str, JSON]) -> Concept:
    ranges = (
        tuple(Decimal(limit) for limit in entry.get(name, ("-1E9", "1E9")))
        for name in ("reject", "warn")
    )
    reject, warn = ((low, high) for low, high in ranges)
    units = entry.get("conversions", {})
    return Concept(
        id=entry["concept"],
        category=entry["category"],
        loinc=tuple(entry["loinc"]),
        adds_up=entry.get("adds_up", False),
        unit=entry["unit"],
        reject=reject,
        warn=warn,
        conversions={unit: _conversion(rule) for unit, rule in units.items()},
        display_words=tuple(entry.get("display_words", ())),
        is_whole=entry.get("integer", False),
        words=MappingProxyType(dict(entry["words"])),
    )


_DOCUMENT = _load()
JLAC10_SYSTEMS = frozenset(_DOCUMENT["systems"]["jlac10"])
CHECKUP_SYSTEM = "urn:oid:1.2.392.200119.6.1005"
_SPELLED: Mapping[str, str] = _DOCUMENT["spelled"]
_UCUM_UNITS = frozenset(_DOCUMENT["ucum"])

CONCEPTS: Mapping[str, Concept] = MappingProxyType(
    {entry["concept"]: _concept(entry) for entry in _DOCUMENT["measurements"]}
)
"""Every concept by its name."""

_BY_CODE: dict[tuple[str, str], Concept] = {
    (system, code): CONCEPTS[entry["concept"]]
    for entry in _DOCUMENT["measurements"]
    for system, codes in (
        (LOINC, entry["loinc"]),
        *((oid, entry["jlac10"]) for oid in JLAC10_SYSTEMS),
    )
    for code in codes
}


def find(codings: Iterable[Mapping[str, JSON]]) -> Concept | None:
    """Return the concept of the first coding that the catalogue knows."""
    for coding in codings:
        found = _BY_CODE.get((coding.get("system", ""), coding.get("code", "")))
        if found is not None:
            return found
    return None


def is_jlac10(code: str) -> bool:
    """Say whether a code has the form of a JLAC10 code: 17 of 0-9 and A-Z."""
    return bool(_JLAC10_FORM.fullmatch(code))


def measure(
    quantity: Mapping[str, JSON], concept: Concept | None, path: str
) -> tuple[Measured | None, list[Issue]]:
    """Turn a FHIR Quantity into the canonical unit and judge its plausibility.

    Returns:
        The value for the header (None when it has no number), and the issues
        PHR-V20, V21, V22, V30, V31, S11 that it gave rise to.
    """
    number = quantity.get("value")
    if isinstance(number, bool) or not isinstance(number, Decimal | int):
        return None, []
    value = Decimal(number)
    text = getattr(number, "text", str(number))
    unit, issues = _unit(quantity, concept, path)
    comparator = quantity.get("comparator", "")
    received = quantity.get("code") or quantity.get("unit") or ""
    as_received = Measured(text, unit, text, received, comparator)
    if concept is None or concept.unit is None:
        return as_received, issues
    if unit != concept.unit:
        rule = concept.conversions.get(unit)
        if rule is None:
            return as_received, [*issues, _no_conversion(path)]
        value = _convert(value, rule)
        text = _plain(value)
    issues += _plausible(value, concept, path)
    return Measured(text, concept.unit, as_received.value, received, comparator), issues


def _unit(
    quantity: Mapping[str, JSON], concept: Concept | None, path: str
) -> tuple[str, list[Issue]]:
    code, written = quantity.get("code"), quantity.get("unit", "")
    if quantity.get("system") == UCUM and code:
        if concept is None and not _is_ucum(code):
            return code, [_not_ucum(path)]
        return (code if _is_ucum(code) else _SPELLED.get(code, code)), []
    if not written:
        return "", []
    mapped = _SPELLED.get(written, written)
    if _is_ucum(mapped):
        return mapped, [Issue("PHR-V20", path, "The unit has no UCUM code.")]
    return written, [] if concept else [_not_ucum(path)]


def _is_ucum(code: str) -> bool:
    return code in _UCUM_UNITS or _ANNOTATION.sub("", code) in _UCUM_UNITS | {""}


def _not_ucum(path: str) -> Issue:
    return Issue("PHR-V22", path, "The unit is not UCUM; it is kept as received.")


def _no_conversion(path: str) -> Issue:
    return Issue("PHR-V21", path, "The unit does not fit what was measured.")


def _convert(value: Decimal, rule: Conversion) -> Decimal:
    calculation = _CALCULATION
    raised = calculation.add(value, rule.plus)
    result = calculation.add(calculation.multiply(raised, rule.times), rule.then)
    return calculation.quantize(result, _PLACES)


def _plain(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _plausible(value: Decimal, concept: Concept, path: str) -> list[Issue]:
    low, high = concept.reject
    if not low <= value <= high:
        return [Issue("PHR-V30", path, "The value is outside what is possible.")]
    if concept.is_whole and value != value.to_integral_value():
        return [Issue("PHR-V30", path, "The value must be a whole number.")]
    low, high = concept.warn
    if not low <= value <= high:
        return [Issue("PHR-V31", path, "The value is outside what is usual.")]
    return []
