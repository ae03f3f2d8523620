"""The table of agents."""

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Table, Text

from pds.core.database import Moment, Uuid, metadata

agent_link = Table(
    "agent_link",
    metadata,
    Column("owner_id", Uuid(), primary_key=True),
    Column("link_id", Uuid(), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("agent_id", Uuid()),
    Column("code_hash", LargeBinary(32)),
    Column("until", Moment(), nullable=False),
    Column("made_at", Moment(), nullable=False),
    Column("active_at", Moment()),
    Column("ended_at", Moment()),
    Column("ending", Text),
    Column("entered_by", Uuid()),
    Column("approved_by", Uuid()),
    Column("proof_type", Text),
    Column("proof_generation", BigInteger),
    Column("proof", LargeBinary),
)
"""One row per agent of a person; `proof` is sealed under the person's account key.

`agent_id` is the agent's account; none before somebody accepts, and none again after
that account was erased.
"""
_is_open = agent_link.c.state != "ended"
Index("ix_agent_link_agent_id", agent_link.c.agent_id)
Index(
    "ix_agent_link_code_hash",
    agent_link.c.code_hash,
    unique=True,
)
Index(
    "ix_agent_link_until",
    agent_link.c.until,
    sqlite_where=_is_open,
    postgresql_where=_is_open,
)
Index(
    "ix_agent_link_entered",
    agent_link.c.made_at,
    sqlite_where=agent_link.c.state == "entered",
    postgresql_where=agent_link.c.state == "entered",
)
