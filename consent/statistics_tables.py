"""The table of statistics about cohorts: numbers of nobody in particular (X-19)."""

from sqlalchemy import Column, Integer, Table, Text

from pds.core.database import Moment, Uuid, metadata

cohort_statistics = Table(
    "cohort_statistics",
    metadata,
    Column("offer_id", Uuid, primary_key=True),
    Column("month", Integer, primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
)
"""What was made once of each month, and never again; `month` is 202611 for November."""
