"""The sealed content of the events of a mandate: how an acceptance is known; pure.

Each event seals one canonical JSON object under the mandate's own key of the consent
evidence; `docs/formats/consent.md` describes every member.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from audit.canonical import canonical, parse_canonical
from pds.core.clock import from_millis, to_millis
from pds.core.errors import Unavailable

VERSION: Final = 1
LABEL: Final = b"sys.mandate"
"""Label of the envelopes; the object id is the mandate's, the version the event's."""


class MandateState(StrEnum):
    """Where a mandate stands, and what happened to it."""

    ACCEPTED = "accepted"
    ENDED = "ended"


class MandateEnding(StrEnum):
    """Why a mandate ended."""

    PERSON = "person"
    CLOSING = "closing"


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateEvent:
    """One event of a mandate.

    Attributes:
        terms: SHA-256 of the terms, in hex.
        auth_time: moment of the login behind an acceptance; None for an end.
        acr: authentication context class of it; empty for an end.
        amr: its methods.
        language: in which the terms were read.
        ending: why it ended; None for an acceptance.
    """

    mandate_id: UUID
    no: int
    state: MandateState
    at: datetime
    terms_version: int
    terms: str
    leaf_id: UUID
    auth_time: datetime | None = None
    acr: str = ""
    amr: tuple[str, ...] = ()
    language: str = ""
    ending: MandateEnding | None = None


def encode(event: MandateEvent) -> bytes:
    """Return the canonical bytes that are sealed."""
    written: dict[str, Any] = {
        "v": VERSION,
        "mandate_id": str(event.mandate_id),
        "no": event.no,
        "event": event.state.value,
        "at": to_millis(event.at),
        "terms_version": event.terms_version,
        "terms": event.terms,
        "leaf_id": str(event.leaf_id),
    }
    if event.auth_time is not None:
        written["auth_time"] = to_millis(event.auth_time)
        written["acr"] = event.acr
        written["amr"] = list(event.amr)
        written["language"] = event.language
    if event.ending is not None:
        written["ending"] = event.ending.value
    return canonical(written)


def decode(data: bytes) -> MandateEvent:
    """Read sealed content.

    Raises:
        Unavailable: `mandate.event-version`; it was written by a later program.
    """
    read = parse_canonical(data)
    if read["v"] != VERSION:
        raise Unavailable("mandate.event-version", "The event is of another time.")
    auth_time, ending = read.get("auth_time"), read.get("ending")
    return MandateEvent(
        mandate_id=UUID(read["mandate_id"]),
        no=read["no"],
        state=MandateState(read["event"]),
        at=from_millis(read["at"]),
        terms_version=read["terms_version"],
        terms=read["terms"],
        leaf_id=UUID(read["leaf_id"]),
        auth_time=None if auth_time is None else from_millis(auth_time),
        acr=read.get("acr", ""),
        amr=tuple(read.get("amr", ())),
        language=read.get("language", ""),
        ending=None if ending is None else MandateEnding(ending),
    )
