"""A benefit as it is kept: what is clear, and what is sealed.

The sealed part is canonical JSON: `v` 1, `ja` and `en` (what the terms promise), and
once the recipient told of it `delivery`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from audit.canonical import parse_canonical
from consent.terms import BenefitKind
from pds.core.database import Snapshot
from pds.core.ids import ConsentId, OwnerId, RecipientId
from pds.keys.classes import KeyClass
from pds.keys.keyring import Keyring

LABEL: Final = b"consent.benefit"
"""Label of the envelopes; the object id is the benefit's."""
AFTER: Final = timedelta(days=90)
"""How long after a yes a benefit is due at the latest."""
GRACE: Final = timedelta(days=30)
"""How long after its day a benefit is overdue."""


class BenefitState(StrEnum):
    """Where a benefit stands."""

    PROMISED = "promised"
    DUE = "due"
    OVERDUE = "overdue"
    DELIVERED = "delivered"
    LAPSED = "lapsed"


class BenefitAnswer(StrEnum):
    """What the person says of a delivery."""

    NONE = "none"
    CONFIRMED = "confirmed"
    DISPUTED = "disputed"


OWED: Final = (BenefitState.PROMISED, BenefitState.DUE, BenefitState.OVERDUE)
"""States in which something is still to come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromisedBenefit:
    """A benefit of a person.

    Attributes:
        delivered_at: when the recipient said that it was delivered.
    """

    owner: OwnerId
    benefit_id: UUID
    consent_id: ConsentId
    recipient_id: RecipientId
    kind: BenefitKind
    state: BenefitState
    answer: BenefitAnswer
    promised_at: datetime
    due_at: datetime
    delivered_at: datetime | None
    version: int
    generation: int
    envelope: bytes


def read(row: Row[Any]) -> PromisedBenefit:
    """Return what a row of the table says."""
    return PromisedBenefit(
        owner=OwnerId(row.owner_id),
        benefit_id=row.benefit_id,
        consent_id=ConsentId(row.consent_id),
        recipient_id=RecipientId(row.recipient_id),
        kind=BenefitKind(row.kind),
        state=BenefitState(row.state),
        answer=BenefitAnswer(row.answer),
        promised_at=row.promised_at,
        due_at=row.due_at,
        delivered_at=row.delivered_at,
        version=row.version,
        generation=row.generation,
        envelope=bytes(row.envelope),
    )


def opened(snap: Snapshot, keys: Keyring, found: PromisedBenefit) -> Any:
    """Open what a benefit is, and what was said of its delivery.

    Raises:
        KeyUnavailable: the evidence was destroyed.
    """
    key = keys.open(snap.connection, found.owner, KeyClass.CONSENT, found.generation)
    place = (found.benefit_id, found.version, LABEL)
    return parse_canonical(keys.unseal(key, found.envelope, *place))
