"""The audience estimate: counts only, rounded, under a budget, and logged (R-15)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from consent import audience, offers
from pds.core.errors import Conflict
from pds.core.rules import rule_values
from pds.vault.population import persons_by_category
from tests.consent.test_registers import TEMPLATE
from tests.consent.world import NOW, RECIPIENT


@pytest.fixture
def offer_id(work, contract_id):
    return offers.draft(work, RECIPIENT, TEMPLATE, actor="o")


def test_nothing_is_counted_before_the_first_count(work, offer_id):
    found = audience.estimate(work, offer_id, actor="o")
    assert (found.least, found.counted_at) == (0, None)
    assert found.left == audience.queries_per_day(NOW) - 1 == 9


@pytest.mark.parametrize(
    ("persons", "said"), [(0, 0), (19, 0), (20, 20), (39, 20), (1234, 1220)]
)
def test_small_numbers_are_not_said_and_others_rounded_down(
    work, offer_id, persons, said
):
    audience.note(work, {"health.activity.steps": persons, "health.lab": 99_999})
    found = audience.estimate(work, offer_id, actor="o")
    assert (found.least, found.counted_at) == (said, NOW)


def test_a_new_count_replaces_the_old_one(work, offer_id):
    audience.note(work, {"health.activity.steps": 400})
    audience.note(work, {"health.vital.weight": 60})
    assert audience.estimate(work, offer_id, actor="o").least == 60


def test_the_budget_of_a_day_ends(at, work, offer_id):
    for _ in range(audience.queries_per_day(NOW)):
        last = audience.estimate(work, offer_id, actor="o")
    assert last.left == 0
    with pytest.raises(Conflict) as caught:
        audience.estimate(work, offer_id, actor="o")
    assert caught.value.code == "audience.budget"
    tomorrow = at(NOW + timedelta(days=1))
    assert audience.estimate(tomorrow, offer_id, actor="o").left > 0


def test_threshold_and_budget_are_those_of_the_day(at, offer_id, monkeypatch):
    later = NOW + timedelta(days=10)
    values = [each for each in rule_values.ALL if each.name.startswith("audience.")]
    tighter = [
        replace(
            each,
            id=f"{each.id}-later",
            value=new,
            in_force_from=later.date(),
        )
        for each, new in zip(values, (50, 1), strict=True)
    ]
    newest = rule_values.get

    def get(name, day):
        return newest(name, day, [*rule_values.ALL, *tighter])

    monkeypatch.setattr(rule_values, "get", get)
    audience.note(at(NOW), {"health.activity.steps": 130})
    before = audience.estimate(at(NOW), offer_id, actor="o")
    after = audience.estimate(at(later), offer_id, actor="o")
    assert (before.least, before.left, before.threshold) == (120, 9, 20)
    assert (after.least, after.left, after.threshold) == (100, 0, 50)
    with pytest.raises(Conflict):
        audience.estimate(at(later), offer_id, actor="o")


def test_a_bank_without_records_has_no_audience(work):
    assert persons_by_category(work) == {}
