"""Tables of accounts, their logins, failures, sessions, passkeys and codes.

An account is found by its id; everything that is found by another key (a login, a
token, a credential) leads with that key and points back.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
)

from pds.core.database import Moment, Uuid, metadata

account = Table(
    "account",
    metadata,
    Column("account_id", Uuid(), primary_key=True),
    Column("role", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("recipient_id", Text),
    Column("password_hash", Text, nullable=False),
    Column("profile", LargeBinary, nullable=False),
    Column("profile_generation", BigInteger, nullable=False),
    Column("profile_version", Integer, nullable=False),
    Column("language", Text, nullable=False),
    Column("created_at", Moment(), nullable=False),
    Column("closed_at", Moment()),
    Column("access_until", Moment()),
)
"""One row per account. A person's `owner_id` is the same id as `account_id`.

`access_until` is the end of an auditor's time; other roles have none.
"""

account_login = Table(
    "account_login",
    metadata,
    Column("login_index", LargeBinary(32), primary_key=True),
    Column("account_id", Uuid(), ForeignKey("account.account_id"), nullable=False),
)
Index("ix_account_login_account_id", account_login.c.account_id)

login_failure = Table(
    "login_failure",
    metadata,
    Column("login_index", LargeBinary(32), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", Moment(), nullable=False),
)
"""Attempts that did not succeed, for known and unknown logins alike."""
Index("ix_login_failure_last_at", login_failure.c.last_at)

session = Table(
    "session",
    metadata,
    Column("token_hash", LargeBinary(32), primary_key=True),
    Column("account_id", Uuid(), ForeignKey("account.account_id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("auth_time", Moment(), nullable=False),
    Column("acr", Text, nullable=False),
    Column("amr", Text, nullable=False),
    Column("created_at", Moment(), nullable=False),
    Column("last_seen_at", Moment(), nullable=False),
    Column("expires_at", Moment(), nullable=False),
    Column("revoked_at", Moment()),
)
Index("ix_session_account_id", session.c.account_id, session.c.expires_at)

passkey = Table(
    "passkey",
    metadata,
    Column("credential_id", LargeBinary, primary_key=True),
    Column("account_id", Uuid(), ForeignKey("account.account_id"), nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("prf_capable", Integer, nullable=False),
    Column("prf_salt", LargeBinary(32), nullable=False),
    Column("created_at", Moment(), nullable=False),
    Column("label", Text, nullable=False, server_default=""),
    Column("transports", Text, nullable=False, server_default=""),
    Column("backup_eligible", Integer, nullable=False, server_default="0"),
    Column("backed_up", Integer, nullable=False, server_default="0"),
    Column("last_used_at", Moment()),
)
"""Keys that open an account; `prf_salt` is kept for vaults sealed by their holder."""
Index("ix_passkey_account_id", passkey.c.account_id)

webauthn_challenge = Table(
    "webauthn_challenge",
    metadata,
    Column("binding", LargeBinary(32), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("challenge_hash", LargeBinary(32), nullable=False),
    Column("expires_at", Moment(), nullable=False),
)
"""The one open challenge of each ceremony of a session or of a stranger's browser."""
Index("ix_webauthn_challenge_expires_at", webauthn_challenge.c.expires_at)

recovery_code = Table(
    "recovery_code",
    metadata,
    Column("code_hash", LargeBinary(32), primary_key=True),
    Column("account_id", Uuid(), ForeignKey("account.account_id"), nullable=False),
    Column("created_at", Moment(), nullable=False),
    Column("used_at", Moment()),
)
Index("ix_recovery_code_account_id", recovery_code.c.account_id)

account_change = Table(
    "account_change",
    metadata,
    Column("change_id", Uuid(), primary_key=True),
    Column("account_id", Uuid(), ForeignKey("account.account_id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", Moment(), nullable=False),
)
"""What happened to the credentials of an account, for its holder to see."""
Index("ix_account_change_account_id", account_change.c.account_id, account_change.c.at)

paper_look = Table(
    "paper_look",
    metadata,
    Column("owner_id", Uuid(), primary_key=True),
    Column("object_id", Uuid(), primary_key=True),
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("staff_id", Uuid(), primary_key=True),
)
"""Which papers of a person's links, reports and requests a member of staff opened."""
