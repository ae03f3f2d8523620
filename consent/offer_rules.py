"""Which rules of the offer board are in force: those that the board approved (G-05).

The ethics board decides on the very text of a rule. Without a decision in force the
pages show no score, and chance alone orders the offers.
"""

from collections.abc import Mapping
from typing import Any, Final

from audit.work import Work
from consent import board, board_items, ranking, transparency
from consent.board_items import Definition
from consent.facts import BoardSubjectKind
from consent.ranking import RankingRule
from consent.transparency import ScoringRule
from pds.core.database import Snapshot
from pds.core.vocabulary.words import Words


def _definition(
    kind: BoardSubjectKind, name: str, words: Words, document: Mapping[str, Any]
) -> Definition:
    title = {"ja": words.ja.name, "en": words.en.name}
    return Definition(kind=kind, name=name, title=title, document=document)


_SCORING: Final = _definition(
    BoardSubjectKind.SCORING_RULE,
    transparency.NAME,
    transparency.CURRENT.words,
    transparency.CURRENT.document,
)
_ORDERING: Final = _definition(
    BoardSubjectKind.RANKING_RULE,
    ranking.NAME,
    ranking.CURRENT.words,
    ranking.CURRENT.document,
)
DEFINITIONS: Final = (_SCORING, _ORDERING)
"""The texts of the rules, as the board decides on them."""


def enter(work: Work) -> None:
    """Put the rules that this software comes with before the board."""
    for definition in DEFINITIONS:
        board_items.register(work, definition)


def scoring(snap: Snapshot) -> ScoringRule | None:
    """Return the rule for scores, if the board's decision on it is in force."""
    return transparency.CURRENT if _is_approved(snap, _SCORING) else None


def ordering(snap: Snapshot) -> RankingRule | None:
    """Return the rule for the order, if the board's decision on it is in force."""
    return ranking.CURRENT if _is_approved(snap, _ORDERING) else None


def _is_approved(snap: Snapshot, definition: Definition) -> bool:
    decided = board.current(
        snap, definition.kind, definition.subject_id, version=board_items.VERSION
    )
    return board.is_in_force(decided, snap.now)
