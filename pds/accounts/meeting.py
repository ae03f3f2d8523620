"""Inserts that may meet a row of the same key, on both databases."""

from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

from pds.core.database import is_sqlite


def insertion(connection: Connection, table: Table) -> Any:
    """Return an insert with `on_conflict_…` in the connection's dialect."""
    dialect: Any = sqlite if is_sqlite(connection) else postgresql
    return dialect.insert(table)
