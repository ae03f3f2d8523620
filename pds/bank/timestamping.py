"""Has published checkpoints time-stamped by an authority outside (RFC 3161).

Runs in a thread of its own, never while a request waits. Whatever the authority answers
or leaves out stops nothing: it is written down, and asked again later.
"""

from datetime import timedelta
from http.client import HTTPException

import structlog

from audit import store, timestamps
from audit.authority import load_authority, question
from audit.errors import VerificationError
from audit.store import Published
from audit.timestamps import Timestamp
from pds.bank.bank import Bank
from pds.bank.posting import post
from pds.core.clock import Clock
from pds.core.errors import BankError
from pds.core.logging import describe

log = structlog.get_logger()

_ASKS = "application/timestamp-query"
_ANSWERS = "application/timestamp-reply"
_OK = 200
_TOLERANCE = timedelta(seconds=30)
"""Less than what the verifier allows between an entry and a stamp before it."""


class TimestampFailed(Exception):  # noqa: N818 - what happened, as it is logged
    """No time stamp was got; one sentence of ours that repeats nothing of an answer."""


def numbers(bank: Bank) -> dict[str, float]:
    """Return how old the newest time stamp is, what it covers, and the failures.

    Empty if no authority is asked.
    """
    if bank.settings.timestamp_url is None:
        return {}
    with bank.read() as view:
        newest = timestamps.newest(view.connection)
        now = view.now
    found = {"failures": float(bank.time_failures.failures)}
    if newest is not None:
        found["age_seconds"] = (now - newest.at).total_seconds()
        found["stamped_entries"] = newest.size
    return found


def ask_for_time(bank: Bank) -> None:
    """Have the newest published checkpoint stamped, if it is time for it.

    The first at once; then each after `timestamp_every`, if entries were added.
    """
    now = bank.clock.now()
    if bank.settings.timestamp_url is None or not bank.time_failures.is_over(now):
        return
    try:
        newest, published = _state(bank)
        every = timedelta(seconds=bank.settings.timestamp_every)
        if published is None or (newest is not None and now - newest.at < every):
            return
        stamp(bank)
    except (BankError, TimestampFailed) as error:
        bank.time_failures.failed(now)
        log.warning("time stamp failed", problem=_sentence(error), **describe(error))
    else:
        bank.time_failures.succeeded()


def stamp(bank: Bank) -> Timestamp:
    """Return the time stamp on the newest published checkpoint; ask if it has none.

    Raises:
        TimestampFailed: nothing was published, nobody is to be asked, or no answer
            came that can be believed.
        Unavailable: the store cannot be read or written now.
    """
    newest, published = _state(bank)
    if published is None:
        raise TimestampFailed("No checkpoint was published yet.")
    if newest is not None and newest.size >= published.size:
        return newest
    try:
        found = _ask(bank, published)
        bank.unit_of_work(lambda work: timestamps.keep(work.connection, found))
    except VerificationError as error:
        raise TimestampFailed(str(error)) from None
    return found


def _state(bank: Bank) -> tuple[Timestamp | None, Published | None]:
    with bank.read() as view:
        newest = timestamps.newest(view.connection)
        return newest, store.latest_checkpoint(view.connection)


def _ask(bank: Bank, published: Published) -> Timestamp:
    url, path = bank.settings.timestamp_url, bank.settings.timestamp_certificate
    if url is None or path is None:
        raise TimestampFailed("INFOBANK_TIMESTAMP_URL names no authority.")
    authority = load_authority(path)
    note = published.note.encode()
    asked = question(note)
    answer = _send(url, asked.as_bytes(), bank.clock)
    said = authority.judge(asked, note, answer)
    if abs(said.at - bank.clock.now()) > _TOLERANCE:
        # A later honest time stamp would seem to go back behind this one.
        raise TimestampFailed("The authority's clock is half a minute off ours.")
    return Timestamp(published.size, said.at, said.by, answer)


def _send(url: str, asked: bytes, clock: Clock) -> bytes:
    try:
        answer = post(url, asked, clock, _ASKS)
    except (OSError, ValueError, HTTPException) as error:
        kind = type(error).__name__
        raise TimestampFailed(f"The authority gave no answer: {kind}.") from None
    if answer.status != _OK:
        raise TimestampFailed(f"The authority answered {answer.status}.")
    if answer.kind != _ANSWERS:
        raise TimestampFailed("The authority answered with something else.")
    return answer.body


def _sentence(error: Exception) -> str:
    # The text of other errors may quote values.
    return str(error) if isinstance(error, TimestampFailed) else type(error).__name__
