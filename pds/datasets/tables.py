"""Tables of data sets, their sealed chunks, and the choices of persons."""

from enum import StrEnum

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text

from pds.core.database import Moment, Uuid, metadata


class DataSetState(StrEnum):
    """Where a set stands."""

    ORDERED = "ordered"
    MAKING = "making"
    READY = "ready"
    FAILED = "failed"
    DELETED = "deleted"


class DataSetFailure(StrEnum):
    """Why a set was not made."""

    TOO_FEW = "too-few"
    TOO_LARGE = "too-large"
    ATTEMPTS = "attempts"
    ERROR = "error"


data_set_choice = Table(
    "data_set_choice",
    metadata,
    Column("owner_id", Uuid(), primary_key=True),
    Column("chosen_at", Moment(), nullable=False),
)
"""One row per person who agreed to be in sets; whoever stops it has none."""

data_set = Table(
    "data_set",
    metadata,
    Column("data_set_id", Uuid(), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("purpose_ja", Text, nullable=False),
    Column("purpose_en", Text, nullable=False),
    Column("first_month", Text, nullable=False),
    Column("last_month", Text, nullable=False),
    Column("k", Integer, nullable=False),
    Column("rules", Integer, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("chunks", Integer, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("digest", LargeBinary(32)),
    Column("attempt", Integer, nullable=False),
    Column("ordered_at", Moment(), nullable=False),
    Column("made_at", Moment()),
    Column("due_at", Moment(), nullable=False),
    Column("failure", Text),
    Column("left_out_records", Integer, nullable=False, server_default="0"),
    Column("left_out_persons", Integer, nullable=False, server_default="0"),
)
"""One row per set; it names no person.

`due_at` is the end of a lease or the day on which the chunks are deleted; `attempt`
counts leases, so that who lost one is noticed and no order is tried for ever. `failure`
is why it was given up.
"""
Index("ix_data_set_state", data_set.c.state, data_set.c.due_at)

data_set_chunk = Table(
    "data_set_chunk",
    metadata,
    Column("data_set_id", Uuid(), primary_key=True),
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("generation", BigInteger, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
)
"""Sealed chunks, numbered from 1, under a key of the set's own."""
