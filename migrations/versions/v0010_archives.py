"""Archives that are made for persons, and their sealed chunks."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_OPEN = "state IN ('asked', 'building', 'ready')"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "archive_job",
        sa.Column("owner_id", sa.LargeBinary(16), nullable=False),
        sa.Column("archive_id", sa.LargeBinary(16), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("chunks", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", "archive_id", name="pk_archive_job"),
    )
    op.create_index(
        "ix_archive_job_due_at",
        "archive_job",
        ["due_at"],
        sqlite_where=sa.text(_OPEN),
        postgresql_where=sa.text(_OPEN),
    )
    op.create_table(
        "archive_chunk",
        sa.Column("owner_id", sa.LargeBinary(16), nullable=False),
        sa.Column("archive_id", sa.LargeBinary(16), nullable=False),
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", "archive_id", "no", name="pk_archive_chunk"),
    )


def downgrade() -> None:
    """Take the tables away."""
    op.drop_table("archive_chunk")
    op.drop_table("archive_job")
