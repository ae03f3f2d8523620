"""How a database driver's complaint becomes one of our errors."""

import sqlite3

import psycopg
from sqlalchemy.exc import DBAPIError

from pds.core.errors import Unavailable

_TRANSIENT = (
    sqlite3.OperationalError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
)


def translated(error: BaseException) -> BaseException:
    """Return `Unavailable` for a driver's operational error, else the error itself.

    A locked, full or unreachable database is nothing that the caller did wrong. The
    driver's text is not kept, since it may quote values.
    """
    original = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(original, _TRANSIENT):
        return Unavailable("store.unavailable", type(original).__name__)
    return error
