"""What can go wrong between a recipient and the bank."""


class RecipientError(Exception):
    """The bank refused, or an answer is not what it claims to be.

    Attributes:
        status: HTTP status of the refusal, 0 if there was none.
        code: error code of the refusal, if it carried one.
    """

    def __init__(self, message: str, *, status: int = 0, code: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code

    @property
    def is_the_end(self) -> bool:
        """Whether the consent is over, so that nothing more will ever come."""
        return self.status == 401 or self.code == "invalid_grant"  # noqa: PLR2004 - HTTP


class NotOurAnswer(RecipientError):  # noqa: N818 - reads as what it names
    """An answer to the redirect address that is not to be believed."""


class WrongProof(RecipientError):  # noqa: N818 - reads as what it names
    """A body that does not fit its digest or its receipt."""
