"""Tables of what the bank publishes about itself. Nothing here is about a person."""

from sqlalchemy import Column, Integer, Table, Text

from pds.core.database import Moment, metadata

transparency_report = Table(
    "transparency_report",
    metadata,
    Column("month", Integer, primary_key=True, autoincrement=False),
    Column("statement", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
)
"""The signed report of each closed month, made once; `month` is 202611 for November."""

operator_facts = Table(
    "operator_facts",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False),
    Column("entered_by", Text, nullable=False),
    Column("entered_at", Moment, nullable=False),
)
"""What the operator says of itself (APPI 32); a version never changes."""
