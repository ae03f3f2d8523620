"""Counting the time to object in: one process, no gaps, no jumps (D-11)."""

from datetime import timedelta
from uuid import UUID

from consent import objection_time
from consent.objection_time import LEASE
from tests.consent.world import DAY, NOW

MINUTE = timedelta(minutes=1)


class Process:
    """One process with a monotonic clock of its own."""

    def __init__(self, number):
        self.seconds = 1000.0 * number
        self._holder = UUID(int=number)
        self._last = None

    def beat(self, work, *, commits=True):
        made = objection_time.beat(work, self._holder, self._last, lambda: self.seconds)
        self._last = made if commits else self._last
        return made is not None


def test_nothing_is_counted_before_the_first_beat(work):
    assert objection_time.counted(work) == 0


def test_what_one_process_saw_go_by_is_counted_whatever_the_clock_says(at, work):
    one = Process(1)
    assert one.beat(work)
    one.seconds += 60
    assert one.beat(at(NOW + 3 * DAY))
    assert objection_time.counted(work) == 60_000
    one.seconds += 1.5
    assert one.beat(at(NOW - DAY))
    assert objection_time.counted(work) == 61_500


def test_two_processes_count_nothing_twice(at, work):
    one, other = Process(1), Process(2)
    one.beat(work)
    for each in (one, other):
        each.seconds += 60
    assert not other.beat(at(NOW + MINUTE))
    one.beat(at(NOW + MINUTE))
    assert objection_time.counted(work) == 60_000


def test_another_process_goes_on_after_the_lease_and_leaves_the_gap_out(at, work):
    one, other = Process(1), Process(2)
    one.beat(work)
    assert not other.beat(at(NOW + LEASE - MINUTE))
    assert other.beat(at(NOW + LEASE))
    other.seconds += 30
    # Whoever was only slow has lost the row, and what it saw meanwhile is not counted.
    one.seconds += 600
    assert not one.beat(at(NOW + LEASE + MINUTE))
    other.beat(at(NOW + LEASE + MINUTE))
    assert objection_time.counted(work) == 30_000
    assert one.beat(at(NOW + 2 * LEASE + MINUTE))
    assert objection_time.counted(work) == 30_000


def test_a_clock_that_was_set_back_leaves_the_row_to_nobody(at, work):
    one, other = Process(1), Process(2)
    one.beat(at(NOW + DAY))
    assert other.beat(work)


def test_a_beat_of_which_nobody_knows_whether_it_was_kept_counts_nothing(at, work):
    one = Process(1)
    one.beat(work)
    one.seconds += 60
    one.beat(at(NOW + MINUTE), commits=False)
    assert objection_time.counted(work) == 60_000
    one.seconds += 60
    one.beat(at(NOW + 2 * MINUTE))
    assert objection_time.counted(work) == 60_000
    one.seconds += 60
    one.beat(at(NOW + 3 * MINUTE))
    assert objection_time.counted(work) == 120_000
