"""Recipients as the operator sees them: standing, papers, clients, what is missing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from operator import itemgetter

from consent import (
    board,
    certificates,
    contracts,
    countries,
    processors,
    recipients,
)
from consent.certificates import Certificate
from consent.contracts import Contract
from consent.countries import CountryRecord
from consent.criteria import attestation, recipient_criteria
from consent.facts import (
    BoardFacts,
    BoardSubjectKind,
    ContractState,
    Standing,
)
from consent.oauth import clients
from consent.oauth.clients import Client
from consent.processors import Processor
from consent.reasons import Reason
from consent.recipients import Recipient
from consent.vetting import attestations, checks, steps
from consent.vetting.attestations import Attestation, AttestationState
from consent.vetting.checks import CheckRecord
from consent.vetting.steps import Step
from pds.core.database import Snapshot
from pds.core.ids import RecipientId


class Light(StrEnum):
    """How a recipient stands at a glance."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


class Lapse(StrEnum):
    """What ends with time and has to be renewed."""

    CRITERIA = "criteria"
    CONTRACT = "contract"
    CERTIFICATE = "certificate"
    BOARD = "board"
    ATTESTATION = "attestation"
    COUNTRY = "country"
    PROCESSOR = "processor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """Everything that the bank holds about one recipient.

    Attributes:
        missing: reason codes of the engine that would deny everything now.
        lacking: mandatory criteria that are not met and in force.
        checks: the check that counts of each criterion that was looked at.
        countries: what counts, or counted last, of each foreign country.
        steps: how it came to stand where it stands, newest first.
        attestations: what it attested each year, newest first.
        attestation: where the next of them stands.
        ends: what ends next and when, the soonest first.
        light: how it stands at a glance.
    """

    recipient: Recipient
    contracts: list[Contract]
    certificates: list[Certificate]
    processors: list[Processor]
    clients: list[Client]
    board: BoardFacts
    missing: tuple[Reason, ...]
    lacking: tuple[str, ...]
    checks: Mapping[str, CheckRecord]
    countries: list[CountryRecord]
    steps: list[Step]
    attestations: list[Attestation]
    attestation: AttestationState
    ends: tuple[tuple[Lapse, datetime], ...]
    light: Light


def dossier(snap: Snapshot, recipient_id: RecipientId) -> Dossier:
    """Return what is held about a recipient.

    Raises:
        NotFound: `recipient.unknown`.
    """
    found = recipients.get(snap, recipient_id)
    signed = contracts.of_recipient(snap, recipient_id)
    papers = certificates.of_recipient(snap, recipient_id)
    decided = board.current(
        snap, BoardSubjectKind.RECIPIENT, recipient_id, version=found.class_no
    )
    abroad = list(countries.latest(snap, recipient_id).values())
    missing = _missing(found, signed, papers, decided, snap.now)
    handling = processors.of(snap, recipient_id)
    ending = [
        *_ends(found, signed, papers, decided),
        *((Lapse.COUNTRY, each.facts.valid_until) for each in abroad),
        *((Lapse.PROCESSOR, e.check_by) for e in handling if not e.ended_at),
    ]
    ends = tuple(sorted(ending, key=itemgetter(1)))
    return Dossier(
        recipient=found,
        contracts=signed,
        certificates=papers,
        processors=handling,
        clients=clients.of_recipient(snap, recipient_id),
        board=decided,
        missing=missing,
        lacking=checks.lacking(snap, recipient_id, snap.now),
        checks=checks.latest(snap, recipient_id),
        countries=abroad,
        steps=steps.history(snap, recipient_id),
        attestations=attestations.history(snap, recipient_id),
        attestation=attestations.state(found.attest_by, snap.now),
        ends=ends,
        light=_light(missing, ends, snap.now),
    )


def _missing(
    found: Recipient,
    signed: list[Contract],
    papers: list[Certificate],
    decided: BoardFacts,
    now: datetime,
) -> tuple[Reason, ...]:
    is_approved = found.standing is Standing.APPROVED
    is_cleared = found.cleared_until is not None and now < found.cleared_until
    needed = (
        (is_approved, Reason.RECIPIENT_NOT_APPROVED),
        (is_cleared, Reason.RECIPIENT_NOT_CLEARED),
        (any(is_running(each, now) for each in signed), Reason.CONTRACT_MISSING),
        (_is_certified(found, papers, now), Reason.CERTIFICATE_MISSING),
        (board.is_in_force(decided, now), Reason.BOARD_MISSING),
    )
    return tuple(reason for is_there, reason in needed if not is_there)


def _is_certified(found: Recipient, papers: list[Certificate], now: datetime) -> bool:
    if not found.mode.needs_certificate:
        return True
    return any(
        now < each.valid_until and found.mode.counts(each.processor_id)
        for each in papers
    )


def _ends(
    found: Recipient,
    signed: list[Contract],
    papers: list[Certificate],
    decided: BoardFacts,
) -> Iterator[tuple[Lapse, datetime]]:
    """Yield when each thing ends that is needed; of several that do, the last."""
    due = found.attest_by
    if due is not None:
        yield Lapse.ATTESTATION, due
    limit = due + attestation.CURRENT.grace if due is not None else None
    if found.cleared_until is not None and found.cleared_until != limit:
        yield Lapse.CRITERIA, found.cleared_until
    running = [e for e in signed if e.state is ContractState.IN_FORCE]
    if running:
        yield Lapse.CONTRACT, max(each.terms.valid_until for each in running)
    counting = [each for each in papers if found.mode.counts(each.processor_id)]
    if found.mode.needs_certificate and counting:
        yield Lapse.CERTIFICATE, max(each.valid_until for each in counting)
    if decided.valid_until is not None:
        yield Lapse.BOARD, decided.valid_until


def _light(
    missing: tuple[Reason, ...],
    ends: tuple[tuple[Lapse, datetime], ...],
    now: datetime,
) -> Light:
    if missing or any(at <= now for _what, at in ends):
        return Light.RED
    soon = now + recipient_criteria.CURRENT.remind
    return Light.AMBER if any(at <= soon for _what, at in ends) else Light.GREEN


def is_running(contract: Contract, now: datetime) -> bool:
    """Say whether a contract is in force at a moment."""
    terms = contract.terms
    is_signed = contract.state is ContractState.IN_FORCE
    return is_signed and terms.valid_from <= now < terms.valid_until
