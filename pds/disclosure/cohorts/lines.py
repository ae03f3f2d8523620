"""The lines of a page of a cohort: NDJSON, so that each part keeps its very bytes."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from audit.canonical import canonical
from consent.cohort import Member
from consent.receipt_record import rfc3339
from pds.disclosure.cohorts.cursors import Sweep, seal_since, seal_sweep
from pds.disclosure.cohorts.walking import Walked
from pds.disclosure.release import Undelivered


@dataclass(frozen=True, slots=True)
class GivenPart:
    """A part whose record is durable.

    Attributes:
        receipt: value of the header `Infobank-Receipt` of a single page.
        undelivered: what is owed to the log if it does not go after all.
    """

    body: bytes
    body_sha256: bytes
    receipt: str
    undelivered: Undelivered

    def lines(self) -> bytes:
        """Return the part, and the line of its receipt."""
        proof = {
            "receipt": self.receipt.strip(":"),
            "sha256": self.body_sha256.hex(),
        }
        return self.body + canonical(proof) + b"\n"


@dataclass(frozen=True, slots=True)
class PageBody:
    """A page as it goes, and how many persons' parts are in it."""

    body: bytes
    count: int


def page_of(
    key: bytes,
    offer_id: UUID,
    sweep: Sweep,
    walked: Walked,
    given: Sequence[GivenPart],
    again: Sequence[str],
) -> PageBody:
    """Return the lines: what page it is, each part with its receipt, what follows.

    Args:
        key: the bank's cursor key.
        offer_id: the offer.
        sweep: the sweep that the page belongs to.
        walked: what the walk met.
        given: parts that may go.
        again: names of persons whose part could not be made now.
    """
    first = {"began_at": rfc3339(sweep.began_at), "offer_id": str(offer_id), "v": 1}
    last = {"again": list(again), "left": [_left(each) for each in walked.left]}
    if walked.after is None:
        last["since"] = seal_since(key, offer_id, sweep.began_at)
    else:
        last["next"] = seal_sweep(key, offer_id, sweep.at(walked.after))
    parts = [each.lines() for each in given]
    body = b"".join((canonical(first), b"\n", *parts, canonical(last), b"\n"))
    return PageBody(body, len(parts))


def _left(member: Member) -> dict[str, str]:
    assert member.left_at is not None  # noqa: S101 - the walk put it here for that
    told = {
        "consent_id": str(member.consent_id),
        "ended_at": rfc3339(member.left_at),
        "subject": member.subject,
    }
    if member.delete_by is not None:
        told["delete_by"] = rfc3339(member.delete_by)
    return told
