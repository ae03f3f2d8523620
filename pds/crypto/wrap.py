"""Wraps of data keys: 60 bytes that open only for their owner, class and generation.

AES key wrap (RFC 3394) would be shorter but takes no additional data, so a wrapped key
could be moved to another owner's row; hence AES-256-GCM with the place bound to it.
"""

import os
import struct
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pds.crypto.errors import EnvelopeError

WRAP_SIZE = 60
ALG_AES_GCM = 1
"""Whoever holds the KEK wraps with it; the number is stored beside each wrap."""
ALG_TRANSIT = 2
"""A key server wraps with a key that it derives from its KEK and the place."""

_NONCE = 12
_AAD = struct.Struct(">9sI16sBI")
_CONTEXT = struct.Struct(">9s16sBI")


class WrapPlace(NamedTuple):
    """Whose key is wrapped; bound as additional data.

    Attributes:
        owner: the owner's 16 bytes.
        key_class: number of the key class.
        generation: generation of the key.
    """

    owner: bytes
    key_class: int
    generation: int


def wrap(
    kek: AESGCM,
    kek_version: int,
    place: WrapPlace,
    secret: bytes,
    *,
    nonce: bytes | None = None,
) -> bytes:
    """Return nonce ‖ AES-256-GCM(secret); the nonce is random unless fixed."""
    nonce = os.urandom(_NONCE) if nonce is None else nonce
    return nonce + kek.encrypt(nonce, secret, place_aad(kek_version, place))


def unwrap(kek: AESGCM, kek_version: int, place: WrapPlace, wrapped: bytes) -> bytes:
    """Return the secret of a 60-byte wrap.

    Raises:
        EnvelopeError: if it was made for another place or by another key.
    """
    if len(wrapped) != WRAP_SIZE:
        raise EnvelopeError
    try:
        return kek.decrypt(
            wrapped[:_NONCE], wrapped[_NONCE:], place_aad(kek_version, place)
        )
    except InvalidTag:
        raise EnvelopeError from None


def place_context(place: WrapPlace) -> bytes:
    """Return the 30 bytes from which a key server derives the key of a place."""
    return _CONTEXT.pack(b"ib1/wrap\0", *place)


def place_aad(kek_version: int, place: WrapPlace) -> bytes:
    """Return the additional data of algorithm 1: the place and the KEK's version."""
    return _AAD.pack(b"ib1/wrap\0", kek_version, *place)
