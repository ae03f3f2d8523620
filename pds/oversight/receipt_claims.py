"""Reading a consent receipt that somebody brings: what it says, if the bank signed it.

Nothing is looked up for a text that the bank did not sign, and none that is longer than
any receipt is parsed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from audit.note import VerifierKey
from consent import receipts
from consent.notices import BankParty
from consent.states import ConsentState
from pds.core.clock import from_millis
from pds.core.errors import Invalid
from pds.core.ids import ConsentId
from pds.crypto.statement import StatementKey
from pds.oversight.receipt_verdict import ReceiptVerdict, Unsound


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """What receipts are held against.

    Attributes:
        publics: keys that the bank signs or signed receipts with, as JWKs.
        signing: the key that it signs with today.
        log: the log's published key.
        bank: the bank as it is named today.
    """

    publics: Sequence[Mapping[str, Any]]
    signing: StatementKey
    log: VerifierKey
    bank: BankParty


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a receipt says, as far as it is checked here.

    Attributes:
        consent_id: of which consent.
        version: number of its last event then.
        state: where it stood then.
        leaf_id: entry of that event.
        recipient_id: to whom data may go.
        issued_at: when the receipt was made.
        checkpoint: the log as it stood then, or None before the first checkpoint.
        all: everything that was signed.
    """

    consent_id: ConsentId
    version: int
    state: ConsentState
    leaf_id: UUID
    recipient_id: str
    issued_at: datetime
    checkpoint: str | None
    all: Mapping[str, Any]


def read(text: str, against: Against) -> Claims:
    """Return what a receipt of this bank says.

    White space that mail programs put into it does not count.

    Raises:
        Unsound: it cannot be read, or the bank did not sign it.
    """
    receipt = "".join(text.split())
    try:
        kid = receipts.named_key(receipt)
    except Invalid:
        raise Unsound(ReceiptVerdict.UNREADABLE) from None
    public = next((each for each in against.publics if each["kid"] == kid), None)
    if public is None:
        raise Unsound(ReceiptVerdict.OTHER_KEY)
    try:
        return _claims(receipts.verify(receipt, public))
    except Invalid:
        raise Unsound(ReceiptVerdict.FORGED) from None
    except (KeyError, TypeError, ValueError, OverflowError):
        raise Unsound(ReceiptVerdict.UNREADABLE) from None


def _claims(said: Mapping[str, Any]) -> Claims:
    recipient = said["record"]["dpv:hasEntity"]["ib:recipient"]
    checkpoint = said.get("checkpoint")
    return Claims(
        consent_id=ConsentId(UUID(said["consent_id"])),
        version=int(said["consent_version"]),
        state=ConsentState(said["state"]),
        leaf_id=UUID(said["leaf_id"]),
        recipient_id=str(recipient["dpv:hasIdentifier"]),
        issued_at=from_millis(int(said["iat"]) * 1000),
        checkpoint=None if checkpoint is None else str(checkpoint),
        all=said,
    )
