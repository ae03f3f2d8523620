"""Signed notes (C2SP signed-note) and the keys that verify them.

Signature types 01 (Ed25519), 04 and 06 (timestamped cosignatures with Ed25519 and
ML-DSA-44, C2SP tlog-cosignature) are understood; signatures of other keys are
ignored, as the specification demands.
"""

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256

from audit import ed25519, mldsa
from audit.cosignature import cosigned_message, subtree_message
from audit.errors import VerificationError
from audit.text import decode_base64, decode_text

__all__ = [
    "MAX_SIGNATURES",
    "Note",
    "Signature",
    "SignatureType",
    "VerifierKey",
    "cosigned_message",
    "decode_base64",
    "is_key_name",
    "open_note",
    "parse_vkey",
    "signature_line",
    "split_note",
]

MAX_SIGNATURES = 64

_ID_SIZE = 4
_TIME_SIZE = 8
_NAME = re.compile(r"[^\s+\x00-\x1f]+")
_LINE = re.compile("— ([^\\s+]+) ([A-Za-z0-9+/]+={0,2})")
_VKEY = re.compile(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})")


class SignatureType(IntEnum):
    """The signature type bytes that are understood here."""

    ED25519 = 0x01
    COSIGNATURE = 0x04
    ML_DSA_44 = 0x06


_KEY_SIZES = {
    SignatureType.ED25519: ed25519.KEY_SIZE,
    SignatureType.COSIGNATURE: ed25519.KEY_SIZE,
    SignatureType.ML_DSA_44: mldsa.PUBLIC_KEY_SIZE,
}


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key under a name.

    Attributes:
        name: of the signer; of a log, its origin.
        type: what its signatures are.
        public_key: 32 bytes of Ed25519, or 1312 of ML-DSA-44.
    """

    name: str
    type: SignatureType
    public_key: bytes

    @property
    def key_id(self) -> bytes:
        """The four bytes by which a signature line names this key."""
        head = self.name.encode() + b"\n" + bytes([self.type])
        return sha256(head + self.public_key).digest()[:_ID_SIZE]

    def encode(self) -> str:
        """Return the vkey: `name+hex(key id)+base64(type || public key)`."""
        key = base64.b64encode(bytes([self.type]) + self.public_key).decode()
        return f"{self.name}+{self.key_id.hex()}+{key}"


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature that was verified.

    Attributes:
        key: the key that made it.
        time: Unix seconds that a cosigner vouches for, None for other signatures.
    """

    key: VerifierKey
    time: int | None


@dataclass(frozen=True, slots=True)
class Note:
    """A text that at least one known key has signed.

    Attributes:
        text: the signed text, with its final newline.
        signatures: those that were verified.
    """

    text: str
    signatures: tuple[Signature, ...]


def parse_vkey(text: str) -> VerifierKey:
    """Read a verifier key in its text form.

    Raises:
        VerificationError: malformed, of a type not understood here, or with an id
            that does not fit.
    """
    found = _VKEY.fullmatch(decode_text(text))
    if found is None:
        raise VerificationError("A verifier key is malformed.")
    name, key_id, encoded = found.groups()
    raw = decode_base64(encoded)
    try:
        kind = SignatureType(raw[0])
    except ValueError:
        raise VerificationError("A verifier key is of an unknown type.") from None
    key = VerifierKey(name, kind, raw[1:])
    if len(key.public_key) != _KEY_SIZES[kind] or key.key_id.hex() != key_id:
        raise VerificationError("A verifier key does not fit its id.")
    return key


def open_note(text: str | bytes, verifier_keys: Iterable[VerifierKey | str]) -> Note:
    """Open a signed note.

    Signatures of unknown keys are ignored. A signature whose name and id are those
    of a known key and which fails rejects the whole note.

    Raises:
        VerificationError: malformed, badly signed, or signed by no known key.
    """
    keys = _by_name_and_id(verifier_keys)
    body, lines = split_note(text)
    verified: dict[tuple[str, bytes], Signature] = {}
    for line in lines:
        name, blob = _parse_line(line)
        key = keys.get((name, blob[:_ID_SIZE]))
        if key is not None:
            verified.setdefault((name, key.key_id), _check(key, body, blob[_ID_SIZE:]))
    if not verified:
        raise VerificationError("No known key has signed the note.")
    return Note(body, tuple(verified.values()))


def split_note(text: str | bytes) -> tuple[str, list[str]]:
    """Take a note apart into its text and its signature lines, verifying nothing.

    Raises:
        VerificationError: it has not the form of a note.
    """
    note = decode_text(text)
    body, blank, tail = note.rpartition("\n\n")
    if not blank or not tail.endswith("\n"):
        raise VerificationError("The note lacks its signatures.")
    lines = tail[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise VerificationError("The note has too many signatures.")
    return body + "\n", lines


def signature_line(key: VerifierKey, blob: bytes) -> str:
    """Return the line that carries a signature, with its newline."""
    return f"— {key.name} {base64.b64encode(key.key_id + blob).decode()}\n"


def is_key_name(name: str) -> bool:
    """Say whether a text can name a key: no space, plus or control character."""
    return _NAME.fullmatch(name) is not None


def _by_name_and_id(
    keys: Iterable[VerifierKey | str],
) -> dict[tuple[str, bytes], VerifierKey]:
    known: dict[tuple[str, bytes], VerifierKey] = {}
    if isinstance(keys, str | bytes | memoryview) or not isinstance(keys, Iterable):
        raise VerificationError("The verifier keys are not a list.")
    for each in keys:
        key = _checked(each) if isinstance(each, VerifierKey) else parse_vkey(each)
        if known.setdefault((key.name, key.key_id), key) != key:
            raise VerificationError("Two verifier keys share a name and an id.")
    return known


def _checked(key: VerifierKey) -> VerifierKey:
    # A key made by hand is held to the rules of its text form.
    kinds = (type(key.name), type(key.type), type(key.public_key))
    if kinds != (str, SignatureType, bytes):
        raise VerificationError("A verifier key is malformed.")
    is_sized = len(key.public_key) == _KEY_SIZES[key.type]
    if not is_sized or not is_key_name(decode_text(key.name)):
        raise VerificationError("A verifier key is malformed.")
    return key


def _parse_line(line: str) -> tuple[str, bytes]:
    found = _LINE.fullmatch(line)
    if found is None:
        raise VerificationError("A signature line is malformed.")
    blob = decode_base64(found[2])
    if len(blob) <= _ID_SIZE:
        raise VerificationError("A signature line is too short.")
    return found[1], blob


def _check(key: VerifierKey, body: str, blob: bytes) -> Signature:
    if key.type is SignatureType.ED25519:
        ed25519.verify(key.public_key, body.encode(), blob)
        return Signature(key, None)
    time, signature = int.from_bytes(blob[:_TIME_SIZE]), blob[_TIME_SIZE:]
    if key.type is SignatureType.COSIGNATURE:
        ed25519.verify(key.public_key, cosigned_message(time, body), signature)
    else:
        message = subtree_message(key.name, time, body)
        mldsa.verify(key.public_key, message, signature)
    return Signature(key, time)
