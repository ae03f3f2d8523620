"""Refusing a step back that would delete what nothing can make again.

A certificate, a decision or a person's wish is not in the program; whoever has to go
back with such rows restores a backup instead, which keeps the newer database as it is.
"""

from typing import Any

from alembic import op


class LossError(Exception):
    """A step back would delete rows that nothing makes again; it was not taken."""


def refuse(*tables: str, where: str = "1 = 1") -> None:
    """Refuse the step unless the tables hold nothing that would be lost.

    Args:
        tables: what the step would drop, or drop columns of.
        where: which rows would lose something; all of them unless given. It is text of
            a step, never of anybody else.

    Raises:
        LossError: one of them holds such a row; it says which.
    """
    connection: Any = op.get_bind()
    for table in tables:
        query = f"SELECT 1 FROM {table} WHERE {where} LIMIT 1"
        if connection.exec_driver_sql(query).first() is not None:
            raise LossError(
                f"This step back would delete rows of {table} that nothing makes again,"
                " so it was not taken. The program of before needs a backup of before;"
                " keep this database."
            )
