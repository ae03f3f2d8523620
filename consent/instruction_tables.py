"""Tables of standing instructions; what is instructed is sealed."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text

from pds.core.database import Moment, Uuid, metadata

instruction_set = Table(
    "instruction_set",
    metadata,
    Column("owner_id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
    Column("judge_at", Moment),
)
"""All instructions of a person in one row, which a disclosure reads with the consent.

`judge_at` is when the bank looks next for offers that it may decide on; empty where it
may decide on none.
"""
_may_judge = instruction_set.c.judge_at.is_not(None)
Index(
    "ix_instruction_set_judge_at",
    instruction_set.c.judge_at,
    sqlite_where=_may_judge,
    postgresql_where=_may_judge,
)

instruction_event = Table(
    "instruction_event",
    metadata,
    Column("owner_id", Uuid, primary_key=True),
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("instruction_id", Uuid, nullable=False),
    Column("event", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
)
"""What became of each instruction; rows are only added, `no` is the set's version."""
