"""Counted refusals against their entries: every way to cheat is a difference."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from pds.disclosure import denials
from pds.oversight import board_report
from pds.oversight.bundle.period import Period
from pds.oversight.receipt_finding import Mismatch
from pds.oversight.reconciliation import reconcile

REFUSE = {"category": "no.such"}


def found(world):
    with world.bank.read() as snap:
        verifiers = [world.bank.signer.verifier]
        outcome = reconcile(snap, world.bank.keys, verifiers, [])
    return [each.mismatch for each in outcome.found]


@pytest.fixture
def party(lone):
    """Somebody of whom four calls were refused: one entry, and three counted."""
    party = lone.consented()
    for _ in range(4):
        party.get(query=REFUSE)
    return party


def settle(world):
    with world.bank.read() as snap:
        due = denials.due(snap)
    for key in due:
        world.do(lambda work, key=key: denials.settle(work, *key))


def cheat(world, statement):
    world.do(lambda work: work.connection.execute(text(statement)))


def test_what_was_left_alone_holds_at_every_stage(lone, party):
    assert found(lone) == []
    lone.clock.advance(timedelta(seconds=60))
    assert found(lone) == []
    settle(lone)
    assert found(lone) == []
    party.get(query=REFUSE)
    assert found(lone) == []


def test_a_window_that_was_removed_is_missed(lone, party):
    cheat(lone, "DELETE FROM denial_window")

    assert found(lone) == [Mismatch.ENTRY_WITHOUT_WINDOW]


def test_a_window_that_nothing_opened_is_found(lone, party):
    cheat(lone, "UPDATE denial_window SET reasons = 'consent.paused'")
    lone.clock.advance(timedelta(seconds=30))

    assert sorted(found(lone)) == [
        Mismatch.ENTRY_WITHOUT_WINDOW,
        Mismatch.REFUSAL_WITHOUT_ENTRY,
    ]
    # Its count then has an entry, and no first one.
    lone.clock.advance(timedelta(seconds=30))
    settle(lone)
    assert found(lone) == [Mismatch.COUNT_WITHOUT_FIRST]


def test_a_count_that_is_never_written_is_found(lone, party):
    lone.clock.advance(timedelta(minutes=12))
    assert found(lone) == [Mismatch.REFUSAL_WITHOUT_ENTRY]

    settle(lone)
    assert found(lone) == []


def test_counted_refusals_keep_the_version_that_they_were_of(lone):
    party = lone.consented()

    def refuse(version):
        refusal = denials.Refusal(
            owner=party.owner,
            grant_id=party.grant.grant_id,
            recipient_id=party.organisation.recipient_id,
            purpose="health.advice",
            consent=(party.consent_id, version),
            reasons=("ceiling.too-often",),
        )
        lone.do(lambda work: denials.record(work, refusal))

    refuse(2)
    refuse(2)
    lone.clock.advance(denials.WINDOW)
    refuse(3)

    versions = [
        each.entry.detail.fields["consent_version"]
        for each in reversed(party.history())
    ]
    assert versions == ["2", "2", "3"]


def test_the_board_is_told_of_refusals_by_recipient_and_reason(lone, party):
    def told(period=None):
        with lone.bank.read() as snap:
            return board_report.of_period(snap, period or Period()).denials

    of = party.organisation.recipient_id
    reasons = party.get(query=REFUSE).json["reasons"]
    assert told() == {(of, each): 1 for each in sorted(reasons)}
    lone.clock.advance(timedelta(seconds=60))
    settle(lone)
    # What was counted meanwhile is told with the entry that says its number.
    assert told() == {(of, each): 5 for each in sorted(reasons)}
    tomorrow = Period(since=lone.clock.now() + timedelta(days=1))
    assert told(tomorrow) == {}
    assert told(Period(until=lone.clock.now() - timedelta(days=1))) == {}
