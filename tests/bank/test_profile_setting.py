"""The certification profile that is set is the one that consents are given under."""

from dataclasses import replace

from pds.bank.bank import open_bank


def test_the_bank_has_the_profile_that_is_set(bank, settings, clock):
    bank.close()

    other = open_bank(replace(settings, certification_profile="3.0-health"), clock)
    other.close()

    assert (bank.profile.id, other.profile.id) == ("2.2", "3.0-health")
