"""Commitments: what a leaf says about its detail without showing it.

The construction is that of IETF KEYTRANS: HMAC-SHA256 under a fixed, public key over
an unguessable opening and the committed value. docs/formats.md has the byte layout
and test vectors.
"""

from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from hmac import compare_digest
from typing import Any

from audit.canonical import canonical
from audit.errors import VerificationError

KC = bytes.fromhex("d821f8790d97709796b4d7903357c3f5")
"""The fixed key of the commitment function (draft-ietf-keytrans-protocol)."""

OPENING_SIZE = 32
"""Bytes of an opening or a salt."""

_CONSENT_LABEL = b"con"
_BLOCK = 64
_INNER_PAD = bytes(byte ^ 0x36 for byte in range(256))
_OUTER_PAD = bytes(byte ^ 0x5C for byte in range(256))


@lru_cache(maxsize=64)
def _states(key: bytes) -> tuple[Any, Any]:
    """Return the two hash states of HMAC-SHA256 under a key of at most 64 bytes."""
    padded = key.ljust(_BLOCK, b"\0")
    return sha256(padded.translate(_INNER_PAD)), sha256(padded.translate(_OUTER_PAD))


def _hmac(key: bytes, data: bytes) -> bytes:
    # The hmac module lets go of the interpreter's lock for each of these few bytes,
    # and dozens of them in each disclosure made threads pass the lock around.
    return _finish(_states(key), data)


def _finish(states: tuple[Any, Any], data: bytes) -> bytes:
    inner, outer = states[0].copy(), states[1].copy()
    inner.update(data)
    outer.update(inner.digest())
    result: bytes = outer.digest()
    return result


_KC_STATES = _states(KC)


def _commit(data: bytes) -> bytes:
    return _finish(_KC_STATES, data)


def salt(salt_root: bytes, name: str) -> bytes:
    """Return salt_f, the salt of one field."""
    return _hmac(salt_root, name.encode())


def field_commitment(field_salt: bytes, name: str, value: str) -> bytes:
    """Return c_f, the commitment to one field of a detail."""
    return _commit(field_salt + _sized(name.encode()) + _sized(_utf8(value)))


def detail_map(commitments: Mapping[str, str]) -> bytes:
    """Return m: the canonical JSON of {field: hex c_f}."""
    return canonical(dict(commitments))


def detail_commitment(opening: bytes, leaf_id: str, m: bytes) -> bytes:
    """Return com, the commitment of a leaf to its detail map."""
    return _commit(opening + _sized(leaf_id.encode()) + _sized(m))


def consent_opening(salt_root: bytes) -> bytes:
    """Return the opening of con, fresh in each leaf as its salt root is."""
    return _hmac(salt_root, _CONSENT_LABEL)


def consent_commitment(opening: bytes, consent_id: str, version: int) -> bytes:
    """Return con, the commitment to one version of one consent."""
    return _commit(
        opening + _sized(consent_id.encode()) + _sized(str(version).encode())
    )


def subject_handle(k_sub: bytes, i: int) -> bytes:
    """Return sub_i: the 16 bytes by which only the holder of k_sub finds entry i."""
    return _hmac(k_sub, b"ib1/sub" + i.to_bytes(8))[:16]


def check_detail(com: bytes, opening: bytes, leaf_id: str, m: bytes) -> None:
    """Check that a leaf commits to this detail map.

    Raises:
        VerificationError: it does not.
    """
    if len(opening) != OPENING_SIZE:
        raise VerificationError("An opening is not 32 bytes.")
    if not compare_digest(com, detail_commitment(opening, leaf_id, m)):
        raise VerificationError("The leaf does not commit to this detail.")


def check_field(commitment: bytes, field_salt: bytes, name: str, value: str) -> None:
    """Check that a detail map holds this value of this field.

    Raises:
        VerificationError: it does not.
    """
    if len(field_salt) != OPENING_SIZE:
        raise VerificationError("A salt is not 32 bytes.")
    if not compare_digest(commitment, field_commitment(field_salt, name, value)):
        raise VerificationError(f"The field {name} was opened to another value.")


def _sized(data: bytes) -> bytes:
    return len(data).to_bytes(4) + data


def _utf8(value: str) -> bytes:
    try:
        return value.encode()
    except UnicodeEncodeError:
        raise VerificationError("A string holds half of a surrogate pair.") from None
