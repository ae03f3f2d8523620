"""How a database driver's complaint becomes one of our errors."""

import sqlite3

import psycopg
from psycopg import errors as postgres
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from pds.core.errors import Unavailable

DRIVER_ERRORS = (DBAPIError, sqlite3.Error, psycopg.Error, PoolExhausted)
"""What a database may raise: prepared statements bypass SQLAlchemy, which would wrap
the driver's own errors."""

_TRANSIENT = (
    sqlite3.OperationalError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
    # More acts at once than there are connections.
    PoolExhausted,
    # A mark or a key file that cannot be written, because a disk is full.
    OSError,
)
_COLLISIONS = (
    postgres.UniqueViolation,
    postgres.DeadlockDetected,
    postgres.SerializationFailure,
)
_OPEN_ENDED = ("08", "57", "58", "XX")


def translated(error: BaseException) -> BaseException:
    """Return `Unavailable` for a driver's operational error, else the error itself.

    A locked, full or unreachable database is nothing that the caller did wrong. The
    driver's text is not kept, since it may quote values.
    """
    original = _original(error)
    if isinstance(original, _TRANSIENT):
        return Unavailable("store.unavailable", type(original).__name__)
    return error


def is_collision(error: BaseException) -> bool:
    """Say whether an act met another and would find it done if it ran again."""
    return isinstance(_original(error), _COLLISIONS)


def is_answer(error: BaseException) -> bool:
    """Say whether PostgreSQL itself has refused, and so has rolled back for certain.

    A lost connection, a server that ends (57P) and damage within it (58, XX) leave open
    what became of a commit.
    """
    state = getattr(_original(error), "sqlstate", None)
    return state is not None and state[:2] not in _OPEN_ENDED


def _original(error: BaseException) -> BaseException | None:
    return error.orig if isinstance(error, DBAPIError) else error
