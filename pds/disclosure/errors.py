"""What can keep a disclosure from happening, beside a denial."""

from pds.core.errors import BankError, Kind


class InvalidToken(BankError):  # noqa: N818 - reads as the state that it names
    """The token is unknown, or presented with another key than it is bound to."""

    kind = Kind.UNAUTHENTICATED


class Replayed(BankError):  # noqa: N818 - reads as the state that it names
    """The proof was presented before."""

    kind = Kind.UNAUTHENTICATED


class Changed(Exception):  # noqa: N818 - a request to decide again, not a fault
    """The facts changed between decision and commit; the decision is made again."""
