"""Withdrawal is one act: all of it or nothing, and nothing leaves after it (C-04)."""

import json
import threading

import pytest

from audit import person, subject
from audit.leaf import EventType
from audit.recorder import Recorder
from consent import cohort, ledger, outbox, pairwise, service
from consent.oauth import grants, tokens
from consent.outbox import OutboxState
from consent.states import ConsentState
from pds.core.errors import BankError
from pds.disclosure.call import Released
from pds.disclosure.cohorts.asking import CohortPage
from pds.disclosure.question import Question
from pds.rights import withdrawal
from tests.disclosure.offering import Fetcher, accept, publish, withdraw

_CLIENTS = 16
_BEFORE = 40
"""Reads that go before the withdrawals begin."""


class Readers:
    """Software that reads until it is refused, many at once."""

    def __init__(self, world, owner):
        self.world, self.owner = world, owner
        self.under_way = threading.Event()
        self.lock, self.reads = threading.Lock(), 0
        self.failures = []

    def count(self):
        with self.lock:
            self.reads += 1
            if self.reads == _BEFORE:
                self.under_way.set()

    def run(self, read):
        try:
            while read():
                self.count()
        except BankError as error:
            if error.kind.value == "unavailable":
                self.failures.append(error)
        finally:
            # Whoever waits for the reads is never left waiting.
            if not self.reads:
                self.under_way.set()

    def against(self, reads, act):
        threads = [threading.Thread(target=self.run, args=(read,)) for read in reads]
        for each in threads:
            each.start()
        assert self.under_way.wait(300)
        act()
        for each in threads:
            each.join(300)
            assert not each.is_alive()
        assert self.failures == []


def own_entries(world, owner):
    bank, after, found = world.bank, None, []
    with bank.read() as snap:
        while True:
            page = subject.page(snap, bank.keys, owner, after=after, limit=500)
            found += page.entries
            after = page.next
            if after is None:
                return found


def later_releases(world, owner):
    """Return releases that the log has behind the end of their consent."""
    ends, released = {}, []
    for each in own_entries(world, owner):
        fields = each.detail.fields
        if each.leaf["typ"] == EventType.DISCLOSURE_RELEASED:
            released.append((fields["consent_id"], each.index))
        elif fields.get("reasons") == "withdrawn":
            ends[fields["consent_id"]] = each.index
    assert len(released) >= _BEFORE
    return [at for consent, at in released if at > ends[consent]]


def test_no_release_commits_after_the_withdrawal(lone):
    """Sixteen clients read by grant, by name and as cohorts while the person leaves."""
    organisation = lone.organisation()
    offer_id = publish(lone, organisation)
    owner, other = lone.person(4), lone.person(4)
    consents = [accept(lone, each, offer_id) for each in (owner, other)]
    party = lone.consented(owner=owner, organisation=organisation)
    fetcher, bank = Fetcher(lone, organisation, offer_id), lone.bank
    name = cohort_name(lone, owner, organisation)
    first = bank.by_name.page(fetcher.call(), offer_id, name, Question(limit=1))
    by_name = Question(limit=1, cursor=json.loads(first.body)["next"])
    first = bank.disclosure.page(party.call(), Question(limit=1))
    by_grant = Question(limit=1, cursor=json.loads(first.body)["next"])
    whole = CohortPage(records=1)

    def read_by_name():
        found = bank.by_name.page(fetcher.call(), offer_id, name, by_name)
        return isinstance(found, Released)

    def read_by_grant():
        found = bank.disclosure.page(party.call(), by_grant)
        return isinstance(found, Released)

    def read_cohort():
        return bank.cohorts.page(fetcher.call(), offer_id, whole).count == 2

    def leave():
        withdraw(lone, owner, consents[0])
        withdraw(lone, owner, party.consent_id)

    reads = [read_by_name] * 7 + [read_by_grant] * 7 + [read_cohort] * 2
    assert len(reads) == _CLIENTS
    Readers(lone, owner).against(reads, leave)

    assert later_releases(lone, owner) == []


def cohort_name(world, owner, organisation):
    with world.bank.read() as snap:
        return pairwise.find(snap, owner, organisation.recipient_id)


@pytest.fixture
def given(lone):
    """A consent to an offer, with a grant and with something that waits to be told."""
    organisation = lone.organisation()
    offer_id = publish(lone, organisation)
    party = lone.consented(organisation=organisation, offer_id=offer_id)
    lone.do(lambda work: service.pause(work, party.owner, party.consent_id))
    lone.do(lambda work: service.resume(work, party.owner, party.consent_id))
    return party


def told(world, party):
    with world.bank.read() as snap:
        current = ledger.get(snap, party.owner, party.consent_id)
        rows = outbox.of_consent(snap, party.owner, current.generation)
    return sorted((row.topic, row.state) for row in rows)


def standing(world, party):
    """Return everything that a withdrawal changes."""
    with world.bank.read() as snap:
        current = ledger.get(snap, party.owner, party.consent_id)
        return (
            current,
            [g.state for g in grants.of_consent(snap, party.owner, party.consent_id)],
            tokens.present(snap, party.token).is_alive(snap.now),
            cohort.ended(snap, party.owner, party.consent_id),
            person.state(snap, party.owner),
            told(world, party),
            len(own_entries(world, party.owner)),
        )


def test_everything_that_follows_is_there_at_once(lone, given):
    assert told(lone, given) == [
        ("consent.paused", OutboxState.WAITING),
        ("consent.resumed", OutboxState.WAITING),
    ]

    given.withdraw()

    current, states, alive, left, _state, said, _entries = standing(lone, given)
    assert current.state is ConsentState.WITHDRAWN
    assert states == ["ended"]
    assert not alive
    assert left.left_at == lone.clock.now()
    assert said == [("consent.withdrawn", OutboxState.WAITING)]
    assert given.get().status_code == 401


class KilledError(Exception):
    """The process ends here."""


STEPS = {
    "fence": (person, "bump_fence"),
    "leaf": (Recorder, "record"),
    "event": (ledger, "append"),
    "cohort": (cohort, "follow"),
    "taken back": (outbox, "cancel"),
    "word": (outbox, "put"),
    "grants": (grants, "end_of_consent"),
}


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_a_fault_at_any_step_leaves_nothing(lone, given, monkeypatch, step, moment):
    place, name = STEPS[step]
    done, before = getattr(place, name), standing(lone, given)

    def fail(*args, **kwargs):
        if moment == "after":
            done(*args, **kwargs)
        raise KilledError

    monkeypatch.setattr(place, name, fail)
    with pytest.raises(KilledError):
        given.withdraw()
    monkeypatch.undo()

    assert standing(lone, given) == before
    given.withdraw()
    assert given.get().status_code == 401


def test_a_second_withdrawal_is_refused_and_changes_nothing(lone, given):
    given.withdraw()
    before = standing(lone, given)
    with pytest.raises(BankError, match="withdrawn cannot follow"):
        lone.do(lambda work: withdrawal.withdraw(work, given.owner, given.consent_id))
    assert standing(lone, given) == before
