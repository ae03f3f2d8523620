"""The register of recipients: who may be given data, and where each stands (R-10)."""

import re
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update

from audit.work import Work
from consent import class_history
from consent.class_history import ClassStep
from consent.facts import Standing
from consent.modes import RecipientMode
from consent.policy import record_policy
from consent.tables import recipient
from consent.vetting import steps
from consent.vetting.steps import Step
from pds.core.check_digits import is_corporate_number
from pds.core.database import Prepared, Snapshot, is_sqlite
from pds.core.errors import Conflict, Invalid, NotFound
from pds.core.ids import RecipientId
from pds.core.vocabulary import recipient_classes

_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?\Z", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{2}\Z", re.ASCII)
_LINE = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]{1,300}\Z")

_HOLD = Prepared(
    select(recipient.c.fence)
    .where(recipient.c.recipient_id == bindparam("recipient"))
    .with_for_update(read=True)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientProfile:
    """Who a recipient is, as the law asks it to be recorded (A-05, A-08).

    Attributes:
        recipient_id: stable text id: lower-case letters, digits, hyphens.
        name_ja: legal name in Japanese.
        name_en: legal name in English.
        address: registered address.
        representative: name of the representative.
        corporate_number: thirteen digits with check digit.
        country: ISO 3166-1 alpha-2 code of the country where it is established.
        contact: where a person can reach it (N-06).
    """

    recipient_id: RecipientId
    name_ja: str
    name_en: str
    address: str
    representative: str
    corporate_number: str
    country: str
    contact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A recipient as it stands now.

    Attributes:
        class_no: number of its class, in which the board decides on it.
        cleared_until: first moment at which the bank's checks stop everything; None if
            they do now.
        attest_by: when the next yearly attestation is due; None before an approval.
    """

    profile: RecipientProfile
    standing: Standing
    recipient_class: str
    class_no: int
    mode: RecipientMode
    mode_reason: str
    cleared_until: datetime | None
    attest_by: datetime | None
    fence: int
    applied_at: datetime
    changed_at: datetime

    @property
    def recipient_id(self) -> RecipientId:
        """Its stable text id."""
        return self.profile.recipient_id


def register(
    work: Work,
    profile: RecipientProfile,
    *,
    recipient_class: str = recipient_classes.OTHER,
    actor: str,
) -> None:
    """Take in an application; the recipient may be given nothing yet.

    Raises:
        Invalid: `recipient.<field>` is malformed; `recipient.corporate_number` also
            for a wrong check digit; `vocabulary.unknown-recipient-class`.
        Conflict: `recipient.known`; the id or the corporate number is taken.
    """
    _check(profile)
    recipient_classes.get(recipient_class)
    taken = select(recipient.c.recipient_id).where(
        (recipient.c.recipient_id == profile.recipient_id)
        | (recipient.c.corporate_number == profile.corporate_number)
    )
    if work.connection.execute(taken).first() is not None:
        raise Conflict("recipient.known", "The id or corporate number is taken.")
    row = {
        **asdict(profile),
        "standing": Standing.APPLIED.value,
        "recipient_class": recipient_class,
        "class_no": 1,
        "mode": RecipientMode.FULL.value,
        "mode_reason": "",
        "cleared_until": None,
        "attest_by": None,
        "fence": 1,
        "applied_at": work.now,
        "changed_at": work.now,
    }
    work.connection.execute(insert(recipient).values(row))
    step = Step(standing=Standing.APPLIED, actor=actor, at=work.now)
    steps.add(work, profile.recipient_id, step)
    class_history.add(
        work, profile.recipient_id, ClassStep(1, recipient_class, "", actor, work.now)
    )
    _record(work, profile.recipient_id, "applied", actor)


def set_mode(
    work: Work,
    recipient_id: RecipientId,
    mode: RecipientMode,
    reason: str,
    *,
    actor: str,
) -> None:
    """Say how far a recipient may handle data itself, and why (R-04).

    Raises:
        NotFound: `recipient.unknown`.
        Invalid: `recipient.mode_reason` is empty or too long.
        Conflict: `recipient.mode-unchanged`.
    """
    if get(work, recipient_id).mode is mode:
        raise Conflict("recipient.mode-unchanged", "It has this mode already.")
    if _LINE.match(reason) is None or not reason.strip():
        raise Invalid("recipient.mode_reason", "One line of text is needed.")
    _set(work, recipient_id, mode=mode.value, mode_reason=reason)
    record_policy(
        work,
        "recipient.mode-set",
        actor=actor,
        recipient_id=recipient_id,
        about=mode.value,
    )


def set_cleared(work: Work, recipient_id: RecipientId, until: datetime | None) -> None:
    """Write down until when no mandatory criterion lapses; whoever asks records it."""
    _set(work, recipient_id, cleared_until=until)


def set_attest_by(work: Work, recipient_id: RecipientId, due: datetime) -> None:
    """Write down when the next attestation is due; whoever asks records it."""
    _set(work, recipient_id, attest_by=due)


def set_class(
    work: Work, recipient_id: RecipientId, recipient_class: str, class_no: int
) -> None:
    """Write a class and its number down; `consent.classifying` looks and records."""
    _set(work, recipient_id, recipient_class=recipient_class, class_no=class_no)


def set_standing(work: Work, recipient_id: RecipientId, standing: Standing) -> None:
    """Write the standing down; `consent.standings` says which may follow which."""
    _set(work, recipient_id, standing=standing.value)


def touch(work: Work, recipient_id: RecipientId) -> None:
    """Bump the fence: something that decisions about the recipient rest on changed."""
    work.connection.execute(
        update(recipient)
        .where(recipient.c.recipient_id == recipient_id)
        .values(fence=recipient.c.fence + 1, changed_at=work.now)
    )


def touch_all(work: Work) -> None:
    """Bump every fence: something changed that any provision may rest on."""
    # In one order, so that two acts that hold several rows do not wait in a ring.
    for each in every(work):
        touch(work, each.recipient_id)


def hold(work: Work, recipient_id: RecipientId) -> None:
    """Keep others from changing what rests on a recipient until this work ends.

    Many may hold at once. Whoever changes the recipient, its contracts, certificates,
    offers, board decisions or clients calls `touch` and so waits, or was first and is
    seen. On SQLite the one writer needs no lock.
    """
    if not is_sqlite(work.connection):
        _HOLD.one(work.connection, recipient=recipient_id)


def get(snap: Snapshot, recipient_id: RecipientId) -> Recipient:
    """Return a recipient; NotFound `recipient.unknown` if there is none."""
    query = select(recipient).where(recipient.c.recipient_id == recipient_id)
    row = snap.connection.execute(query).first()
    if row is None:
        raise NotFound("recipient.unknown", "There is no such recipient.")
    return _read(row)


def may_ask(snap: Snapshot, recipient_id: RecipientId) -> bool:
    """Say whether a recipient may be issued tokens: not while suspended or ended."""
    query = select(recipient.c.standing).where(recipient.c.recipient_id == recipient_id)
    standing = snap.connection.execute(query).scalar()
    return standing not in (Standing.SUSPENDED.value, Standing.ENDED.value)


def every(snap: Snapshot) -> list[Recipient]:
    """Return all recipients, ended ones too (G-13), by their id."""
    query = select(recipient).order_by(recipient.c.recipient_id)
    return [_read(row) for row in snap.connection.execute(query)]


def _read(row: Row[Any]) -> Recipient:
    profile = {field.name: getattr(row, field.name) for field in _FIELDS}
    return Recipient(
        profile=RecipientProfile(**profile),
        standing=Standing(row.standing),
        recipient_class=row.recipient_class,
        class_no=row.class_no,
        mode=RecipientMode(row.mode),
        mode_reason=row.mode_reason,
        cleared_until=row.cleared_until,
        attest_by=row.attest_by,
        fence=row.fence,
        applied_at=row.applied_at,
        changed_at=row.changed_at,
    )


_FIELDS = fields(RecipientProfile)


def _check(profile: RecipientProfile) -> None:
    if _ID.match(profile.recipient_id) is None:
        raise Invalid("recipient.recipient_id", "The id is malformed.")
    for field in _FIELDS:
        if _LINE.match(getattr(profile, field.name)) is None:
            raise Invalid(f"recipient.{field.name}", "One line of text is needed.")
    if _COUNTRY.match(profile.country) is None:
        raise Invalid("recipient.country", "The country code is malformed.")
    if not is_corporate_number(profile.corporate_number):
        raise Invalid("recipient.corporate_number", "The check digit is wrong.")


def _set(work: Work, recipient_id: RecipientId, **values: object) -> None:
    touch(work, recipient_id)
    work.connection.execute(
        update(recipient)
        .where(recipient.c.recipient_id == recipient_id)
        .values(**values)
    )


def _record(work: Work, recipient_id: str, action: str, actor: str) -> None:
    record_policy(work, f"recipient.{action}", actor=actor, recipient_id=recipient_id)
