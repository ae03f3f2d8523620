"""Errors of an import. Each carries the issues that a person can act on."""

from collections.abc import Sequence

from pds.core.errors import BankError, Kind
from providers.issues import Issue


class IntakeError(BankError):
    """Nothing of this delivery was stored.

    Args:
        code: stable code, key of public words.
        message: one sentence for the operator's log.
        issues: what is wrong, without personal data; `path` names the item.
    """

    def __init__(self, code: str, message: str, issues: Sequence[Issue]) -> None:
        super().__init__(code, message)
        self.issues = tuple(issues)


class FileUnreadable(IntakeError):  # noqa: N818 - reads as the state that it names
    """The file cannot be decoded, or is of a refused form (HTTP 400)."""

    kind = Kind.INVALID


class FileTooLarge(IntakeError):  # noqa: N818 - reads as the state that it names
    """The file is larger, or holds more items, than is taken at once (HTTP 413)."""

    kind = Kind.TOO_LARGE


class FileUnsupported(IntakeError):  # noqa: N818 - reads as the state that it names
    """No reader knows the format (HTTP 415)."""

    kind = Kind.UNSUPPORTED


class NothingAccepted(IntakeError):  # noqa: N818 - reads as the state that it names
    """Every item of the file was rejected (HTTP 422, with all issues)."""

    kind = Kind.INVALID


_REFUSALS: dict[str, tuple[type[IntakeError], str]] = {
    "PHR-F01": (FileUnsupported, "intake.unsupported"),
    "PHR-F04": (FileTooLarge, "intake.too-large"),
}


def refusal(issue: Issue) -> IntakeError:
    """Return the error of a file that was refused as a whole."""
    kind, code = _REFUSALS.get(issue.code, (FileUnreadable, "intake.unreadable"))
    return kind(code, f"{issue.code}: {issue.message}", [issue])
