"""Rows that wait to be written together with those of others, on SQLite.

The way to the driver and back costs more than what SQLite does for a row. Acts that
only add rows leave them here, and whoever runs the acts writes them by one call for
each statement. What one act left, the next is told. As long as nothing is written,
what was read once is still true, so it is remembered too. One thread's affair.
"""

import sqlite3
from collections.abc import Hashable
from typing import Any

from sqlalchemy import Connection

from pds.core.database import Bound, Prepared

Row = tuple[Any, ...]


class Unwritten:
    """The rows of acts of one transaction that are not in the database yet."""

    def __init__(self) -> None:
        self._rows: dict[Prepared, dict[Hashable, Row]] = {}
        self._known: dict[Hashable, Any] = {}

    def get(self, statement: Prepared, key: Hashable) -> Row | None:
        """Return the row that waits under a key, None if there is none."""
        rows = self._rows.get(statement)
        return None if rows is None else rows.get(key)

    def put(self, statement: Prepared, key: Hashable, row: Row) -> None:
        """Leave a row, in the order of the statement's parameters; replace another."""
        rows = self._rows.get(statement)
        if rows is None:
            rows = self._rows[statement] = {}
        rows[key] = row

    def known(self, driver: sqlite3.Connection, bound: Bound) -> Any:
        """Return the first row of a query that no waiting row has a part in."""
        key = (bound.sql, *bound.values)
        if key not in self._known:
            self._known[key] = driver.execute(bound.sql, bound.values).fetchone()
        return self._known[key]

    def write(self, connection: Connection) -> None:
        """Write all rows, and forget what was read: others may write now.

        Raises:
            sqlite3.IntegrityError: a row breaks a rule of the database, or one that it
                was to change is not there; the transaction must be rolled back.
        """
        self._known.clear()
        for statement, rows in self._rows.items():
            if statement.many(connection, list(rows.values())) != len(rows):
                raise sqlite3.IntegrityError("A row to be changed is missing.")
        self._rows.clear()
