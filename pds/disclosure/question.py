"""What a recipient asks for: filters inside its consent, never beyond it."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from audit.canonical import canonical
from consent.terms import ProvisionForm
from pds.core.errors import Invalid

DEFAULT_LIMIT = 100
MOST_RECORDS = 1000
"""Records of one page, and of one chunk of a stream."""

_MEMBERS = frozenset({"category", "from", "until", "limit", "cursor"})
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LIMIT = re.compile(r"[1-9][0-9]{0,3}")


@dataclass(frozen=True, kw_only=True)
class Question:
    """A request for records.

    Attributes:
        categories: ids or prefixes to narrow to; empty asks for all that is consented.
        first_day: earliest day wanted, in Asia/Tokyo, or None.
        last_day: latest day wanted, or None.
        limit: most records of a page, 1 to 1,000.
        cursor: the place to go on from, as an earlier page gave it.
        form: a copy, or a page to be looked at (`pds.disclosure.viewing`).
    """

    categories: tuple[str, ...] = ()
    first_day: date | None = None
    last_day: date | None = None
    limit: int = DEFAULT_LIMIT
    cursor: str | None = None
    form: ProvisionForm = ProvisionForm.COPY

    def digest(self) -> bytes:
        """Return eight bytes that name the filters, for binding cursors to them."""
        return sha256(
            canonical(
                {
                    "categories": sorted(self.categories),
                    "first": str(self.first_day),
                    "last": str(self.last_day),
                }
            )
        ).digest()[:8]


def parse(values: Mapping[str, Sequence[str]]) -> Question:
    """Read a question from query parameters.

    Raises:
        Invalid: a parameter is unknown, repeated or malformed.
    """
    unknown = set(values) - _MEMBERS
    if unknown:
        raise Invalid("disclosure.parameter", "An unknown parameter was sent.")
    return Question(
        categories=tuple(values.get("category", ())),
        first_day=_day(single(values, "from")),
        last_day=_day(single(values, "until")),
        limit=_limit(single(values, "limit")),
        cursor=single(values, "cursor"),
    )


def single(values: Mapping[str, Sequence[str]], name: str) -> str | None:
    """Return a parameter that may be given once, or None."""
    given = values.get(name, ())
    if len(given) > 1:
        raise Invalid("disclosure.parameter", f"{name} was sent more than once.")
    return given[0] if given else None


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    # fromisoformat alone would also take other spellings of a day.
    if _DAY.fullmatch(text):
        with suppress(ValueError):
            return date.fromisoformat(text)
    raise Invalid("disclosure.day", "A day is written YYYY-MM-DD.")


def _limit(text: str | None) -> int:
    if text is None:
        return DEFAULT_LIMIT
    if not _LIMIT.fullmatch(text) or int(text) > MOST_RECORDS:
        raise Invalid("disclosure.limit", f"A limit lies in 1 to {MOST_RECORDS}.")
    return int(text)
