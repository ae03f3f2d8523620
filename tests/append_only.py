"""Tries to change what a table keeps for ever, in every way that its database knows."""

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError


def refuses_change(url: str, table: str, *, change: str, again: str) -> None:
    """Assert that rows of a table with at least one row stay as they are.

    Args:
        url: the database.
        table: which table.
        change: an UPDATE of it.
        again: columns and values that write a row over with another content.
    """
    engine = create_engine(url)
    acts = [change, f"DELETE FROM {table}"]
    if engine.dialect.name == "sqlite":
        acts.append(f"INSERT OR REPLACE INTO {table} SELECT {again} FROM {table}")
    else:
        acts.append(f"TRUNCATE {table}")
    for act in acts:
        with (
            engine.connect() as connection,
            pytest.raises(DBAPIError, match="append-only"),
        ):
            connection.execute(text(act))
    engine.dispose()
