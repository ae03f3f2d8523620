"""A unit of work in memory, and recipients' keys that are made once."""

import hashlib
import itertools
import json
import sqlite3
import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import StaticPool, create_engine, insert

from audit.tables import person_state
from audit.work import Work
from consent import preflight
from consent.facts import Facts
from consent.oauth import clients, exchange, grants, requests, tokens
from consent.oauth.opaque import encode
from consent.preflight import Preflight
from consent.profile import PROFILE_2_2
from pds.core.database import metadata
from pds.core.errors import Unavailable
from pds.core.ids import ConsentId, OwnerId, RecipientId, uuid7
from pds.web.oauth import details, views
from pds.web.oauth.client_assertion import ASSERTION_TYPE
from pds.web.oauth.nonce import ServerNonce
from tests.oauth.jose import Signer

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
RECIPIENT = RecipientId("hikari-health")
ISSUER = "https://bank.example"
REDIRECT = "https://recipient.example/callback"
VERIFIER = "v" * 43
CHALLENGE = encode(hashlib.sha256(VERIFIER.encode()).digest())
PROVISION = {
    "type": "data_provision",
    "version": 1,
    "purpose": "health.advice",
    "categories": ["health.vital", "purchase.receipt"],
    "detail": "record",
    "window": {"from": "2026-01-01"},
    "access": {
        "mode": "recurring",
        "max_per_day": 4,
        "until": "2027-02-01T00:00:00Z",
    },
    "form": "copy",
    "retention_days": 90,
    "after_withdrawal": {"action": "delete", "within_days": 7},
    "onward": [],
    "country": "JP",
    "terms": {"uri": "https://recipient.example/terms", "sha256": "0" * 64},
}


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


@pytest.fixture(scope="session")
def tables():
    """A database in memory with all tables, as bytes."""
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        metadata.create_all(connection)
    with engine.connect() as connection:
        yield connection.connection.driver_connection.serialize()
    engine.dispose()


@pytest.fixture
def engine(tables):
    """A database of a test's own, in memory."""

    def loaded():
        connection = sqlite3.connect(":memory:", check_same_thread=False)
        connection.deserialize(tables)
        return connection

    engine = create_engine("sqlite://", creator=loaded, poolclass=StaticPool)
    yield engine
    engine.dispose()


@pytest.fixture
def work(engine):
    with engine.connect() as connection:
        yield Work(connection, NOW, SeededIds(), None, KeptLog())


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


class MemoryBank:
    """The ports of a bank that OAuth uses, on one in-memory database."""

    def __init__(self, engine):
        self._engine = engine
        self._lock = threading.Lock()
        self.moment = NOW
        self.ids = SeededIds()
        self.log = KeptLog()
        self.clock = self
        self.settings = SimpleNamespace(issuer=ISSUER)
        self.profile = PROFILE_2_2
        self.is_full = False

    def now(self):
        return self.moment

    def secret(self, name):
        return hashlib.sha256(name.encode()).digest()

    @contextmanager
    def read(self):
        with self._lock, self._engine.begin() as connection:
            yield SimpleNamespace(connection=connection, now=self.moment)

    def unit_of_work(self, act):
        if self.is_full:
            raise Unavailable("store.full", "The disk is full.")
        with self._lock, self._engine.begin() as connection:
            return act(Work(connection, self.moment, self.ids, None, self.log))


@pytest.fixture
def memory(engine):
    return MemoryBank(engine)


@pytest.fixture
def web(memory, monkeypatch):
    """An application with the back channel alone, and a registered client."""
    app = Flask("pds.web")
    app.extensions["bank"] = memory
    app.register_blueprint(views.blueprint)
    # Whether the terms may be given at all is the consent engine's matter; the tests
    # of the whole journey leave it in.
    monkeypatch.setattr(details, "granted", lambda _bank, _grant: {"type": "granted"})
    passed = Preflight((), Facts())
    monkeypatch.setattr(preflight, "check", lambda *_args, **_profile: passed)
    return app


