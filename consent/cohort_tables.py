"""Tables of cohorts: who answered an offer with yes, and how far a recipient came."""

from sqlalchemy import Column, Index, LargeBinary, Table

from pds.core.database import Moment, Uuid, metadata

cohort_member = Table(
    "cohort_member",
    metadata,
    Column("offer_id", Uuid, primary_key=True),
    Column("pairwise", LargeBinary(16), primary_key=True),
    Column("consent_id", Uuid, primary_key=True),
    Column("owner_id", Uuid),
    Column("joined_at", Moment, nullable=False),
    Column("left_at", Moment),
    Column("delete_by", Moment),
)
"""From an offer to the consents that answer it, in the order of its pages.

A row says who may be asked about, never that anything may go. After an erasure the
owner is gone from it, and the rest lets the recipient know what it has to delete.
"""
Index("ix_cohort_member_owner_id", cohort_member.c.owner_id)
Index("ix_cohort_member_left_at", cohort_member.c.left_at)

cohort_use = Table(
    "cohort_use",
    metadata,
    Column("owner_id", Uuid, primary_key=True),
    Column("consent_id", Uuid, primary_key=True),
    Column("sweep_id", Uuid),
    Column("missed_at", Moment),
)
"""The sweep whose fetch of a consent was counted last, and the last that missed it."""

cohort_backlog = Table(
    "cohort_backlog",
    metadata,
    Column("owner_id", Uuid, primary_key=True),
    Column("consent_id", Uuid, primary_key=True),
)
"""Consents from before there were cohorts, until a chore has looked at each."""
