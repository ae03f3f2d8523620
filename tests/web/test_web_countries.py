"""The operator's page of a recipient's foreign countries (Z-01, Z-03)."""

from datetime import timedelta

import pytest

from consent import countries
from pds.core.clock import TOKYO
from tests.web.conftest import RECIPIENT

HERE = f"/operator/recipients/{RECIPIENT}"


@pytest.fixture
def filled(bank):
    today = bank.clock.now().astimezone(TOKYO).date()
    return {
        "country": "US",
        "ground": "consent",
        "system_ja": "分野ごとの\n法律がある。",
        "system_en": "Laws for single fields.",
        "measures_ja": "暗号化する。",
        "measures_en": "It encrypts everything.",
        "checked_at": today.isoformat(),
        "valid_until": (today + timedelta(days=300)).isoformat(),
    }


def record(operator, filled, status=303, **changes):
    form = operator.get(f"{HERE}/country").form_to("/country")
    return operator.post(form, status, **filled | changes)


def test_facts_are_recorded_shown_and_looked_at_anew(
    operator, recipient, filled, bank, clock
):
    record(operator, filled)

    page = operator.get(HERE)
    assert "United States" in page.text
    assert "Valid" in page.text
    with bank.read() as snap:
        found = countries.current(snap, recipient, "US")
    assert found.system_ja == "分野ごとの 法律がある。"
    again = operator.get(f"{HERE}/country?country=US")
    assert "It encrypts everything." in again.text


def test_what_is_wrong_stands_beside_its_field(operator, recipient, filled):
    wrong = {
        "country": {"country": "JP"},
        "ground": {"ground": ""},
        "measures_en": {"measures_en": ""},
        "checked_at": {"checked_at": "2099-01-01"},
        "valid_until": {"valid_until": "2099-01-01"},
    }
    for field, change in wrong.items():
        assert f"#{field}" in record(operator, filled, 422, **change).links


def test_facts_can_be_ended_at_once(operator, recipient, filled, bank):
    record(operator, filled)
    form = operator.get(f"{HERE}/country?country=US").form_to("/country/end")
    operator.post(form)

    with bank.read() as snap:
        assert countries.current(snap, recipient, "US") is None
    assert "Expired" in operator.get(HERE).text
