"""Registers of organisations, notices and decisions; none of them names a person."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, Table, select

from audit.canonical import parse_canonical
from consent import board_tables, tables
from consent.vetting import tables as vetting
from pds.core.database import Snapshot
from pds.core.vocabulary.words import read_file
from pds.oversight.bundle.files import Files, rfc3339
from pds.oversight.bundle.period import Period
from pds.oversight.incidents import tables as incidents

_WHOLE: Final = {
    "recipients": tables.recipient,
    "certificates": tables.recipient_certificate,
    "contracts": tables.recipient_contract,
    "contract-texts": tables.contract_document,
    "contract-signatures": tables.contract_signature,
    "recipient-checks": vetting.recipient_check,
    "recipient-steps": vetting.recipient_step,
    "recipient-countries": vetting.recipient_country,
    "recipient-attestations": vetting.recipient_attestation,
    "processors": tables.processor,
    "offers": tables.offer,
    "incidents": incidents.incident,
    "incident-steps": incidents.incident_step,
    "incident-lists": incidents.incident_list,
    "board-decisions": tables.board_decision,
    "board-subjects": tables.board_subject,
    "board-members": board_tables.board_member,
    "board-constitutions": board_tables.board_constitution,
    "board-conflicts": board_tables.board_conflict,
    "board-proposals": board_tables.board_proposal,
    "board-ballots": board_tables.board_ballot,
    "board-conditions": board_tables.board_condition,
    "board-items": board_tables.board_item,
    "board-requests": board_tables.board_request,
}
"""Registers that go into a bundle row by row, ended and old versions too (E-03)."""

_INTERNAL: Final = frozenset({"fence", "generation", "envelope"})
_PAGE: Final = 500


def write(snap: Snapshot, period: Period, files: Files) -> None:
    """Write the registers as they stand, and the notices made in the period."""
    for name, table in _WHOLE.items():
        files.put_lines(f"registers/{name}.ndjson", _rows(snap, _all(table)))
    files.put_lines("registers/notices.ndjson", _rows(snap, _notices(period)))
    for name in ("purposes", "categories"):
        files.put_json(f"vocabulary/{name}.json", read_file(f"{name}.json"))


def written(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row as JSON has it; what has no value is left out."""
    return {
        str(name): _plain(value)
        for name, value in row.items()
        if value is not None and name not in _INTERNAL
    }


def _all(table: Table) -> Select[Any]:
    return select(table).order_by(*table.primary_key.columns)


def _notices(period: Period) -> Select[Any]:
    notice = tables.consent_notice
    query = select(notice).order_by(notice.c.made_at, notice.c.hash)
    return period.narrowed(query, notice.c.made_at)


def _rows(snap: Snapshot, query: Select[Any]) -> Iterator[dict[str, Any]]:
    streamed = query.execution_options(yield_per=_PAGE)
    rows: Iterable[Any] = snap.connection.execute(streamed).mappings()
    return map(written, rows)


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, bytes | memoryview):
        data = bytes(value)
        # What is kept as bytes is canonical JSON, or a hash.
        return parse_canonical(data) if data[:1] == b"{" else data.hex()
    return value
