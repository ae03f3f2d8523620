"""The public page of the numbers that the bank goes by (A-26)."""

import json
from datetime import timedelta
from pathlib import Path

from consent import board, profile_list
from consent.facts import BoardSubjectKind
from consent.profile import CertificationProfile
from pds.core.rules import rule_values
from pds.core.vocabulary import categories
from tests.web.conftest import decision

LIST = json.loads(
    (Path(__file__).parents[1] / "vectors" / "consent" / "profile.json").read_text(
        "utf-8"
    )
)["list"]
YEAR = timedelta(days=365)


def test_everybody_sees_what_counts_and_what_does_not(portal):
    page = portal().get("/rules")
    before, _, after = page.text.partition("Not verified, and without effect")
    for each in rule_values.ALL:
        name = each.words["en"].name
        assert name in (before if each.is_verified else after)
    assert "Day not known" in after
    assert "Day not known" not in before


def test_an_approved_list_of_the_profile_is_shown(bank, portal):
    """What nobody approved is not told as admitted (X-01, X-03)."""
    bank.profile = CertificationProfile("3.0-health")
    content = json.dumps(LIST).encode()
    subject_id = bank.unit_of_work(
        lambda work: profile_list.load(work, profile_list.read(content), actor="o")
    )
    assert "No sensitive data is ever given" in portal().get("/rules").text
    made = decision(BoardSubjectKind.PROFILE, subject_id, bank.clock.now() + YEAR)
    bank.unit_of_work(lambda work: board.decide(work, made, actor="b") and None)
    page = portal().get("/rules").text
    assert "version 3.0-health of the guideline" in page
    assert categories.get("health.lab").words["en"].name in page
    assert subject_id in page