class Caller:
    """A recipient's software: sends what a test tells it to, right unless changed."""

    def __init__(self, app, bank, client_id="hikari-app", kind="ES256", bits=2048):
        self.http = app.test_client()
        self.bank = bank
        self.client_id = client_id
        self.key = Signer(kind, bits)
        self.dpop = Signer(kind, bits)
        self.jti = itertools.count()
        self.nonce = ServerNonce(bank.secret("dpop-nonce")).current(bank.now())
        jwks = {"keys": [{**self.key.jwk, "kid": "one"}]}
        bank.unit_of_work(
            lambda work: clients.register(
                work,
                client_id=client_id,
                recipient_id=RECIPIENT,
                jwks=jwks,
                redirect_uris=[REDIRECT],
                purposes=["health.advice"],
                categories=["health.vital", "purchase.receipt"],
            )
        )

    def seconds(self, offset=0):
        return int(self.bank.now().timestamp()) + offset

    def assertion(self, header=None, signer=None, **changes):
        claims = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": ISSUER,
            "jti": f"a{next(self.jti)}",
            "iat": self.seconds(),
            "exp": self.seconds(60),
        }
        claims = {k: v for k, v in {**claims, **changes}.items() if v is not None}
        return (signer or self.key).sign({"kid": "one", **(header or {})}, claims)

    def proof(self, path, method="POST", header=None, signer=None, **changes):
        signer = signer or self.dpop
        claims = {
            "jti": f"p{next(self.jti)}",
            "htm": method,
            "htu": ISSUER + path,
            "iat": self.seconds(),
            "nonce": self.nonce,
        }
        claims = {k: v for k, v in {**claims, **changes}.items() if v is not None}
        head = {"typ": "dpop+jwt", "jwk": signer.jwk, **(header or {})}
        return signer.sign(head, claims)

    def post(self, path, form, *, query="", proof=None, assertion=None, headers=()):
        body = {
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion or self.assertion(),
            **form,
        }
        body = {k: v for k, v in body.items() if v is not None}
        sent = {"DPoP": proof or self.proof(path), **dict(headers)}
        sent = {k: v for k, v in sent.items() if v}
        return self.http.post(path + query, data=body, headers=sent)

    def push(self, form=None, **options):
        parameters = {
            "response_type": "code",
            "redirect_uri": REDIRECT,
            "state": "s",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            "authorization_details": json.dumps([PROVISION]),
            **(form or {}),
        }
        return self.post("/oauth/par", parameters, **options)

    def code(self, owner=None, **grant):
        """Do what the person's yes does: consume the request, make grant and code."""
        uri = self.push().json["request_uri"]

        def give(work):
            request = requests.consume(work, uri, self.client_id)
            made = grants.create(
                work,
                owner=owner or open_person(work),
                consent_id=ConsentId(work.ids.new()),
                client_id=self.client_id,
                recipient_id=RECIPIENT,
                is_recurring=grant.get("is_recurring", True),
                expires_at=work.now + timedelta(days=90),
            )
            return exchange.issue_code(work, made, request)

        return self.bank.unit_of_work(give)

    def redeem(self, code, form=None, **options):
        parameters = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT,
            "code_verifier": VERIFIER,
            **(form or {}),
        }
        return self.post("/oauth/token", parameters, **options)

    def refresh(self, token, form=None, **options):
        parameters = {"grant_type": "refresh_token", "refresh_token": token}
        return self.post("/oauth/token", {**parameters, **(form or {})}, **options)

    def revoke(self, token, form=None, **options):
        return self.post("/oauth/revoke", {"token": token, **(form or {})}, **options)

    def alive(self, token):
        with self.bank.read() as snap:
            return tokens.present(snap, token).is_alive(snap.now)


def open_person(work):
    owner = OwnerId(work.ids.new())
    work.connection.execute(
        insert(person_state).values(owner_id=owner, gen=1, n=1, fence=0)
    )
    return owner


@pytest.fixture
def caller(web, memory):
    return Caller(web, memory)
