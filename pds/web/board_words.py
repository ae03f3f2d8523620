"""Public words of the ethics board: kinds, results, fields, votes, errors."""

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import lazy_gettext as _l

BOARD_KINDS: Final[Mapping[str, Any]] = {
    "recipient": _l("Recipient"),
    "contract": _l("Contract"),
    "offer": _l("Offer"),
    "data-set": _l("Data set"),
    "purpose": _l("Purpose"),
    "screen": _l("Consent screen"),
    "scoring-rule": _l("Scoring rule"),
    "ranking-rule": _l("Ranking rule"),
    "default": _l("Default setting"),
    "mandate-terms": _l("Terms of the mandate"),
    "question": _l("Question to the data"),
    "vocabulary": _l("Vocabulary"),
    "profile": _l("Certification profile"),
    "member": _l("Board member"),
    "board-rule": _l("Rule of the board"),
}
"""Words for what the board decides on."""

BOARD_RESULTS: Final[Mapping[str, Any]] = {
    "approved": _l("Approved"),
    "approved-with-conditions": _l("Approved with conditions"),
    "rejected": _l("Rejected"),
    "suspended": _l("Suspended"),
}
"""Words for what the board decided."""

MEMBER_FIELDS: Final[Mapping[str, Any]] = {
    "engineer": _l("Engineering"),
    "security": _l("Information security"),
    "lawyer": _l("Law"),
    "data-ethics": _l("Data ethics"),
    "consumer": _l("Consumers"),
    "medical": _l("Medical care"),
    "other": _l("Other field"),
}
"""Words for the fields of the board's members."""

MEMBER_STATES: Final[Mapping[str, Any]] = {
    "nominated": _l("Nominated"),
    "sitting": _l("Sits"),
    "refused": _l("Refused by the board"),
    "ended": _l("Ended"),
}
"""Words for where a term of office stands."""

SENSITIVITIES: Final[Mapping[str, Any]] = {
    "general": _l("General"),
    "health-general": _l("Health, general"),
    "special-care": _l("Special care by law"),
    "prohibited": _l("Never accepted"),
}
"""Words for how careful one has to be with a category."""

VOTES: Final[Mapping[str, Any]] = {
    "yes": _l("Yes, I agree"),
    "no": _l("No, I object"),
    "abstain": _l("I abstain"),
}
"""Words for votes of the board."""

ERRORS: Final[Mapping[str, Any]] = {
    "board.undecided": _l("The board has not approved this in its present version."),
    "board.conditions": _l("Each condition needs words and a day that is to come."),
    "board.too-long": _l("At most 4,000 characters each."),
    "board.result": _l("This does not fit the member's term."),
    "vocabulary.unknown": _l("There is no such purpose or category."),
    "board.continues": _l("Consents cannot go on under this decision."),
    "board.rule": _l("A board cannot work under this rule. Look at the limits."),
    "board.constitution-gone": _l(
        "This waits no more: it is done, too old, or others are nominated by now."
    ),
    "board.constitution-own": _l("Another member of staff has to approve it."),
    "board.constitution-waits": _l("It waits for another member of staff already."),
    "board.sits": _l("The board decides on its members itself."),
    "board.too-few": _l("With these members the board could not decide."),
    "board.answer": _l("Write 1 to 4,000 characters."),
    "board.no-request": _l("There is no such request."),
    "board.answered": _l("The request is answered already."),
    "board.closed": _l("The vote is over."),
    "board.voted": _l("You have voted already."),
    "board.not-yours": _l("Only the member concerned can do this."),
    "board.not-stopped": _l("The board decides on this together."),
    "board.no-proposal": _l("There is no such proposal."),
    "board.no-condition": _l("There is no such condition."),
    "board.condition-met": _l("The condition is met already."),
    "board.condition-overdue": _l(
        "The day of the condition is over, so the approval has ended. Propose a new"
        " decision."
    ),
    "board.question-changed": _l(
        "This question asks something else than before. It needs another id."
    ),
    "board.nothing-to-decide": _l("Nothing like this needs a decision."),
    "member.known": _l("This account is nominated or sits already."),
    "member.name": _l("Enter a name of at most 100 characters."),
    "member.employer": _l("Enter the employer."),
    "member.term_until": _l("A term ends in the future, within four years."),
    "member.not-sitting": _l("Only a sitting member of the board may do this."),
    "member.conflict": _l("You have a conflict of interest in this matter."),
    "member.unknown": _l("There is no such member."),
    "board.valid_until": _l("The decision would have expired already."),
}
"""Public words for errors of the board's pages."""
