"""Tables of accounts, their logins, failures, sessions and reserved passkeys.

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
)
"""One row per account. A person's `owner_id` is the same id as `account_id`."""

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
)
"""Reserved for passkeys as a second factor."""
Index("ix_passkey_account_id", passkey.c.account_id)
