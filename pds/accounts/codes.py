"""Codes that people write down or say: 80 random bits as four groups of four.

They are written in letters and digits that cannot be mistaken for each other
(Crockford's base 32). So many bits need no slow hash.
"""

import unicodedata
from typing import Final

from pds.core.ids import Ids

BITS: Final = 80

_LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH: Final = BITS // 5
_GROUP: Final = 4
_ALIKE: Final = str.maketrans("OIL", "011", "- \u3000\u30fc\u2010\u2212")


def make(ids: Ids) -> str:
    """Return a new code as it is printed."""
    number = int.from_bytes(ids.secret(BITS // 8))
    letters = "".join(
        _LETTERS[number >> 5 * place & 31] for place in reversed(range(_LENGTH))
    )
    return "-".join(letters[i : i + _GROUP] for i in range(0, _LENGTH, _GROUP))


def normal(code: str) -> str:
    """Return the one spelling of a code, however it was typed."""
    return unicodedata.normalize("NFKC", code).upper().translate(_ALIKE)
