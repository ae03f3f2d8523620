"""The one family of errors that this project raises on purpose.

Each error has a *kind*, which decides the HTTP status, and a *code*, which decides
the words that a person or a client reads; both are mapped in `pds.web.problems`.
The message is for the operator's log and must hold no personal data and no secret.
"""

from enum import StrEnum


class Kind(StrEnum):
    """What went wrong, in terms of who can mend it."""

    INVALID = "invalid"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    TOO_LARGE = "too_large"
    UNSUPPORTED = "unsupported"
    TOO_MANY = "too_many"
    UNAVAILABLE = "unavailable"


class BankError(Exception):
    """Base of every error of ours; packages subclass it.

    Args:
        code: stable text such as `intake.file-too-large`; the key of public words.
        message: one sentence for the operator's log.
    """

    kind = Kind.INVALID

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(message or code)
        self.code = code


class Unavailable(BankError):  # noqa: N818 - reads as the state that it names
    """The store cannot commit now; nothing was written and nothing may be released."""

    kind = Kind.UNAVAILABLE


class NotFound(BankError):  # noqa: N818 - reads as the state that it names
    """There is no such thing, or the caller may not know that there is."""

    kind = Kind.NOT_FOUND


class Forbidden(BankError):  # noqa: N818 - reads as the state that it names
    """The caller is known and may not do this."""

    kind = Kind.FORBIDDEN


class Conflict(BankError):  # noqa: N818 - reads as the state that it names
    """The state changed meanwhile, or does not allow this act."""

    kind = Kind.CONFLICT


class Invalid(BankError):  # noqa: N818 - reads as the state that it names
    """The input breaks a stated rule."""
