"""Certificates of recipients and processors, each to its expiry (R-02, R-03)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select, update

from audit.work import Work
from consent import processors, recipients
from consent.criteria import accepted_certificates
from consent.policy import record_policy
from consent.tables import recipient_certificate
from pds.core.database import Snapshot
from pds.core.errors import Conflict, Invalid, NotFound
from pds.core.ids import RecipientId


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """One certificate of a recipient or of one of its processors.

    Attributes:
        kind: id of the list of accepted certificates when it was recorded.
        processor_id: the processor that holds it; None is the recipient itself.
    """

    certificate_id: UUID
    recipient_id: RecipientId
    kind: str
    number: str
    valid_until: datetime
    processor_id: UUID | None = None


def add(
    work: Work,
    recipient_id: RecipientId | None,
    *,
    kind: str,
    number: str,
    valid_until: datetime,
    actor: str,
    processor_id: UUID | None = None,
) -> UUID:
    """Record a certificate and return its id.

    Args:
        work: one unit of work.
        recipient_id: the recipient; None if the processor is the bank's own.
        kind: id in the list of accepted certificates.
        number: its number as printed.
        valid_until: first moment at which it no longer counts.
        actor: one of the staff.
        processor_id: the processor that holds it; None is the recipient itself.

    Raises:
        NotFound: `recipient.unknown`, or `processor.unknown`; it is another's too.
        Conflict: `processor.ended`.
        Invalid: `certificate.kind` is not accepted, `certificate.number` is empty or
            too long, or `certificate.valid_until` is past.
    """
    _require_holder(work, recipient_id, processor_id)
    if kind not in accepted_certificates.ALL:
        raise Invalid("certificate.kind", "Certificates of this kind do not count.")
    if not number.strip() or len(number) > 100:  # noqa: PLR2004 - a printed number
        raise Invalid("certificate.number", "A number of at most 100 characters.")
    if valid_until <= work.now:
        raise Invalid("certificate.valid_until", "The certificate has expired.")
    certificate_id = work.ids.new()
    row = {
        "recipient_id": recipient_id or processors.OF_BANK,
        "certificate_id": certificate_id,
        "kind": kind,
        "number": number,
        "valid_until": valid_until,
        "recorded_at": work.now,
        "processor_id": processor_id,
    }
    work.connection.execute(insert(recipient_certificate).values(row))
    _record(work, "recorded", actor, recipient_id, certificate_id)
    return certificate_id


def end(
    work: Work, recipient_id: RecipientId, certificate_id: UUID, *, actor: str
) -> None:
    """End a certificate now, because it was taken back.

    Raises:
        NotFound: `certificate.unknown`.
    """
    ended = work.connection.execute(
        update(recipient_certificate)
        .where(
            recipient_certificate.c.recipient_id == recipient_id,
            recipient_certificate.c.certificate_id == certificate_id,
        )
        .values(valid_until=work.now)
    )
    if ended.rowcount != 1:
        raise NotFound("certificate.unknown", "There is no such certificate.")
    _record(work, "ended", actor, recipient_id, certificate_id)


def of_recipient(snap: Snapshot, recipient_id: RecipientId) -> list[Certificate]:
    """Return a recipient's certificates, longest valid first."""
    query = (
        select(recipient_certificate)
        .where(recipient_certificate.c.recipient_id == recipient_id)
        .order_by(recipient_certificate.c.valid_until.desc())
    )
    return [
        Certificate(
            certificate_id=row.certificate_id,
            recipient_id=RecipientId(row.recipient_id),
            kind=row.kind,
            number=row.number,
            valid_until=row.valid_until,
            processor_id=row.processor_id,
        )
        for row in snap.connection.execute(query)
    ]


def of_processor(snap: Snapshot, processor_id: UUID) -> list[Certificate]:
    """Return a processor's certificates, longest valid first."""
    whose = processors.get(snap, processor_id).recipient_id
    found = of_recipient(snap, whose or RecipientId(processors.OF_BANK))
    return [each for each in found if each.processor_id == processor_id]


def _require_holder(
    snap: Snapshot, recipient_id: RecipientId | None, processor_id: UUID | None
) -> None:
    if processor_id is None:
        recipients.get(snap, recipient_id or RecipientId(processors.OF_BANK))
        return
    found = processors.get(snap, processor_id)
    if found.recipient_id != recipient_id:
        raise NotFound("processor.unknown", "It is a processor of somebody else.")
    if found.ended_at is not None:
        raise Conflict("processor.ended", "It has ended.")


def _record(
    work: Work,
    action: str,
    actor: str,
    recipient_id: RecipientId | None,
    about: UUID,
) -> None:
    if recipient_id is not None:
        recipients.touch(work, recipient_id)
    record_policy(
        work,
        f"certificate.{action}",
        actor=actor,
        recipient_id=recipient_id,
        about=str(about),
    )
