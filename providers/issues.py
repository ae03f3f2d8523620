"""Issues: what a reader found wrong, by code, severity, path and message.

Codes are stable and listed in `docs/formats/intake.md`. `PHR-…` codes concern health
records and all files, `RCP-…` receipts, `INT-…` what every door refuses. A message
never repeats a value, because values are personal data and issues are shown.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """How bad it is: an error rejects the item, the others are stored with it."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


SEVERITIES: dict[str, Severity] = {
    **dict.fromkeys(
        (
            *("PHR-F01", "PHR-F02", "PHR-F03", "PHR-F04", "PHR-F05", "PHR-F06"),
            *("PHR-S10", "PHR-S11", "PHR-S12", "PHR-S13", "PHR-S20", "PHR-S21"),
            *("PHR-S30", "PHR-S31", "PHR-S32"),
            *("PHR-V10", "PHR-V11", "PHR-V21", "PHR-V30", "PHR-V41"),
            *("RCP-S10", "RCP-S11", "RCP-S12", "RCP-S20"),
            *("RCP-A03", "RCP-A04", "RCP-T02", "RCP-N01", "RCP-R01"),
            *("INT-N01", "INT-N02"),
        ),
        Severity.ERROR,
    ),
    **dict.fromkeys(
        (
            *("PHR-S14", "PHR-V12", "PHR-V13", "PHR-V20", "PHR-V22", "PHR-V31"),
            *("PHR-V32", "PHR-V40", "PHR-V42", "RCP-A01", "RCP-A02", "RCP-A05"),
            *("RCP-A06", "RCP-T01", "RCP-T04", "RCP-N02", "RCP-G01"),
        ),
        Severity.WARNING,
    ),
    **dict.fromkeys(
        (
            *("PHR-D01", "PHR-S22", "PHR-S23", "RCP-D01", "RCP-N03", "RCP-G02"),
            *("RCP-P01", "RCP-L01"),
        ),
        Severity.INFO,
    ),
}
"""Every code with its one severity."""


@dataclass(frozen=True, slots=True)
class Issue:
    """One finding.

    Attributes:
        code: a key of `SEVERITIES`.
        path: where, as a FHIRPath-like path inside the item; empty for all of it.
        message: one sentence without personal data.
    """

    code: str
    path: str
    message: str

    @property
    def severity(self) -> Severity:
        """The severity that the code carries."""
        return SEVERITIES[self.code]

    def as_json(self) -> dict[str, str]:
        """Return the form that headers, reports and answers carry."""
        return {
            "code": self.code,
            "severity": self.severity.value,
            "path": self.path,
            "message": self.message,
        }


def has_error(issues: Iterable[Issue]) -> bool:
    """Say whether any of these issues rejects its item."""
    return any(issue.severity is Severity.ERROR for issue in issues)


def quality(issues: Sequence[Issue]) -> dict[str, Any]:
    """Return the `quality` and `issues` members of a record's header."""
    if not issues:
        return {"quality": "ok"}
    is_flagged = any(issue.severity is Severity.WARNING for issue in issues)
    return {
        "quality": "warning" if is_flagged else "ok",
        "issues": [issue.as_json() for issue in issues],
    }


class FileRefused(Exception):  # noqa: N818 - reads as the state that it names
    """The file as a whole cannot be read; the issue says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.issue = Issue(code, "", message)
