"""Signed notes (C2SP signed-note) and the keys that verify them.

Signature types 01 (Ed25519) and 04 (timestamped Ed25519 cosignature, C2SP
tlog-cosignature) are understood; signatures of other keys are ignored, as the
specification demands.
"""

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256

from audit import ed25519
from audit.errors import VerificationError

MAX_SIZE = 1 << 20
"""Bytes of the largest note that is read."""

MAX_SIGNATURES = 64

_ID_SIZE = 4
_TIME_SIZE = 8
_NAME = re.compile(r"[^\s+]+")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_LINE = re.compile("— ([^\\s+]+) ([A-Za-z0-9+/]+={0,2})")
_VKEY = re.compile(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})")


class SignatureType(IntEnum):
    """The signature type bytes that are understood here."""

    ED25519 = 0x01
    COSIGNATURE = 0x04


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key under a name.

    Attributes:
        name: of the signer; of a log, its origin.
        type: what its signatures are.
        public_key: 32 bytes of Ed25519.
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
    found = _VKEY.fullmatch(text)
    if found is None:
        raise VerificationError("A verifier key is malformed.")
    name, key_id, encoded = found.groups()
    raw = decode_base64(encoded)
    try:
        kind = SignatureType(raw[0])
    except ValueError:
        raise VerificationError("A verifier key is of an unknown type.") from None
    key = VerifierKey(name, kind, raw[1:])
    if len(key.public_key) != ed25519.KEY_SIZE or key.key_id.hex() != key_id:
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
    note = _as_text(text)
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


def cosigned_message(time: int, text: str) -> bytes:
    """Return what a timestamped Ed25519 cosignature signs."""
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def is_key_name(name: str) -> bool:
    """Say whether a text can name a key: not empty, no space, no plus."""
    return _NAME.fullmatch(name) is not None


def decode_base64(text: str) -> bytes:
    """Decode standard base64 in its one canonical spelling.

    Raises:
        VerificationError: it is anything else.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise VerificationError("The base64 is malformed.") from None
    if base64.b64encode(data).decode() != text:
        raise VerificationError("The base64 is not canonical.")
    return data


def _as_text(text: str | bytes) -> str:
    if len(text) > MAX_SIZE:
        raise VerificationError("The note is too large.")
    try:
        if isinstance(text, str):
            text.encode()
            decoded = text
        else:
            decoded = text.decode()
    except UnicodeError:
        raise VerificationError("The note is not UTF-8.") from None
    if _CONTROL.search(decoded):
        raise VerificationError("The note holds a control character.")
    return decoded


def _by_name_and_id(
    keys: Iterable[VerifierKey | str],
) -> dict[tuple[str, bytes], VerifierKey]:
    known: dict[tuple[str, bytes], VerifierKey] = {}
    for each in keys:
        key = parse_vkey(each) if isinstance(each, str) else each
        if known.setdefault((key.name, key.key_id), key) != key:
            raise VerificationError("Two verifier keys share a name and an id.")
    return known


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
    time = int.from_bytes(blob[:_TIME_SIZE])
    ed25519.verify(key.public_key, cosigned_message(time, body), blob[_TIME_SIZE:])
    return Signature(key, time)
