"""The audience estimate: counts only, rounded, under a budget, and logged (R-15)."""

from datetime import timedelta

import pytest

from consent import audience, offers
from pds.core.errors import Conflict
from pds.vault.population import persons_by_category
from tests.consent.test_registers import TEMPLATE
from tests.consent.world import NOW, RECIPIENT


@pytest.fixture
def offer_id(work, contract_id):
    return offers.draft(work, RECIPIENT, TEMPLATE, actor="o")


def test_nothing_is_counted_before_the_first_count(work, offer_id):
    found = audience.estimate(work, offer_id, actor="o")
    assert (found.least, found.counted_at) == (0, None)
    assert found.left == audience.QUERIES_PER_DAY - 1


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
    for _ in range(audience.QUERIES_PER_DAY):
        last = audience.estimate(work, offer_id, actor="o")
    assert last.left == 0
    with pytest.raises(Conflict) as caught:
        audience.estimate(work, offer_id, actor="o")
    assert caught.value.code == "audience.budget"
    tomorrow = at(NOW + timedelta(days=1))
    assert audience.estimate(tomorrow, offer_id, actor="o").left > 0


def test_a_bank_without_records_has_no_audience(work):
    assert persons_by_category(work) == {}
