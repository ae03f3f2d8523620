"""A clock that runs ahead ends nothing before its time, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from audit import cosignatures, person, retention, subject, timestamps
from audit.entry import Entry
from audit.known_time import STEP
from audit.leaf import EventType
from audit.timestamps import Timestamp
from pds.bank.chores import note_time
from pds.bank.inspection import inspector
from pds.bank.retiring import destroy_details
from pds.core.errors import Conflict
from pds.core.ids import BANK, OwnerId
from tests.fakes import vouched

PAST = timedelta(days=3 * 366 + 92)


@pytest.fixture
def taro(bank):
    owner = OwnerId(bank.ids.new())
    bank.unit_of_work(lambda work: person.open_subject(work, owner))
    return owner


def look(bank, owner):
    entry = Entry(type=EventType.STAFF_VIEWED, subject=owner)
    bank.unit_of_work(lambda work: work.log.record(entry))


def test_a_clock_that_jumps_years_ends_nothing(bank, taro, clock):
    clock.advance(PAST)
    # Entries that the wrong clock writes do not make it right, nor does time.
    look(bank, taro)
    note_time(bank)
    clock.advance(timedelta(days=1))
    note_time(bank)

    assert destroy_details(bank) == 0
    with pytest.raises(Conflict):
        bank.unit_of_work(lambda work: retention.retire(work, taro))
    with bank.read() as snap:
        assert len(subject.page(snap, bank.keys, taro).entries) == 3


def test_a_clock_that_is_set_right_again_has_ended_nothing(bank, taro, clock):
    clock.advance(PAST)
    note_time(bank)
    clock.moment -= PAST

    assert not bank.clock_is_ahead()
    note_time(bank)
    assert destroy_details(bank) == 0


def test_the_operator_may_vouch_for_the_clock_and_the_log_says_so(bank, taro, clock):
    before = clock.now()
    clock.advance(PAST)

    bank.unit_of_work(vouched)

    assert destroy_details(bank) == 1
    with bank.read() as snap:
        said = subject.page(snap, bank.keys, BANK).entries[0].detail.fields
    assert said["reasons"] == "clock.confirmed clock.standstill"
    assert said["actor"] == "operator"
    assert before.isoformat() in said["object"]
    assert clock.now().isoformat() in said["object"]


def test_there_is_nothing_to_vouch_for_while_the_clock_is_believed(bank, clock):
    clock.advance(STEP)
    with pytest.raises(Conflict):
        bank.unit_of_work(vouched)
    clock.advance(timedelta(milliseconds=1))
    bank.unit_of_work(vouched)


def test_a_service_that_runs_sees_the_time_pass(bank, taro, clock):
    steps = PAST // STEP + 1
    for _ in range(steps):
        clock.advance(STEP)
        note_time(bank)

    assert destroy_details(bank) == 1


def test_a_time_stamp_of_an_authority_is_believed(bank, taro, clock):
    clock.advance(PAST)
    stamp = Timestamp(7, clock.now() - timedelta(days=1), "CN=time", b"der")
    bank.unit_of_work(lambda work: timestamps.keep(work.connection, stamp))

    assert destroy_details(bank) == 1


def test_a_cosignature_of_a_witness_is_believed(bank, taro, clock):
    clock.advance(PAST)
    at, key = clock.now() - timedelta(days=1), bank.signer.verifier
    bank.unit_of_work(
        lambda work: cosignatures.keep(work.connection, 7, key, "line\n", at)
    )

    assert destroy_details(bank) == 1


def test_where_nothing_is_known_nothing_ends(bank, taro, clock):
    lost = text("DELETE FROM log_clock")
    bank.unit_of_work(lambda work: work.connection.execute(lost))

    assert bank.clock_is_ahead()
    assert destroy_details(bank) == 0
    note_time(bank)
    assert bank.clock_is_ahead()
    bank.unit_of_work(vouched)
    assert not bank.clock_is_ahead()


def clock_finding(bank, clock):
    found = inspector.inspect(bank.settings, clock)
    return next(each for each in found if each.name == "clock.ahead")


def test_the_doctor_tells_of_a_clock_that_is_ahead(bank, clock):
    assert clock_finding(bank, clock).is_good

    clock.advance(timedelta(days=30))
    found = clock_finding(bank, clock)
    assert not found.is_good
    assert "30 days ahead" in found.said
    assert "--clock-is-right" in found.advice

    lost = text("DELETE FROM log_clock")
    bank.unit_of_work(lambda work: work.connection.execute(lost))
    assert "no moment is known" in clock_finding(bank, clock).said
