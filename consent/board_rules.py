"""Which quorum rule is in force: the one that the board adopted last (G-09).

A rule is an item like others: a member enters its text, and the board decides on it
under the rule that holds until then. Until one is adopted the founding rule holds. An
adopted rule goes on holding after its decision has run out, since the board could not
decide on a new one otherwise; the report of items without a decision then names it.
"""

from typing import Any

from sqlalchemy import select

from audit.canonical import parse_canonical
from audit.work import Work
from consent import board_items, board_rule
from consent.board_items import Definition
from consent.board_rule import FOUNDING, BoardRule
from consent.board_tables import board_item
from consent.facts import BoardResult, BoardSubjectKind
from consent.tables import board_decision, board_subject
from pds.core.database import Snapshot
from pds.core.errors import Invalid

_NAME = "board-rule"
_ADOPTED = (BoardResult.APPROVED.value, BoardResult.APPROVED_WITH_CONDITIONS.value)


def in_force(snap: Snapshot) -> BoardRule:
    """Return the rule by which the board decides now."""
    query = (
        select(board_item.c.document)
        .join(
            board_subject,
            (board_subject.c.kind == board_item.c.kind)
            & (board_subject.c.subject_id == board_item.c.subject_id),
        )
        .where(
            board_item.c.kind == BoardSubjectKind.BOARD_RULE.value,
            board_subject.c.result.in_(_ADOPTED),
        )
        .join(
            board_decision, board_decision.c.decision_id == board_subject.c.decision_id
        )
        .order_by(board_decision.c.decided_at.desc(), board_item.c.edition.desc())
        .limit(1)
    )
    document = snap.connection.execute(query).scalar()
    if document is None:
        return FOUNDING
    return board_rule.read(parse_canonical(bytes(document)))


def definition(rule: BoardRule) -> Definition:
    """Return a rule as the board decides on it."""
    return Definition(
        kind=BoardSubjectKind.BOARD_RULE,
        name=_NAME,
        title={
            "ja": "審査会の定足数と議決の規程",
            "en": "Quorum and votes of the board",
        },
        document=rule.document(),
    )


def enter_founding(work: Work) -> None:
    """Enter the founding rule, so that the board decides on it like on any other."""
    if not board_items.editions(work, BoardSubjectKind.BOARD_RULE, _NAME):
        board_items.register(work, definition(FOUNDING))


def enter(work: Work, document: dict[str, Any]) -> str:
    """Enter the text of a new rule, to be decided on; return its subject id.

    Raises:
        Invalid: `board.rule`; it is less than any rule must be.
    """
    try:
        rule = board_rule.read(document)
    except (KeyError, TypeError, ValueError) as error:
        raise Invalid("board.rule", "A board cannot work under this rule.") from error
    return board_items.register(work, definition(rule))
