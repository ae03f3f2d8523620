"""A commit whose answer is lost, and that cannot be looked up either (PostgreSQL)."""

import json
import threading
from contextlib import contextmanager

import psycopg
import pytest

from audit import subject
from audit.entry import Entry
from audit.leaf import EventType
from consent.policy import record_policy
from pds.bank.chores import note_undelivered
from pds.core import postgres
from pds.core.errors import Unavailable
from tests.disclosure.test_store_failures import (
    AT_COMMIT,
    KINDS,
    ON_POSTGRES,
    check_unavailable,
    full_disk,
    run,
)

RELEASED, COMPLETED = "disclosure:released", "disclosure:completed"
NOTED = (COMPLETED, "not-released", 0)

TERMINATE = """
CREATE FUNCTION ends() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ends AFTER INSERT ON log_pending
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ends()
"""


class Lost:
    """Answers that never come."""

    def answers(self):
        raise psycopg.OperationalError("the connection is lost")


@contextmanager
def lost_answers(monkeypatch, *, arrives, looks_up):
    """Lose the answer to each commit, behind the server or before it.

    Args:
        monkeypatch: undone at the end.
        arrives: whether the server gets the commit.
        looks_up: whether the database can be asked afterwards.
    """
    sends = postgres.commit

    def commit(connection, steps=()):
        if threading.current_thread().name == "log-integrator":
            return sends(connection, steps)
        if arrives:
            sends(connection, steps).answers()
        connection.connection.driver_connection.close()
        return Lost()

    def away(*_args):
        raise psycopg.OperationalError("nobody answers")

    with monkeypatch.context() as patch:
        patch.setattr("pds.bank.postgres_writer.postgres.commit", commit)
        # The integrator does not come first: it would tell the waiting thread.
        patch.setattr("pds.bank.integrator.Integrator.wait_briefly", away_quietly)
        if not looks_up:
            patch.setattr("pds.bank.integrator.Integrator.is_known", away)
            # Nor does it move what was committed, which tells a thread as well.
            patch.setattr("pds.bank.integrator.pending.take", lambda *_args: [])
        yield


def away_quietly(*_args):
    return None


def tell(bank):
    note_undelivered(bank)
    integrated(bank)


def integrated(bank):
    """Wait until all that was committed stands in the tree: leaves go in order."""
    bank.unit_of_work(lambda work: record_policy(work, "test.act", actor="test"))


def kept(bank):
    folder = bank.settings.data_dir / "undelivered"
    return sorted(folder.glob("*.json")) if folder.exists() else []


@KINDS
@ON_POSTGRES
def test_what_was_committed_and_never_sent_is_told(lone, monkeypatch, which):
    party = lone.consented()
    with lost_answers(monkeypatch, arrives=True, looks_up=False):
        check_unavailable(getattr(party, which)())

    [path] = kept(lone.bank)
    assert path.stat().st_mode & 0o777 == 0o600
    tell(lone.bank)
    tell(lone.bank)

    first, second = party.seen()
    assert (first[0], second) == (RELEASED, NOTED)
    completed, released = party.history()
    assert completed.entry.leaf["ref"] == released.entry.leaf["id"]
    assert kept(lone.bank) == []


@KINDS
@ON_POSTGRES
@pytest.mark.parametrize("looks_up", [True, False])
def test_what_never_arrived_leaves_nothing(lone, monkeypatch, which, looks_up):
    party = lone.consented()
    with lost_answers(monkeypatch, arrives=False, looks_up=looks_up):
        check_unavailable(getattr(party, which)())

    tell(lone.bank)
    assert party.seen() == []
    assert kept(lone.bank) == []
    with lone.bank.read() as view:
        assert subject.missing(view, lone.bank.keys, party.owner) == []


@KINDS
@ON_POSTGRES
def test_a_commit_that_is_found_is_released(lone, monkeypatch, which):
    party = lone.consented()
    with lost_answers(monkeypatch, arrives=True, looks_up=True):
        assert getattr(party, which)().status_code == 200

    assert party.seen()[0][0] == RELEASED
    assert NOTED not in party.seen()


@ON_POSTGRES
def test_a_server_process_that_ends_at_the_commit_is_looked_up(lone):
    party = lone.consented()
    run(lone.bank, TERMINATE)
    try:
        check_unavailable(party.get())
    finally:
        run(lone.bank, "DROP FUNCTION ends() CASCADE")

    tell(lone.bank)
    assert party.seen() == []
    assert kept(lone.bank) == []


@ON_POSTGRES
def test_another_process_tells_it_after_a_restart(lone, monkeypatch, open_another):
    party = lone.consented()
    with lost_answers(monkeypatch, arrives=True, looks_up=False):
        check_unavailable(party.get())

    other = open_another()
    # Two that find the same file, one after the other as both have read it.
    both = [each for bank in (other, lone.bank) for each in bank.undelivered.kept()]
    for each in both:
        other.undelivered.settle(other, each)

    integrated(lone.bank)
    assert len(both) == 2
    assert [seen for seen in party.seen() if seen == NOTED] == [NOTED]


@ON_POSTGRES
def test_an_entry_that_cannot_be_written_yet_is_written_later(lone, monkeypatch):
    party = lone.consented()
    with monkeypatch.context() as patch:
        patch.setattr("pds.bank.integrator._PATIENCE_SECONDS", 0.0)
        patch.setattr("pds.bank.integrator.pending.take", lambda *_args: [])
        with full_disk(lone.bank, "person_state", AT_COMMIT, "UPDATE"):
            # The store is full by the time that the disclosure is recorded.
            check_unavailable(party.get())
        assert kept(lone.bank) == []

        tells = lone.bank.undelivered.settle

        def full(*args):
            with full_disk(lone.bank, "log_pending", AT_COMMIT):
                tells(*args)

        patch.setattr(lone.bank.undelivered, "settle", full)
        check_unavailable(party.get())
    assert len(kept(lone.bank)) == 1

    tell(lone.bank)
    assert NOTED in party.seen()
    assert kept(lone.bank) == []


@ON_POSTGRES
@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"v":2}', "\ud800", json.dumps({"v": 1, "leaf": 7})]
)
def test_a_file_that_cannot_be_read_stays_and_stops_nothing(lone, monkeypatch, content):
    party = lone.consented()
    with lost_answers(monkeypatch, arrives=True, looks_up=False):
        check_unavailable(party.get())
    bad = lone.bank.settings.data_dir / "undelivered" / "0.json"
    bad.write_bytes(content.encode("utf-8", "surrogatepass"))

    tell(lone.bank)

    assert NOTED in party.seen()
    assert kept(lone.bank) == [bad]


@ON_POSTGRES
def test_a_folder_that_takes_no_file_is_remembered(lone, monkeypatch):
    party = lone.consented()
    (lone.bank.settings.data_dir / "undelivered").write_text("in the way")
    with lost_answers(monkeypatch, arrives=True, looks_up=False):
        check_unavailable(party.get())

    tell(lone.bank)

    assert NOTED in party.seen()


@ON_POSTGRES
def test_an_act_without_a_release_fails_closed(lone, monkeypatch):
    entry = Entry(type=EventType.POLICY_EVENT, detail={"reasons": "test.act"})
    with (
        lost_answers(monkeypatch, arrives=True, looks_up=False),
        pytest.raises(Unavailable) as caught,
    ):
        lone.bank.unit_of_work(lambda work: work.log.record(entry))

    assert caught.value.code == "store.unknown"
    assert kept(lone.bank) == []
