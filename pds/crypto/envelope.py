"""Sealed bytes that name their key, commit to it and refuse to be moved.

Suite 1 uses the data key directly with AES-256-GCM and carries a commitment to it.
Suite 2 derives a key from the data key, a salt and the place, and so commits to both;
it is for exports and for objects whose keys come from several hands. The layout with
test vectors is `docs/formats/vault.md`; the nonce rule is NIST SP 800-38D section 8.3.
"""

import os
import struct
from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum
from hashlib import sha256
from hmac import compare_digest
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pds.crypto.datakey import DataKey
from pds.crypto.errors import EnvelopeError
from pds.crypto.padding import PADDING_MARK, pad, unpad

VERSION = 1
PADDED = 0b10
"""Flag bit 1. Bit 0 is reserved for compression; no reader accepts it yet."""

_KNOWN_FLAGS = (0, PADDED)
_HEAD = struct.Struct(">BBBI")
_TAIL = struct.Struct(">16sQH")
_LENGTH = struct.Struct(">I")
_NONCE = 12
_SALT = 16
_TAG = 16
_COMMITTED = _HEAD.size + 32
_SEALED_AT = _COMMITTED + _NONCE
_SUITE_2_HEAD = _HEAD.size + _SALT + 32
_ZERO_NONCE = bytes(_NONCE)
_OWNER = 16


class Suite(IntEnum):
    """The agility byte; readers refuse numbers that are not here."""

    DIRECT = 1
    DERIVED = 2


class Place(NamedTuple):
    """Where a sealed object belongs; bound as additional data, not stored in it.

    Attributes:
        owner: the owner's 16 bytes.
        object_id: the object's 16 bytes.
        version: version of the object, from 0 to 2^64 - 1.
        label: what it is, at most 65,535 bytes.
    """

    owner: bytes
    object_id: bytes
    version: int
    label: bytes


class Header(NamedTuple):
    """The first seven bytes of an envelope."""

    suite: Suite
    flags: int
    generation: int


def place_tail(object_id: bytes, version: int, label: bytes) -> bytes:
    """Return the part of the additional data that follows the owner."""
    if len(object_id) != _OWNER:
        raise ValueError("An object id has 16 bytes.")
    return _TAIL.pack(object_id, version, len(label)) + label


def frame(head: bytes, body: bytes) -> bytes:
    """Return one text of two parts: u32 length of the head ‖ head ‖ body."""
    return _LENGTH.pack(len(head)) + head + body


def read_header(envelope: bytes) -> Header:
    """Return what the first bytes say; raises EnvelopeError if they are not known."""
    if len(envelope) < _HEAD.size:
        raise EnvelopeError
    version, suite, flags, generation = _HEAD.unpack_from(envelope)
    if version != VERSION or flags not in _KNOWN_FLAGS:
        raise EnvelopeError
    try:
        return Header(Suite(suite), flags, generation)
    except ValueError:
        raise EnvelopeError from None


