"""What a person has to know before data goes to another country (Z-01, Z-03); pure.

The law asks for the name of the country, its system of data protection and the
measures of the recipient (APPI article 28, Rules article 17). All of it is looked at
anew at least once a year; what was looked at too long ago tells nobody anything.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, NamedTuple

from pds.core.clock import TOKYO
from pds.core.errors import Invalid
from pds.core.vocabulary import countries

LONGEST: Final = 1_000
"""Characters of each text."""
VALID: Final = timedelta(days=366)
"""How long a check counts at most, from the day of the check."""

_DESIGNATED: Final = frozenset(
    {
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GB",
        "GR",
        "HR",
        "HU",
        "IE",
        "IS",
        "IT",
        "LI",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "NO",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
    }
)
"""The EEA and the United Kingdom, which the law takes for equal (Z-03)."""
_LINE: Final = re.compile(
    rf"[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]{{1,{LONGEST}}}\Z"
)


class Ground(StrEnum):
    """Why data may go there (Z-03). The person is asked and told in every case."""

    CONSENT = "consent"
    DESIGNATED = "designated-country"
    EQUIVALENT = "equivalent-measures"


@dataclass(frozen=True, slots=True, kw_only=True)
class CountryFacts:
    """One country as it was found for one recipient.

    Attributes:
        country: ISO 3166-1 alpha-2 code, not that of the bank's own country.
        ground: why data may go there.
        system_ja: its system of data protection, in Japanese.
        system_en: the same in English.
        measures_ja: what the recipient does to protect the data there, in Japanese.
        measures_en: the same in English.
        checked_at: when the bank looked.
        valid_until: first moment at which it no longer counts.
    """

    country: str
    ground: Ground
    system_ja: str
    system_en: str
    measures_ja: str
    measures_en: str
    checked_at: datetime
    valid_until: datetime

    @property
    def checked_on(self) -> date:
        """The day of the check in Japan, as people are told it."""
        return self.checked_at.astimezone(TOKYO).date()


@dataclass(frozen=True, slots=True)
class CountryState:
    """What the engine needs of them: which country, and until when they count."""

    country: str
    valid_until: datetime


class HandledAbroad(NamedTuple):
    """Where a processor of the recipient handles which data; ids or prefixes."""

    country: str
    categories: tuple[str, ...]


TEXTS: Final = ("system_ja", "system_en", "measures_ja", "measures_en")
"""The members that are words."""


def check(facts: CountryFacts, now: datetime) -> None:
    """Refuse facts that tell too little or count too long.

    Raises:
        Invalid: `country.<member>` breaks a rule.
    """
    if facts.country not in countries.FOREIGN:
        raise Invalid("country.country", "A foreign country of ISO 3166-1 is needed.")
    if facts.ground is Ground.DESIGNATED and facts.country not in _DESIGNATED:
        raise Invalid("country.ground", "The law does not designate this country.")
    for name in TEXTS:
        text = getattr(facts, name)
        if _LINE.match(text) is None or not text.strip():
            raise Invalid(f"country.{name}", f"A text of at most {LONGEST} characters.")
    if facts.checked_at > now:
        raise Invalid("country.checked_at", "The day of the check is still to come.")
    if not now < facts.valid_until <= facts.checked_at + VALID:
        raise Invalid("country.valid_until", "The end is past or too far away.")


def written(facts: CountryFacts) -> dict[str, Any]:
    """Return what a notice says of the country, as JSON has it."""
    return {
        "country": facts.country,
        "ground": facts.ground.value,
        **{name: getattr(facts, name) for name in TEXTS},
        "checked_on": facts.checked_on.isoformat(),
    }


def is_told(facts: CountryFacts | None, told: Mapping[str, Any] | None) -> bool:
    """Say whether a notice told exactly these facts, or none where there are none."""
    return told == (None if facts is None else written(facts))
