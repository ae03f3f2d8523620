"""Words for data sets."""

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import lazy_gettext as _l

KINDS: Final[Mapping[str, Any]] = {
    "pseudonymised": _l("Pseudonymised"),
    "anonymised": _l("Anonymised"),
}
"""Words for the kinds of data sets."""

STATES: Final[Mapping[str, Any]] = {
    "ordered": _l("Waits for the ethics board"),
    "making": _l("Being made"),
    "ready": _l("Ready"),
    "failed": _l("Not made"),
    "deleted": _l("Deleted"),
}
"""Words for the state of a data set."""

FAILURES: Final[Mapping[str, Any]] = {
    "too-few": _l(
        "No group had enough persons. Choose more months, a smaller group, or wait"
        " until more persons said yes."
    ),
    "too-large": _l(
        "There are more rows than this service can make at once. Order fewer months."
    ),
    "attempts": _l(
        "Making it was tried five times and never came to an end. The operator's log"
        " says what went wrong. Order it again when that is mended."
    ),
    "error": _l(
        "An error came up. The operator's log says which. Order it again when that is"
        " mended."
    ),
}
"""Words for why a data set was not made, and what to do."""

ERRORS: Final[Mapping[str, Any]] = {
    "data-set.k": _l("The groups would be smaller than this bank allows."),
    "data-set.purpose": _l("Say what the data set is for, in both languages."),
    "data-set.period": _l("Choose at most 12 months, all of which are over."),
    "data-set.unknown": _l("There is no such data set."),
    "data-set.not-ready": _l("The data set is not ready, or was deleted already."),
    "data-set.kind": _l(
        "Only anonymised data sets may be given away. The law forbids it for all"
        " others."
    ),
    "data-set.board": _l("The ethics board has not approved it."),
    "data-set.announced": _l("The data set was announced already."),
    "data-set.too-large": _l("The data set is too large to be published."),
}
"""Public words for errors about data sets."""

LOOKS: Final[Mapping[str, Any]] = {
    "data-set.read": _l(
        "The bank read your records to make a data set without names. You allowed this"
        " under Consents."
    ),
}
"""Words for why the bank read records."""
