"""Tables of OAuth state.

Tables that are searched by a secret lead with its digest; tables of a person's rows
lead with `owner_id`. `secret_wrap` and `wrap_alg` are reserved: a later version lets
a token carry the key to the data it opens (`docs/formats/oauth.md` section 6).
"""

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
)

from pds.core.database import Moment, Uuid, metadata

client = Table(
    "oauth_client",
    metadata,
    Column("client_id", Text, primary_key=True),
    Column("recipient_id", Text, nullable=False, index=True),
    Column("jwks", Text, nullable=False),
    Column("redirect_uris", Text, nullable=False),
    Column("purposes", Text, nullable=False),
    Column("categories", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("callback_url", Text),
)

request = Table(
    "oauth_request",
    metadata,
    Column("request_hash", LargeBinary(32), primary_key=True),
    Column("client_id", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("dpop_jkt", LargeBinary(32), nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("opened_at", Moment, nullable=True),
    Column("consumed_at", Moment, nullable=True),
    Index("ix_oauth_request_expires_at", "expires_at"),
)

code = Table(
    "oauth_code",
    metadata,
    Column("code_hash", LargeBinary(32), primary_key=True),
    Column("owner_id", Uuid, nullable=False),
    Column("grant_id", Uuid, nullable=False),
    Column("client_id", Text, nullable=False),
    Column("redirect_uri", Text, nullable=False),
    Column("code_challenge", Text, nullable=False),
    Column("jkt", LargeBinary(32), nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("used_at", Moment, nullable=True),
    Column("wrap_alg", SmallInteger, nullable=True),
    Column("secret_wrap", LargeBinary, nullable=True),
    Index("ix_oauth_code_expires_at", "expires_at"),
    Index("ix_oauth_code_owner_id", "owner_id"),
)

grant = Table(
    "oauth_grant",
    metadata,
    Column("owner_id", Uuid, primary_key=True),
    Column("grant_id", Uuid, primary_key=True),
    Column("consent_id", Uuid, nullable=False),
    Column("client_id", Text, nullable=False),
    Column("recipient_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("is_recurring", Boolean(create_constraint=False), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("ended_at", Moment, nullable=True),
    Index("ix_oauth_grant_consent", "owner_id", "consent_id"),
)

token = Table(
    "oauth_token",
    metadata,
    Column("owner_id", Uuid, primary_key=True),
    Column("token_hash", LargeBinary(32), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("grant_id", Uuid, nullable=False),
    Column("client_id", Text, nullable=False),
    Column("jkt", LargeBinary(32), nullable=True),
    Column("issued_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("revoked_at", Moment, nullable=True),
    Column("wrap_alg", SmallInteger, nullable=True),
    Column("secret_wrap", LargeBinary, nullable=True),
    Index("ix_oauth_token_grant", "owner_id", "grant_id"),
)

token_route = Table(
    "token_route",
    metadata,
    Column("token_hash", LargeBinary(32), primary_key=True),
    Column("owner_id", Uuid, nullable=False),
    Column("grant_id", Uuid, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Index("ix_token_route_expires_at", "expires_at"),
    Index("ix_token_route_owner_id", "owner_id"),
)

offer_token = Table(
    "offer_token",
    metadata,
    Column("token_hash", LargeBinary(32), primary_key=True),
    Column("client_id", Text, nullable=False),
    Column("offer_id", Uuid, nullable=False),
    Column("jkt", LargeBinary(32), nullable=False),
    Column("issued_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("revoked_at", Moment, nullable=True),
    Column("wrap_alg", SmallInteger, nullable=True),
    Column("secret_wrap", LargeBinary, nullable=True),
    Index("ix_offer_token_expires_at", "expires_at"),
)
"""Tokens of client credentials; they name no person."""

replay = Table(
    "oauth_replay",
    metadata,
    Column("key", LargeBinary(32), primary_key=True),
    Column("expires_at", Moment, nullable=False),
    Index("ix_oauth_replay_expires_at", "expires_at"),
)
