"""Tables of the audience estimate: numbers alone, of nobody in particular (R-15)."""

from sqlalchemy import BigInteger, Column, Integer, Table, Text

from pds.core.database import Moment, metadata

category_population = Table(
    "category_population",
    metadata,
    Column("category", Text, primary_key=True),
    Column("persons", BigInteger, nullable=False),
    Column("counted_at", Moment, nullable=False),
)
"""How many persons have any record of a category; counted by a chore once a day."""

audience_query = Table(
    "audience_query",
    metadata,
    Column("recipient_id", Text, primary_key=True),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("n", Integer, nullable=False),
)
"""Estimates asked for a recipient per day of Asia/Tokyo, for the query budget."""
