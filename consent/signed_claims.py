"""What a recipient's statement claims, read before any key is tried.

It names the recipient whose keys are tried then, and the thing that it is about;
nothing of it is believed before.
"""

import json
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from consent.oauth import statements
from consent.oauth.opaque import decode
from pds.core.clock import from_millis
from pds.core.errors import Invalid

SKEW: Final = timedelta(minutes=5)
"""How far the clock of a recipient may be ahead."""
_BROKEN: Final = (
    ValueError,
    KeyError,
    TypeError,
    IndexError,
    AttributeError,
    OverflowError,
    RecursionError,
)


def read(text: str, about: str) -> dict[str, Any]:
    """Return the claimed members of a statement.

    Args:
        text: the compact JWS.
        about: name of the member that holds the id of what it is about.

    Raises:
        Invalid: `statement.unsound`; it is no JWS, or `recipient_id`, the id, the
            moment `at`, or the list `uses` that may be there are of another form.
    """
    if len(text) > statements.LONGEST:
        raise unsound()
    try:
        said = json.loads(decode(text.strip().split(".")[1]))
        texts = (said["recipient_id"], said[about], *said.get("uses", ()))
        UUID(said[about])
        from_millis(said["at"])
    except _BROKEN:
        raise unsound() from None
    if not all(isinstance(each, str) for each in texts):
        raise unsound()
    return dict(said)


def typ(text: str) -> str:
    """Return the kind that the header claims.

    Raises:
        Invalid: `statement.unsound`.
    """
    if len(text) > statements.LONGEST:
        raise unsound()
    try:
        return str(json.loads(decode(text.strip().split(".")[0]))["typ"])
    except _BROKEN:
        raise unsound() from None


def unsound() -> Invalid:
    """Return the refusal of a statement, whatever is wrong with it."""
    return Invalid("statement.unsound", "The statement is not sound.")
