"""The public page of the numbers that the bank goes by (A-26)."""

from pds.core.rules import rule_values


def test_everybody_sees_what_counts_and_what_does_not(portal):
    page = portal().get("/rules")
    before, _, after = page.text.partition("Not verified, and without effect")
    for each in rule_values.ALL:
        name = each.words["en"].name
        assert name in (before if each.is_verified else after)
    assert "Day not known" in after
    assert "Day not known" not in before
