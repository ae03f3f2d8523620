"""Attempts to log in: counted before the password is looked at.

An attempt is counted first and forgotten on success, so that many at the same time
cannot slip past the limit. A login that nobody has is counted like any other. The
limit of the web on addresses comes on top of this one on logins.
"""

from datetime import timedelta
from typing import Final

from sqlalchemy import case, delete, literal

from audit.work import Work
from pds.accounts.meeting import insertion
from pds.accounts.tables import login_failure
from pds.core.database import Moment

MOST: Final = 5
"""Attempts without success before the login is locked."""
WINDOW: Final = timedelta(minutes=15)
"""How long failures count, and how long a login is locked after the last of them."""


def admit(work: Work, login_index: bytes) -> bool:
    """Count an attempt; False if the login is locked and the answer is no.

    An attempt on a locked login does not lock it for longer.
    """
    _sweep(work)
    count = login_failure.c.failures
    written = (
        insertion(work.connection, login_failure)
        .values(login_index=login_index, failures=1, last_at=work.now)
        .on_conflict_do_update(
            index_elements=["login_index"],
            set_={
                "failures": case((count > MOST, count), else_=count + 1),
                "last_at": case(
                    (count >= MOST, login_failure.c.last_at),
                    else_=literal(work.now, Moment()),
                ),
            },
        )
        .returning(count)
    )
    return int(work.connection.execute(written).scalar_one()) <= MOST


def forget(work: Work, login_index: bytes) -> None:
    """Forget the failures of a login, after a success."""
    work.connection.execute(
        delete(login_failure).where(login_failure.c.login_index == login_index)
    )


def _sweep(work: Work) -> None:
    """Delete what no longer counts, whosever it is."""
    work.connection.execute(
        delete(login_failure).where(login_failure.c.last_at <= work.now - WINDOW)
    )
