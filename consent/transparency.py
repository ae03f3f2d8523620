"""The transparency score of an offer: how clear and narrow its terms are (C-15); pure.

The rule is data with a version, which the ethics board decides on. A part measures one
term of what the person reads and the engine enforces, lower being narrower, and bands
turn the measure into points. All parts are shown, never the sum alone. Benefit and
recipient's merit do not count: points for a large benefit would push, not help (D-10).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, Final

from consent.terms import AfterWithdrawal, DataProvision
from pds.core.vocabulary import DetailLevel, categories
from pds.core.vocabulary.words import Words, read_file, read_words

NAME: Final = "transparency-score"
"""The stable name under which the board knows the rule."""


@dataclass(frozen=True, slots=True)
class Offered:
    """What is measured.

    Attributes:
        terms: the terms as for somebody who is asked today.
        today: the day in Asia/Tokyo.
        is_named: whether legal name and corporate number of the recipient are known.
    """

    terms: DataProvision
    today: date
    is_named: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredTerm:
    """One part of the rule.

    Attributes:
        id: stable text; names the measure.
        term: member of the terms that is measured; empty for the recipient itself.
        words: what is measured, and what gives points.
        bands: pairs of a bound and the points of a measure of at most that.
    """

    id: str
    term: str
    words: Words
    bands: tuple[tuple[int, int], ...]

    @property
    def most(self) -> int:
        """The most points that this part gives."""
        return self.bands[0][1]

    def points(self, measured: int) -> int:
        """Return the points of a measure; none beyond the last band."""
        return next((points for most, points in self.bands if measured <= most), 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoringRule:
    """One version of the rule, with the document that the board decides on."""

    version: int
    words: Words
    parts: tuple[ScoredTerm, ...]
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ScoredPart:
    """One part of a score."""

    of: ScoredTerm
    points: int


@dataclass(frozen=True, slots=True)
class Score:
    """A score with its parts."""

    parts: tuple[ScoredPart, ...]

    @property
    def points(self) -> int:
        """The points of all parts together."""
        return sum(part.points for part in self.parts)

    @property
    def most(self) -> int:
        """The most that could be reached."""
        return sum(part.of.most for part in self.parts)


_FORGOTTEN: Final = 10**6
"""Stands above every number of days: use stops and nothing is erased."""
_DETAIL: Final = (
    DetailLevel.ANSWER,
    DetailLevel.MONTH,
    DetailLevel.DAY,
    DetailLevel.RECORD,
)


def _after(after: AfterWithdrawal) -> int:
    if after.within_days is not None:
        return after.within_days
    return _FORGOTTEN if after.action == "stop-use" else _FORGOTTEN + 1


MEASURES: Final[Mapping[str, Callable[[Offered], int]]] = {
    "recipient": lambda offered: 0 if offered.is_named else 1,
    "items": lambda offered: len(categories.expand(offered.terms.categories)),
    "detail": lambda offered: _DETAIL.index(offered.terms.detail),
    "window": lambda offered: (offered.today - offered.terms.window.first).days,
    "retention": lambda offered: offered.terms.retention_days,
    "onward": lambda offered: len(offered.terms.onward),
    "withdrawal": lambda offered: _after(offered.terms.after_withdrawal),
    "country": lambda offered: 0 if offered.terms.country == "JP" else 1,
}
"""How each part measures; lower is clearer or narrower."""


def read(document: Mapping[str, Any]) -> ScoringRule:
    """Read a rule.

    Raises:
        ValueError: a part has no measure here, is there twice, or its bands do not
            fall while their bounds rise.
        KeyError: a member is missing.
    """
    parts = tuple(_part(each) for each in document["parts"])
    if not parts or len({part.id for part in parts}) != len(parts):
        raise ValueError("A score has parts, each once.")
    return ScoringRule(
        version=int(document["version"]),
        words=read_words(document["words"]),
        parts=parts,
        document=document,
    )


def _part(item: Mapping[str, Any]) -> ScoredTerm:
    bands = tuple((int(band["at_most"]), int(band["points"])) for band in item["bands"])
    falls = all(
        one[0] < other[0] and one[1] > other[1] > 0 for one, other in pairwise(bands)
    )
    if item["id"] not in MEASURES or not bands or not falls:
        raise ValueError(f"{item['id']} cannot be measured so.")
    return ScoredTerm(
        id=item["id"],
        term=item["term"],
        words=read_words(item["words"]),
        bands=bands,
    )


CURRENT: Final = read(read_file("scoring_rule.json", "consent"))
"""The rule that this software comes with."""


def score(offered: Offered, rule: ScoringRule = CURRENT) -> Score:
    """Score what is offered; the same input always gives the same parts."""
    return Score(
        tuple(
            ScoredPart(part, part.points(MEASURES[part.id](offered)))
            for part in rule.parts
        )
    )
