"""Record names for one recipient, so that two recipients cannot join their copies.

The name of a record is its id under a block cipher whose key comes from the person's
index key and the recipient: the same record keeps its name for this recipient, and has
an unrelated one for every other. Erasing the index key makes the names meaningless.
"""

from binascii import hexlify
from collections.abc import Sequence

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_LABEL = b"ib1/record-name/"


def record_names(index_key: bytes, ids: Sequence[bytes]) -> list[bytes]:
    """Return 32 hexadecimal digits for each 16-byte record id.

    A record id is one random-looking block and never repeats, so the block cipher
    alone is a permutation of ids here; this is not a way to encrypt data.
    """
    cipher = Cipher(algorithms.AES(index_key), modes.ECB())  # noqa: S305 - see above
    text = hexlify(cipher.encryptor().update(b"".join(ids)))
    return [text[start : start + 32] for start in range(0, len(text), 32)]


def naming_label(recipient_id: str) -> bytes:
    """Return the label under which a recipient's naming key is derived."""
    return _LABEL + recipient_id.encode()
