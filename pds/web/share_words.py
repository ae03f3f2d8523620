"""Words about links to a doctor."""

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import lazy_gettext as _l

STATES: Final[Mapping[str, Any]] = {
    "open": _l("Can be opened"),
    "used": _l("Opened, used up"),
    "cut": _l("Cut"),
    "locked": _l("Locked after wrong passcodes"),
    "over": _l("Its time is over"),
}
"""Words for where a link stands."""

TONES: Final[Mapping[str, str]] = {"open": "warn", "used": "good", "locked": "bad"}
"""Colours of states; the others are plain."""

ERRORS: Final[Mapping[str, Any]] = {
    "health-link.text": _l(
        "This is not a link of this bank, or part of it is missing."
    ),
    "health-link.gone": _l("This link opens nothing, or nothing any more."),
    "health-link.recipient": _l("Say who opens it, in at most 100 characters."),
    "health-link.passcode": _l("A passcode has 6 to 64 characters."),
    "health-link.empty": _l("You have no such records in this time."),
    "health-link.too-many-records": _l(
        "These are too many records for a link. Choose fewer kinds or a shorter time."
    ),
    "health-link.too-many": _l("Ten links are open already. Cut one first."),
    "health-link.terms": _l("Choose from the list."),
}
"""Words for what goes wrong."""

REASONS: Final[Mapping[str, Any]] = {
    "health-link.made": _l("You made a link to a doctor."),
    "health-link.cut": _l("You cut a link to a doctor."),
    "health-link.over": _l("The time of a link to a doctor was over."),
    "health-link.locked": _l("A link to a doctor was locked after wrong passcodes."),
}
"""Words for what became of a link, in the log."""

FORMS: Final[Mapping[str, Any]] = {"health-link": _l("By a link to a doctor")}
"""How data goes by a link, beside the provision forms of consents."""
