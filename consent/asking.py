"""The gate of detail `answer`: a question is asked as it was reviewed, or not; pure.

Question, category and days are fixed by the reviewed list, so a recipient cannot put
the same question to other days and work out from many answers what none of them says.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from consent.facts import BoardSubjectKind, ConsentFacts, DisclosureRequest, Facts
from consent.reasons import Reason
from consent.selection import covered
from consent.terms import Window
from pds.core.clock import TOKYO
from pds.core.vocabulary import questions
from pds.core.vocabulary.questions import Question


def question(
    request: DisclosureRequest, facts: Facts, _now: datetime
) -> Iterator[Reason]:
    """The question is reviewed and asked of exactly what it reads (X-09, D-03)."""
    found = facts.consent
    if found is None or found.terms.question is None:
        return
    asked = questions.ALL.get(found.terms.question)
    if asked is None:
        yield Reason.QUESTION_UNKNOWN
        return
    if not any(each.kind is BoardSubjectKind.QUESTION for each in facts.board):
        yield Reason.BOARD_MISSING
    if not _reads(asked, request, found):
        yield Reason.QUESTION_OTHER_DATA
    if not _covers(found.terms.window, asked, found.given_at):
        yield Reason.QUESTION_OTHER_DAYS
    if (request.first_day, request.last_day) != (None, None):
        yield Reason.QUESTION_OTHER_DAYS


def _reads(asked: Question, request: DisclosureRequest, found: ConsentFacts) -> bool:
    chosen = covered(request, found)
    agreed = covered(DisclosureRequest(recipient_id=""), found)
    return {asked.category} == {each.id for each in (*chosen, *agreed)}


def _covers(window: Window, asked: Question, given_at: datetime) -> bool:
    """Say whether the days agreed hold all that the question will ever look at."""
    begins = given_at.astimezone(TOKYO).date() - timedelta(days=asked.days)
    return window.last is None and window.first <= begins
