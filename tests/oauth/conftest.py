"""A unit of work in memory, and recipients' keys that are made once."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, insert

from audit.tables import person_state
from audit.work import Work
from consent.oauth import clients, grants, requests
from consent.oauth.opaque import encode
from pds.core.database import metadata
from pds.core.ids import ConsentId, OwnerId, RecipientId, uuid7

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
RECIPIENT = RecipientId("hikari-health")
REDIRECT = "https://recipient.example/callback"
VERIFIER = "v" * 43
CHALLENGE = encode(hashlib.sha256(VERIFIER.encode()).digest())


class SeededIds:
    """Ids and secrets that a test can repeat."""

    def __init__(self):
        self._count = 0

    def new(self):
        self._count += 1
        return uuid7(1_790_000_000_000, self._count.to_bytes(10))

    def secret(self, size=32):
        self._count += 1
        return hashlib.shake_256(self._count.to_bytes(8)).digest(size)


class KeptLog:
    """Keeps the entries that it was given."""

    def __init__(self):
        self.entries = []

    def record(self, entry):
        self.entries.append(entry)

    def actions(self):
        return [entry.detail["reasons"] for entry in self.entries]


@pytest.fixture
def work():
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        metadata.create_all(connection)
        yield Work(connection, NOW, SeededIds(), None, KeptLog())
    engine.dispose()


@pytest.fixture
def later(work):
    """The same database, some seconds later."""
    return lambda **span: replace(work, now=work.now + timedelta(**span))


@pytest.fixture
def owner(work):
    made = OwnerId(work.ids.new())
    work.connection.execute(
        insert(person_state).values(owner_id=made, gen=1, n=1, fence=0)
    )
    return made


@pytest.fixture
def fence(work, owner):
    """Read the person's fence."""
    query = person_state.select().where(person_state.c.owner_id == owner)
    return lambda: work.connection.execute(query).one().fence


@pytest.fixture
def client(work, ec_jwks):
    return clients.register(
        work,
        client_id="hikari-app",
        recipient_id=RECIPIENT,
        jwks=ec_jwks,
        redirect_uris=[REDIRECT],
        purposes=["health-advice"],
        categories=["health.vital", "purchase.receipt"],
    )


@pytest.fixture
def grant(work, owner, client):
    return grants.create(
        work,
        owner=owner,
        consent_id=ConsentId(work.ids.new()),
        client_id=client.client_id,
        recipient_id=client.recipient_id,
        is_recurring=True,
        expires_at=work.now + timedelta(days=90),
    )


@pytest.fixture
def pushed(work, client):
    parameters = {"redirect_uri": REDIRECT, "code_challenge": CHALLENGE, "state": "s"}
    return requests.push(
        work, client_id=client.client_id, parameters=parameters, thumbprint=b"k" * 32
    )


EC_JWKS = {
    "keys": [
        {
            "kty": "EC",
            "crv": "P-256",
            "kid": "one",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        }
    ]
}
"""The key of RFC 7517 appendix A.1's family, from RFC 7515 appendix A.3."""


@pytest.fixture(scope="session")
def ec_jwks():
    return EC_JWKS
