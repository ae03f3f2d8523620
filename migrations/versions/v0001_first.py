"""The first schema: every table, and the guards of the log."""

import sqlalchemy as sa
from alembic import op

from migrations import losses

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

_SQLITE_UP = (
    """
    CREATE TRIGGER log_leaf_no_update BEFORE UPDATE ON log_leaf BEGIN SELECT RAISE(ABORT, 'The log is append-only.'); END
    """,
    """
    CREATE TRIGGER log_leaf_no_delete BEFORE DELETE ON log_leaf BEGIN SELECT RAISE(ABORT, 'The log is append-only.'); END
    """,
    """
    CREATE TRIGGER log_node_no_update BEFORE UPDATE ON log_node BEGIN SELECT RAISE(ABORT, 'The log is append-only.'); END
    """,
    """
    CREATE TRIGGER log_node_no_delete BEFORE DELETE ON log_node BEGIN SELECT RAISE(ABORT, 'The log is append-only.'); END
    """,
    """
    CREATE TRIGGER log_sub_no_update BEFORE UPDATE ON log_sub BEGIN SELECT RAISE(ABORT, 'The log is append-only.'); END
    """,
    """
    CREATE TRIGGER log_sub_no_delete BEFORE DELETE ON log_sub BEGIN SELECT RAISE(ABORT, 'The log is append-only.'); END
    """,
    """
    CREATE TRIGGER log_checkpoint_no_update BEFORE UPDATE ON log_checkpoint BEGIN SELECT RAISE(ABORT, 'The log is append-only.'); END
    """,
    """
    CREATE TRIGGER log_checkpoint_no_delete BEFORE DELETE ON log_checkpoint BEGIN SELECT RAISE(ABORT, 'The log is append-only.'); END
    """,
    """
    CREATE TRIGGER log_node_no_replace BEFORE INSERT ON log_node WHEN EXISTS (SELECT 1 FROM log_node WHERE level = NEW.level AND idx = NEW.idx) BEGIN SELECT RAISE(ABORT, 'The log is append-only.'); END
    """,
    """
    CREATE TRIGGER log_checkpoint_no_replace BEFORE INSERT ON log_checkpoint WHEN EXISTS (SELECT 1 FROM log_checkpoint WHERE size = NEW.size) BEGIN SELECT RAISE(ABORT, 'The log is append-only.'); END
    """,
    """
    CREATE TRIGGER log_detail_no_replace BEFORE INSERT ON log_detail WHEN EXISTS (SELECT 1 FROM log_detail WHERE owner_id = NEW.owner_id AND gen = NEW.gen AND i = NEW.i) BEGIN SELECT RAISE(ABORT, 'The log is append-only.'); END
    """,
    """
    CREATE TRIGGER log_detail_no_update BEFORE UPDATE ON log_detail BEGIN SELECT RAISE(ABORT, 'The log is append-only.'); END
    """,
    """
    CREATE TRIGGER log_head_no_delete BEFORE DELETE ON log_head BEGIN SELECT RAISE(ABORT, 'The log is append-only.'); END
    """,
    """
    CREATE TRIGGER log_head_no_shrink BEFORE UPDATE ON log_head WHEN NEW.size < OLD.size OR NEW.origin <> OLD.origin BEGIN SELECT RAISE(ABORT, 'The log is append-only.'); END
    """,
    """
    CREATE TRIGGER log_head_no_replace BEFORE INSERT ON log_head WHEN EXISTS (SELECT 1 FROM log_head) BEGIN SELECT RAISE(ABORT, 'The log is append-only.'); END
    """,
    """
    CREATE TRIGGER log_leaf_no_replace BEFORE INSERT ON log_leaf WHEN NEW.idx IS NOT (SELECT coalesce(max(idx) + 1, 0) FROM log_leaf) OR EXISTS (SELECT 1 FROM log_leaf WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'The log is append-only.'); END
    """,
)

