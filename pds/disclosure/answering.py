"""Answers a reviewed question from records; `answer_to` is pure."""

from dataclasses import dataclass
from typing import Final

from audit.canonical import canonical
from consent.selection import Selection
from pds.core.database import Snapshot
from pds.core.ids import OwnerId
from pds.core.vocabulary import questions
from pds.core.vocabulary.questions import Question, Rule, RuleKind
from pds.disclosure.reading import list_leaf, records
from pds.disclosure.sums import Sum
from pds.vault.records import Cursor
from pds.vault.service import Vault

SCHEMA: Final = "answer/1"
YES: Final = "yes"
NO: Final = "no"
UNKNOWN: Final = "unknown"
_END: Final = b'"schema":"answer/1"}'


@dataclass(frozen=True)
class Answered:
    """The one object that goes.

    Attributes:
        row: the JSON object.
        leaves: leaf hashes of the records that were looked at.
    """

    row: bytes
    leaves: list[bytes]

    @property
    def count(self) -> int:
        """One answer."""
        return 1

    @property
    def following(self) -> Cursor | None:
        """Nothing follows an answer."""
        return None

    def objects(self, _between: bytes = b",") -> bytes:
        """Return the very bytes that go."""
        return self.row


def read(
    vault: Vault, snap: Snapshot, owner: OwnerId, selection: Selection
) -> Answered:
    """Answer the question of a selection as of yesterday."""
    asked = questions.get(selection.question or "")
    found, leaves = Sum(), []
    for record in records(vault, snap, owner, selection, None):
        found.add(record)
        leaves.append(list_leaf(record))
    return Answered(_row(asked, answer_to(asked.rule, found)), leaves)


def answer_to(rule: Rule, found: Sum) -> str:
    """Return `yes`, `no` or `unknown`.

    Args:
        rule: of the question.
        found: all records of its category in its days, summed up.
    """
    if rule.kind is RuleKind.ANY_RECORD:
        # That the bank has no record does not say that there was nothing.
        return YES if found.count else UNKNOWN
    if rule.kind is RuleKind.DAYS_WITH_RECORDS:
        return YES if len(found.days) >= rule.at_least else NO
    if rule.kind is RuleKind.SPENT:
        value, days = found.spent(rule.currency)
    else:
        value, days = found.measured(rule.concept)
    if days < max(rule.least_days, 1):
        return UNKNOWN
    # Multiplied, because a quotient would have to be rounded.
    bar = rule.at_least * (days if rule.kind is RuleKind.MEAN_PER_DAY else 1)
    return YES if value >= bar else NO


def is_answer(row: bytes) -> bool:
    """Say whether a JSON object that goes is an answer."""
    return row.endswith(_END)


def _row(asked: Question, answer: str) -> bytes:
    told = {"answer": answer, "question": asked.id, "version": asked.version}
    return canonical({"payload": told, "schema": SCHEMA})
