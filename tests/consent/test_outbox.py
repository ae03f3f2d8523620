"""The outbox: with the act or not at all, once per lease, given up in the end."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from consent import leasing, outbox, retrying
from consent.leasing import LEASE
from consent.outbox import OutboxKind, OutboxState, Outgoing
from consent.outbox_tables import outbox as table
from pds.core.errors import Conflict, NotFound
from pds.core.ids import BANK
from pds.keys.classes import KeyClass
from pds.keys.errors import KeyUnavailable
from tests.consent.world import DAY, NOW, RECIPIENT

SECOND = timedelta(seconds=1)
WEEK = timedelta(days=7)
TOLD = Outgoing(
    kind=OutboxKind.CALLBACK,
    topic="recipient.suspended",
    content={"v": 1, "secret": "何か"},
    recipient_id=RECIPIENT,
)


def take(work, *, limit, of_one=10):
    return leasing.take(work, OutboxKind.CALLBACK, limit=limit, of_one=of_one)


def taken(work):
    [found] = take(work, limit=10)
    return found


def state(work, outbox_id, owner=BANK):
    return outbox.get(work, owner, outbox_id).state


def test_what_is_put_is_sealed_taken_and_sent(work):
    outbox_id = outbox.put(work, TOLD)

    assert leasing.any_due(work, OutboxKind.CALLBACK)
    found = taken(work)
    assert (found.outbox_id, found.attempts, found.failure) == (outbox_id, 0, "")
    assert "何か".encode() not in found.envelope
    assert outbox.opened(work, work.keys, found) == TOLD.content

    assert leasing.sent(work, found)

    after = outbox.get(work, BANK, outbox_id)
    assert (after.state, after.attempts, after.envelope) == (OutboxState.SENT, 1, b"")
    assert after.settled_at == NOW
    assert not leasing.any_due(work, OutboxKind.CALLBACK)


def test_what_one_worker_took_no_other_takes_before_its_lease_is_over(at):
    work = at(NOW)
    outbox.put(work, TOLD)
    first = taken(work)

    assert take(at(NOW + LEASE - SECOND), limit=10) == []
    second = taken(at(NOW + LEASE))

    assert second.outbox_id == first.outbox_id
    assert second.lease != first.lease


def test_a_worker_whose_lease_is_over_settles_nothing(at):
    outbox_id = outbox.put(at(NOW), TOLD)
    late = taken(at(NOW))
    later = at(NOW + LEASE)
    other = taken(later)

    assert not leasing.sent(later, late)
    assert not leasing.failed(later, late, "callback.refused", WEEK)
    assert not leasing.give_up(later, late, "mail.refused")
    assert state(later, outbox_id) is OutboxState.WAITING
    assert outbox.get(later, BANK, outbox_id).attempts == 0

    assert leasing.sent(later, other)
    assert not leasing.sent(later, other)


def test_a_failure_waits_longer_each_time_and_says_why(at):
    outbox_id = outbox.put(at(NOW), TOLD)
    moment, waits = NOW, []
    for attempt in range(1, 5):
        work = at(moment)
        assert not leasing.failed(work, taken(work), "callback.unreachable", WEEK)
        found = outbox.get(work, BANK, outbox_id)
        assert (found.attempts, found.failure) == (attempt, "callback.unreachable")
        assert take(at(found.due_at - SECOND / 1000), limit=1) == []
        waits.append(found.due_at - moment)
        moment = found.due_at

    assert waits == sorted(waits)
    assert len(set(waits)) == len(waits)


def test_it_is_given_up_after_days_and_attempts_and_can_be_sent_again(at):
    outbox_id = outbox.put(at(NOW), TOLD)
    moment, attempts = NOW, 0
    while True:
        work = at(moment)
        attempts += 1
        if leasing.failed(work, taken(work), "callback.refused", WEEK):
            break
        moment = outbox.get(work, BANK, outbox_id).due_at

    assert moment - NOW >= WEEK
    assert attempts >= retrying.LEAST_ATTEMPTS
    [dead] = outbox.dead(work, limit=10)
    assert (dead.outbox_id, dead.failure) == (outbox_id, "callback.refused")
    assert outbox.overdue_since(work) is None

    outbox.again(work, BANK, outbox_id)

    assert outbox.dead(work, limit=10) == []
    found = taken(work)
    assert (found.outbox_id, found.attempts) == (outbox_id, 0)
    assert outbox.opened(work, work.keys, found) == TOLD.content


def test_only_what_was_given_up_is_sent_again(work):
    outbox_id = outbox.put(work, TOLD)
    with pytest.raises(Conflict, match="given up"):
        outbox.again(work, BANK, outbox_id)
    leasing.sent(work, taken(work))
    with pytest.raises(Conflict):
        outbox.again(work, BANK, outbox_id)
    with pytest.raises(NotFound):
        outbox.again(work, BANK, work.ids.new())


def test_a_jump_of_the_clock_forward_gives_nothing_up(at):
    outbox_id = outbox.put(at(NOW), TOLD)
    work = at(NOW + 400 * DAY)

    assert not leasing.failed(work, taken(work), "callback.unreachable", WEEK)
    assert state(work, outbox_id) is OutboxState.WAITING

    # The clock is put right again: neither wait nor lease of that time binds.
    assert taken(at(NOW + SECOND)).outbox_id == outbox_id


def test_a_lease_of_a_clock_that_ran_ahead_binds_nobody(at):
    outbox_id = outbox.put(at(NOW), TOLD)
    taken(at(NOW + 400 * DAY))

    assert taken(at(NOW + SECOND)).outbox_id == outbox_id


def test_the_longest_due_comes_first_and_only_so_many(at):
    first = outbox.put(at(NOW - DAY), TOLD)
    outbox.put(at(NOW), TOLD)

    assert outbox.overdue_since(at(NOW)) == NOW - DAY
    assert [each.outbox_id for each in take(at(NOW), limit=1)] == [first]


def test_a_recipient_sees_its_own_newest_first(at):
    ids = [outbox.put(at(NOW), TOLD) for _ in range(3)]
    outbox.put(at(NOW), replace(TOLD, recipient_id="another"))
    work = at(NOW)

    page = outbox.of_recipient(work, RECIPIENT, before=None, limit=2)
    assert [each.outbox_id for each in page] == [ids[2], ids[1]]
    rest = outbox.of_recipient(work, RECIPIENT, before=ids[1], limit=2)
    assert [each.outbox_id for each in rest] == [ids[0]]


def test_erasure_leaves_only_the_end_of_consents_to_be_told(work, owner, consent_given):
    generation = consent_given.consent.generation
    about = replace(TOLD, owner=owner)
    ending = outbox.put(work, replace(about, generation=generation))
    sent = outbox.put(work, replace(about, generation=generation))
    outbox.put(work, replace(about, kind=OutboxKind.MAIL))
    by_id = {each.outbox_id: each for each in take(work, limit=10)}
    leasing.sent(work, by_id[sent])

    outbox.forget(work, owner)

    kept = work.connection.execute(
        select(table.c.outbox_id).where(table.c.owner_id == owner)
    )
    assert list(kept.scalars()) == [ending]
    found = outbox.get(work, owner, ending)
    assert found.key_class == KeyClass.CONSENT
    assert outbox.opened(work, work.keys, found) == TOLD.content


def test_nothing_opens_once_its_key_is_destroyed(work, owner):
    outbox_id = outbox.put(work, replace(TOLD, owner=owner))
    found = outbox.get(work, owner, outbox_id)
    work.keys.destroy(work.connection, owner, found.key_class, found.generation)

    with pytest.raises(KeyUnavailable):
        outbox.opened(work, work.keys, found)
    with pytest.raises(KeyUnavailable):
        outbox.put(work, replace(TOLD, owner=owner))


def test_an_act_that_fails_leaves_nothing_to_be_told(bank):
    def act(work):
        outbox.put(work, TOLD)
        raise Conflict("test.no", "It does not happen.")

    with pytest.raises(Conflict):
        bank.unit_of_work(act)

    with bank.read() as view:
        count = select(func.count()).select_from(table)
        assert view.connection.scalar(count) == 0


@given(st.uuids(), st.integers(1, 10_000))
def test_waits_grow_up_to_a_limit_and_differ_between_rows(outbox_id, attempts):
    wait = retrying.wait(outbox_id, attempts)

    full = min(retrying.FIRST * 2 ** min(attempts - 1, 20), retrying.LONGEST)
    assert full / 2 <= wait <= full
    assert wait == retrying.wait(outbox_id, attempts)


def test_a_recipient_with_many_rows_holds_up_no_other_and_no_mail(at):
    work = at(NOW)
    for _ in range(5):
        outbox.put(work, TOLD)
    other = outbox.put(work, replace(TOLD, recipient_id="jp:9"))
    mail = outbox.put(work, replace(TOLD, kind=OutboxKind.MAIL, recipient_id=None))

    found = take(at(NOW + SECOND), limit=10, of_one=2)

    assert [each.recipient_id for each in found] == [RECIPIENT, RECIPIENT, "jp:9"]
    assert other in [each.outbox_id for each in found]
    assert mail not in [each.outbox_id for each in found]
    # What is taken does not count against those that are still there.
    assert len(take(at(NOW + SECOND), limit=10, of_one=2)) == 2
