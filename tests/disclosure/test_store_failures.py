import sqlite3
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import OperationalError

from audit import subject
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
        patch.setattr("pds.bank.postgres_writer.postgres.commit", failing)
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


FULL = """
CREATE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    RAISE EXCEPTION 'could not extend file: No space left on device'
        USING ERRCODE = 'disk_full';
END $$;
CREATE {kind} TRIGGER disk_full AFTER {act} ON {table} {moment}
    FOR EACH ROW EXECUTE FUNCTION disk_full()
"""
AT_COMMIT = {"kind": "CONSTRAINT", "moment": "DEFERRABLE INITIALLY DEFERRED"}
AT_ONCE = {"kind": "", "moment": ""}


@contextmanager
def full_disk(bank, table, moment, act="INSERT"):
    """Let the server answer as it does when no file can grow (SQLSTATE 53100).

    Filling a disk in earnest takes a file system of its own, which only root may
    mount. A limit of file sizes (RLIMIT_FSIZE) makes the server say EFBIG, another
    error, and needs data larger than a WAL segment. A trigger takes no rights, fails at
    the step that is asked for, the commit included, and what fails is a real server.
    Where even the WAL cannot grow the server stops itself; then connections are lost,
    which other tests try.
    """
    run(bank, FULL.format(table=table, act=act, **moment))
    try:
        yield
    finally:
        run(bank, "DROP FUNCTION disk_full() CASCADE")


def run(bank, statement):
    engine = create_engine(bank.settings.database_url)
    with engine.begin() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


@KINDS
@ON_POSTGRES
@pytest.mark.parametrize(
    ("table", "moment", "act"),
    [
        ("person_state", AT_ONCE, "UPDATE"),
        ("oauth_replay", AT_ONCE, "INSERT"),
        ("log_detail", AT_ONCE, "INSERT"),
        ("log_pending", AT_ONCE, "INSERT"),
        ("log_pending", AT_COMMIT, "INSERT"),
    ],
    ids=["hold", "proof", "detail", "leaf", "commit"],
)
def test_a_full_disk_releases_nothing_on_postgresql(lone, which, table, moment, act):
    party = lone.consented()
    ask = getattr(party, which)
    assert ask().status_code == 200
    before, history = party.seen(), party.history()

    with full_disk(lone.bank, table, moment, act):
        for _ in range(2):
            check_unavailable(ask())
        assert not lone.bank.waiting()

    assert party.seen() == before
    assert ask().status_code == 200
    # No gap where the refused ones would have stood, and nothing of theirs is left.
    added = len(party.seen()) - len(before)
    assert added == len(before)
    assert len(party.history()) == len(history) + added
    with lone.bank.read() as view:
        assert subject.missing(view, lone.bank.keys, party.owner) == []


@KINDS
@ON_POSTGRES
@pytest.mark.parametrize("table", ["log_leaf", "log_sub"])
def test_a_disk_that_fills_before_the_tree_grows_releases_nothing(
    lone, monkeypatch, which, table
):
    party = lone.consented()
    with monkeypatch.context() as patch, full_disk(lone.bank, table, AT_COMMIT):
        patch.setattr(integrator, "_PATIENCE_SECONDS", 0.1)
        check_unavailable(getattr(party, which)())
        assert party.seen() == []

    late = lone.bank._writer._integrator._late
    while late.is_set():
        late.wait(0.001)
    assert getattr(party, which)().status_code == 200
    # What was committed and not released stands now, and so does that it did not go.
    first, second, *_ = party.seen()
    assert first[0] == "disclosure:released"
    assert second == ("disclosure:completed", "not-released", 0)
