"""Tables of what recipients owe: duties after a consent, and benefits for it.

Both lead with the person. What they say is sealed under the evidence key of the
consent, so that it is kept, and goes, with that evidence (`consent.evidence`).
"""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text

from pds.core.database import Moment, Uuid, metadata

duty = Table(
    "duty",
    metadata,
    Column("owner_id", Uuid, primary_key=True),
    Column("duty_id", Uuid, primary_key=True),
    Column("consent_id", Uuid, nullable=False),
    Column("recipient_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("reminded_at", Moment),
    Column("done_at", Moment),
    Column("version", Integer, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
)
"""What a recipient owes after a consent has ended; `version` grows with the answer."""

benefit = Table(
    "benefit",
    metadata,
    Column("owner_id", Uuid, primary_key=True),
    Column("benefit_id", Uuid, primary_key=True),
    Column("consent_id", Uuid, nullable=False),
    Column("recipient_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("promised_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("delivered_at", Moment),
    Column("version", Integer, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
)
"""What a person gets for a consent; `answer` is what the person says of a delivery."""

_is_open = duty.c.state == "open"
_is_overdue = duty.c.state == "overdue"
Index("ix_duty_due_at", duty.c.due_at, sqlite_where=_is_open, postgresql_where=_is_open)
Index(
    "ix_duty_overdue",
    duty.c.recipient_id,
    sqlite_where=_is_overdue,
    postgresql_where=_is_overdue,
)
Index("ix_duty_recipient_id", duty.c.recipient_id, duty.c.duty_id)
_is_owed = benefit.c.state.in_(("promised", "due"))
Index(
    "ix_benefit_due_at",
    benefit.c.due_at,
    sqlite_where=_is_owed,
    postgresql_where=_is_owed,
)
Index("ix_benefit_recipient_id", benefit.c.recipient_id, benefit.c.benefit_id)
