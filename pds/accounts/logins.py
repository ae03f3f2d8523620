"""Logins: kept as a keyed hash, so that a stolen database names nobody."""

import hmac
import unicodedata
from typing import Final

from pds.core.errors import Invalid

PEPPER: Final = "login-pepper"
"""Name of the secret that keys the index."""

SHORTEST: Final = 3
LONGEST: Final = 64


def normal(login: str) -> str:
    """Return the one spelling of a login: NFKC, trimmed, case-folded, NFKC again."""
    folded = unicodedata.normalize("NFKC", login).strip().casefold()
    # Folding can leave letters that compose differently ("ΐ" and the like).
    return unicodedata.normalize("NFKC", folded)


def check_acceptable(login: str) -> None:
    """Check a login that somebody wants to have.

    Raises:
        Invalid: `accounts.login-shape`: not 3 to 64 printable characters.
    """
    found = normal(login)
    if not (SHORTEST <= len(found) <= LONGEST and found.isprintable()):
        raise Invalid("accounts.login-shape", "A login has 3 to 64 characters.")


def index(pepper: bytes, login: str) -> bytes:
    """Return the 32 bytes under which a login is found."""
    octets = normal(login).encode("utf-8", "surrogatepass")
    return hmac.digest(pepper, octets, "sha256")
