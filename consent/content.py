"""The sealed content of consent events: terms, agreement, evidence; pure.

Each event seals one canonical JSON object under the consent's own key, so that the
evidence can outlive the data and die apart from it. `docs/formats/consent.md` describes
every member; readers refuse versions that they do not know.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any
from uuid import UUID

from audit.canonical import canonical, parse_canonical
from consent import rar, texts
from consent.confirmations import Confirmation
from consent.states import ConsentEvent
from consent.terms import DataProvision
from consent.texts import Texts
from pds.core.clock import from_millis, to_millis
from pds.core.errors import Unavailable

VERSION = 1
ENTRUSTED_VERSION = 2
"""Version of events whose evidence has an entrusted judgement."""
CONFIRMED_VERSION = 3
"""Version of events whose evidence has confirmations; a judgement has none."""
NAMED_VERSION = 4
"""Version of events whose agreement names texts, whatever the evidence has."""
_KNOWN = (VERSION, ENTRUSTED_VERSION, CONFIRMED_VERSION, NAMED_VERSION)
LABEL = b"sys.consent"
"""Label of the envelopes; the object id is the consent's, the version the event's."""


class Act(StrEnum):
    """Whose act an event was."""

    PERSON = "person"
    AGENT = "agent"
    RECIPIENT = "recipient"
    OPERATOR = "operator"
    TIME = "time"
    MANDATE = "mandate"


def act_of(actor: str) -> Act:
    """Return whose act an actor's is: the person's, an agent's, else the bank's."""
    beginning = actor.partition(":")[0]
    is_for_person = beginning in (Act.PERSON, Act.AGENT)
    return Act(beginning) if is_for_person else Act.OPERATOR


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrusted:
    """The judgement by which the bank answered in the person's place (D-06).

    Attributes:
        judgement_id: its id.
        record: its canonical record, which names instructions and mandate.
    """

    judgement_id: UUID
    record: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """How it is known that the person answered (fresh login before consent).

    Attributes:
        auth_time: moment of the last login or re-login.
        acr: authentication context class of it.
        amr: authentication methods of it (RFC 8176).
        language: language in which the notice was shown, `ja` or `en`.
        adult_from: the day on which the person reaches the age of decision.
        agent_until: end of the authority of the agent who answered, if one did.
        entrusted: the judgement, where the bank answered; the login is then the one
            by which the mandate was accepted.
        confirmed: what was confirmed apart, each with a box of its own.
    """

    auth_time: datetime
    acr: str
    amr: tuple[str, ...]
    language: str
    adult_from: date
    agent_until: datetime | None = None
    entrusted: Entrusted | None = None
    confirmed: tuple[Confirmation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What a yes rests on, beside the terms.

    Attributes:
        given_at: moment of the last yes; narrowing does not move it.
        notice: SHA-256 of the notice that was shown.
        contract_id: contract under which data may be given.
        contract_version: its version when the yes was given.
        board_decisions: board decisions in force then.
        rule_version: version of the engine's rules.
        vocabulary: version of the categories.
        profile: id of the certification profile.
        offer_version: version of the offer that is answered; 0 for none.
        mandate_id: the person's contract with the bank, if there is one.
        texts: the texts of the purpose and of the categories that the person read;
            None for a yes from before they were named.
    """

    given_at: datetime
    notice: bytes
    contract_id: UUID
    contract_version: int
    board_decisions: tuple[UUID, ...]
    rule_version: int
    vocabulary: int
    profile: str
    offer_version: int = 0
    mandate_id: UUID | None = None
    texts: Texts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventContent:
    """Everything about one event.

    Attributes:
        consent_id: the consent.
        version: number of the event in its history, from 1.
        event: what happened.
        at: when, to the millisecond.
        act: whose act.
        actor: id of the account, organisation or job behind it.
        leaf_id: the log entry that records it.
        recipient_id: the recipient.
        client_id: the recipient's software that asked, if software did.
        provision: the terms, for events that say them anew.
        agreement: what a yes rests on.
        evidence: how the person's act is known.
        reason: why, for ends that are not the person's.
    """

    consent_id: UUID
    version: int
    event: ConsentEvent
    at: datetime
    act: Act
    actor: str
    leaf_id: UUID
    recipient_id: str
    client_id: str | None = None
    provision: DataProvision | None = None
    agreement: Agreement | None = None
    evidence: Evidence | None = None
    reason: str | None = None


