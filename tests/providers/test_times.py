from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pds.core.clock import to_millis, tokyo_day
from providers.formats.times import BadTime, Span, at, parse


@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)))  # noqa: DTZ001 - given its zone below
def test_every_moment_is_read_back(moment):
    aware = moment.replace(tzinfo=UTC)

    time = parse(aware.isoformat().replace("+00:00", "Z"))

    assert time.moment == to_millis(aware)
    assert time.first_day == time.last_day == tokyo_day(aware)
    assert (time.offset, time.precision) == (0, "second")


@pytest.mark.parametrize(
    ("text", "precision", "days"),
    [("2024", "year", 366), ("2024-02", "month", 29), ("2024-02-29", "day", 1)],
)
def test_dates_cover_their_days(text, precision, days):
    time = parse(text)

    assert time.precision == precision
    assert time.last_day - time.first_day + 1 == days
    assert time.offset is None
    assert not time.lacks_offset


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("2024-02-29T23:59:60Z", 0),
        ("2024-02-29T23:59+09:00", 540),
        ("2024-02-29T23:59:59.123456789-03:30", -210),
        ("2024-02-29T23:59:59+14:00", 840),
    ],
)
def test_offsets_are_kept(text, offset):
    assert parse(text).offset == offset


def test_a_time_without_offset_is_tokyo_time():
    bare, tokyo = parse("2024-01-01T08:00:00"), parse("2024-01-01T08:00:00+09:00")

    assert bare.lacks_offset
    assert bare.moment == tokyo.moment


@pytest.mark.parametrize(
    "text",
    [
        *("", "x", "24", "0000", "2024-00", "2024-13", "2023-02-29", "2024-1-1"),
        *("2024-01-01T24:00:00Z", "2024-01-01T00:60:00Z", "2024-01-01 00:00:00Z"),
        *("2024-01-01T00:00:00+15:00", "2024-01-01T00:00:00+09:60", "２０２４"),
        *("2024-01-01T00:00:61Z", "2024-01-01\n"),
    ],
)
def test_what_is_no_time_is_refused(text):
    with pytest.raises(BadTime):
        parse(text)


@given(st.text(max_size=30))
def test_any_text_is_a_time_or_refused(text):
    try:
        time = parse(text)
    except BadTime:
        return
    assert time.first_day <= time.last_day


def test_a_span_never_ends_before_it_begins():
    span = Span(parse("2024-05-02"), parse("2024-05-01"), "effectivePeriod")

    assert span.first_day == span.last_day
    assert span.as_header()["end"] == "2024-05-01"


def test_for_want_of_a_time_it_is_the_day_in_tokyo():
    span = at(datetime(2024, 5, 1, 15, tzinfo=UTC), "reading")

    assert span.as_header() == {
        "start": "2024-05-02",
        "precision": "day",
        "basis": "reading",
    }
