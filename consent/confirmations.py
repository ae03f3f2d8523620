"""What a yes has to say beside yes: one confirmation for each grave thing; pure.

Data that goes abroad (Z-01), a decision about the person (X-12) and data that needs
special care (X-06) are each explained and confirmed apart, with a box that nobody has
ticked before. A yes without them is none, whoever says it.
"""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Final

from consent.terms import DataProvision
from pds.core.errors import Invalid
from pds.core.vocabulary import Sensitivity, categories, purposes
from pds.core.vocabulary.countries import HOME


class Confirmation(StrEnum):
    """What is confirmed apart."""

    CROSS_BORDER = "cross-border"
    SIGNIFICANT_EFFECT = "significant-effect"
    SPECIAL_CARE = "special-care"


PARAGRAPHS: Final[Mapping[Confirmation, tuple[str, ...]]] = {
    Confirmation.CROSS_BORDER: (
        "country_name",
        "country_system",
        "country_measures",
        "country_check",
    ),
    Confirmation.SIGNIFICANT_EFFECT: ("decision", "human_contact"),
    Confirmation.SPECIAL_CARE: ("special_care",),
}
"""The paragraphs of a notice that explain each; they stand in no other notice."""


def needed(terms: DataProvision) -> tuple[Confirmation, ...]:
    """Return what a yes to terms has to confirm, in the order of the list."""
    found = categories.expand(terms.categories)
    holds = {
        Confirmation.CROSS_BORDER: terms.country != HOME,
        Confirmation.SIGNIFICANT_EFFECT: purposes.get(
            terms.purpose
        ).has_significant_effect,
        Confirmation.SPECIAL_CARE: any(
            each.sensitivity is Sensitivity.SPECIAL_CARE for each in found
        ),
    }
    return tuple(each for each in Confirmation if holds[each])


def require(terms: DataProvision, confirmed: Collection[Confirmation]) -> None:
    """Check that everything was confirmed that terms ask for.

    Raises:
        Invalid: `consent.unconfirmed`.
    """
    if not set(needed(terms)) <= set(confirmed):
        raise Invalid("consent.unconfirmed", "Something was not confirmed apart.")
