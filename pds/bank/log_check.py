"""Refuses to open a log that is another, shorter, or ahead of the clock.

Done before anything can write or sign: a start that is refused must leave the
high-water mark as it was, or the next start would find nothing wrong.
"""

from sqlalchemy import Engine

from audit.head import Head, read_head
from audit.highwater import LogRolledBack, check_head, check_mark, read_mark
from audit.sequencer import MAX_CLOCK_LAG
from pds.bank.errors import DRIVER_ERRORS, translated
from pds.core.clock import Clock, to_millis
from pds.core.database import read_snapshot
from pds.core.errors import NotFound, Unavailable
from pds.core.settings import Settings


def check_log(settings: Settings, reader: Engine, clock: Clock) -> None:
    """Check the log against the mark, the settings and the clock.

    Raises:
        Unavailable: another origin, fewer leaves than were signed, another tree, a
            head of another tree, or a last leaf more than five seconds in the future.
    """
    mark = read_mark(settings.key_dir)
    try:
        with read_snapshot(reader) as connection:
            head = read_head(connection)
            _check_head(settings, head, clock)
            check_mark(connection, head, mark)
            check_head(connection, head)
    except NotFound:
        if mark is not None:
            raise LogRolledBack(
                "log.shorter",
                f"The database holds no log, but {mark.size} leaves were signed with"
                " this key folder.",
            ) from None
    except DRIVER_ERRORS as error:
        raise translated(error) from None


def _check_head(settings: Settings, head: Head, clock: Clock) -> None:
    if head.origin != settings.log_origin:
        raise Unavailable(
            "log.other-origin",
            f"The database holds the log {head.origin}; INFOBANK_LOG_ORIGIN says"
            f" {settings.log_origin}. An origin never changes.",
        )
    if is_behind(clock, head):
        raise Unavailable(
            "log.clock-behind", "The clock is more than 5 s behind the last log entry."
        )


def is_behind(clock: Clock, head: Head) -> bool:
    """Say whether the clock is too far behind the last leaf to append another."""
    return to_millis(clock.now()) + MAX_CLOCK_LAG < head.last_t
