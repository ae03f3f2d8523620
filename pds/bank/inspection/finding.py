"""What an inspection found: one line for a person, the same as data for a program."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from audit.errors import VerificationError
from pds.bank.errors import DRIVER_ERRORS
from pds.core.errors import BankError


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        name: stable text such as `log.mark`, for programs.
        is_good: whether it is as it should be.
        said: what was found, in a few words, without personal data or secrets.
        advice: what to do; empty when all is well.
    """

    name: str
    is_good: bool
    said: str
    advice: str = ""


class Wrong(Exception):  # noqa: N818 - reads as the state that it names
    """Something is not as it should be.

    Args:
        said: what is wrong.
        advice: what to do about it.
    """

    def __init__(self, said: str, advice: str) -> None:
        super().__init__(said)
        self.advice = advice


@dataclass(frozen=True, slots=True)
class Check:
    """A question: its name, and what answers it with a few words or raises."""

    name: str
    ask: Callable[[], str]
    advice: str = "See docs/operations.md."


def findings(checks: Iterator[Check]) -> Iterator[Finding]:
    """Ask every question; whatever goes wrong in one is its answer."""
    for check in checks:
        yield _answer(check)


def _answer(check: Check) -> Finding:
    try:
        return Finding(check.name, is_good=True, said=check.ask())
    except Wrong as error:
        return Finding(check.name, is_good=False, said=str(error), advice=error.advice)
    except DRIVER_ERRORS as error:
        # A driver's text may quote values.
        said = f"the database fails: {type(error).__name__}"
        return Finding(check.name, is_good=False, said=said, advice=check.advice)
    except (TypeError, KeyError) as error:
        # A column holds what nobody could have written there.
        said = f"what is stored cannot be read: {type(error).__name__}"
        return Finding(check.name, is_good=False, said=said, advice=check.advice)
    except (BankError, VerificationError, OSError, ValueError) as error:
        return Finding(check.name, is_good=False, said=str(error), advice=check.advice)
