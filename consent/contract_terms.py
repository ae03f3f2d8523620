"""What a provision contract lets the bank give, and what it may not say; pure."""

from dataclasses import dataclass
from datetime import datetime

from pds.core.errors import Invalid
from pds.core.vocabulary import categories, purposes


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractTerms:
    """What a contract lets the bank give.

    Attributes:
        purposes: ids of the vocabulary.
        categories: ids or prefixes of the vocabulary.
        countries: countries where the data may be handled, ISO 3166-1 alpha-2.
        valid_from: first moment of force.
        valid_until: first moment after it.
        retention_days: longest that the recipient may keep data.
        may_reprovide: whether the ban on passing data on is lifted (R-07).
    """

    purposes: tuple[str, ...]
    categories: tuple[str, ...]
    valid_from: datetime
    valid_until: datetime
    retention_days: int
    countries: tuple[str, ...] = ("JP",)
    may_reprovide: bool = False


def check(terms: ContractTerms) -> None:
    """Refuse terms that break a rule.

    Raises:
        Invalid: `contract.<member>`, or an unknown or forbidden purpose.
    """
    if not terms.purposes or not terms.categories or not terms.countries:
        raise Invalid("contract.empty", "Purposes, categories, countries are needed.")
    for purpose in terms.purposes:
        purposes.get(purpose)
    for prefix in terms.categories:
        if not categories.match(prefix):
            raise Invalid("contract.categories", "A category is not known.")
    if terms.valid_until <= terms.valid_from:
        raise Invalid("contract.valid_until", "The contract ends before it begins.")
    if terms.retention_days < 0:
        raise Invalid("contract.retention_days", "Retention is not negative.")
