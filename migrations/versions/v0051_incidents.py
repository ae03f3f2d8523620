"""Incidents with their steps, and lists of the persons whom they concern."""

import sqlalchemy as sa
from alembic import op

from migrations import losses

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

_TABLES = ("incident_page", "incident_list", "incident_step", "incident")


def upgrade() -> None:
    """Make the tables."""
    _make_incidents()
    _make_lists()
    op.create_table(
        "incident_page",
        sa.Column("owner_id", sa.LargeBinary(16), nullable=False),
        sa.Column("list_id", sa.LargeBinary(16), nullable=False),
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", "list_id", "no", name="pk_incident_page"),
    )


def _make_incidents() -> None:
    op.create_table(
        "incident",
        sa.Column("owner_id", sa.LargeBinary(16), nullable=False),
        sa.Column("incident_id", sa.LargeBinary(16), nullable=False),
        sa.Column("is_exercise", sa.Integer(), nullable=False),
        sa.Column("recipient_id", sa.Text()),
        sa.Column("knew_at", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.Column("alarm_at", sa.BigInteger()),
        sa.Column("due_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("owner_id", "incident_id", name="pk_incident"),
    )
    op.create_index("ix_incident_opened_at", "incident", ["opened_at"])
    _index("ix_incident_due_at", "incident", ["due_at"], "due_at IS NOT NULL")
    op.create_table(
        "incident_step",
        sa.Column("owner_id", sa.LargeBinary(16), nullable=False),
        sa.Column("incident_id", sa.LargeBinary(16), nullable=False),
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint(
            "owner_id", "incident_id", "no", name="pk_incident_step"
        ),
    )


def _make_lists() -> None:
    op.create_table(
        "incident_list",
        sa.Column("owner_id", sa.LargeBinary(16), nullable=False),
        sa.Column("list_id", sa.LargeBinary(16), nullable=False),
        sa.Column("incident_id", sa.LargeBinary(16), nullable=False),
        sa.Column("is_exercise", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("found_at", sa.BigInteger()),
        sa.Column("persons", sa.BigInteger(), nullable=False),
        sa.Column("unresolved", sa.BigInteger(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("notice_no", sa.Integer()),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("told", sa.BigInteger(), nullable=False),
        sa.Column("gone", sa.BigInteger(), nullable=False),
        sa.Column("told_from", sa.BigInteger()),
        sa.Column("done_at", sa.BigInteger()),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", "list_id", name="pk_incident_list"),
    )
    op.create_index("ix_incident_list_incident_id", "incident_list", ["incident_id"])
    busy = "state IN ('asked', 'telling')"
    _index("ix_incident_list_state", "incident_list", ["state"], busy)


def _index(name: str, table: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(
        name, table, columns, sqlite_where=condition, postgresql_where=condition
    )


def downgrade() -> None:
    """Take them away; what went wrong, and who was told, nothing makes again."""
    losses.refuse(*_TABLES)
    for table in _TABLES:
        op.drop_table(table)
