"""Public words for codes: errors, reasons of a denial, states, events.

A code that has no words of its own gets those of its kind, so that nothing internal
ever reaches a page.
"""

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import lazy_gettext as _l

from pds.core.errors import BankError, Kind

_KINDS: Final[Mapping[Kind, Any]] = {
    Kind.INVALID: _l("What you entered breaks a rule. Nothing was changed."),
    Kind.UNAUTHENTICATED: _l("Please log in first."),
    Kind.FORBIDDEN: _l("Your role does not allow this."),
    Kind.NOT_FOUND: _l("This does not exist, or it is not yours to see."),
    Kind.CONFLICT: _l("This has changed in the meantime. Look at it again, please."),
    Kind.TOO_LARGE: _l("What you sent is larger than the service accepts."),
    Kind.UNSUPPORTED: _l("The service does not know this kind of file."),
    Kind.TOO_MANY: _l("Too many attempts. Wait a few minutes, please."),
    Kind.UNAVAILABLE: _l(
        "The service cannot do this now. Nothing was changed and nothing was sent."
    ),
}

ERRORS: Final[Mapping[str, Any]] = {}
"""Words by error code; the rest speak by their kind."""


def public_words(error: BankError) -> str:
    """Return what a person or a client may read about an error."""
    return str(ERRORS.get(error.code, _KINDS[error.kind]))
