"""Names by which an auditor tells persons apart without knowing them."""

import hmac
from typing import Final

from pds.core.ids import OwnerId

SECRET: Final = "audit-pseudonym"  # noqa: S105 - names a secret
"""Name of the bank's key for pseudonyms."""

_LABEL: Final = b"ib1/pseudonym"


def pseudonym(key: bytes, owner: OwnerId) -> str:
    """Return the 32 hexadecimal digits that stand for a person in audits.

    The same person has the same one in every audit; without the key nobody can go
    back from it, or try persons against it.
    """
    return hmac.digest(key, _LABEL + owner.bytes, "sha256").hex()[:32]
