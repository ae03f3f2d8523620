"""Tables of what texts of the vocabulary mean, and of the transition of an upgrade.

None of them names a person: texts are public.
"""

from sqlalchemy import Boolean, CheckConstraint, Column, Integer, Table, Text

from pds.core.database import Moment, Uuid, metadata

text_meaning = Table(
    "text_meaning",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("sha256", Text, primary_key=True),
    Column("meaning", Text, nullable=False),
    Column("decision_id", Uuid, nullable=False),
)
"""Texts that the board found to mean what an earlier one meant.

`meaning` is the SHA-256 of the first text with this meaning; a text without a row means
what no other does.
"""

text_transition = Table(
    "text_transition",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("began_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("covers_undecided", Boolean, nullable=False),
    Column("recorded_at", Moment),
    CheckConstraint("id = 1", name="once"),
    CheckConstraint("ends_at - began_at <= 2592000000", name="thirty_days"),
)
"""One row at most, which the migration of a running bank wrote; it never changes.

`recorded_at` is when the log was told of it.
"""
