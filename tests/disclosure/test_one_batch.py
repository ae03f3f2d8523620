"""Disclosures that meet in one batch of the SQLite writer are held to every rule."""

from datetime import timedelta
from functools import partial

import pytest

from audit import subject
from pds.core.clock import TOKYO
from pds.disclosure.call import Refused, Released
from pds.disclosure.errors import Changed, Replayed
from pds.disclosure.question import Question
from tests import clearing
from tests.bank.held import in_one_batch
from tests.consent.world import DAY

pytestmark = pytest.mark.parametrize("world", ["sqlite"], indirect=True)


def prepared(party, call=None):
    """Decide now; return what hands the answer to the writer."""
    gate, call = party.world.bank.disclosure, call or party.call()
    return partial(gate.release, call, gate.prepare(call, Question()))


def kinds(found):
    return [type(each) for each in found]


def missing(party):
    with party.world.bank.read() as snap:
        return subject.missing(snap, party.world.bank.keys, party.owner)


def test_one_person_twice_gets_numbers_in_a_row(world):
    party = world.consented()
    party.get()

    found = in_one_batch(world.bank, [prepared(party), prepared(party)])

    assert kinds(found) == [Released, Released]
    assert len(party.history()) == 3
    assert missing(party) == []


def test_one_proof_twice_releases_once(world):
    party, other = world.consented(), world.consented()
    call = party.call()
    runs = [prepared(party, call), prepared(other), prepared(party, call)]

    found = in_one_batch(world.bank, runs)

    assert kinds(found) == [Released, Released, Replayed]
    assert len(party.history()) == 1
    assert len(other.history()) == 1


@pytest.mark.parametrize("warm", [False, True])
def test_the_last_fetch_of_a_day_goes_to_one(world, *, warm):
    party = world.consented(max_per_day=1 + warm)
    if warm:
        party.get()
    call = party.call()
    gate = world.bank.disclosure

    found = in_one_batch(
        world.bank, [prepared(party), partial(gate.page, call, Question())]
    )

    assert kinds(found) == [Released, Refused]
    assert [kind for kind, *_ in party.seen()][-2:] == [
        "disclosure:released",
        "disclosure:denied",
    ]


def test_a_withdrawal_within_the_batch_ends_what_follows(world):
    party, other = world.consented(), world.consented()
    party.get()
    other.get()
    runs = [prepared(party), party.withdraw, prepared(party), prepared(other)]

    found = in_one_batch(world.bank, runs)

    assert kinds(found) == [Released, type(None), Changed, Released]
    assert missing(party) == []


def test_a_suspension_within_the_batch_ends_what_follows(world):
    """What was read once for several acts is read again after somebody wrote."""
    organisation = world.organisation()
    one, two = (world.consented(organisation=organisation) for _ in range(2))
    one.get()
    two.get()

    def suspend():
        world.do(lambda work: clearing.suspend(work, organisation.recipient_id))

    runs = [prepared(one), prepared(two), suspend, prepared(one), prepared(two)]
    found = in_one_batch(world.bank, runs)

    assert kinds(found) == [Released, Released, type(None), Changed, Changed]


def test_a_fetch_decided_before_midnight_counts_after_it(world):
    party = world.consented(max_per_day=1)
    party.get()
    now = world.clock.now().astimezone(TOKYO)
    midnight = (now + DAY).replace(hour=0, minute=0, second=0, microsecond=0)
    world.clock.advance(midnight + DAY - now - timedelta(seconds=1))
    party.token = party.new_token()
    late = prepared(party)
    world.clock.advance(timedelta(seconds=2))

    assert kinds(in_one_batch(world.bank, [late])) == [Released]
    # It took the one place of the new day.
    assert party.get().status_code == 429
