"""What a check of a consent receipt can find."""

from enum import StrEnum
from typing import Final


class ReceiptVerdict(StrEnum):
    """What a check of a consent receipt can find, good and bad."""

    UNREADABLE = "unreadable"
    OTHER_KEY = "other-key"
    FORGED = "forged"
    SIGNED = "signed"
    NOT_IN_LOG = "not-in-log"
    OTHER_ENTRY = "other-entry"
    ENTRY_HOLDS = "entry-holds"
    ENTRY_SEALED = "entry-sealed"
    CHECKPOINT_FORGED = "checkpoint-forged"
    LOG_DIFFERS = "log-differs"
    LOG_HOLDS = "log-holds"
    CHECKPOINT_NONE = "checkpoint-none"
    OTHER_HISTORY = "other-history"
    HISTORY_HOLDS = "history-holds"
    HISTORY_SEALED = "history-sealed"


HOLDS: Final = frozenset(
    {
        ReceiptVerdict.SIGNED,
        ReceiptVerdict.ENTRY_HOLDS,
        ReceiptVerdict.LOG_HOLDS,
        ReceiptVerdict.HISTORY_HOLDS,
    }
)
"""Verdicts that speak for a receipt."""

UNKNOWN: Final = frozenset(
    {
        ReceiptVerdict.ENTRY_SEALED,
        ReceiptVerdict.CHECKPOINT_NONE,
        ReceiptVerdict.HISTORY_SEALED,
    }
)
"""Verdicts that say that something could not be checked."""


class Unsound(Exception):  # noqa: N818 - carries a verdict, is no failure
    """A text is no receipt of this bank; nothing was looked up for it.

    Attributes:
        verdict: why.
    """

    def __init__(self, verdict: ReceiptVerdict) -> None:
        super().__init__(verdict.value)
        self.verdict = verdict
