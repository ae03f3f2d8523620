"""The yearly attestation of recipients: due, made, overdue (R-06, R-09, R-13).

A recipient attests for each year since its approval that it kept what it promised: with
a statement signed by a key of one of its clients, or on paper, whose scan is kept. Its
row has the next due moment; after a grace `checks.clear` stops everything by it. Years
are not skipped: who is late by two attests twice. Nothing is attested before reminders
begin, since nobody can vouch for days that are far away.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, insert, select

from audit.canonical import canonical
from audit.work import Work
from consent import recipients
from consent.contract_documents import SignatureForm
from consent.criteria.attestation import CURRENT
from consent.facts import Standing
from consent.oauth import statements
from consent.policy import record_policy
from consent.vetting import checks, papers
from consent.vetting.tables import recipient_attestation
from pds.accounts.papers import Paper
from pds.core.clock import to_millis
from pds.core.database import Snapshot
from pds.core.errors import Conflict, Invalid
from pds.core.ids import RecipientId

TYP: Final = "recipient-attestation+jwt"
VERSION: Final = 1
_LONGEST_NAME: Final = 200


class AttestationState(StrEnum):
    """Where the next attestation of a recipient stands."""

    NONE = "none"
    FAR = "far"
    SOON = "soon"
    OVERDUE = "overdue"
    BLOCKING = "blocking"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestation:
    """An attestation as taken.

    Attributes:
        no: its number, from 1.
        since: first moment of what it covers.
        until: end of what it covers; it was due then.
        rule_version: version of what was attested.
        points: ids of what was attested.
        form: statement by a key, or paper.
        signer: thumbprint of the key, or the name on the paper.
        statement: the compact JWS; empty for a paper.
        paper_id: the scan; None for a statement.
        taken_by: one of the staff, or the command line.
    """

    no: int
    since: datetime
    until: datetime
    rule_version: int
    points: tuple[str, ...]
    form: SignatureForm
    signer: str
    statement: str
    paper_id: UUID | None
    taken_by: str
    taken_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """The attestation that comes next.

    Attributes:
        no: its number.
        since: first moment of what it covers.
        until: end of what it covers, when it is due.
    """

    no: int
    since: datetime
    until: datetime


def start(work: Work, recipient_id: RecipientId) -> None:
    """Begin the first year with an approval; a later approval changes nothing."""
    if recipients.get(work, recipient_id).attest_by is None:
        recipients.set_attest_by(work, recipient_id, work.now + CURRENT.period)
        checks.clear(work, recipient_id)


def state(attest_by: datetime | None, now: datetime) -> AttestationState:
    """Say where the next attestation stands at a moment."""
    if attest_by is None:
        return AttestationState.NONE
    if now >= attest_by + CURRENT.grace:
        return AttestationState.BLOCKING
    if now >= attest_by:
        return AttestationState.OVERDUE
    is_soon = now >= attest_by - CURRENT.remind
    return AttestationState.SOON if is_soon else AttestationState.FAR


def due(snap: Snapshot, recipient_id: RecipientId) -> Due:
    """Return the attestation that may be made now.

    Raises:
        NotFound: `recipient.unknown`.
        Conflict: `attestation.not-possible-now`; the recipient was never approved or
            has ended, or the year is far from its end.
    """
    found = recipients.get(snap, recipient_id)
    now = state(found.attest_by, snap.now)
    is_open = now not in (AttestationState.NONE, AttestationState.FAR)
    if found.attest_by is None or not is_open or found.standing is Standing.ENDED:
        raise Conflict("attestation.not-possible-now", "Nothing is due.")
    last = next(iter(history(snap, recipient_id)), None)
    return Due(
        no=last.no + 1 if last else 1,
        since=found.attest_by - CURRENT.period,
        until=found.attest_by,
    )


def text_to_sign(snap: Snapshot, recipient_id: RecipientId) -> bytes:
    """Return the canonical payload that the recipient signs (docs/formats).

    It names the number of the attestation, so that none is taken twice.

    Raises:
        NotFound, Conflict: as `due`.
    """
    return _payload(recipient_id, due(snap, recipient_id))


def accept_statement(
    work: Work, recipient_id: RecipientId, text: str, *, actor: str
) -> None:
    """Take a recipient's signed attestation.

    Raises:
        NotFound, Conflict: as `due`.
        Invalid: `statement.unsound`; no key of the recipient signed it, or it says
            something else than what is due.
    """
    asked = due(work, recipient_id)
    said, signer = statements.open_statement(work, recipient_id, text, TYP)
    if said != _payload(recipient_id, asked):
        raise Invalid("statement.unsound", "The statement says something else.")
    row = {
        "form": SignatureForm.STATEMENT.value,
        "signer": signer,
        "statement": text.strip(),
        "paper_id": None,
    }
    _take(work, recipient_id, asked, row, actor)


def accept_paper(
    work: Work,
    recipient_id: RecipientId,
    signer: str,
    points: frozenset[str],
    paper: Paper,
    *,
    actor: str,
) -> None:
    """Take a scan of the attestation that the recipient signed on paper.

    Args:
        work: one unit of work.
        recipient_id: the recipient.
        signer: who signed.
        points: what the paper attests; all of it is needed.
        paper: the scan.
        actor: one of the staff, who read it.

    Raises:
        NotFound, Conflict: as `due`.
        Invalid: `attestation.points`; one is missing. `attestation.signer` is empty or
            too long, or holds a number that is refused.
    """
    asked = due(work, recipient_id)
    if points != frozenset(CURRENT.points):
        raise Invalid("attestation.points", "Something is not attested.")
    if not signer.strip() or len(signer) > _LONGEST_NAME:
        raise Invalid("attestation.signer", "The name of who signed is needed.")
    papers.refuse_numbers(signer)
    row = {
        "form": SignatureForm.PAPER.value,
        "signer": signer,
        "statement": "",
        "paper_id": papers.keep(work, recipient_id, paper),
    }
    _take(work, recipient_id, asked, row, actor)


def history(snap: Snapshot, recipient_id: RecipientId) -> list[Attestation]:
    """Return the attestations of a recipient, newest first."""
    query = (
        select(recipient_attestation)
        .where(recipient_attestation.c.recipient_id == recipient_id)
        .order_by(recipient_attestation.c.no.desc())
    )
    return [_read(row) for row in snap.connection.execute(query)]


def _payload(recipient_id: RecipientId, asked: Due) -> bytes:
    return canonical(
        {
            "v": VERSION,
            "recipient_id": recipient_id,
            "no": asked.no,
            "since": to_millis(asked.since),
            "until": to_millis(asked.until),
            "rule_version": CURRENT.version,
            "points": list(CURRENT.points),
        }
    )


def _take(
    work: Work, recipient_id: RecipientId, asked: Due, row: dict[str, Any], actor: str
) -> None:
    work.connection.execute(
        insert(recipient_attestation).values(
            recipient_id=recipient_id,
            no=asked.no,
            since=asked.since,
            until=asked.until,
            rule_version=CURRENT.version,
            points=json.dumps(list(CURRENT.points)),
            taken_by=actor,
            taken_at=work.now,
            **row,
        )
    )
    recipients.set_attest_by(work, recipient_id, asked.until + CURRENT.period)
    checks.clear(work, recipient_id)
    record_policy(
        work,
        "attestation.taken",
        actor=actor,
        recipient_id=recipient_id,
        about=f"{asked.no} {row['form']}",
    )


def _read(row: Row[Any]) -> Attestation:
    return Attestation(
        no=row.no,
        since=row.since,
        until=row.until,
        rule_version=row.rule_version,
        points=tuple(json.loads(row.points)),
        form=SignatureForm(row.form),
        signer=row.signer,
        statement=row.statement,
        paper_id=row.paper_id,
        taken_by=row.taken_by,
        taken_at=row.taken_at,
    )
