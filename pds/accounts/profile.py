"""The profile of an account: what is sealed under its owner's account key.

The plaintext is canonical JSON {"birth_date", "name", "v"}; `birth_date` is an ISO day
or "" for accounts that are not persons'.
"""

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from audit.canonical import canonical, parse_canonical
from pds.accounts.age_policy import FULL_AGE
from pds.core.clock import TOKYO
from pds.core.errors import Invalid

LABEL: Final = b"sys.account"
"""Label of the envelope's additional data."""

_VERSION: Final = 1
_LONGEST_NAME: Final = 100
_EARLIEST: Final = date(1900, 1, 1)


@dataclass(frozen=True, slots=True)
class Profile:
    """Who an account belongs to.

    Attributes:
        name: how the bank addresses the holder.
        birth_date: a person's day of birth; None for other roles.
    """

    name: str
    birth_date: date | None

    def encode(self) -> bytes:
        """Return the plaintext."""
        born = "" if self.birth_date is None else self.birth_date.isoformat()
        return canonical({"birth_date": born, "name": self.name, "v": _VERSION})

    @classmethod
    def decode(cls, plaintext: bytes) -> "Profile":
        """Read the plaintext.

        Raises:
            Invalid: `accounts.profile-version`: written by a newer program.
        """
        read = parse_canonical(plaintext)
        if read["v"] != _VERSION:
            raise Invalid("accounts.profile-version", "The profile is of a new kind.")
        born = read["birth_date"]
        return cls(read["name"], date.fromisoformat(born) if born else None)


def check_name(name: str) -> None:
    """Check a name.

    Raises:
        Invalid: `accounts.name`: empty, too long or with control characters.
    """
    # Python counts the Japanese wide space among what cannot be printed.
    is_text = bool(name.strip()) and name.replace("\u3000", " ").isprintable()
    if not is_text or len(unicodedata.normalize("NFC", name)) > _LONGEST_NAME:
        raise Invalid("accounts.name", "The name is empty, too long or no text.")


def check_birth_date(
    birth_date: date | None, now: datetime, youngest: int = FULL_AGE
) -> None:
    """Check that a person is old enough for an account here.

    Args:
        birth_date: the day of birth.
        now: the moment of the sign-up.
        youngest: age from which the operator admits persons.

    Raises:
        Invalid: `accounts.birth-date` (missing, in the future or before 1900) or
            `accounts.under-age` (too young in Japan today).
    """
    today = now.astimezone(TOKYO).date()
    if birth_date is None or not _EARLIEST <= birth_date <= today:
        raise Invalid("accounts.birth-date", "The day of birth cannot be right.")
    if today < turns(birth_date, youngest):
        raise Invalid("accounts.under-age", "The person is too young.")


def turns(birth_date: date, age: int) -> date:
    """Return the day on which somebody reaches an age: the birthday.

    Who was born on a leap day reaches it on 1 March (Civil Code, article 143: a year
    without the corresponding day ends with the last day of its month).
    """
    year = birth_date.year + age
    try:
        return birth_date.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def comes_of_age(birth_date: date) -> date:
    """Return the day from which somebody is of full age."""
    return turns(birth_date, FULL_AGE)
