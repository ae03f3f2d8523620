import sqlite3
from dataclasses import replace

import pytest
from sqlalchemy import make_url
from sqlalchemy.exc import OperationalError

from pds.bank import integrator, sqlite_writer
from pds.bank.bank import open_bank
from pds.core.errors import Unavailable
from tests.disclosure.world import SECRET_WORD, World

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ON_POSTGRES = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
KINDS = pytest.mark.parametrize("which", ["get", "stream"])


def check_unavailable(answer):
    assert answer.status_code == 503
    assert answer.content_type == "application/problem+json"
    assert int(answer.headers["Retry-After"]) > 0
    assert SECRET_WORD not in answer.text
    assert "Infobank-Receipt" not in answer.headers
    assert "sqlite" not in answer.text.lower()
    assert "psycopg" not in answer.text.lower()


@KINDS
@ON_SQLITE
def test_a_locked_database_releases_nothing(lone, which):
    party = lone.consented()
    lone.bank.secret("dpop-nonce")
    ask = getattr(party, which)
    ask()
    before = party.seen()
    other = sqlite3.connect(make_url(lone.bank.settings.database_url).database)
    other.execute("PRAGMA busy_timeout = 0")
    other.execute("BEGIN IMMEDIATE")
    try:
        check_unavailable(ask())
    finally:
        other.rollback()
        other.close()

    assert party.seen() == before
    assert ask().status_code == 200


@KINDS
@ON_SQLITE
def test_a_full_database_releases_nothing(lone, open_another, which):
    party = lone.consented(max_per_day=50, records=1)
    lone.deposit(party.owner, 40, days_ago=9)
    getattr(party, which)()
    lone.bank.close()
    url = lone.bank.settings.database_url
    with sqlite3.connect(make_url(url).database) as raw:
        pages = raw.execute("PRAGMA page_count").fetchone()[0]
    raw.close()
    settings = replace(lone.bank.settings, max_page_count=pages + 2)
    bank = open_bank(settings, lone.clock)
    try:
        party.world = World(bank, lone.clock)
        party.world.signer = lone.signer
        answers = [attempt(getattr(party, which)) for _ in range(45)]
        seen = party.seen()
    finally:
        bank.close()

    refused = [each for each in answers if each and each.status_code != 200]
    assert refused
    for answer in refused:
        check_unavailable(answer)
    released = 1 + len(answers) - len(refused)
    assert sum(kind == "disclosure:released" for kind, *_ in seen) == released


def attempt(ask):
    """Return an answer, or None for a stream that broke off: its intent was the last
    thing that fitted, so it ends without its last line."""
    try:
        return ask()
    except Unavailable:
        return None


@KINDS
def test_a_log_that_cannot_be_written_releases_nothing(lone, monkeypatch, which):
    party = lone.consented()
    assert getattr(party, which)().status_code == 200
    before = party.seen()

    def failing(*_args):
        raise OperationalError("insert", {}, sqlite3.OperationalError("disk I/O error"))

    with monkeypatch.context() as patch:
        patch.setattr(sqlite_writer, "append", failing)
        patch.setattr("pds.bank.postgres_writer.pending.put", failing)
        check_unavailable(getattr(party, which)())

    assert party.seen() == before
    assert getattr(party, which)().status_code == 200


@KINDS
@ON_POSTGRES
def test_a_slow_integrator_releases_nothing_and_that_is_noted(lone, monkeypatch, which):
    party = lone.consented()
    with monkeypatch.context() as patch:
        patch.setattr(integrator, "_PATIENCE_SECONDS", 0.0)
        patch.setattr(integrator.pending, "take", lambda *_args: [])
        answer = getattr(party, which)()

    check_unavailable(answer)
    # The leaf of this one stands after the others.
    assert party.get().status_code == 200
    first, second, _ = party.seen()
    assert first[0] == "disclosure:released"
    assert second == ("disclosure:completed", "not-released", 0)
    _, completed, released = party.history()
    assert completed.entry.leaf["ref"] == released.entry.leaf["id"]


@ON_POSTGRES
def test_a_server_that_went_away_is_503(lone, monkeypatch):
    party = lone.consented()
    party.get()

    def failing(*args):
        raise OperationalError("select", {}, sqlite3.OperationalError("gone"))

    with monkeypatch.context() as patch:
        patch.setattr("pds.bank.bank.read_snapshot", failing)
        check_unavailable(party.get())

    assert len(party.history()) == 1
