"""Consent receipts (同意受領書): signed copies of the whole record (C-13, K-01, K-02).

A receipt is a compact JWS (RFC 7515) with `typ` `consent-receipt+jwt`. Its payload is
canonical JSON: the TS 27560 record, the agreement, the leaf of the last event, the
latest published checkpoint of the log, and the proof of that leaf where the caller has
it. Anybody can verify it with the bank's public key, without the bank.

Every event has a receipt of its own, from the commit on: it is computed from the sealed
events up to that one, so none can be lost, forgotten or made twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from audit import store
from audit.canonical import canonical, parse_canonical
from audit.errors import VerificationError
from consent import ledger, notices, pairwise, recipients
from consent.content import Agreement, EventContent
from consent.notices import BankParty
from consent.receipt_record import Parties, record, rfc3339
from consent.recipients import RecipientProfile
from consent.states import fold
from pds.core.clock import to_millis
from pds.core.database import Snapshot
from pds.core.errors import Invalid, NotFound
from pds.core.ids import ConsentId, OwnerId, RecipientId
from pds.crypto.statement import StatementKey, named_signer, open_statement
from pds.keys.keyring import Keyring

VERSION = 1
MANDATE_VERSION = 2
"""Version of receipts of consents that rest on a mandate."""
PROOF_VERSION = 3
"""Version of receipts that carry the proof of their entry."""
TYP = "consent-receipt+jwt"
_RESTS_ON = ("mandate_id", "entrusted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """What a receipt says of itself.

    Attributes:
        receipt_id: its own id.
        issued_at: when it was made.
        language: language of its words, `ja` or `en`.
        checkpoint: latest published checkpoint of the log, or None before the first.
        proof: that the entry of the last event stands in the log (C2SP tlog-proof),
            or None while it waits for its place.
    """

    receipt_id: UUID
    issued_at: datetime
    language: str
    checkpoint: str | None
    proof: str | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """Whose receipt it is, from whom, and in which language, `ja` or `en`."""

    owner: OwnerId
    bank: BankParty
    language: str


def compose(
    history: Sequence[EventContent], parties: Parties, made: Issue
) -> dict[str, Any]:
    """Write the claims of a receipt from a consent's whole history; pure."""
    last = history[-1]
    state = fold(event.event for event in history)
    claims: dict[str, Any] = {
        "v": VERSION,
        "iss": parties.bank.url,
        "jti": str(made.receipt_id),
        "iat": to_millis(made.issued_at) // 1000,
        "consent_id": str(last.consent_id),
        "consent_version": last.version,
        "state": state.value if state else "",
        "leaf_id": str(last.leaf_id),
        "record": record(history, parties, made.language),
    }
    if made.checkpoint is not None:
        claims["checkpoint"] = made.checkpoint
    agreement = _agreement(history)
    if agreement is not None:
        claims["agreement"] = _write(agreement)
    claims |= _rests_on(history, agreement)
    if made.proof is not None:
        claims["proof"] = made.proof
    return claims | {"v": _version(claims)}


def issue(
    snap: Snapshot,
    keys: Keyring,
    key: StatementKey,
    owner: OwnerId,
    consent_id: ConsentId,
    *,
    bank: BankParty,
    receipt_id: UUID,
    language: str,
) -> str:
    """Make the receipt of a consent as it stands now.

    Raises:
        NotFound: `consent.unknown`.
        KeyUnavailable: the evidence was destroyed.
    """
    history = ledger.history(snap, keys, owner, consent_id)
    named = Named(owner, bank, language)
    return of_events(snap, key, history, named, receipt_id=receipt_id)


def of_events(
    snap: Snapshot,
    key: StatementKey,
    history: Sequence[EventContent],
    named: Named,
    *,
    receipt_id: UUID,
    proof: str | None = None,
) -> str:
    """Make the receipt of the last of a consent's first events.

    Args:
        snap: one consistent state.
        key: signs it.
        history: the events, oldest first, up to the one that it is about.
        named: the person, the bank, and the language of the words.
        receipt_id: its own id.
        proof: see `Issue`.
    """
    owner, bank, language = named.owner, named.bank, named.language
    parties = _parties(snap, owner, history, bank)
    published = store.latest_checkpoint(snap.connection)
    made = Issue(
        receipt_id=receipt_id,
        issued_at=snap.now,
        language=language,
        checkpoint=None if published is None else published.note,
        proof=proof,
    )
    return key.sign(TYP, canonical(compose(history, parties, made)))


