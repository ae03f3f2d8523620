"""The transparency score and the order of the offer board, as published (C-15)."""

from collections import Counter
from copy import deepcopy
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent import ranking, transparency
from consent.ranking import Ranked
from consent.terms import Afterwards, AfterWithdrawal, ProvisionForm, Window
from consent.transparency import Offered
from pds.core.vocabulary import DetailLevel
from tests.consent.world import PROVISION

TODAY = date(2026, 11, 23)
NARROWEST = replace(
    PROVISION,
    categories=("health.vital.weight",),
    detail=DetailLevel.ANSWER,
    question="any",
    window=Window(TODAY),
    form=ProvisionForm.VIEW_ONLY,
    retention_days=0,
    after_withdrawal=AfterWithdrawal(Afterwards.DELETE, 0),
)


def points(terms, *, is_named=True):
    found = transparency.score(Offered(terms, TODAY, is_named))
    return {part.of.id: part.points for part in found.parts}


def test_the_narrowest_terms_reach_the_most():
    found = transparency.score(Offered(NARROWEST, TODAY, is_named=True))
    assert found.points == found.most == 22


def test_each_part_is_said_with_its_points():
    terms = replace(PROVISION, window=Window(TODAY - timedelta(days=365)))
    assert points(terms) == {
        "recipient": 2,
        "items": 0,
        "detail": 0,
        "window": 1,
        "retention": 1,
        "onward": 3,
        "withdrawal": 2,
        "country": 2,
    }


@pytest.mark.parametrize(
    ("part", "change", "expected"),
    [
        ("items", {"categories": ("health.vital.waist", "health.vital.weight")}, 2),
        ("detail", {"detail": DetailLevel.MONTH}, 2),
        ("detail", {"detail": DetailLevel.DAY}, 1),
        ("window", {"window": Window(TODAY - timedelta(days=367))}, 0),
        ("retention", {"retention_days": 185}, 0),
        ("onward", {"onward": ("other",)}, 0),
        ("withdrawal", {"after_withdrawal": AfterWithdrawal(Afterwards.STOP_USE)}, 1),
        ("withdrawal", {"after_withdrawal": AfterWithdrawal(Afterwards.NONE)}, 0),
        ("country", {"country": "US"}, 0),
    ],
)
def test_wider_terms_lose_points_in_their_part_alone(part, change, expected):
    before, after = points(PROVISION), points(replace(PROVISION, **change))
    assert after[part] == expected
    assert {**after, part: 0} == {**before, part: 0}


def test_a_recipient_without_a_number_is_not_named():
    assert points(PROVISION, is_named=False)["recipient"] == 0


def test_benefit_and_price_count_nowhere():
    assert points(PROVISION) == points(replace(PROVISION, benefit=None))


def broken(change):
    document = deepcopy(dict(transparency.CURRENT.document))
    change(document)
    return document


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.update(parts=[]),
        lambda d: d["parts"].append(d["parts"][0]),
        lambda d: d["parts"][0].update(id="size-of-the-benefit"),
        lambda d: d["parts"][0].update(bands=[]),
        lambda d: d["parts"][1]["bands"].reverse(),
        lambda d: d["parts"][1]["bands"][2].update(points=0),
    ],
)
def test_a_rule_that_could_not_be_followed_is_refused(change):
    with pytest.raises(ValueError, match=r"parts|measured"):
        transparency.read(broken(change))


@pytest.mark.parametrize("order", [["payment"], ["score", "score"]])
def test_an_order_by_payment_cannot_be_written_down(order):
    with pytest.raises(ValueError, match="known criteria"):
        ranking.read({**ranking.CURRENT.document, "order": order})


def ranked(number, score=5, kinds=1):
    return Ranked(UUID(int=number), score, kinds)


def test_the_higher_score_comes_first():
    low, high = ranked(1, 3), ranked(2, 9)
    assert ranking.rank([low, high], TODAY) == [high.offer_id, low.offer_id]


def test_fewer_kinds_may_count_if_a_rule_says_so():
    rule = ranking.read({**ranking.CURRENT.document, "order": ["fewest-kinds"]})
    many, few = ranked(1, 9, 4), ranked(2, 3, 1)
    assert ranking.rank([many, few], TODAY, rule) == [few.offer_id, many.offer_id]


def test_nobody_is_always_first():
    offers = [ranked(number) for number in range(5)]
    days = [TODAY + timedelta(days=n) for n in range(400)]
    first = Counter(ranking.rank(offers, day)[0] for day in days)
    assert len(first) == 5
    assert min(first.values()) > 40


def test_without_a_rule_in_force_chance_alone_orders():
    offers = [ranked(1, 1), ranked(2, 22)]
    days = [TODAY + timedelta(days=n) for n in range(40)]
    assert len({ranking.rank(offers, day, None)[0] for day in days}) == 2


@settings(max_examples=30)
@given(
    st.lists(st.builds(ranked, st.integers(0, 99), st.integers(0, 22)), unique=True),
    st.randoms(use_true_random=False),
)
def test_the_order_does_not_depend_on_how_offers_come(offers, chance):
    by_id = {each.offer_id: each for each in offers}
    mixed = list(by_id.values())
    chance.shuffle(mixed)
    order = ranking.rank(mixed, TODAY)
    assert order == ranking.rank(by_id.values(), TODAY)
    scores = [by_id[each].points for each in order]
    assert scores == sorted(scores, reverse=True)
