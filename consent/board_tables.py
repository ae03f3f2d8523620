"""Tables of the ethics board's own matters: who sits, what is voted on, what is due.

None of them names a person whose data the bank keeps: members hold a public office,
and their names are published (G-03, G-04). Rows of ballots and conflicts are only
added.
"""

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, Table, Text

from pds.core.database import Moment, Uuid, metadata

board_member = Table(
    "board_member",
    metadata,
    Column("member_id", Uuid, primary_key=True),
    Column("account_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("employer", Text, nullable=False),
    Column("is_of_bank", Boolean, nullable=False),
    Column("term_from", Moment, nullable=False),
    Column("term_until", Moment, nullable=False),
    Column("state", Text, nullable=False),
    Column("nominated_by", Text, nullable=False),
    Column("nominated_at", Moment, nullable=False),
    Column("seated_at", Moment),
    Column("seated_by", Text),
    Column("ended_at", Moment),
    Index("ix_board_member_account_id", "account_id"),
)
"""One term of office each; a further term is a further row."""

board_constitution = Table(
    "board_constitution",
    metadata,
    Column("constitution_id", Uuid, primary_key=True),
    Column("members", Text, nullable=False),
    Column("asked_by", Uuid, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("approved_by", Uuid),
    Column("approved_at", Moment),
)
"""A composition that one of the staff asked for, and who else approved it."""

board_conflict = Table(
    "board_conflict",
    metadata,
    Column("member_id", Uuid, primary_key=True),
    Column("recipient_id", Text, primary_key=True),
    Column("words", Text, nullable=False),
    Column("declared_by", Text, nullable=False),
    Column("declared_at", Moment, nullable=False),
)
"""Recipients about which a member may not decide in this term."""

board_proposal = Table(
    "board_proposal",
    metadata,
    Column("proposal_id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("subject_id", Text, nullable=False),
    Column("decision", LargeBinary, nullable=False),
    Column("proposed_by", Uuid, nullable=False),
    Column("proposed_at", Moment, nullable=False),
    Column("closes_at", Moment, nullable=False),
    Column("state", Text, nullable=False),
    Column("decided_at", Moment),
    Column("decision_id", Uuid),
    Index("ix_board_proposal_subject", "kind", "subject_id"),
    Index("ix_board_proposal_state", "state"),
)
"""Decisions that members vote on."""

board_ballot = Table(
    "board_ballot",
    metadata,
    Column("proposal_id", Uuid, primary_key=True),
    Column("member_id", Uuid, primary_key=True),
    Column("vote", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("cast_at", Moment, nullable=False),
)
"""What each member said, from the member's own login."""

board_condition = Table(
    "board_condition",
    metadata,
    Column("decision_id", Uuid, primary_key=True),
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("words", Text, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("answer", Text, nullable=False),
    Column("answered_at", Moment),
    Column("met_at", Moment),
    Column("met_by", Text),
    Index("ix_board_condition_met_at", "met_at"),
)
"""What an approval demands, until when, and whether it was done."""

board_item = Table(
    "board_item",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("subject_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("edition", Integer, nullable=False),
    Column("title_ja", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("document", LargeBinary, nullable=False),
    Column("is_live", Boolean, nullable=False),
    Column("registered_at", Moment, nullable=False),
    Index("ix_board_item_name", "kind", "name"),
)
"""What the board decides on that has no register of its own; one row per text of it."""

board_request = Table(
    "board_request",
    metadata,
    Column("request_id", Uuid, primary_key=True),
    Column("words", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("answer", Text, nullable=False),
    Column("answered_by", Text),
    Column("answered_at", Moment),
)
"""What the board asked the bank to look into, and the answer (G-08)."""