def verify(receipt: str, public: Mapping[str, Any]) -> dict[str, Any]:
    """Check a receipt against the bank's public key and return its claims.

    Raises:
        Invalid: `consent.receipt-invalid`, whatever is wrong.
    """
    try:
        claims = parse_canonical(open_statement(receipt, TYP, public))
        is_known = claims["v"] == _version(claims)
    except (Invalid, VerificationError, KeyError, TypeError):
        is_known = False
    if not is_known:
        raise Invalid("consent.receipt-invalid", "The receipt is not sound.")
    return dict(claims)


def named_key(receipt: str) -> str:
    """Return the id of the key that a receipt says it was signed with, unchecked.

    Raises:
        Invalid: `consent.receipt-invalid`; it has not the form of a receipt.
    """
    try:
        return named_signer(receipt, TYP)
    except Invalid:
        raise Invalid("consent.receipt-invalid", "This is no receipt.") from None


def agrees(
    snap: Snapshot,
    owner: OwnerId,
    history: Sequence[EventContent],
    bank: BankParty,
    claims: Mapping[str, Any],
) -> bool:
    """Say whether a receipt tells what a history leads to.

    Names and addresses do not count, nor do words: these change with time.

    Args:
        snap: one consistent state.
        owner: the person.
        history: the events up to the version that the receipt tells.
        bank: the bank.
        claims: of a receipt whose signature holds.

    Raises:
        NotFound: the notice that was agreed to is not there.
        Conflict: the history contains a step that is not permitted.
    """
    if not history:
        return False
    parties = _parties(snap, owner, history, bank)
    made = Issue(receipt_id=owner, issued_at=snap.now, language="en", checkpoint=None)
    try:
        says_mandate = claims["v"] != VERSION
        ours = compose(history, parties, made)
        return _told(claims, says_mandate) == _told(ours, says_mandate)
    except (KeyError, IndexError, TypeError, AttributeError):
        return False


def _version(claims: Mapping[str, Any]) -> int:
    if "proof" in claims:
        return PROOF_VERSION
    return MANDATE_VERSION if any(name in claims for name in _RESTS_ON) else VERSION


def _told(claims: Mapping[str, Any], says_mandate: bool) -> list[Any]:
    """Return what counts; receipts of before version 2 say nothing of a mandate."""
    process = claims["record"]["dpv:hasProcess"][0]
    steps = (
        "ib:version",
        "ib:event",
        "ib:act",
        "ib:leaf",
        "ib:confirmed",
        "dpv:isIndicatedAtTime",
    )
    return [
        *(claims[name] for name in ("consent_id", "consent_version", "state")),
        claims["leaf_id"],
        claims.get("agreement"),
        *(claims.get(name) for name in _RESTS_ON if says_mandate),
        process["ib:provision"],
        [
            [each.get(step) for step in steps]
            for each in process["dpv:hasConsentStatus"]
        ],
    ]


def _parties(
    snap: Snapshot, owner: OwnerId, history: Sequence[EventContent], bank: BankParty
) -> Parties:
    recipient_id = history[0].recipient_id
    profile = recipients.get(snap, RecipientId(recipient_id)).profile
    agreement = _agreement(history)
    if agreement is not None:
        # The recipient is named as it was when the person read about it.
        shown = notices.get(snap, agreement.notice).content["recipient"]
        profile = RecipientProfile(**shown)
    try:
        subject = pairwise.find(snap, owner, profile.recipient_id)
    except NotFound:
        subject = f"urn:uuid:{history[0].consent_id}"
    return Parties(subject=subject, bank=bank, recipient=profile)


def _agreement(history: Sequence[EventContent]) -> Agreement | None:
    found = [event.agreement for event in history if event.agreement is not None]
    return found[-1] if found else None


def _rests_on(
    history: Sequence[EventContent], agreement: Agreement | None
) -> dict[str, Any]:
    """Return the mandate, and the judgement where the bank answered (D-01, D-06)."""
    found: dict[str, Any] = {}
    if agreement is not None and agreement.mandate_id is not None:
        found["mandate_id"] = str(agreement.mandate_id)
    said = [e.evidence.entrusted for e in history if e.evidence is not None]
    judged = [each for each in said if each is not None]
    if judged:
        found["entrusted"] = {
            "judgement_id": str(judged[-1].judgement_id),
            "instructions": parse_canonical(judged[-1].record.encode())["applied"],
        }
    return found


def _write(agreement: Agreement) -> dict[str, Any]:
    return {
        "given_at": rfc3339(agreement.given_at),
        "notice": agreement.notice.hex(),
        "contract_id": str(agreement.contract_id),
        "contract_version": agreement.contract_version,
        "board_decisions": [str(each) for each in agreement.board_decisions],
        "rule_version": agreement.rule_version,
        "vocabulary": agreement.vocabulary,
        "profile": agreement.profile,
    }
