"""The form of a decision: what a member writes down before the others vote."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from flask_babel import gettext as _

from consent import board
from consent.board import Condition, Decision
from consent.board_items import BoardItem
from consent.facts import BoardResult
from pds.core.clock import end_of
from pds.oversight.decisions import Item
from pds.web.forms import Form

RESULTS: Final = (
    BoardResult.APPROVED,
    BoardResult.APPROVED_WITH_CONDITIONS,
    BoardResult.REJECTED,
    BoardResult.SUSPENDED,
)
CONDITIONS: Final = 3
"""Rows for conditions on the page."""

LONGEST: Final = 4_000
SAME: Final = "same"
MEANINGS: Final = ("other", SAME)
"""What a changed text may mean; a new consent is needed unless it is the same."""


def read(form: Form, item: Item, before: BoardItem | None = None) -> Decision | None:
    """Read a decision about a thing; None if something is wrong with the form.

    `before` is the text that was approved before, of what consents name.
    """
    result = form.choice(
        "result", [each.value for each in RESULTS], needed=_("Choose the result.")
    )
    answers = {
        name: form.text(name, needed=_("Answer this question."), longest=LONGEST)
        for name in board.QUESTIONS
    }
    conditions = tuple(_conditions(form))
    if result == BoardResult.APPROVED_WITH_CONDITIONS and not conditions:
        form.fail("condition_1", _("Write down the conditions."))
    summary = {
        language: form.text(f"summary_{language}", longest=LONGEST)
        for language in ("ja", "en")
    }
    if any(summary.values()) and not all(summary.values()):
        form.fail("summary_ja", _("Write the summary in both languages, or in none."))
    because = _continues(form) if before else ""
    dissent = form.text("dissent", longest=LONGEST)
    last = form.day("valid_until", needed=_("Enter a day such as 2027-03-31."))
    review = _optional_day(form, "review_at")
    if not form.is_good or last is None:
        return None
    return Decision(
        kind=item.kind,
        subject_id=item.subject_id,
        subject_version=item.version,
        result=BoardResult(result),
        answers=answers,
        valid_until=end_of(last),
        conditions=conditions,
        dissent=dissent,
        summary=summary if all(summary.values()) else {},
        review_at=end_of(review) if review else None,
        continues=before.subject_id if before and because else "",
        continues_because=because,
    )


def _continues(form: Form) -> str:
    """Return why a text means what the one before meant; empty if it does not."""
    # What is not said is the default: a new consent is needed.
    if form.text("meaning") != SAME:
        return ""
    return form.text(
        "continues_because",
        needed=_("Write why it means the same."),
        longest=LONGEST,
    )


def _conditions(form: Form) -> Iterator[Condition]:
    for n in range(1, CONDITIONS + 1):
        words = form.text(f"condition_{n}", longest=LONGEST)
        due = _optional_day(form, f"due_{n}")
        if words and due is None:
            form.fail(f"due_{n}", _("Enter a day such as 2027-03-31."))
        elif due and not words:
            form.fail(f"condition_{n}", _("Write down the conditions."))
        elif words and due:
            yield Condition(words, end_of(due))


def _optional_day(form: Form, name: str) -> date | None:
    if not form.text(name, longest=10):
        return None
    return form.day(name, needed=_("Enter a day such as 2027-03-31."))
