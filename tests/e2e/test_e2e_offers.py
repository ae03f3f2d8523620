"""A person finds an offer, sees own records, gives less, and decides about it later."""

from datetime import timedelta

import pytest

from pds.core.clock import TOKYO, SystemClock
from tests.e2e.person import Person

SLEEP = "health.sleep"


@pytest.fixture
def visitor(arrive):
    return arrive(Person)


def test_the_whole_way_of_an_offer(visitor, new_login, files):
    visitor.sign_up(new_login())
    for file in files:
        visitor.bring_in(file)
    _find(visitor)
    _say_yes(visitor)
    _decide_later(visitor)


def _find(visitor):
    visitor.go("/offers")
    visitor.follow_to(visitor.page.locator("a[href*='class=research']").first)
    visitor.follow_to(visitor.page.locator("main .card a[href^='/offers/']").first)
    assert visitor.page.locator("input[name=category]:checked").count() == 0
    assert visitor.page.locator("main .card li").count() > 0


def _say_yes(visitor):
    visitor.press("Yes, give what I ticked", status=422)
    visitor.tick(SLEEP)
    today = SystemClock().now().astimezone(TOKYO).date()
    visitor.narrow_to(
        first_day=(today - timedelta(days=90)).isoformat(),
        last_day=(today + timedelta(days=20)).isoformat(),
    )
    visitor.press("Yes, give what I ticked")
    assert visitor.sees("You said yes. Nothing goes until the recipient fetches it.")


def _decide_later(visitor):
    visitor.press("Pause")
    visitor.press("Resume")
    assert visitor.sees("Your consent is in force again.")
    visitor.follow("Renew")
    visitor.press("Yes, renew it")
    assert visitor.sees("Your consent is renewed.")
    visitor.follow("Withdraw")
    visitor.press("Withdraw")
    assert visitor.sees("Your consent is withdrawn. From now on nothing is given.")