_SQLITE_DOWN = (
    """
    DROP TRIGGER log_leaf_no_update
    """,
    """
    DROP TRIGGER log_leaf_no_delete
    """,
    """
    DROP TRIGGER log_node_no_update
    """,
    """
    DROP TRIGGER log_node_no_delete
    """,
    """
    DROP TRIGGER log_sub_no_update
    """,
    """
    DROP TRIGGER log_sub_no_delete
    """,
    """
    DROP TRIGGER log_checkpoint_no_update
    """,
    """
    DROP TRIGGER log_checkpoint_no_delete
    """,
    """
    DROP TRIGGER log_node_no_replace
    """,
    """
    DROP TRIGGER log_checkpoint_no_replace
    """,
    """
    DROP TRIGGER log_detail_no_replace
    """,
    """
    DROP TRIGGER log_detail_no_update
    """,
    """
    DROP TRIGGER log_head_no_delete
    """,
    """
    DROP TRIGGER log_head_no_shrink
    """,
    """
    DROP TRIGGER log_head_no_replace
    """,
    """
    DROP TRIGGER log_leaf_no_replace
    """,
)

_POSTGRESQL_UP = (
    """
    CREATE FUNCTION log_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'The log is append-only.'; END $$
    """,
    """
    CREATE FUNCTION log_head_guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.size < OLD.size OR NEW.origin <> OLD.origin THEN RAISE EXCEPTION 'The log is append-only.'; END IF; RETURN NEW; END $$
    """,
    """
    CREATE TRIGGER log_leaf_no_change BEFORE UPDATE OR DELETE ON log_leaf FOR EACH ROW EXECUTE FUNCTION log_refuse()
    """,
    """
    CREATE TRIGGER log_leaf_no_truncate BEFORE TRUNCATE ON log_leaf FOR EACH STATEMENT EXECUTE FUNCTION log_refuse()
    """,
    """
    CREATE TRIGGER log_node_no_change BEFORE UPDATE OR DELETE ON log_node FOR EACH ROW EXECUTE FUNCTION log_refuse()
    """,
    """
    CREATE TRIGGER log_node_no_truncate BEFORE TRUNCATE ON log_node FOR EACH STATEMENT EXECUTE FUNCTION log_refuse()
    """,
    """
    CREATE TRIGGER log_sub_no_change BEFORE UPDATE OR DELETE ON log_sub FOR EACH ROW EXECUTE FUNCTION log_refuse()
    """,
    """
    CREATE TRIGGER log_sub_no_truncate BEFORE TRUNCATE ON log_sub FOR EACH STATEMENT EXECUTE FUNCTION log_refuse()
    """,
    """
    CREATE TRIGGER log_checkpoint_no_change BEFORE UPDATE OR DELETE ON log_checkpoint FOR EACH ROW EXECUTE FUNCTION log_refuse()
    """,
    """
    CREATE TRIGGER log_checkpoint_no_truncate BEFORE TRUNCATE ON log_checkpoint FOR EACH STATEMENT EXECUTE FUNCTION log_refuse()
    """,
    """
    CREATE TRIGGER log_detail_no_change BEFORE UPDATE ON log_detail FOR EACH ROW EXECUTE FUNCTION log_refuse()
    """,
    """
    CREATE TRIGGER log_detail_no_truncate BEFORE TRUNCATE ON log_detail FOR EACH STATEMENT EXECUTE FUNCTION log_refuse()
    """,
    """
    CREATE TRIGGER log_head_no_change BEFORE DELETE ON log_head FOR EACH ROW EXECUTE FUNCTION log_refuse()
    """,
    """
    CREATE TRIGGER log_head_no_truncate BEFORE TRUNCATE ON log_head FOR EACH STATEMENT EXECUTE FUNCTION log_refuse()
    """,
    """
    CREATE TRIGGER log_head_no_shrink BEFORE UPDATE ON log_head FOR EACH ROW EXECUTE FUNCTION log_head_guard()
    """,
)

