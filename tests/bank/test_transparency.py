"""The transparency report: small numbers, closed months, made once, counted anew."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.entry import Entry
from audit.leaf import EventType
from pds.bank.transparency import hiding, making, register, report
from pds.core.clock import month_after
from pds.core.errors import Invalid, NotFound


@given(st.dictionaries(st.text(min_size=1, max_size=4), st.integers(0, 60)))
def test_what_is_hidden_cannot_be_worked_out(counts):
    shown = hiding.table(counts, 10)
    hidden = [counts[name] for name, n in shown.items() if n == hiding.FEW]
    assert shown.keys() == {name for name, n in counts.items() if n}
    assert all(n == counts[name] for name, n in shown.items() if n != hiding.FEW)
    assert all(n == hiding.FEW or n >= 10 for n in shown.values())
    if hidden and len(hidden) < len(shown):
        assert len(hidden) > 1
        assert sum(hidden) >= 10


def test_small_numbers_are_not_said():
    assert hiding.number(0, 10) == 0
    assert hiding.number(9, 10) == hiding.FEW
    assert hiding.number(10, 10) == 10
    assert hiding.table({"a": 3, "b": 40, "c": 12}, 10) == {
        "a": "few",
        "b": 40,
        "c": "few",
    }


@pytest.mark.parametrize("month", [date(2026, 1, 1), date(2026, 12, 1)])
def test_a_month_ends_where_the_next_begins(month):
    following = month_after(month)
    assert report.month_of(month).until == report.month_of(following).since
    assert following.day == 1


def released(bank, count):
    entry = Entry(
        type=EventType.DISCLOSURE_RELEASED,
        recipient="genki-lab",
        purpose="health.advice",
        categories=("health.vital.weight",),
        form="copy",
        count=1,
    )

    def act(work):
        for _ in range(count):
            work.log.record(entry)

    bank.unit_of_work(act)


def test_a_closed_month_has_one_report_that_can_be_counted_anew(bank):
    released(bank, 12)
    with bank.read() as snap:
        today = snap.now.date()
        first = register.missing(snap, today)[0]
        body = report.compose(snap, first, 10)
        assert register.missing(snap, first - timedelta(days=1)) == []
    key = making.signing_key(bank)
    assert body["disclosures"]["total"] == 12
    assert body["disclosures"]["by_purpose"] == {"health.advice": 12}
    assert body["disclosures"]["by_class"] == {"other": 12}
    keep = lambda work: register.keep(work, first, body, key)  # noqa: E731
    assert bank.unit_of_work(keep)
    assert not bank.unit_of_work(keep)
    with bank.read() as snap:
        statement = register.find(snap, first)
        found = register.check(snap, statement, key.public)
        assert found.body == body
        # The month went on: its own entry in the log stands in it by now.
        assert "disclosures" not in found.differing
        assert register.months(snap) == [first]
        with pytest.raises(NotFound):
            register.find(snap, date(1999, 1, 1))
    with pytest.raises(Invalid):
        register.read(statement[:-4] + "AAAA", key.public)
    with pytest.raises(Invalid):
        register.read(key.sign("at+jwt", b"{}"), key.public)


def test_a_lie_is_found_by_section(bank):
    released(bank, 12)
    with bank.read() as snap:
        first = register.missing(snap, snap.now.date())[0]
        body = report.compose(snap, first, 10)
    lie = body | {"disclosures": body["disclosures"] | {"total": 11}}
    assert report.differing(body, lie) == ["disclosures"]
    assert report.differing(body, body | {"extra": 1}) == ["frame"]
