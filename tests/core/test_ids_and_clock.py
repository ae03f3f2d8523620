"""Ids sort by time, moments survive the trip to milliseconds and back."""

from datetime import UTC, datetime, timedelta
from uuid import RFC_4122

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pds.core.clock import SystemClock, from_millis, to_millis, tokyo_day
from pds.core.ids import RandomIds, uuid7
from tests.fakes import FrozenClock

MILLIS = st.integers(0, 2**47)


@given(MILLIS, st.binary(min_size=10, max_size=10))
def test_an_id_is_a_uuid_of_version_7(millis, random):
    made = uuid7(millis, random)

    assert made.version == 7
    assert made.variant == RFC_4122
    assert made.int >> 80 == millis


def test_later_ids_sort_later():
    clock = FrozenClock()
    ids = RandomIds(clock)
    earlier = ids.new()
    clock.advance(timedelta(milliseconds=1))

    assert earlier < ids.new()


@given(MILLIS)
def test_milliseconds_survive(millis):
    assert to_millis(from_millis(millis)) == millis


def test_a_naive_moment_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        to_millis(datetime(2026, 1, 1))  # noqa: DTZ001 - what the test is about


def test_a_day_begins_at_midnight_in_tokyo():
    assert tokyo_day(datetime(1970, 1, 1, 14, 59, tzinfo=UTC)) == 0
    assert tokyo_day(datetime(1970, 1, 1, 15, 0, tzinfo=UTC)) == 1


def test_the_machine_s_clock_is_aware_and_goes_on():
    clock = SystemClock()

    assert clock.now().tzinfo is UTC
    assert clock.monotonic() <= clock.monotonic()
