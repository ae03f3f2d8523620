"""One receipt in, one item with its canonical records out."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from pds.core import check_digits
from providers import payload
from providers.formats import (
    fhir,
    fhir_rules,
    identity,
    prohibited,
    receipt_rules,
    sensitive,
    times,
)
from providers.formats.categories import sensitivity_of
from providers.formats.schema import Breach, Schema
from providers.formats.surroundings import Surroundings
from providers.issues import Issue, has_error, quality
from providers.payload import JSON, PayloadError
from providers.records import CanonicalRecord, Item

SCHEMA_ID = "receipt/1"
LABEL = "Receipt"
SCHEMA = Schema.load("receipt-1.schema.json")
_ISSUE_OF: Mapping[str, str] = {
    "required": "RCP-S10",
    "additionalProperties": "RCP-S20",
    "enum": "RCP-S12",
    "const": "RCP-S12",
}
_MESSAGE_OF: Mapping[str, str] = {
    "RCP-S10": "A required member is missing.",
    "RCP-S11": "The member has the wrong type or form.",
    "RCP-S12": "The value is not one of those that are allowed.",
    "RCP-S20": "Receipts have no member of this name here.",
}
_DROPPED = frozenset({"cashier", "operator", "slip_text"})
_DROPPED_OF_PAYMENT = frozenset({"approval_code", "card_holder", "slip_text"})


def is_receipt(value: Mapping[str, JSON]) -> bool:
    """Say whether an object means to be a receipt, of whatever version."""
    schema = value.get("schema")
    is_named = isinstance(schema, str) and schema.startswith("receipt/")
    return is_named or "receipt_type" in value


def read(
    value: dict[str, JSON],
    index: int,
    path: str,
    *,
    now: datetime,
    format_: str = "receipt/1+json",
) -> Item:
    """Read one receipt; whatever is wrong with it comes back as issues.

    Args:
        value: the parsed receipt.
        index: position in the file.
        path: where in the file, for people.
        now: the moment of reading.
        format_: name of the format that it came in, for provenance.
    """
    try:
        if found := prohibited.find(value):
            return Item(index, path, LABEL, issues=tuple(found), holds_prohibited=True)
        issues: list[Issue] = []
        value = _without_dropped(value, issues)
        issues += (_issue(breach) for breach in SCHEMA.breaches(value))
        records: tuple[CanonicalRecord, ...] = ()
        if not has_error(issues):
            provenance = {"format": format_, "path": path}
            records = tuple(_records(value, provenance, now, issues))
    except PayloadError:
        issues, records = [Issue("PHR-S13", "", "A text is not valid Unicode.")], ()
    return Item(index, path, LABEL, records=records, issues=tuple(issues))


def _issue(breach: Breach) -> Issue:
    code = _ISSUE_OF.get(breach.rule, "RCP-S11")
    place = f"{breach.path}.{breach.name}" if breach.name else breach.path
    return Issue(code, place.lstrip("."), _MESSAGE_OF[code])


def _without_dropped(value: dict[str, JSON], issues: list[Issue]) -> dict[str, JSON]:
    """Leave out what is never kept: cashiers, approval codes, slip texts."""
    kept = {name: child for name, child in value.items() if name not in _DROPPED}
    payments = kept.get("payments")
    if isinstance(payments, list):
        kept["payments"] = [
            {k: v for k, v in row.items() if k not in _DROPPED_OF_PAYMENT}
            if isinstance(row, dict)
            else row
            for row in payments
        ]
    if kept != value:
        issues.append(Issue("RCP-P01", "", "Details of staff or card were dropped."))
    return kept


def _records(
    value: dict[str, JSON],
    provenance: dict[str, JSON],
    now: datetime,
    issues: list[Issue],
) -> Iterator[CanonicalRecord]:
    span = _span(value, now, issues)
    issues += receipt_rules.check(value)
    if span is None or has_error(issues):
        return
    header = _header(value, span, provenance)
    clean = _mended(value)
    if "buyer_name" in clean:
        header["replaced"] = {"buyer_name": clean["buyer_name"]}
        clean["buyer_name"] = identity.REMOVED
    ordinary, moved = sensitive.split(clean)
    if moved is not None:
        issues.append(Issue("RCP-L01", "lines", "Sensitive lines are kept apart."))
    header.update(quality(issues))
    for part, category in (
        (ordinary, "purchase.receipt"),
        (moved, "purchase.sensitive"),
    ):
        if part is not None:
            yield _record(part, category, span, header)


def _span(
    value: Mapping[str, JSON], now: datetime, issues: list[Issue]
) -> times.Span | None:
    try:
        time = times.parse(value["issued_at"])
    except times.BadTime:
        issues.append(Issue("RCP-S11", "issued_at", "There is no such day or time."))
        return None
    if time.lacks_offset:
        issues.append(
            Issue("PHR-V12", "issued_at", "Time without offset: read as Tokyo time.")
        )
    span = times.Span(time, time, "issued_at")
    issues += fhir_rules.check_span(span, Surroundings(now=now))
    return span


def _mended(value: Mapping[str, JSON]) -> dict[str, JSON]:
    """Move what is no GTIN to the shop's own code (RCP-G01)."""
    clean = dict(value)
    if "lines" in clean:
        clean["lines"] = [_mended_line(line) for line in clean["lines"]]
    return clean


def _mended_line(line: dict[str, JSON]) -> dict[str, JSON]:
    if "gtin" not in line or check_digits.is_gtin(line["gtin"]):
        return line
    kept = {name: child for name, child in line.items() if name != "gtin"}
    if "sku" not in kept:
        return {**kept, "sku": line["gtin"]}
    own = {"scheme": "merchant", "code": line["gtin"]}
    return {**kept, "category": [*kept.get("category", ()), own]}


def _header(
    value: Mapping[str, JSON], span: times.Span, provenance: dict[str, JSON]
) -> dict[str, JSON]:
    return {
        "v": 1,
        "codes": [],
        "shop": value["seller"].get("store_name", value["seller"]["name"]),
        "value": value["totals"]["total"],
        "unit": value["currency"],
        "qualified_invoice": receipt_rules.qualified_invoice(value),
        "time": span.as_header(),
        "provenance": provenance,
    }


def _record(
    part: dict[str, JSON], category: str, span: times.Span, header: dict[str, JSON]
) -> CanonicalRecord:
    canonical = payload.write(part)
    return CanonicalRecord(
        category=category,
        first_day=span.first_day,
        last_day=span.last_day,
        moment=span.start.moment,
        payload_schema=SCHEMA_ID,
        sensitivity=sensitivity_of(category),
        dedupe=fhir.dedupe_bytes(SCHEMA_ID, canonical),
        header={**header, "lines": len(part.get("lines", ()))},
        payload=canonical,
    )
