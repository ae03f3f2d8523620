"""Tables of the rights desk."""

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
from pds.rights.desk.kinds import OPEN, RequestState

rights_request = Table(
    "rights_request",
    metadata,
    Column("owner_id", Uuid(), primary_key=True),
    Column("request_id", Uuid(), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("ground", Text, nullable=False),
    Column("on_paper", Integer, nullable=False),
    Column("agent_kind", Text),
    Column("agent_link_id", Uuid()),
    Column("record_id", Uuid()),
    Column("source_id", Uuid()),
    Column("source_answer", Text),
    Column("outcome", Text),
    Column("refusal", Text),
    Column("checked_by", Uuid()),
    Column("assigned_to", Uuid()),
    Column("received_at", Moment(), nullable=False),
    Column("due_at", Moment(), nullable=False),
    Column("forwarded_at", Moment()),
    Column("answered_at", Moment()),
    Column("closed_at", Moment()),
)
"""One row per request; no column holds what anybody wrote."""

_c = rights_request.c
_is_open = _c.state.in_([each.value for each in OPEN])
_is_answered = _c.state == RequestState.ANSWERED.value
_is_closed = _c.closed_at.is_not(None)
Index("ix_rights_request_request_id", _c.request_id, unique=True)
Index(
    "ix_rights_request_due_at",
    _c.due_at,
    _c.request_id,
    sqlite_where=_is_open,
    postgresql_where=_is_open,
)
Index(
    "ix_rights_request_answered_at",
    _c.answered_at,
    sqlite_where=_is_answered,
    postgresql_where=_is_answered,
)
Index(
    "ix_rights_request_closed_at",
    _c.closed_at,
    sqlite_where=_is_closed,
    postgresql_where=_is_closed,
)

rights_paper = Table(
    "rights_paper",
    metadata,
    Column("owner_id", Uuid(), primary_key=True),
    Column("request_id", Uuid(), primary_key=True),
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("at", Moment(), nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
)
"""What was written or handed in, sealed; numbered from 1 within a request."""
