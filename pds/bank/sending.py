"""Sending a person's archive to another information bank, on the person's order (H-05).

Only to a bank that the operator has entered, at the address that is kept of it; never
to one that somebody types. The log says so before the first byte leaves.
"""

import json
from dataclasses import dataclass
from http.client import HTTPException
from typing import Final

import structlog

from pds.bank import archiving
from pds.bank.bank import Bank
from pds.bank.posting import Answer, post
from pds.core.errors import BankError, Kind, Unavailable
from pds.core.logging import describe
from pds.rights.archive import jobs
from pds.rights.archive.jobs import Job
from providers import partners

PATH: Final = "/api/v1/transfers"
_SECONDS: Final = 120.0
"""For the whole exchange: the other bank stores everything before it answers."""
_CREATED: Final = 201

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
        NotTaken: `transfer.refused`; it has refused, and kept nothing.
        Unavailable: `transfer.unreachable`; whether it kept anything is not known.
    """
    with bank.read() as view:
        partners.get(view, issuer)
    bank.unit_of_work(
        lambda work: jobs.take(work, job.owner, job.records, "person", to=issuer)
    )
    whole = b"".join(archiving.fetch(bank, job))
    try:
        answer = post(
            issuer + PATH,
            whole,
            bank.clock,
            "application/zip",
            headers={"Authorization": f"Bearer {code}"},
            deadline=_SECONDS,
        )
        return _read(answer)
    except (OSError, HTTPException, ValueError, KeyError, TypeError) as error:
        log.warning("archive not sent", **describe(error))
        raise Unavailable(
            "transfer.unreachable", "The other bank did not answer as it should."
        ) from None


def _read(answer: Answer) -> Sent:
    if answer.status != _CREATED:
        raise NotTaken("transfer.refused", f"The other bank answered {answer.status}.")
    said = json.loads(answer.body)
    return Sent(int(said["accepted"]), int(said["duplicate"]), int(said["rejected"]))
