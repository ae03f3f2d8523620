"""What may go wrong in the OAuth rules."""

from pds.core.errors import BankError, Kind


class OAuthError(BankError):
    """Base of the errors of this package; codes begin with `oauth.`."""


class InvalidClient(OAuthError):  # noqa: N818 - reads as the state that it names
    """A registration breaks a rule: key, redirect address or cap."""


class InvalidKey(OAuthError):  # noqa: N818 - reads as the state that it names
    """A JSON Web Key is not one that this profile takes."""


class UnknownRequest(OAuthError):  # noqa: N818 - reads as the state that it names
    """The pushed request is unknown, over, used, or another client's."""

    kind = Kind.NOT_FOUND
