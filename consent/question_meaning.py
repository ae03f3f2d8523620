"""What a question asks, apart from its words; another meaning is another id (D-08).

A yes names the question by its id, so what it was given to has to be what is answered
for as long as the id is in use. The words may change, which the board decides on as it
does on other texts. Category, days and rule may not: the board cannot approve such a
text, and what it has not approved is answered to nobody (G-05).
"""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from audit.canonical import canonical
from consent import board_items
from consent.board_decision import Decision
from consent.facts import BoardResult, BoardSubjectKind
from pds.core.database import Snapshot
from pds.core.errors import Invalid

_FIXED: Final = ("category", "days", "rule")
_APPROVING: Final = (BoardResult.APPROVED, BoardResult.APPROVED_WITH_CONDITIONS)


def meaning(document: Mapping[str, Any]) -> str:
    """Return the SHA-256, in hex, of what a question asks."""
    fixed = {name: document[name] for name in _FIXED}
    return hashlib.sha256(canonical(fixed)).hexdigest()


def check(snap: Snapshot, decision: Decision) -> None:
    """Refuse to approve a question that asks something else than its id did first.

    Raises:
        Invalid: `board.question-changed`.
    """
    if decision.kind is not BoardSubjectKind.QUESTION:
        return
    if decision.result not in _APPROVING:
        return
    name = decision.subject_id.partition("@")[0]
    known = board_items.editions(snap, decision.kind, name)
    meant = {meaning(x.document) for x in known if x.subject_id == decision.subject_id}
    if known and meant != {meaning(known[0].document)}:
        raise Invalid("board.question-changed", "It asks something else than before.")
