"""Recipients as the operator sees them: standing, papers, clients, what is missing."""

from dataclasses import dataclass
from datetime import datetime

from consent import board, certificates, contracts, recipients
from consent.certificates import Certificate
from consent.contracts import Contract
from consent.facts import (
    BoardFacts,
    BoardSubjectKind,
    ContractState,
    Standing,
)
from consent.oauth import clients
from consent.oauth.clients import Client
from consent.reasons import Reason
from consent.recipients import Recipient
from pds.core.database import Snapshot
from pds.core.ids import RecipientId

RECIPIENT_VERSION = 1
"""The board decides on a recipient as such; it has no versions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """Everything that the bank holds about one recipient.

    Attributes:
        missing: reason codes of the engine that would deny everything now.
    """

    recipient: Recipient
    contracts: list[Contract]
    certificates: list[Certificate]
    clients: list[Client]
    board: BoardFacts
    missing: tuple[Reason, ...]


def dossier(snap: Snapshot, recipient_id: RecipientId) -> Dossier:
    """Return what is held about a recipient.

    Raises:
        NotFound: `recipient.unknown`.
    """
    found = recipients.get(snap, recipient_id)
    signed = contracts.of_recipient(snap, recipient_id)
    papers = certificates.of_recipient(snap, recipient_id)
    decided = board.current(
        snap, BoardSubjectKind.RECIPIENT, recipient_id, version=RECIPIENT_VERSION
    )
    return Dossier(
        recipient=found,
        contracts=signed,
        certificates=papers,
        clients=clients.of_recipient(snap, recipient_id),
        board=decided,
        missing=_missing(found, signed, papers, decided, snap.now),
    )


def _missing(
    found: Recipient,
    signed: list[Contract],
    papers: list[Certificate],
    decided: BoardFacts,
    now: datetime,
) -> tuple[Reason, ...]:
    checks = (
        (found.standing is Standing.APPROVED, Reason.RECIPIENT_NOT_APPROVED),
        (any(is_running(each, now) for each in signed), Reason.CONTRACT_MISSING),
        (any(now < each.valid_until for each in papers), Reason.CERTIFICATE_MISSING),
        (board.is_in_force(decided, now), Reason.BOARD_MISSING),
    )
    return tuple(reason for is_there, reason in checks if not is_there)


def is_running(contract: Contract, now: datetime) -> bool:
    """Say whether a contract is in force at a moment."""
    terms = contract.terms
    is_signed = contract.state is ContractState.IN_FORCE
    return is_signed and terms.valid_from <= now < terms.valid_until