_POSTGRESQL_DOWN = (
    """
    DROP TRIGGER log_leaf_no_change ON log_leaf
    """,
    """
    DROP TRIGGER log_leaf_no_truncate ON log_leaf
    """,
    """
    DROP TRIGGER log_node_no_change ON log_node
    """,
    """
    DROP TRIGGER log_node_no_truncate ON log_node
    """,
    """
    DROP TRIGGER log_sub_no_change ON log_sub
    """,
    """
    DROP TRIGGER log_sub_no_truncate ON log_sub
    """,
    """
    DROP TRIGGER log_checkpoint_no_change ON log_checkpoint
    """,
    """
    DROP TRIGGER log_checkpoint_no_truncate ON log_checkpoint
    """,
    """
    DROP TRIGGER log_detail_no_change ON log_detail
    """,
    """
    DROP TRIGGER log_detail_no_truncate ON log_detail
    """,
    """
    DROP TRIGGER log_head_no_change ON log_head
    """,
    """
    DROP TRIGGER log_head_no_truncate ON log_head
    """,
    """
    DROP TRIGGER log_head_no_shrink ON log_head
    """,
    """
    DROP FUNCTION log_refuse()
    """,
    """
    DROP FUNCTION log_head_guard()
    """,
)


def _run(sqlite: tuple[str, ...], postgresql: tuple[str, ...]) -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in sqlite if is_sqlite else postgresql:
        op.get_bind().exec_driver_sql(statement)


