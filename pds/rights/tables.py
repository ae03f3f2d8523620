"""Erasures: under way, and done with the certificate that tells of it."""

from sqlalchemy import Column, Index, Integer, LargeBinary, Table, Text

from pds.core.database import Moment, Uuid, metadata

erasure = Table(
    "erasure",
    metadata,
    Column("certificate_id", Uuid(), primary_key=True),
    Column("owner_id", Uuid()),
    Column("state", Integer, nullable=False),
    Column("erased_at", Moment(), nullable=False),
    Column("finished_at", Moment()),
    Column("leaf_id", Uuid(), nullable=False),
    Column("facts", LargeBinary, nullable=False),
    Column("certificate", Text),
)
"""One row per erased account, found by the id that the person holds.

`facts` are the canonical members of the certificate that are known when the keys die;
they name nobody. `owner_id` is there only until the rows are gone.
"""
_is_open = erasure.c.owner_id.is_not(None)
Index(
    "ix_erasure_owner_id",
    erasure.c.owner_id,
    unique=True,
    sqlite_where=_is_open,
    postgresql_where=_is_open,
)
