"""The demo's recipients ask only for what the rules allow."""

from datetime import UTC, datetime

import pytest

from consent import ceilings, rar
from consent.oauth import keys
from pds.cli.demo.organisations import ORGANISATIONS, new_key, public_part
from pds.core.vocabulary import categories

NOW = datetime(2026, 4, 1, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize("each", ORGANISATIONS, ids=lambda each: each.key)
def test_the_proposal_is_a_valid_authorization_detail(each):
    asked = each.provision(NOW)

    terms = rar.parse(asked)

    assert rar.serialise(terms) == asked
    assert (NOW.date() - terms.window.first).days == each.history_days
    assert terms.access.until > NOW


@pytest.mark.parametrize("each", ORGANISATIONS, ids=lambda each: each.key)
def test_the_proposal_stays_under_every_ceiling(each):
    terms = rar.parse(each.provision(NOW))
    covered = [categories.get(one) for one in each.categories]

    assert list(ceilings.breaches(terms, covered, NOW)) == []


@pytest.mark.parametrize("each", ORGANISATIONS, ids=lambda each: each.key)
def test_nothing_special_care_is_asked_for(each):
    kinds = {categories.get(one).sensitivity.value for one in each.categories}

    assert kinds <= {"general", "health-general"}


def test_a_client_key_is_a_key_that_the_bank_accepts():
    private = new_key("k1")

    public = public_part(private)
    read = keys.read(public)

    assert "d" in private
    assert "d" not in public
    assert read.kid == "k1"
    assert "ES256" in read.algorithms
    assert new_key("k1") != private
