"""Countries: the codes of ISO 3166-1 that a consent may name, and how people say them.

The codes are a list of our own, so that what counts as a country changes with a version
and not with a library. Their names come from the CLDR, through Babel.
"""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from babel import Locale

from pds.core.vocabulary.words import LANGUAGES, read_file

HOME: Final = "JP"
"""The country of the bank; every other one is foreign (APPI article 28)."""


def read(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Read the codes of a vocabulary document.

    Raises:
        ValueError: a code is given twice or out of order, has no name in one of the
            languages, or the bank's own country is missing.
    """
    codes = tuple(document["countries"])
    if list(codes) != sorted(set(codes)) or HOME not in codes:
        raise ValueError("Codes are sorted, each once, and the own country is there.")
    if any(code not in _names(language) for code in codes for language in LANGUAGES):
        raise ValueError("Every country has a name in each language.")
    return codes


@lru_cache(maxsize=len(LANGUAGES))
def _names(language: str) -> Mapping[str, str]:
    return MappingProxyType(dict(Locale(language).territories))


_DOCUMENT = read_file("countries.json")

VERSION: Final[int] = _DOCUMENT["version"]
"""The version of the list in force."""

ALL: Final = read(_DOCUMENT)
"""Every code, sorted."""

FOREIGN: Final = tuple(code for code in ALL if code != HOME)
"""Every code but the bank's own."""


def name(code: str, language: str) -> str:
    """Return what a country is called; a code not of the list speaks for itself.

    Args:
        code: ISO 3166-1 alpha-2 code.
        language: `ja` or `en`.
    """
    return _names(language)[code] if code in ALL else code
