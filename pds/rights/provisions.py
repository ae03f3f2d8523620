"""The person's own record of provision, to take away (A-10, C-02, A-04).

Each entry of the log about data that went to somebody, was asked for or was looked at
becomes one row, newest first. Who the recipient is, the bank says as its register has
it now; its processors, and what the ethics board had decided, as at the moment of the
entry. Where
the details of older entries were destroyed, a last row says so, so that nobody takes
the rest for everything.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from audit.entry import Entry
from audit.leaf import EventType
from audit.retention import OVER, Retired
from audit.work import Work
from consent import board, contracts, processors, recipients
from consent.board import DecisionRecord
from consent.contracts import Contract
from consent.facts import BoardSubjectKind
from consent.processors import Processor
from consent.recipients import RecipientProfile
from pds.core.clock import TOKYO
from pds.core.database import Snapshot
from pds.core.errors import NotFound
from pds.core.ids import OwnerId, RecipientId
from pds.disclosure.break_glass.opening import FORM as BREAK_GLASS
from pds.disclosure.health_links.links import FORM as HEALTH_LINK
from pds.keys.keyring import Keyring
from pds.rights.cells import harmless
from pds.rights.history import LOOKS, Happening, Walk

FORMAT: Final = "infobank-disclosures/1"
"""Named in the JSON file; readers refuse what they do not know."""

COLUMNS: Final = (
    "time",
    "event",
    "recipient_id",
    "recipient_name_ja",
    "recipient_name_en",
    "recipient_address",
    "recipient_representative",
    "country",
    "processors",
    "purpose",
    "categories",
    "legal_ground",
    "consent_id",
    "consent_version",
    "board_decisions",
    "contracts",
    "method",
    "count",
    "reasons",
    "request_id",
    "body_sha256",
    "record_list_root",
    "completes",
    "leaf_index",
    "leaf_id",
)
"""Columns of the file (trust guidelines 16.4, as far as the bank holds them)."""

DISCLOSURES: Final = "disclosures"
HANDLE_KEYS: Final = "handles"
"""What a person may take away about the log, as its entry names it."""

_CONSENT: Final = "consent"
_OWN_ACTS: Final[Mapping[str, str]] = {
    HEALTH_LINK: "person",
    BREAK_GLASS: "emergency",
}
"""What goes because the person gives it away themselves, by form."""


def begin(work: Work, owner: OwnerId, what: str = DISCLOSURES) -> None:
    """Record that the person takes the record of provision, or the keys to it."""
    work.log.record(
        Entry(
            type=EventType.PERSON_EXPORTED,
            subject=owner,
            form="copy",
            detail={
                "actor": "person",
                "reasons": "exported",
                "object": what,
            },
        )
    )


class Provisions:
    """Makes rows of happenings, page by page.

    Recipients and decisions are looked up once each for all pages.
    """

    def __init__(self, keys: Keyring, owner: OwnerId) -> None:
        self._keys, self._owner = keys, owner
        self._known: dict[str, _Recipient] = {}

    def page(
        self, snap: Snapshot, after: str | None
    ) -> tuple[list[dict[str, str]], str | None]:
        """Return some rows and where the next page begins, None at the end.

        Raises:
            VerificationError: an entry does not hold together.
        """
        walk = Walk(snap, self._keys, self._owner, after)
        entries = list(walk.entries())
        return self.rows(snap, entries, walk.retired), walk.next

    def rows(
        self, snap: Snapshot, entries: Iterable[Happening], retired: Retired | None
    ) -> list[dict[str, str]]:
        """Return the rows of entries that were read already."""
        rows = [self._row(snap, each) for each in entries if each.type in LOOKS]
        return rows if retired is None else [*rows, _end(retired)]

    def _row(self, snap: Snapshot, found: Happening) -> dict[str, str]:
        leaf, fields = found.entry.leaf, found.entry.detail.fields
        row = {
            "time": found.at.astimezone(TOKYO).isoformat() if found.at else "",
            "event": leaf["typ"],
            "purpose": leaf.get("pur", ""),
            "categories": " ".join(leaf.get("cats", ())),
            "legal_ground": _CONSENT
            if found.consent_id
            else _OWN_ACTS.get(leaf.get("form", ""), ""),
            "method": leaf.get("form", ""),
            "count": fields.get("n", ""),
            "completes": leaf.get("ref", ""),
            "leaf_index": str(found.entry.index),
            "leaf_id": leaf["id"],
        }
        row |= {name: fields.get(name, "") for name in COLUMNS if name not in row}
        return row | self._recipient(snap, found)

    def _recipient(self, snap: Snapshot, found: Happening) -> dict[str, str]:
        if not found.recipient:
            return {}
        if found.recipient not in self._known:
            self._known[found.recipient] = _Recipient(snap, found.recipient)
        return self._known[found.recipient].columns(found)


def _end(told: Retired) -> dict[str, str]:
    """The row about entries of any kind that can no longer be opened."""
    return {
        "time": told.at.astimezone(TOKYO).isoformat(),
        "event": EventType.KEY_EVENT,
        "count": str(told.total),
        "reasons": OVER,
    }


class _Recipient:
    """What the bank holds of a recipient, for its columns."""

    def __init__(self, snap: Snapshot, recipient_id: str) -> None:
        self._id = recipient_id
        self._profile: RecipientProfile | None = None
        self._contracts: list[Contract] = []
        self._processors: list[Processor] = []
        self._decided: list[list[DecisionRecord]] = []
        known = RecipientId(recipient_id)
        try:
            self._profile = recipients.get(snap, known).profile
        except NotFound:
            return
        self._contracts = contracts.of_recipient(snap, known)
        self._processors = processors.of(snap, known)
        about = [(BoardSubjectKind.RECIPIENT, recipient_id)]
        about += [
            (BoardSubjectKind.CONTRACT, str(each.contract_id))
            for each in self._contracts
        ]
        self._decided = [board.history(snap, kind, id_) for kind, id_ in about]

    def columns(self, found: Happening) -> dict[str, str]:
        """Return the recipient's columns of one entry."""
        row = {"recipient_id": self._id}
        if self._profile is None:
            return row
        # Newest first: the first that was made before the entry was in force then.
        decisions = [
            next((e for e in each if found.at and e.decided_at <= found.at), None)
            for each in self._decided
        ]
        alive = [
            each
            for each in self._contracts
            if found.at and each.terms.valid_from <= found.at < each.terms.valid_until
        ]
        handling = [
            each.profile.name_ja
            for each in self._processors
            if found.at and each.was_in_force(found.at)
        ]
        return row | {
            "processors": "; ".join(handling),
            "recipient_name_ja": self._profile.name_ja,
            "recipient_name_en": self._profile.name_en,
            "recipient_address": self._profile.address,
            "recipient_representative": self._profile.representative,
            "country": self._profile.country,
            "board_decisions": " ".join(str(e.decision_id) for e in decisions if e),
            "contracts": " ".join(str(each.contract_id) for each in alive),
        }