def encode(content: EventContent) -> bytes:
    """Return the canonical bytes that are sealed."""
    written: dict[str, Any] = {
        "v": _version(content),
        "consent_id": str(content.consent_id),
        "consent_version": content.version,
        "event": content.event.value,
        "at": to_millis(content.at),
        "act": content.act.value,
        "actor": content.actor,
        "leaf_id": str(content.leaf_id),
        "recipient_id": content.recipient_id,
    }
    if content.client_id is not None:
        written["client_id"] = content.client_id
    if content.provision is not None:
        written["provision"] = rar.serialise(content.provision)
    if content.agreement is not None:
        written["agreement"] = _write_agreement(content.agreement)
    if content.evidence is not None:
        written["evidence"] = _write_evidence(content.evidence)
    if content.reason is not None:
        written["reason"] = content.reason
    return canonical(written)


@lru_cache(maxsize=1024)
def decode(data: bytes) -> EventContent:
    """Read sealed content; the same bytes are read once, for the hot path.

    Raises:
        Unavailable: `consent.content-version`; it was written by a later program.
    """
    read = parse_canonical(data)
    if read["v"] not in _KNOWN:
        raise Unavailable("consent.content-version", "The content is of another time.")
    provision = read.get("provision")
    agreement, evidence = read.get("agreement"), read.get("evidence")
    return EventContent(
        consent_id=UUID(read["consent_id"]),
        version=read["consent_version"],
        event=ConsentEvent(read["event"]),
        at=from_millis(read["at"]),
        act=Act(read["act"]),
        actor=read["actor"],
        leaf_id=UUID(read["leaf_id"]),
        recipient_id=read["recipient_id"],
        client_id=read.get("client_id"),
        provision=None if provision is None else rar.parse(provision),
        agreement=None if agreement is None else _read_agreement(agreement),
        evidence=None if evidence is None else _read_evidence(evidence),
        reason=read.get("reason"),
    )


def _version(content: EventContent) -> int:
    evidence, agreement = content.evidence, content.agreement
    if agreement is not None and agreement.texts is not None:
        return NAMED_VERSION
    if evidence is not None and evidence.confirmed:
        return CONFIRMED_VERSION
    is_entrusted = evidence is not None and evidence.entrusted is not None
    return ENTRUSTED_VERSION if is_entrusted else VERSION


def _write_agreement(agreement: Agreement) -> dict[str, Any]:
    written: dict[str, Any] = {
        "given_at": to_millis(agreement.given_at),
        "notice": agreement.notice.hex(),
        "contract_id": str(agreement.contract_id),
        "contract_version": agreement.contract_version,
        "board_decisions": [str(decision) for decision in agreement.board_decisions],
        "rule_version": agreement.rule_version,
        "vocabulary": agreement.vocabulary,
        "profile": agreement.profile,
        "offer_version": agreement.offer_version,
    }
    if agreement.mandate_id is not None:
        written["mandate_id"] = str(agreement.mandate_id)
    if agreement.texts is not None:
        written["texts"] = texts.write(agreement.texts)
    return written


def _read_agreement(read: Mapping[str, Any]) -> Agreement:
    mandate_id, named = read.get("mandate_id"), read.get("texts")
    return Agreement(
        given_at=from_millis(read["given_at"]),
        notice=bytes.fromhex(read["notice"]),
        contract_id=UUID(read["contract_id"]),
        contract_version=read["contract_version"],
        board_decisions=tuple(UUID(each) for each in read["board_decisions"]),
        rule_version=read["rule_version"],
        vocabulary=read["vocabulary"],
        profile=read["profile"],
        offer_version=read["offer_version"],
        mandate_id=None if mandate_id is None else UUID(mandate_id),
        texts=None if named is None else texts.read(named),
    )


def _write_evidence(evidence: Evidence) -> dict[str, Any]:
    written: dict[str, Any] = {
        "auth_time": to_millis(evidence.auth_time),
        "acr": evidence.acr,
        "amr": list(evidence.amr),
        "language": evidence.language,
        "adult_from": evidence.adult_from.isoformat(),
    }
    if evidence.agent_until is not None:
        written["agent_until"] = to_millis(evidence.agent_until)
    if evidence.entrusted is not None:
        written["entrusted"] = {
            "judgement_id": str(evidence.entrusted.judgement_id),
            "record": evidence.entrusted.record,
        }
    if evidence.confirmed:
        written["confirmed"] = [each.value for each in evidence.confirmed]
    return written


def _read_evidence(read: Mapping[str, Any]) -> Evidence:
    agent_until, entrusted = read.get("agent_until"), read.get("entrusted")
    return Evidence(
        auth_time=from_millis(read["auth_time"]),
        acr=read["acr"],
        amr=tuple(read["amr"]),
        language=read["language"],
        adult_from=date.fromisoformat(read["adult_from"]),
        agent_until=None if agent_until is None else from_millis(agent_until),
        entrusted=None
        if entrusted is None
        else Entrusted(
            judgement_id=UUID(entrusted["judgement_id"]), record=entrusted["record"]
        ),
        confirmed=tuple(map(Confirmation, read.get("confirmed", ()))),
    )
