"""A duty as it is kept: what is clear, and what is sealed.

The sealed part is canonical JSON: `v` 1, `sub` (the recipient's own name for the
person, which outlives the erasure of that name), and once it was answered `answer`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from audit.canonical import canonical, parse_canonical
from audit.work import Work
from pds.core.database import Snapshot
from pds.core.ids import ConsentId, OwnerId, RecipientId
from pds.keys.classes import KeyClass
from pds.keys.keyring import Keyring

LABEL: Final = b"consent.duty"
"""Label of the envelopes; the object id is the duty's."""
VERSION: Final = 1
REMIND: Final = timedelta(days=3)
"""How long before its day a recipient is reminded of a duty."""
GRACE: Final = timedelta(days=3)
"""How long after its day a duty may be attested before it is overdue."""
REPORT: Final = timedelta(days=30)
"""How long a recipient has to report uses after the end of a consent."""


class DutyKind(StrEnum):
    """What is owed."""

    DELETE = "delete"
    REPORT = "report"


class DutyState(StrEnum):
    """Where a duty stands."""

    OPEN = "open"
    OVERDUE = "overdue"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """What a recipient owes after a consent.

    Attributes:
        due_at: until when the data is deleted, or the uses are reported.
    """

    owner: OwnerId
    duty_id: UUID
    consent_id: ConsentId
    recipient_id: RecipientId
    kind: DutyKind
    state: DutyState
    opened_at: datetime
    due_at: datetime
    reminded_at: datetime | None
    done_at: datetime | None
    version: int
    generation: int
    envelope: bytes

    @property
    def overdue_at(self) -> datetime:
        """The first moment at which it is overdue."""
        return self.due_at + GRACE


def read(row: Row[Any]) -> Duty:
    """Return what a row of the table says."""
    return Duty(
        owner=OwnerId(row.owner_id),
        duty_id=row.duty_id,
        consent_id=ConsentId(row.consent_id),
        recipient_id=RecipientId(row.recipient_id),
        kind=DutyKind(row.kind),
        state=DutyState(row.state),
        opened_at=row.opened_at,
        due_at=row.due_at,
        reminded_at=row.reminded_at,
        done_at=row.done_at,
        version=row.version,
        generation=row.generation,
        envelope=bytes(row.envelope),
    )


def sealed(
    work: Work,
    owner: OwnerId,
    generation: int,
    place: tuple[UUID, int, bytes],
    said: Mapping[str, Any],
) -> bytes:
    """Seal what is said under the evidence key of a consent.

    Args:
        work: the unit of work.
        owner: whose consent.
        generation: of its key.
        place: id, version and label that the envelope is bound to.
        said: members, without the version of the format.

    Raises:
        KeyUnavailable: the evidence was destroyed.
    """
    key = work.keys.open(work.connection, owner, KeyClass.CONSENT, generation)
    text = canonical({**said, "v": VERSION})
    return work.keys.seal(work.connection, key, *place, text)


def opened(snap: Snapshot, keys: Keyring, found: Duty) -> Any:
    """Open what is said of a duty.

    Raises:
        KeyUnavailable: the evidence was destroyed.
    """
    key = keys.open(snap.connection, found.owner, KeyClass.CONSENT, found.generation)
    place = (found.duty_id, found.version, LABEL)
    return parse_canonical(keys.unseal(key, found.envelope, *place))
