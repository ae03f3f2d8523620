"""Tables of incidents. Rows of steps are only added; nothing of an incident is deleted.

The owner of every row is the bank. Texts, facts and lists of persons are sealed under
its account key; clear are times, kinds of steps, numbers and who of staff acted.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
)

from pds.core.database import Moment, Uuid, metadata

incident = Table(
    "incident",
    metadata,
    Column("owner_id", Uuid, primary_key=True),
    Column("incident_id", Uuid, primary_key=True),
    Column("is_exercise", Integer, nullable=False),
    Column("recipient_id", Text),
    Column("knew_at", Moment, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("state", Text, nullable=False),
    Column("steps", Integer, nullable=False),
    Column("alarm_at", Moment),
    Column("due_at", Moment),
)
"""One row per incident. `state`, `steps` and the next term follow from the steps."""
Index("ix_incident_opened_at", incident.c.opened_at)
_has_term = incident.c.due_at.is_not(None)
Index(
    "ix_incident_due_at",
    incident.c.due_at,
    sqlite_where=_has_term,
    postgresql_where=_has_term,
)

incident_step = Table(
    "incident_step",
    metadata,
    Column("owner_id", Uuid, primary_key=True),
    Column("incident_id", Uuid, primary_key=True),
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("step", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
)
"""What was done about an incident, numbered from 1, with its sealed content."""

incident_list = Table(
    "incident_list",
    metadata,
    Column("owner_id", Uuid, primary_key=True),
    Column("list_id", Uuid, primary_key=True),
    Column("incident_id", Uuid, nullable=False),
    Column("is_exercise", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("found_at", Moment),
    Column("persons", BigInteger, nullable=False),
    Column("unresolved", BigInteger, nullable=False),
    Column("pages", Integer, nullable=False),
    Column("notice_no", Integer),
    Column("place", Integer, nullable=False),
    Column("told", BigInteger, nullable=False),
    Column("gone", BigInteger, nullable=False),
    Column("told_from", Moment),
    Column("done_at", Moment),
    Column("generation", BigInteger, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
)
"""A question about whom an incident concerns, and how far telling them has come.

`unresolved` counts entries whose person cannot be told any more; `place` is the last
page of persons that was told.
"""
Index("ix_incident_list_incident_id", incident_list.c.incident_id)
_is_busy = incident_list.c.state.in_(("asked", "telling"))
Index(
    "ix_incident_list_state",
    incident_list.c.state,
    sqlite_where=_is_busy,
    postgresql_where=_is_busy,
)

incident_page = Table(
    "incident_page",
    metadata,
    Column("owner_id", Uuid, primary_key=True),
    Column("list_id", Uuid, primary_key=True),
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("generation", BigInteger, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
)
"""Sealed pages of a list of persons, numbered from 1."""