def as_csv(pages: Iterator[list[dict[str, str]]]) -> Iterator[bytes]:
    """Yield the rows as CSV in UTF-8, with the mark that spreadsheets look for.

    What a spreadsheet would take for a formula gets an apostrophe before it.
    """
    yield "\ufeff".encode() + _lines([dict(zip(COLUMNS, COLUMNS, strict=True))])
    for rows in pages:
        yield _lines(rows)


def as_json(pages: Iterator[list[dict[str, str]]]) -> Iterator[bytes]:
    """Yield the rows as one JSON document; lists are lists and numbers are numbers."""
    yield json.dumps({"format": FORMAT})[:-1].encode() + b',"disclosures":['
    separator = b"\n"
    for rows in pages:
        for row in rows:
            yield separator + json.dumps(_typed(row), ensure_ascii=False).encode()
            separator = b",\n"
    yield b"\n]}\n"


def _lines(rows: list[dict[str, str]]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="", lineterminator="\r\n")
    for row in rows:
        writer.writerow({name: harmless(text) for name, text in row.items()})
    return out.getvalue().encode()


def _typed(row: Mapping[str, str]) -> dict[str, Any]:
    lists = ("categories", "board_decisions", "contracts", "reasons")
    numbers = ("count", "leaf_index", "consent_version")
    typed: dict[str, Any] = {name: text for name, text in row.items() if text}
    typed |= {name: typed[name].split() for name in lists if name in typed}
    return typed | {name: int(typed[name]) for name in numbers if name in typed}
