"""What is known of an incident, in the terms by which the law judges it (A-14)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

from pds.core.errors import Invalid

MOST_PERSONS: Final = 1_000_000_000
"""Persons that one incident can concern."""


class IncidentPlace(StrEnum):
    """In whose hands it happened."""

    OWN = "own"
    PROCESSOR = "processor"
    RECIPIENT = "recipient"
    SOURCE = "source"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known, or suspected: both count the same (A-14).

    Attributes:
        place: in whose hands it happened.
        persons: how many it concerns, or may concern.
        has_special_care: data that needs special care is among it.
        may_cost_money: it may lead to a loss of property, as card numbers do.
        is_wrongful: somebody acted with a wrongful purpose, such as an intruder.
        is_before_storage: it was taken on its way in, before it was stored (A-21).
        is_protected: strong encryption guards it, and the keys are safe (A-19).
        is_pseudonymised: it is of a pseudonymised set alone (A-19).
        is_certified: the bank's service was certified at that time (L-05).
    """

    place: IncidentPlace
    persons: int = 0
    has_special_care: bool = False
    may_cost_money: bool = False
    is_wrongful: bool = False
    is_before_storage: bool = False
    is_protected: bool = False
    is_pseudonymised: bool = False
    is_certified: bool = False

    def __post_init__(self) -> None:
        """Refuse a number of persons that cannot be (Invalid `incident.persons`)."""
        if not 0 <= self.persons <= MOST_PERSONS:
            raise Invalid("incident.persons", "So many persons there cannot be.")


FLAGS: Final = tuple(
    each for each in Facts.__slots__ if each not in ("place", "persons")
)
"""Names of the facts that hold or do not hold."""


def written(facts: Facts) -> dict[str, Any]:
    """Return facts as JSON has them."""
    return {**asdict(facts), "place": facts.place.value}


def read(said: Mapping[str, Any]) -> Facts:
    """Return facts from what `written` returned."""
    return Facts(**{**said, "place": IncidentPlace(said["place"])})
