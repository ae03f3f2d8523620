"""What a recipient asks of a cohort: a page of it, or one person's records."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from pds.core.errors import Invalid
from pds.disclosure import question
from pds.disclosure.question import Question

MOST_PERSONS: Final = 100
DEFAULT_PERSONS: Final = 50
DEFAULT_RECORDS: Final = 100
MOST_TOGETHER: Final = 10_000
"""Records after which a page of a cohort ends, however few its persons."""

_MEMBERS: Final = frozenset({"cursor", "since", "limit", "records"})
_MONTH: Final = re.compile(r"20[0-9]{2}-(?:0[1-9]|1[0-2])")
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,3}")


@dataclass(frozen=True, kw_only=True)
class CohortPage:
    """A request for a page of a cohort.

    Attributes:
        cursor: `next` of the page before, or None to begin a sweep.
        since: `since` of the sweep that the recipient holds; only at the beginning.
        persons: most persons of the page, 1 to 100.
        records: most records of each person, 1 to 1,000.
    """

    cursor: str | None = None
    since: str | None = None
    persons: int = DEFAULT_PERSONS
    records: int = DEFAULT_RECORDS


def parse_cohort(values: Mapping[str, Sequence[str]]) -> CohortPage:
    """Read a request for a page from query parameters.

    Raises:
        Invalid: a parameter is unknown, repeated or malformed.
    """
    if set(values) - _MEMBERS:
        raise Invalid("disclosure.parameter", "An unknown parameter was sent.")
    cursor = question.single(values, "cursor")
    since = question.single(values, "since")
    if cursor is not None and since is not None:
        raise Invalid("disclosure.parameter", "A cursor knows since when.")
    return CohortPage(
        cursor=cursor,
        since=since,
        persons=_number(values, "limit", DEFAULT_PERSONS, MOST_PERSONS),
        records=_number(values, "records", DEFAULT_RECORDS, question.MOST_RECORDS),
    )


def parse_subject(values: Mapping[str, Sequence[str]]) -> tuple[str, Question]:
    """Read a request for one person's records from query parameters.

    Returns:
        The recipient's name for the person, and the question.

    Raises:
        Invalid: a parameter is unknown, repeated or malformed.
    """
    subject = question.single(values, "subject")
    if subject is None:
        raise Invalid("disclosure.parameter", "A subject has to be named.")
    rest = {name: given for name, given in values.items() if name != "subject"}
    return subject, question.parse(rest)


def parse_month(values: Mapping[str, Sequence[str]]) -> date:
    """Read the month of statistics from query parameters; return its first day.

    Raises:
        Invalid: a parameter is unknown, repeated, missing or malformed.
    """
    text = question.single(values, "month") or ""
    if set(values) - {"month"} or not _MONTH.fullmatch(text):
        raise Invalid("disclosure.parameter", "A month is written YYYY-MM.")
    return date.fromisoformat(f"{text}-01")


def _number(
    values: Mapping[str, Sequence[str]], name: str, default: int, most: int
) -> int:
    text = question.single(values, name)
    if text is None:
        return default
    if not _NUMBER.fullmatch(text) or int(text) > most:
        raise Invalid("disclosure.limit", f"{name} lies in 1 to {most}.")
    return int(text)
