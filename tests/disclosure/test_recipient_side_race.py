"""What stops a recipient either is seen by a disclosure or commits after it."""

import threading
from dataclasses import dataclass, field

import pytest
from sqlalchemy import text

from consent import board, certificates, contracts
from consent.facts import BoardSubjectKind
from consent.oauth import clients
from consent.oauth.clients import ClientState
from pds.disclosure.call import Released
from pds.disclosure.question import Question
from pds.disclosure.service import Disclosure
from tests import clearing

only_postgres = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)

_LOCK_WAITS = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
_MOST_LOOKS = 2_000


def end_certificate(work, organisation):
    recipient_id = organisation.recipient_id
    (found,) = certificates.of_recipient(work, recipient_id)
    certificates.end(work, recipient_id, found.certificate_id, actor="operator")


STOPS = {
    "suspended": lambda work, of: clearing.suspend(work, of.recipient_id),
    "criteria": lambda work, of: clearing.fail(work, of.recipient_id),
    "contract": lambda work, of: contracts.end(work, of.contract_id, actor="operator"),
    "certificate": end_certificate,
    "board": lambda work, of: board.stop(
        work, BoardSubjectKind.CONTRACT, str(of.contract_id), actor="board"
    ),
    "client": lambda work, of: clients.set_state(
        work, of.client_id, ClientState.SUSPENDED
    ),
}


@dataclass
class Interleaved:
    """A store in which somebody else acts between the checks and the commit."""

    world: object
    other: object
    done: threading.Event = field(default_factory=threading.Event)
    was_done_inside: bool = False
    thread: threading.Thread | None = None

    def read(self):
        return self.world.bank.read()

    def recorded(self, act, *, light=None, owed=False):
        # Only the ordinary act can be met by another: this is about PostgreSQL.
        del light

        def between(work):
            done = act(work)
            if self.thread is None:
                self.thread = threading.Thread(target=self._act)
                self.thread.start()
                self._await()
            return done

        return self.world.bank.recorded(between, owed=owed)

    def not_delivered(self, what):
        self.world.bank.not_delivered(what)

    def _act(self):
        self.world.do(self.other)
        self.done.set()

    def _await(self):
        """Wait until the other has committed or is waiting for us."""
        for _ in range(_MOST_LOOKS):
            if self.done.wait(0.005):
                self.was_done_inside = True
                return
            # In a transaction of its own: the view is read once in each.
            with self.world.bank.read() as snap:
                if snap.connection.execute(_LOCK_WAITS).scalar():
                    return
        raise AssertionError


@only_postgres
@pytest.mark.parametrize("stop", STOPS.values(), ids=STOPS)
def test_nothing_commits_under_what_was_stopped_before(lone, stop):
    party = lone.consented()
    store = Interleaved(lone, lambda work: stop(work, party.organisation))
    bank = lone.bank
    gate = Disclosure(store, bank.selector, bank.clock, bank.ids, bank.basis)

    answer = gate.page(party.call(), Question())
    store.thread.join()

    assert isinstance(answer, Released)
    assert not store.was_done_inside
    assert party.get().status_code in (401, 403)
