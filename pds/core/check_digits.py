"""Check digits: corporate and registration numbers, GTIN, My Number, card numbers.

Pure arithmetic on text. Sources: National Tax Agency (corporate number), order of the
Ministry of Internal Affairs No. 85 of 2014 article 5 (My Number), GS1 General
Specifications section 7.9 (GTIN), ISO/IEC 7812-1 annex B (Luhn).
"""

import re
import unicodedata
from collections.abc import Iterator

GTIN_LENGTHS = (8, 12, 13, 14)
_REGISTRATION = re.compile(r"T[0-9]{13}")
_MY_NUMBER_WEIGHTS = (2, 3, 4, 5, 6, 7, 2, 3, 4, 5, 6)
_MY_NUMBER_DIGITS = 12
_CARD_DIGITS = range(14, 20)
_CARD_PREFIX = re.compile(r"3[04-9]|4|5[0-8]|6|2[2-7]")

_NOT_JOINED_BEFORE = r"(?<![0-9A-Za-z])(?<![0-9A-Fa-f]-)(?<![0-9]\.)"
_NOT_JOINED_AFTER = r"(?![0-9A-Za-z])(?!-[0-9A-Fa-f])(?!\.[0-9])"
_GROUPED = (
    r"[0-9]{12,19}",
    r"(?<![0-9]{4}[ -])[0-9]{4}[ -][0-9]{4}[ -][0-9]{4}(?![ -][0-9]{2,4})",
    r"[0-9]{4}[ -][0-9]{4}[ -][0-9]{4}[ -][0-9]{2,4}(?:[ -][0-9]{1,3})?",
    r"[0-9]{4}[ -][0-9]{6}[ -][0-9]{4,5}",
)
_DIGIT_RUNS = tuple(
    re.compile(_NOT_JOINED_BEFORE + form + _NOT_JOINED_AFTER) for form in _GROUPED
)
_MAYBE_DIGITS = re.compile(r"\d(?:[\s\-\u2010-\u2015\u30fc\uff0d\u2212]?\d){11}")
_DASHES = re.compile(r"[\u2010-\u2015\u30fc\uff0d\u2212]")
_SPACES = re.compile(r"\s")


def is_corporate_number(text: str) -> bool:
    """Say whether 13 digits carry the right check digit, which is the first."""
    if not re.fullmatch(r"[1-9][0-9]{12}", text):
        return False
    weighted = sum(
        int(digit) * (1 if place % 2 == 0 else 2)
        for place, digit in enumerate(reversed(text[1:]))
    )
    return int(text[0]) == 9 - weighted % 9


def is_registration_number(text: str) -> bool:
    """Say whether `T` and 13 digits are a well-formed number with its check digit."""
    return bool(_REGISTRATION.fullmatch(text)) and is_corporate_number(text[1:])


def has_registration_form(text: str) -> bool:
    """Say whether the text is `T` and 13 digits, whatever the check digit."""
    return bool(_REGISTRATION.fullmatch(text))


def is_gtin(text: str) -> bool:
    """Say whether 8, 12, 13 or 14 digits carry the GS1 check digit."""
    if len(text) not in GTIN_LENGTHS or not (text.isascii() and text.isdigit()):
        return False
    weighted = sum(
        int(digit) * (3 if place % 2 == 0 else 1)
        for place, digit in enumerate(reversed(text[:-1]))
    )
    return int(text[-1]) == -weighted % 10


def is_in_store_code(text: str) -> bool:
    """Say whether a GTIN is a shop's own (price or weight inside, no product id)."""
    if len(text) == 8:  # noqa: PLR2004 - JAN-8
        return text.startswith("2")
    return text[-13:][:2] in {"02", *(str(prefix) for prefix in range(20, 30))}


def is_my_number(digits: str) -> bool:
    """Say whether 12 digits carry a valid My Number check digit, the last."""
    if len(digits) != _MY_NUMBER_DIGITS:
        return False
    places = zip(_MY_NUMBER_WEIGHTS, reversed(digits[:-1]), strict=True)
    remainder = sum(weight * int(digit) for weight, digit in places) % 11
    return int(digits[-1]) == (0 if remainder <= 1 else 11 - remainder)


def is_card_number(digits: str) -> bool:
    """Say whether digits look like a payment card number: length, issuer, Luhn."""
    if len(digits) not in _CARD_DIGITS or not _CARD_PREFIX.match(digits):
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + place % 2)
        total += doubled - 9 if doubled > 9 else doubled  # noqa: PLR2004 - Luhn
    return total % 10 == 0 and len(set(digits)) > 1


def may_hold_number(text: str) -> bool:
    """Say cheaply whether a text has twelve digits close enough to be looked at."""
    return bool(_MAYBE_DIGITS.search(text))


def digit_runs(text: str) -> Iterator[str]:
    """Yield the free-standing runs of 12 to 19 digits in a text.

    Full-width digits count; digits may stand in groups as on a card, divided by
    single spaces or dashes. A run that continues a longer identifier (a UUID, an
    OID, a word) is not free-standing.
    """
    plain = _DASHES.sub("-", text)
    plain = _SPACES.sub(" ", unicodedata.normalize("NFKC", plain))
    for form in _DIGIT_RUNS:
        for match in form.finditer(plain):
            yield match.group().replace(" ", "").replace("-", "")
