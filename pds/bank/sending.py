"""Sending a person's archive to another information bank, on the person's order (H-05).

Only to a bank that the operator has entered, at the address that is kept of it; never
to one that somebody types. The log says so before the first byte leaves, and then what
became of it.
"""

import json
from dataclasses import dataclass
from http.client import HTTPException
from typing import Final
from uuid import UUID

import structlog

from pds.bank import archiving
from pds.bank.bank import Bank
from pds.bank.posting import Answer, get, post
from pds.core.errors import BankError, Kind, Unavailable
from pds.core.logging import describe
from pds.crypto import statement
from pds.crypto.statement import StatementKey
from pds.crypto.tokens import hash_of_text
from pds.intake import order
from pds.rights.archive import taking
from pds.rights.archive.jobs import Job
from pds.rights.archive.taking import TransferEnding
from providers import partners

PATH: Final = "/api/v1/transfers"
_SECONDS: Final = 300.0
"""For the whole exchange: the other bank stores everything before it answers."""
_OK: Final = 200
_CREATED: Final = 201
_FAILED: Final = 500
_MOST: Final = 2**31
_ODD: Final = (KeyError, TypeError, RecursionError)
"""What an answer in JSON may lead to that is not as it should be."""

log = structlog.get_logger()


class NotTaken(BankError):  # noqa: N818 - reads as the state that it names
    """The other bank has refused the archive, or the code."""

    kind = Kind.CONFLICT


@dataclass(frozen=True, slots=True)
class Sent:
    """What the other bank made of an archive."""

    accepted: int
    duplicate: int
    rejected: int


def send(bank: Bank, job: Job, issuer: str, code: str) -> Sent:
    """Send an archive that is ready; return what became of it there.

    Args:
        bank: this bank.
        job: the archive.
        issuer: address of the other bank.
        code: what the other bank gave the person.

    Raises:
        NotFound: `partner.unknown`; that bank is not known here.
        NotTaken: `transfer.code`; it cannot be a code, so nothing was sent.
            `transfer.refused`; the other bank has refused, and kept nothing.
            `transfer.too-large`; it takes none of this size, so none was sent.
        Unavailable: `transfer.unreachable`; whether it kept anything is not known.
    """
    with bank.read() as view:
        partners.get(view, issuer)
    code_hash = hash_of_text(code)
    if code_hash is None:
        raise NotTaken("transfer.code", "This is no code.")
    _check_size(bank, job, issuer)
    intent = bank.unit_of_work(
        lambda work: taking.take(work, job.owner, job.records, "person", to=issuer)
    )
    ending, stored = TransferEnding.UNKNOWN, 0
    try:
        sent = _send(bank, job, issuer, code, code_hash)
        ending, stored = TransferEnding.COMPLETED, sent.accepted + sent.duplicate
    except NotTaken:
        ending = TransferEnding.REFUSED
        raise
    finally:
        _record(bank, job, intent, ending, to=issuer, records=stored)
    return sent


def _record(
    bank: Bank, job: Job, intent: UUID, ending: TransferEnding, *, to: str, records: int
) -> None:
    """Record what became of it; that it was to be sent is recorded already."""
    try:
        bank.unit_of_work(
            lambda work: taking.arrived(
                work, job.owner, intent, ending, to=to, records=records
            )
        )
    except BankError as error:
        log.warning("end of a transfer not recorded", **describe(error))


def _send(bank: Bank, job: Job, issuer: str, code: str, code_hash: bytes) -> Sent:
    said = {
        "Authorization": f"Bearer {code}",
        "Content-Length": str(job.size),
        order.HEADER: order.sign(
            StatementKey(bank.secret(statement.SECRET_NAME)),
            issuer=bank.settings.issuer,
            audience=issuer,
            archive_id=job.archive_id,
            code_hash=code_hash,
            at=bank.clock.now(),
        ),
    }
    try:
        answer = post(
            issuer + PATH,
            archiving.fetch(bank, job),
            bank.clock,
            "application/zip",
            headers=said,
            deadline=_SECONDS,
        )
        return _read(answer)
    except (OSError, HTTPException, ValueError, *_ODD) as error:
        log.warning("archive not sent", **describe(error))
        raise Unavailable(
            "transfer.unreachable", "The other bank did not answer as it should."
        ) from None


def _check_size(bank: Bank, job: Job, issuer: str) -> None:
    """Ask the other bank how much it takes, before anything leaves.

    A bank that does not say is sent to, and refuses by itself what is too large.
    """
    try:
        answer = get(issuer + PATH, bank.clock)
        said = json.loads(answer.body) if answer.status == _OK else {}
        most = _number(said.get("max_bytes", job.size))
        most_records = _number(said.get("max_records", job.records))
    except (OSError, HTTPException, ValueError, AttributeError, *_ODD) as error:
        log.warning("limits of the other bank not known", **describe(error))
        return
    if job.size > most or job.records > most_records:
        raise NotTaken("transfer.too-large", "The other bank takes none so large.")


def _read(answer: Answer) -> Sent:
    if answer.status >= _FAILED:
        # It may have failed on the way, and whoever stands before it may say so while
        # it still stores.
        raise ValueError("The other bank failed.")
    if answer.status != _CREATED:
        raise NotTaken("transfer.refused", f"The other bank answered {answer.status}.")
    said = json.loads(answer.body)
    return Sent(
        *(_number(said[each]) for each in ("accepted", "duplicate", "rejected"))
    )


def _number(said: object) -> int:
    if not isinstance(said, int) or not 0 <= said <= _MOST:
        raise ValueError("The other bank said no number.")
    return said
