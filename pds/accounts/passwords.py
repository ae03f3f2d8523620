"""Passwords: which are accepted, how they are hashed and checked.

Hashes are Argon2id in the PHC string format with the OWASP profile (19 MiB, two passes,
one lane). One hash takes tens of milliseconds, so it is never made inside a unit of
work.
"""

import unicodedata
from functools import cache
from importlib.resources import files
from typing import Final

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from pds.core.errors import Invalid
from pds.core.ids import Ids

SHORTEST: Final = 12
"""Characters that a password has at least, after normalisation."""
LONGEST: Final = 200
"""Characters that a password has at most, so that nobody makes us hash a book."""

_MEMORY_KIB: Final = 19 * 1024
_PASSES: Final = 2
_LANES: Final = 1
_SALT_SIZE: Final = 16
_HASH_SIZE: Final = 32
_FEWEST_DIFFERENT: Final = 4
_PROFILE: Final = f"$argon2id$v=19$m={_MEMORY_KIB},t={_PASSES},p={_LANES}$"

_NOBODY: Final = f"{_PROFILE}{'A' * 22}${'A' * 43}"
"""A hash with today's profile that stands for nobody; checking it costs the same."""


def check_acceptable(password: str, login: str) -> None:
    """Check a password that somebody wants to use.

    Raises:
        Invalid: `accounts.password-short`, `accounts.password-long`,
            `accounts.password-login` (it is the login name) or
            `accounts.password-common` (in the list of common passwords, or made of
            three characters or fewer).
    """
    normal = unicodedata.normalize("NFKC", password)
    if len(normal) < SHORTEST:
        raise Invalid("accounts.password-short", "The password is too short.")
    if len(normal) > LONGEST:
        raise Invalid("accounts.password-long", "The password is too long.")
    plain = _plain(password)
    if plain == _plain(login):
        raise Invalid("accounts.password-login", "The password is the login.")
    if plain in _common() or len(set(plain)) < _FEWEST_DIFFERENT:
        raise Invalid("accounts.password-common", "The password is a common one.")


def hash_password(password: str, ids: Ids) -> str:
    """Return the Argon2id hash of a password, as a PHC string with a fresh salt."""
    kdf = Argon2id(
        salt=ids.secret(_SALT_SIZE),
        length=_HASH_SIZE,
        iterations=_PASSES,
        lanes=_LANES,
        memory_cost=_MEMORY_KIB,
    )
    return kdf.derive_phc_encoded(_octets(password))


def check(encoded: str | None, password: str) -> bool:
    """Say whether a password is the one that was hashed.

    None stands for an unknown login: the same work is done, and the answer is no.
    """
    try:
        Argon2id.verify_phc_encoded(_octets(password), encoded or _NOBODY)
    except InvalidKey:
        return False
    return encoded is not None


def needs_rehash(encoded: str) -> bool:
    """Say whether a hash was made with another profile than today's."""
    return not encoded.startswith(_PROFILE)


def _octets(password: str) -> bytes:
    # A browser cannot send a lone surrogate, but a command line can.
    normal = unicodedata.normalize("NFKC", password)
    return normal.encode("utf-8", "surrogatepass")


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()


@cache
def _common() -> frozenset[str]:
    text = files(__package__).joinpath("common_passwords.txt").read_text("utf-8")
    return frozenset(text.splitlines())
