"""Names by which an auditor tells persons apart without knowing them.

A pseudonym stands in the sealed detail of each entry of a person, so that what an
auditor is shown is what the leaf commits to and not what the bank says on the day.
"""

import hmac
from typing import Final

from pds.core.ids import OwnerId

SECRET: Final = "audit-pseudonym"  # noqa: S105 - names a secret
"""Name of the bank's key for pseudonyms."""

_LABEL: Final = b"ib1/pseudonym"


class Pseudonyms:
    """Makes pseudonyms (docs/formats/log.md, section 3).

    Args:
        key: the bank's key for pseudonyms.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, owner: OwnerId) -> str:
        """Return the 32 hexadecimal digits that stand for a person in audits.

        The same person has the same one in every audit; without the key nobody can go
        back from it, or try persons against it.
        """
        return hmac.digest(self._key, _LABEL + owner.bytes, "sha256").hex()[:32]
