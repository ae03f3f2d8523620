"""Statistics: of many or not at all, of nobody alone, and never twice (X-19)."""

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest

from audit.canonical import canonical
from consent import offers, service
from pds.bank.statistics import last_month, make_statistics
from pds.disclosure.cohorts import making
from pds.disclosure.cohorts.statistics import Cell, add_person, statistics
from tests.disclosure.offering import Fetcher, accept, publish

FIRST = date(2026, 10, 1)
LEAST = 20
KEY = ("health.activity.steps", "sum:steps", "{steps}")


def said(values, key=KEY):
    cell = Cell()
    for value in values:
        cell.add(Decimal(value))
    return json.loads(statistics({key: cell}, FIRST, "offer", LEAST))["cells"]


def test_fewer_than_the_threshold_say_nothing():
    assert said([100] * (LEAST - 1)) == []
    (found,) = said([100] * LEAST)
    assert found == {
        "category": KEY[0],
        "measure": KEY[1],
        "persons": 20,
        "unit": KEY[2],
        "value": "2000",
    }


def test_nobody_stands_for_all():
    assert said([1] * 30 + [171]) == []
    assert len(said([1] * 30 + [170])) == 1
    assert said([0] * 30) == said([5, -5] * 15) or said([5, -5] * 15) == []


def test_numbers_are_blurred():
    (found,) = said([123] * 39)
    assert (found["persons"], found["value"]) == (20, "4800")
    (mean,) = said(["61.234"] * 41, ("c", "mean:weight", "kg"))
    assert (mean["persons"], mean["value"]) == (40, "61")
    (small,) = said(["0.001234"] * 20)
    assert small["value"] == "0.025"


def test_each_person_counts_once_in_each_number():
    cells = {}
    row = canonical(
        {
            "category": "purchase.receipt",
            "payload": {
                "count": 2,
                "measures": [{"concept": "weight", "mean": "60.5", "unit": "kg"}],
                "spending": [{"currency": "JPY", "total": "1200"}],
            },
        }
    )
    add_person(cells, [row])
    add_person(cells, [row])
    assert {key: cell.persons for key, cell in cells.items()} == {
        ("purchase.receipt", "mean:weight", "kg"): 2,
        ("purchase.receipt", "sum:spent", "JPY"): 2,
    }


@pytest.mark.parametrize(
    ("today", "first"),
    [
        (date(2026, 11, 3), date(2026, 9, 1)),
        (date(2026, 11, 4), date(2026, 10, 1)),
        (date(2026, 1, 4), date(2025, 12, 1)),
    ],
)
def test_a_month_waits_for_what_comes_late(today, first):
    assert last_month(today) == first


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_month_is_made_once_and_asked_for_under_a_budget(lone, monkeypatch):
    organisation = lone.organisation()
    offer_id = publish(lone, organisation)
    owner = lone.person(2)
    accept(lone, owner, offer_id)
    fetcher = Fetcher(lone, organisation, offer_id)
    month = last_month(lone.clock.now().date()).strftime("%Y-%m")
    assert fetcher.get("statistics", month=month).status_code == 404

    make_statistics(lone.bank)
    first = fetcher.get("statistics", month=month)
    assert first.status_code == 200
    assert first.json["cells"] == []
    assert first.json["month"] == month

    def other(*_args):
        raise AssertionError("It was made before.")

    monkeypatch.setattr(making, "make", other)
    make_statistics(lone.bank)
    assert fetcher.get("statistics", month=month).data == first.data
    codes = [fetcher.get("statistics", month=month).status_code for _ in range(8)]
    assert codes == [200] * 7 + [429]
    lone.clock.advance(timedelta(days=1))
    fetcher.renew()
    assert fetcher.get("statistics", month=month).status_code == 200
    for wrong in ({}, {"month": "2026-13"}, {"month": month, "more": "1"}):
        assert fetcher.get("statistics", **wrong).status_code == 422


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_only_a_living_consent_is_read(lone, monkeypatch):
    organisation = lone.organisation()
    offer_id = publish(lone, organisation)
    owners = [lone.person(0), lone.person(0)]
    for owner in owners:
        lone.deposit(owner, 2, days_ago=40)
    accept(lone, owners[0], offer_id)
    paused = accept(lone, owners[1], offer_id)

    lone.do(lambda work: service.pause(work, owners[1], paused))
    met = []
    bank = lone.bank
    monkeypatch.setattr(
        making, "add_person", lambda _cells, rows: met.append(len(list(rows)))
    )
    with bank.read() as snap:
        offer = offers.get(snap, offer_id)
    first = last_month(lone.clock.now().date())
    making.make(bank.read, bank.selector, bank.basis, offer, first)
    assert sorted(met) == [0, 1]
