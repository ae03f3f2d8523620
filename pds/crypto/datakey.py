"""A data key: 32 random bytes of one owner, one class and one generation."""

import hmac

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

KEY_SIZE = 32


def hkdf_expand(key: bytes, label: bytes, size: int) -> bytes:
    """Return HKDF-Expand with SHA-256 (RFC 5869 section 2.3)."""
    return HKDFExpand(algorithm=SHA256(), length=size, info=label).derive(key)


def commitment_of(secret: bytes) -> bytes:
    """Return the commitment to a data key, HKDF-Expand(key, "ib1/commit", 32).

    Written as the one HMAC that it is: whoever wraps a million keys anew makes a
    million of these.
    """
    return hmac.digest(secret, b"ib1/commit\x01", "sha256")


class DataKey:
    """An opened data key with its cipher object and its commitment, both made once.

    Args:
        secret: exactly 32 bytes; anything else raises ValueError.
    """

    __slots__ = ("_kept", "_secret", "cipher", "commitment")

    def __init__(self, secret: bytes) -> None:
        if len(secret) != KEY_SIZE:
            raise ValueError("A data key has 32 bytes.")
        self._secret = bytes(secret)
        self.cipher = AESGCM(self._secret)
        self._kept: dict[bytes, bytes] = {}
        self.commitment = commitment_of(self._secret)

    def __repr__(self) -> str:
        return "DataKey(…)"

    def derive(self, label: bytes, size: int = 32) -> bytes:
        """Return a key for another use, which says nothing about this one.

        Labels begin with `ib1/` and are listed in `docs/formats/vault.md`.
        """
        return hkdf_expand(self._secret, label, size)

    def derive_once(self, label: bytes) -> bytes:
        """Return `derive(label)`, computed once; for the few labels used all the time.

        What is kept goes when this key does.
        """
        if label not in self._kept:
            self._kept[label] = self.derive(label)
        return self._kept[label]
