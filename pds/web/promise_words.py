"""Public words for what recipients owe: duties and benefits; see `pds.web.words`."""

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import lazy_gettext as _l

DUTY_KINDS: Final[Mapping[str, Any]] = {
    "delete": _l("Delete the data"),
    "report": _l("Report what it was used for"),
}
"""Words for what a recipient owes after a consent."""

DUTY_STATES: Final[Mapping[str, Any]] = {
    "open": _l("Open"),
    "overdue": _l("Overdue"),
    "done": _l("Done"),
}
"""Words for where a duty stands."""

DUTY_TONES: Final[Mapping[str, str]] = {
    "open": "warn",
    "overdue": "bad",
    "done": "good",
}
"""Which colour goes with where a duty stands."""

BENEFIT_STATES: Final[Mapping[str, Any]] = {
    "promised": _l("Promised"),
    "due": _l("Due"),
    "overdue": _l("Overdue"),
    "delivered": _l("Delivered"),
    "lapsed": _l("Lapsed, no data was given"),
}
"""Words for where a benefit stands."""

BENEFIT_TONES: Final[Mapping[str, str]] = {
    "promised": "plain",
    "due": "warn",
    "overdue": "bad",
    "delivered": "good",
    "lapsed": "plain",
}
"""Which colour goes with where a benefit stands."""

BENEFIT_ANSWERS: Final[Mapping[str, Any]] = {
    "confirmed": _l("The person has it"),
    "disputed": _l("The person says that nothing came"),
}
"""Words for what the person says of a delivery."""

ERRORS: Final[Mapping[str, Any]] = {
    "duty.unknown": _l("There is no such duty."),
    "duty.done": _l("This duty was answered before."),
    "duty.stale": _l("The moment is before the end of the consent, or to come."),
    "duty.uses": _l("Enter 1 to 10 uses, each in one line of at most 200 characters."),
    "benefit.unknown": _l("There is no such benefit."),
    "benefit.not-owed": _l("Nothing of this benefit is owed."),
    "benefit.not-delivered": _l("There is no delivery to answer."),
    "benefit.stale": _l("The moment is before the promise, or to come."),
}
"""Words by error code, for `pds.web.reasons`."""

ACTS: Final[Mapping[str, Any]] = {
    "duty.overdue": _l("A recipient has not done in time what it owes."),
    "duty.done": _l("A recipient has done what it owed."),
    "benefit.overdue": _l("A benefit is overdue."),
    "benefit.delivered": _l("A recipient says that it delivered a benefit."),
    "benefit.confirmed": _l("A person confirmed a benefit."),
    "benefit.disputed": _l("A person says that a benefit did not come."),
}
"""Words for entries about what recipients owe."""