def upgrade() -> None:
    """Make every table, then the guards."""
    # ### commands auto generated by Alembic - please adjust! ###
    op.create_table(
        "account",
        sa.Column("account_id", sa.LargeBinary(16), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("recipient_id", sa.Text(), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("profile", sa.LargeBinary(), nullable=False),
        sa.Column("profile_generation", sa.BigInteger(), nullable=False),
        sa.Column("profile_version", sa.Integer(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_account")),
    )
    op.create_table(
        "account_key",
        sa.Column("owner_id", sa.LargeBinary(16), nullable=False),
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kem", sa.Text(), nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", "no", name=op.f("pk_account_key")),
    )
    op.create_table(
        "board_decision",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("decision_id", sa.LargeBinary(16), nullable=False),
        sa.Column("subject_version", sa.Integer(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("conditions", sa.Text(), nullable=False),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.Column("dissent", sa.Text(), nullable=False),
        sa.Column("valid_until", sa.BigInteger(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "kind", "subject_id", "decision_id", name=op.f("pk_board_decision")
        ),
    )
    op.create_table(
        "board_subject",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("decision_id", sa.LargeBinary(16), nullable=False),
        sa.Column("subject_version", sa.Integer(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("valid_until", sa.BigInteger(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "subject_id", name=op.f("pk_board_subject")),
    )
    op.create_table(
        "consent_current",
        sa.Column("owner_id", sa.LargeBinary(16), nullable=False),
        sa.Column("consent_id", sa.LargeBinary(16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("terms_version", sa.Integer(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("recipient_id", sa.Text(), nullable=False),
        sa.Column("sensitivity", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "owner_id", "consent_id", name=op.f("pk_consent_current")
        ),
    )
    op.create_index(
        "ix_consent_current_expires_at",
        "consent_current",
        ["expires_at"],
        unique=False,
        sqlite_where=sa.text("state IN ('requested', 'deferred', 'given', 'paused')"),
        postgresql_where=sa.text(
            "state IN ('requested', 'deferred', 'given', 'paused')"
        ),
    )
    op.create_index(
        "ix_consent_current_recipient_id",
        "consent_current",
        ["recipient_id", "state", "owner_id"],
        unique=False,
    )
    op.create_table(
        "consent_event",
        sa.Column("owner_id", sa.LargeBinary(16), nullable=False),
        sa.Column("consent_id", sa.LargeBinary(16), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint(
            "owner_id", "consent_id", "version", name=op.f("pk_consent_event")
        ),
    )
    op.create_table(
        "consent_notice",
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_consent_notice")),
    )
    op.create_table(
        "consent_use",
        sa.Column("owner_id", sa.LargeBinary(16), nullable=False),
        sa.Column("consent_id", sa.LargeBinary(16), nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "owner_id", "consent_id", "day", name=op.f("pk_consent_use")
        ),
    )
    op.create_table(
        "denial_window",
        sa.Column("owner_id", sa.LargeBinary(16), nullable=False),
        sa.Column("grant_id", sa.LargeBinary(16), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("recipient_id", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("consent_id", sa.LargeBinary(16), nullable=False),
        sa.Column("consent_version", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("repeated", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "owner_id", "grant_id", "reasons", name=op.f("pk_denial_window")
        ),
    )
    op.create_index(
        "ix_denial_window_first_at", "denial_window", ["first_at"], unique=False
    )
    op.create_table(
        "intake_open",
        sa.Column("owner_id", sa.LargeBinary(16), nullable=False),
        sa.Column("import_id", sa.LargeBinary(16), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", "import_id", name=op.f("pk_intake_open")),
    )
    op.create_table(
        "kek_check",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("alg", sa.Integer(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", "version", name=op.f("pk_kek_check")),
    )
    op.create_table(
        "log_checkpoint",
        sa.Column("size", SERIAL, autoincrement=False, nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_log_checkpoint")),
    )
    op.create_table(
        "log_detail",
        sa.Column("owner_id", sa.LargeBinary(16), nullable=False),
        sa.Column("gen", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("i", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", "gen", "i", name=op.f("pk_log_detail")),
    )
    op.create_table(
        "log_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.Column("last_t", sa.BigInteger(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_head")),
    )
    op.create_table(
        "log_leaf",
        sa.Column("idx", SERIAL, autoincrement=False, nullable=False),
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("idx", name=op.f("pk_log_leaf")),
        sa.UniqueConstraint("id", name=op.f("uq_log_leaf_id")),
    )
    op.create_table(
        "log_node",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("idx", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("level", "idx", name=op.f("pk_log_node")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "log_pending",
        sa.Column("no", SERIAL, autoincrement=True, nullable=False),
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("sub", sa.LargeBinary(16), nullable=False),
        sa.Column("prefix", sa.LargeBinary(), nullable=False),
        sa.Column("suffix", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_log_pending")),
        sa.UniqueConstraint("id", name=op.f("uq_log_pending_id")),
    )
    op.create_table(
        "log_sub",
        sa.Column("sub", sa.LargeBinary(16), nullable=False),
        sa.Column("idx", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("sub", "idx", name=op.f("pk_log_sub")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "login_failure",
        sa.Column("login_index", sa.LargeBinary(32), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("login_index", name=op.f("pk_login_failure")),
    )
    op.create_index(
        "ix_login_failure_last_at", "login_failure", ["last_at"], unique=False
    )
    op.create_table(
        "oauth_client",
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("recipient_id", sa.Text(), nullable=False),
        sa.Column("jwks", sa.Text(), nullable=False),
        sa.Column("redirect_uris", sa.Text(), nullable=False),
        sa.Column("purposes", sa.Text(), nullable=False),
        sa.Column("categories", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_oauth_client")),
    )
    op.create_index(
        op.f("ix_oauth_client_recipient_id"),
        "oauth_client",
        ["recipient_id"],
        unique=False,
    )
    op.create_table(
        "oauth_code",
        sa.Column("code_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("owner_id", sa.LargeBinary(16), nullable=False),
        sa.Column("grant_id", sa.LargeBinary(16), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("redirect_uri", sa.Text(), nullable=False),
        sa.Column("code_challenge", sa.Text(), nullable=False),
        sa.Column("jkt", sa.LargeBinary(32), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.Column("wrap_alg", sa.SmallInteger(), nullable=True),
        sa.Column("secret_wrap", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_oauth_code")),
    )
    op.create_index(
        "ix_oauth_code_expires_at", "oauth_code", ["expires_at"], unique=False
    )
    op.create_index("ix_oauth_code_owner_id", "oauth_code", ["owner_id"], unique=False)
    op.create_table(
        "oauth_grant",
        sa.Column("owner_id", sa.LargeBinary(16), nullable=False),
        sa.Column("grant_id", sa.LargeBinary(16), nullable=False),
        sa.Column("consent_id", sa.LargeBinary(16), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("recipient_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("is_recurring", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("owner_id", "grant_id", name=op.f("pk_oauth_grant")),
    )
    op.create_index(
        "ix_oauth_grant_consent",
        "oauth_grant",
        ["owner_id", "consent_id"],
        unique=False,
    )
    op.create_table(
        "oauth_replay",
        sa.Column("key", sa.LargeBinary(32), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_oauth_replay")),
    )
    op.create_index(
        "ix_oauth_replay_expires_at", "oauth_replay", ["expires_at"], unique=False
    )
    op.create_table(
        "oauth_request",
        sa.Column("request_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("dpop_jkt", sa.LargeBinary(32), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=True),
        sa.Column("consumed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("request_hash", name=op.f("pk_oauth_request")),
    )
    op.create_index(
        "ix_oauth_request_expires_at", "oauth_request", ["expires_at"], unique=False
    )
    op.create_table(
        "oauth_token",
        sa.Column("owner_id", sa.LargeBinary(16), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("grant_id", sa.LargeBinary(16), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("jkt", sa.LargeBinary(32), nullable=True),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.Column("wrap_alg", sa.SmallInteger(), nullable=True),
        sa.Column("secret_wrap", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("owner_id", "token_hash", name=op.f("pk_oauth_token")),
    )
    op.create_index(
        "ix_oauth_token_grant", "oauth_token", ["owner_id", "grant_id"], unique=False
    )
    op.create_table(
        "offer",
        sa.Column("offer_id", sa.LargeBinary(16), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("recipient_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("title_ja", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("template", sa.LargeBinary(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("offer_id", "version", name=op.f("pk_offer")),
    )
    op.create_index(
        "ix_offer_recipient_id",
        "offer",
        ["recipient_id", "offer_id", "version"],
        unique=False,
    )
    op.create_table(
        "owner_key",
        sa.Column("owner_id", sa.LargeBinary(16), nullable=False),
        sa.Column("class", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("generation", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Integer(), nullable=False),
        sa.Column("commitment", sa.LargeBinary(32), nullable=False),
        sa.Column("enc_reserved", sa.BigInteger(), nullable=False),
        sa.Column("destroy_after", sa.BigInteger(), nullable=True),
        sa.Column("hold", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "owner_id", "class", "generation", name=op.f("pk_owner_key")
        ),
    )
    op.create_index(
        "ix_owner_key_destroy_after",
        "owner_key",
        ["destroy_after"],
        unique=False,
        sqlite_where=sa.text("destroy_after IS NOT NULL"),
        postgresql_where=sa.text("destroy_after IS NOT NULL"),
    )
    op.create_index(
        "uq_owner_key_active",
        "owner_key",
        ["owner_id", "class"],
        unique=True,
        sqlite_where=sa.text("state = 1 AND class != 4"),
        postgresql_where=sa.text("state = 1 AND class != 4"),
    )
    op.create_table(
        "owner_key_wrap",
        sa.Column("owner_id", sa.LargeBinary(16), nullable=False),
        sa.Column("class", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("generation", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("wrap_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("alg", sa.Integer(), nullable=False),
        sa.Column("holder_kind", sa.Integer(), nullable=False),
        sa.Column("holder_id", sa.LargeBinary(), nullable=True),
        sa.Column("kek_version", sa.Integer(), nullable=True),
        sa.Column("params", sa.LargeBinary(), nullable=True),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint(
            "owner_id", "class", "generation", "wrap_no", name=op.f("pk_owner_key_wrap")
        ),
    )
    op.create_index(
        "ix_owner_key_wrap_kek_version",
        "owner_key_wrap",
        ["kek_version", "owner_id"],
        unique=False,
    )
    op.create_table(
        "pairwise",
        sa.Column("owner_id", sa.LargeBinary(16), nullable=False),
        sa.Column("recipient_id", sa.Text(), nullable=False),
        sa.Column("pairwise", sa.LargeBinary(16), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", "recipient_id", name=op.f("pk_pairwise")),
    )
    op.create_table(
        "person_state",
        sa.Column("owner_id", sa.LargeBinary(16), nullable=False),
        sa.Column("gen", sa.Integer(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", name=op.f("pk_person_state")),
    )
    op.create_table(
        "raw_original",
        sa.Column("owner_id", sa.LargeBinary(16), nullable=False),
        sa.Column("import_id", sa.LargeBinary(16), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", "import_id", name=op.f("pk_raw_original")),
    )
    op.create_table(
        "recipient",
        sa.Column("recipient_id", sa.Text(), nullable=False),
        sa.Column("name_ja", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("representative", sa.Text(), nullable=False),
        sa.Column("corporate_number", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("applied_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("recipient_id", name=op.f("pk_recipient")),
        sa.UniqueConstraint(
            "corporate_number", name=op.f("uq_recipient_corporate_number")
        ),
    )
    op.create_table(
        "recipient_certificate",
        sa.Column("recipient_id", sa.Text(), nullable=False),
        sa.Column("certificate_id", sa.LargeBinary(16), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("valid_until", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "recipient_id", "certificate_id", name=op.f("pk_recipient_certificate")
        ),
    )
    op.create_table(
        "recipient_contract",
        sa.Column("contract_id", sa.LargeBinary(16), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("recipient_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("purposes", sa.Text(), nullable=False),
        sa.Column("categories", sa.Text(), nullable=False),
        sa.Column("countries", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_until", sa.BigInteger(), nullable=False),
        sa.Column("retention_days", sa.Integer(), nullable=False),
        sa.Column("may_reprovide", sa.Boolean(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("signed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "contract_id", "version", name=op.f("pk_recipient_contract")
        ),
    )
    op.create_index(
        "ix_recipient_contract_recipient_id",
        "recipient_contract",
        ["recipient_id", "contract_id", "version"],
        unique=False,
    )
    op.create_table(
        "source",
        sa.Column("source_id", sa.LargeBinary(16), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name_ja", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source_id", name=op.f("pk_source")),
    )
    op.create_table(
        "subject_route",
        sa.Column("recipient_id", sa.Text(), nullable=False),
        sa.Column("pairwise", sa.LargeBinary(16), nullable=False),
        sa.Column("owner_id", sa.LargeBinary(16), nullable=False),
        sa.PrimaryKeyConstraint(
            "recipient_id", "pairwise", name=op.f("pk_subject_route")
        ),
    )
    op.create_table(
        "token_route",
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("owner_id", sa.LargeBinary(16), nullable=False),
        sa.Column("grant_id", sa.LargeBinary(16), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_token_route")),
    )
    op.create_index(
        "ix_token_route_expires_at", "token_route", ["expires_at"], unique=False
    )
    op.create_index(
        "ix_token_route_owner_id", "token_route", ["owner_id"], unique=False
    )
    op.create_table(
        "vault_import",
        sa.Column("owner_id", sa.LargeBinary(16), nullable=False),
        sa.Column("import_id", sa.LargeBinary(16), nullable=False),
        sa.Column("source_id", sa.LargeBinary(16), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("state", sa.Integer(), nullable=False),
        sa.Column("stored", sa.Integer(), nullable=False),
        sa.Column("duplicate", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state BETWEEN 1 AND 2", name=op.f("ck_vault_import_state")),
        sa.PrimaryKeyConstraint("owner_id", "import_id", name=op.f("pk_vault_import")),
    )
    op.create_table(
        "vault_record",
        sa.Column("owner_id", sa.LargeBinary(16), nullable=False),
        sa.Column("record_id", sa.LargeBinary(16), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("class", sa.Integer(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("first_day", sa.Integer(), nullable=False),
        sa.Column("last_day", sa.Integer(), nullable=False),
        sa.Column("order_in_day", sa.Integer(), nullable=False),
        sa.Column("payload_schema", sa.Integer(), nullable=False),
        sa.Column("sensitivity", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.LargeBinary(16), nullable=False),
        sa.Column("import_id", sa.LargeBinary(16), nullable=False),
        sa.Column("dedupe_key", sa.LargeBinary(32), nullable=False),
        sa.Column("state", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_vault_record_days")),
        sa.CheckConstraint("state BETWEEN 1 AND 4", name=op.f("ck_vault_record_state")),
        sa.PrimaryKeyConstraint(
            "owner_id", "record_id", "version", name=op.f("pk_vault_record")
        ),
    )
    op.create_index(
        "ix_vault_record_category",
        "vault_record",
        [
            "owner_id",
            "category",
            sa.literal_column("last_day DESC"),
            sa.literal_column("order_in_day DESC"),
            "record_id",
        ],
        unique=False,
        sqlite_where=sa.text("state < 2"),
        postgresql_where=sa.text("state < 2"),
    )
    op.create_index(
        "ix_vault_record_day",
        "vault_record",
        [
            "owner_id",
            sa.literal_column("last_day DESC"),
            sa.literal_column("order_in_day DESC"),
            "record_id",
        ],
        unique=False,
        sqlite_where=sa.text("state = 1"),
        postgresql_where=sa.text("state = 1"),
    )
    op.create_index(
        "ix_vault_record_import",
        "vault_record",
        ["owner_id", "import_id"],
        unique=False,
        sqlite_where=sa.text("state = 1"),
        postgresql_where=sa.text("state = 1"),
    )
    op.create_index(
        "uq_vault_record_dedupe",
        "vault_record",
        ["owner_id", "dedupe_key"],
        unique=True,
        sqlite_where=sa.text("state = 1"),
        postgresql_where=sa.text("state = 1"),
    )
    op.create_table(
        "account_login",
        sa.Column("login_index", sa.LargeBinary(32), nullable=False),
        sa.Column("account_id", sa.LargeBinary(16), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.account_id"],
            name=op.f("fk_account_login_account_id"),
        ),
        sa.PrimaryKeyConstraint("login_index", name=op.f("pk_account_login")),
    )
    op.create_index(
        "ix_account_login_account_id", "account_login", ["account_id"], unique=False
    )
    op.create_table(
        "passkey",
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.LargeBinary(16), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("prf_capable", sa.Integer(), nullable=False),
        sa.Column("prf_salt", sa.LargeBinary(32), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_passkey_account_id")
        ),
        sa.PrimaryKeyConstraint("credential_id", name=op.f("pk_passkey")),
    )
    op.create_index("ix_passkey_account_id", "passkey", ["account_id"], unique=False)
    op.create_table(
        "session",
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("account_id", sa.LargeBinary(16), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("auth_time", sa.BigInteger(), nullable=False),
        sa.Column("acr", sa.Text(), nullable=False),
        sa.Column("amr", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_seen_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_session_account_id")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_session")),
    )
    op.create_index(
        "ix_session_account_id", "session", ["account_id", "expires_at"], unique=False
    )
    # ### end Alembic commands ###
    _run(_SQLITE_UP, _POSTGRESQL_UP)


def downgrade() -> None:
    """Take the guards away, then every table."""
    losses.refuse("account", "owner_key", "log_leaf", "recipient", "source")
    _run(_SQLITE_DOWN, _POSTGRESQL_DOWN)
    # ### commands auto generated by Alembic - please adjust! ###
    op.drop_index("ix_session_account_id", table_name="session")
    op.drop_table("session")
    op.drop_index("ix_passkey_account_id", table_name="passkey")
    op.drop_table("passkey")
    op.drop_index("ix_account_login_account_id", table_name="account_login")
    op.drop_table("account_login")
    op.drop_index(
        "uq_vault_record_dedupe",
        table_name="vault_record",
        sqlite_where=sa.text("state = 1"),
        postgresql_where=sa.text("state = 1"),
    )
    op.drop_index(
        "ix_vault_record_import",
        table_name="vault_record",
        sqlite_where=sa.text("state = 1"),
        postgresql_where=sa.text("state = 1"),
    )
    op.drop_index(
        "ix_vault_record_day",
        table_name="vault_record",
        sqlite_where=sa.text("state = 1"),
        postgresql_where=sa.text("state = 1"),
    )
    op.drop_index(
        "ix_vault_record_category",
        table_name="vault_record",
        sqlite_where=sa.text("state < 2"),
        postgresql_where=sa.text("state < 2"),
    )
    op.drop_table("vault_record")
    op.drop_table("vault_import")
    op.drop_index("ix_token_route_owner_id", table_name="token_route")
    op.drop_index("ix_token_route_expires_at", table_name="token_route")
    op.drop_table("token_route")
    op.drop_table("subject_route")
    op.drop_table("source")
    op.drop_index("ix_recipient_contract_recipient_id", table_name="recipient_contract")
    op.drop_table("recipient_contract")
    op.drop_table("recipient_certificate")
    op.drop_table("recipient")
    op.drop_table("raw_original")
    op.drop_table("person_state")
    op.drop_table("pairwise")
    op.drop_index("ix_owner_key_wrap_kek_version", table_name="owner_key_wrap")
    op.drop_table("owner_key_wrap")
    op.drop_index(
        "uq_owner_key_active",
        table_name="owner_key",
        sqlite_where=sa.text("state = 1 AND class != 4"),
        postgresql_where=sa.text("state = 1 AND class != 4"),
    )
    op.drop_index(
        "ix_owner_key_destroy_after",
        table_name="owner_key",
        sqlite_where=sa.text("destroy_after IS NOT NULL"),
        postgresql_where=sa.text("destroy_after IS NOT NULL"),
    )
    op.drop_table("owner_key")
    op.drop_index("ix_offer_recipient_id", table_name="offer")
    op.drop_table("offer")
    op.drop_index("ix_oauth_token_grant", table_name="oauth_token")
    op.drop_table("oauth_token")
    op.drop_index("ix_oauth_request_expires_at", table_name="oauth_request")
    op.drop_table("oauth_request")
    op.drop_index("ix_oauth_replay_expires_at", table_name="oauth_replay")
    op.drop_table("oauth_replay")
    op.drop_index("ix_oauth_grant_consent", table_name="oauth_grant")
    op.drop_table("oauth_grant")
    op.drop_index("ix_oauth_code_owner_id", table_name="oauth_code")
    op.drop_index("ix_oauth_code_expires_at", table_name="oauth_code")
    op.drop_table("oauth_code")
    op.drop_index(op.f("ix_oauth_client_recipient_id"), table_name="oauth_client")
    op.drop_table("oauth_client")
    op.drop_index("ix_login_failure_last_at", table_name="login_failure")
    op.drop_table("login_failure")
    op.drop_table("log_sub")
    op.drop_table("log_pending")
    op.drop_table("log_node")
    op.drop_table("log_leaf")
    op.drop_table("log_head")
    op.drop_table("log_detail")
    op.drop_table("log_checkpoint")
    op.drop_table("kek_check")
    op.drop_table("intake_open")
    op.drop_index("ix_denial_window_first_at", table_name="denial_window")
    op.drop_table("denial_window")
    op.drop_table("consent_use")
    op.drop_table("consent_notice")
    op.drop_table("consent_event")
    op.drop_index("ix_consent_current_recipient_id", table_name="consent_current")
    op.drop_index(
        "ix_consent_current_expires_at",
        table_name="consent_current",
        sqlite_where=sa.text("state IN ('requested', 'deferred', 'given', 'paused')"),
        postgresql_where=sa.text(
            "state IN ('requested', 'deferred', 'given', 'paused')"
        ),
    )
    op.drop_table("consent_current")
    op.drop_table("board_subject")
    op.drop_table("board_decision")
    op.drop_table("account_key")
    op.drop_table("account")
    # ### end Alembic commands ###
