"""The order of the offer board: a disclosed rule, the same for everybody (C-15); pure.

Criteria are compared one after the other. What is equal in all of them is ordered by a
hash of day and offer, so that over time nobody is always first. Neither payment nor
anything about the person who looks is known here, so neither can count.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from pds.core.vocabulary.words import Words, read_file, read_words

NAME: Final = "offer-order"
"""The stable name under which the board knows the rule."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """What the order may know of an offer.

    Attributes:
        offer_id: its id.
        points: its transparency score; 0 where no rule for scores is in force.
        kinds: number of single categories.
    """

    offer_id: UUID
    points: int
    kinds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingRule:
    """One version of the rule, with the document that the board decides on."""

    version: int
    words: Words
    order: tuple[str, ...]
    document: Mapping[str, Any]


CRITERIA: Final[Mapping[str, Callable[[Ranked], int]]] = {
    "score": lambda each: -each.points,
    "fewest-kinds": lambda each: each.kinds,
}
"""What an order may look at; lower comes first."""


def read(document: Mapping[str, Any]) -> RankingRule:
    """Read a rule.

    Raises:
        ValueError: it names what is no criterion, or one twice.
        KeyError: a member is missing.
    """
    order = tuple(document["order"])
    if not set(order) <= set(CRITERIA) or len(set(order)) != len(order):
        raise ValueError("An order names known criteria, each once.")
    return RankingRule(
        version=int(document["version"]),
        words=read_words(document["words"]),
        order=order,
        document=document,
    )


CURRENT: Final = read(read_file("ranking_rule.json", "consent"))
"""The rule that this software comes with."""


def rank(
    offers: Iterable[Ranked], day: date, rule: RankingRule | None = CURRENT
) -> list[UUID]:
    """Return ids in the order in which offers are shown on a day of Asia/Tokyo.

    Without a rule chance alone orders them.
    """
    order = () if rule is None else rule.order

    def place(each: Ranked) -> tuple[tuple[int, ...], bytes]:
        return tuple(CRITERIA[name](each) for name in order), _drawn(each, day)

    return [each.offer_id for each in sorted(offers, key=place)]


def _drawn(each: Ranked, day: date) -> bytes:
    said = f"{day.isoformat()} {each.offer_id}"
    return hashlib.sha256(said.encode()).digest()