class Sealer:
    """Seals and opens the objects of one owner under one generation of a key.

    Everything that does not change from object to object is computed once.

    Args:
        key: the opened data key.
        owner: the owner's 16 bytes.
        generation: generation of the key, bound into every envelope.
    """

    __slots__ = ("_cipher", "_header", "_key", "_owner", "_prefix", "generation")

    def __init__(self, key: DataKey, owner: bytes, generation: int) -> None:
        if len(owner) != _OWNER:
            raise ValueError("An owner has 16 bytes.")
        self._key = key
        self._owner = bytes(owner)
        self._cipher = key.cipher
        self.generation = generation
        head = _HEAD.pack(VERSION, Suite.DIRECT, PADDED, generation)
        self._header = head + key.commitment
        self._prefix = b"ib1/rec\0" + self._header + self._owner

    def seal(
        self, tail: bytes, plaintext: bytes, *, nonce: bytes | None = None
    ) -> bytes:
        """Return a padded suite 1 envelope for the place that `tail` tells.

        The nonce is random unless a test vector fixes it.
        """
        nonce = os.urandom(_NONCE) if nonce is None else nonce
        sealed = self._cipher.encrypt(nonce, pad(plaintext), self._prefix + tail)
        return self._header + nonce + sealed

    def open(self, tail: bytes, envelope: bytes) -> bytes:
        """Return the plaintext of an envelope of either suite.

        Raises:
            EnvelopeError: whatever the cause.
        """
        if self._is_headed(envelope):
            nonce, sealed = envelope[_COMMITTED:_SEALED_AT], envelope[_SEALED_AT:]
            return _decrypt(self._cipher, nonce, sealed, self._prefix + tail, PADDED)
        header = read_header(envelope)
        if header.generation != self.generation:
            raise EnvelopeError
        if header.suite is Suite.DERIVED:
            return _open_derived(self._key, self._owner, tail, header, envelope)
        return self._open_unpadded(tail, envelope)

    def open_framed(
        self, tails: Iterable[bytes], envelopes: Sequence[bytes]
    ) -> tuple[list[bytes], list[bytes]]:
        """Return heads and bodies of framed texts in padded suite 1 envelopes.

        One comparison checks version, suite, flags, generation and commitment of all
        of them at once. Each plaintext is cut where it was opened and let go, so that
        the next one lies in the same, warm memory: at a thousand records memory is
        what costs.

        Raises:
            EnvelopeError: if any of them does not open; nothing is returned then.
        """
        heads: list[bytes] = []
        bodies: list[bytes] = []
        decrypt, prefix = self._begun(envelopes)
        length = int.from_bytes
        try:
            # The numbers are those of _COMMITTED and _NONCE: a name costs a look-up.
            for tail, envelope in zip(tails, envelopes, strict=True):
                padded = decrypt(envelope[39:51], envelope[51:], prefix + tail)
                end = len(padded.rstrip(b"\0")) - 1
                start = 4 + length(padded[:4])
                if padded[end] != PADDING_MARK or start > end:
                    raise EnvelopeError
                heads.append(padded[4:start])
                bodies.append(padded[start:end])
        except (InvalidTag, ValueError, IndexError):
            raise EnvelopeError from None
        return heads, bodies

    def _begun(
        self, envelopes: Sequence[bytes]
    ) -> tuple[Callable[[bytes, bytes, bytes], bytes], bytes]:
        try:
            found = b"".join([envelope[:_COMMITTED] for envelope in envelopes])
        except TypeError:
            raise EnvelopeError from None
        if not compare_digest(found, self._header * len(envelopes)):
            raise EnvelopeError
        return self._cipher.decrypt, self._prefix

    def _is_headed(self, envelope: bytes) -> bool:
        try:
            return compare_digest(envelope[:_COMMITTED], self._header)
        except TypeError:
            # SQLite gives back text or a number where somebody wrote one.
            raise EnvelopeError from None

    def _open_unpadded(self, tail: bytes, envelope: bytes) -> bytes:
        if not compare_digest(envelope[_HEAD.size : _COMMITTED], self._key.commitment):
            raise EnvelopeError
        nonce, sealed = envelope[_COMMITTED:_SEALED_AT], envelope[_SEALED_AT:]
        aad = b"ib1/rec\0" + envelope[:_COMMITTED] + self._owner + tail
        return _decrypt(self._cipher, nonce, sealed, aad, _flags(envelope))


def seal_derived(
    key: DataKey,
    generation: int,
    place: Place,
    plaintext: bytes,
    *,
    salt: bytes | None = None,
) -> bytes:
    """Return a padded suite 2 envelope, for exports and keys of mixed origin.

    The salt is random unless a test vector fixes it.
    """
    salt = os.urandom(_SALT) if salt is None else salt
    head = _HEAD.pack(VERSION, Suite.DERIVED, PADDED, generation)
    aad = _derived_aad(head, place.owner, place_tail(*place[1:]))
    cipher, commitment = _derive(key, salt, aad)
    sealed = cipher.encrypt(_ZERO_NONCE, pad(plaintext), aad)
    return head + salt + commitment + sealed


def _open_derived(
    key: DataKey, owner: bytes, tail: bytes, header: Header, envelope: bytes
) -> bytes:
    if len(envelope) < _SUITE_2_HEAD + _TAG:
        raise EnvelopeError
    salt = envelope[_HEAD.size : _HEAD.size + _SALT]
    aad = _derived_aad(envelope[: _HEAD.size], owner, tail)
    cipher, commitment = _derive(key, salt, aad)
    if not compare_digest(envelope[_HEAD.size + _SALT : _SUITE_2_HEAD], commitment):
        raise EnvelopeError
    sealed = envelope[_SUITE_2_HEAD:]
    return _decrypt(cipher, _ZERO_NONCE, sealed, aad, header.flags)


def _derived_aad(head: bytes, owner: bytes, tail: bytes) -> bytes:
    return b"ib1/rec\0" + head + owner + tail


def _derive(key: DataKey, salt: bytes, aad: bytes) -> tuple[AESGCM, bytes]:
    both = key.derive(b"ib1/s2" + salt + sha256(aad).digest(), 64)
    return AESGCM(both[:32]), both[32:]


def _flags(envelope: bytes) -> int:
    return read_header(envelope).flags


def _decrypt(
    cipher: AESGCM, nonce: bytes, sealed: bytes, aad: bytes, flags: int
) -> bytes:
    try:
        plaintext = cipher.decrypt(nonce, sealed, aad)
    except (InvalidTag, ValueError):
        raise EnvelopeError from None
    return unpad(plaintext) if flags & PADDED else plaintext
