"""Signing checkpoints with the log's key. The only module that holds that key.

The key is 32 random bytes of Ed25519 in a file `log-ed25519.key` (base64, mode 0400)
in the key folder, which is never the data folder. Where it is asked for, a second key
of ML-DSA-44 lies beside it as `log-mldsa44.key`, kept alike; it signs only what is
published (docs/adr/0011).
"""

import base64
import os
import secrets
from collections import OrderedDict
from datetime import datetime
from pathlib import Path
from threading import Lock

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from audit.checkpoint import Checkpoint, format_text
from audit.cosigner import Cosigner
from audit.errors import VerificationError
from audit.mldsa import SIGNATURE_SIZE
from audit.note import (
    SignatureType,
    VerifierKey,
    decode_base64,
    is_key_name,
    signature_line,
    split_note,
)
from pds.core.errors import BankError, Conflict

KEY_FILE = "log-ed25519.key"
SECOND_KEY_FILE = "log-mldsa44.key"
_SEED_SIZE = 32
_REMEMBERED = 1024
_OPEN_TO_OTHERS = 0o077


class KeyFileError(BankError):
    """The log's key file is missing, malformed or readable by others."""


class LogSigner:
    """Signs the checkpoints of one log.

    It never signs two trees of one size: the sizes signed last are remembered with
    their checkpoints, and a size is answered with what was signed for it. What was
    signed before this process began, the high-water mark keeps.

    Args:
        origin: name of the log, and of its key.
        seed: the 32 secret bytes.
        second: those of a key of ML-DSA-44, which signs besides what is published.
    """

    def __init__(self, origin: str, seed: bytes, second: bytes | None = None) -> None:
        if not is_key_name(origin):
            raise KeyFileError("log.origin", "The origin must have no space or plus.")
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        public = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.verifier = VerifierKey(origin, SignatureType.ED25519, public)
        self._second = None if second is None else _second(origin, second)
        self._lock = Lock()
        self._signed: OrderedDict[int, tuple[bytes, str]] = OrderedDict()

    @property
    def vkey(self) -> str:
        """The log's verifier key in text form, to be published."""
        return self.verifier.encode()

    @property
    def vkeys(self) -> str:
        """Every verifier key of the log, one a line, Ed25519 first."""
        return (
            self.vkey if self._second is None else f"{self.vkey}\n{self._second.vkey}"
        )

    def complete(self, note: str, at: datetime) -> str:
        """Return a signed checkpoint as it is published: with the second signature.

        Without a second key it stays as it is. It costs a millisecond, so that it is
        not done for what only goes into a receipt.

        Args:
            note: what `sign` returned.
            at: the present moment, which the second signature states.
        """
        if self._second is None:
            return note
        text, _lines = split_note(note)
        return note + self._second.cosign(text, int(at.timestamp()))

    def sign(self, size: int, root: bytes) -> str:
        """Return the signed checkpoint of a tree.

        Raises:
            Conflict: another tree of this size was signed.
        """
        with self._lock:
            known = self._signed.get(size)
            if known is None:
                known = self._signed[size] = (root, self._sign(size, root))
                if len(self._signed) > _REMEMBERED:
                    self._signed.popitem(last=False)
            if known[0] != root:
                raise Conflict("log.signed", "Another tree was signed at this size.")
            return known[1]

    def _sign(self, size: int, root: bytes) -> str:
        text = format_text(Checkpoint(self.verifier.name, size, root))
        blob = self._key.sign(text.encode())
        return f"{text}\n{signature_line(self.verifier, blob)}"


def create_key(folder: Path, seed: bytes, name: str = KEY_FILE) -> None:
    """Write a key of the log once; never overwrites.

    It is there whole or not at all, whoever else makes it at the same moment.

    Raises:
        KeyFileError: there is a key already.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = folder / f"{name}.{secrets.token_hex(8)}"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.b64encode(seed) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, folder / name)
    except FileExistsError:
        raise KeyFileError("log.key-exists", "The log has a key already.") from None
    finally:
        draft.unlink()


def create_second_key(folder: Path, seed: bytes, published: str | None) -> None:
    """Write the key of ML-DSA-44 unless it is there.

    Args:
        folder: where the keys are.
        seed: 32 secret bytes for it.
        published: the newest published checkpoint.

    Raises:
        KeyFileError: it signed before, and is missing now.
    """
    if (folder / SECOND_KEY_FILE).exists():
        return
    if published is not None and is_completed(published):
        raise KeyFileError(
            "log.key-missing", "The log's second key is missing; it signed before."
        )
    try:
        create_key(folder, seed, SECOND_KEY_FILE)
    except KeyFileError:
        # Another process of the same service was quicker.
        return


def load_signer(folder: Path, origin: str, *, ml_dsa: bool = False) -> LogSigner:
    """Read the log's keys.

    Args:
        folder: where they are.
        origin: name of the log.
        ml_dsa: whether the second key is used.

    Raises:
        KeyFileError: missing, malformed, or open to group or others.
    """
    second = _read(folder / SECOND_KEY_FILE) if ml_dsa else None
    return LogSigner(origin, _read(folder / KEY_FILE), second)


def is_completed(note: str) -> bool:
    """Say whether a published checkpoint has the signature of a second key."""
    text, lines = split_note(note)
    origin = text.partition("\n")[0]
    sizes = {
        len(decode_base64(line.rpartition(" ")[2]))
        for line in lines
        if line.startswith(f"— {origin} ")
    }
    # Four bytes of key id and eight of time stand before the signature.
    return 4 + 8 + SIGNATURE_SIZE in sizes


def _read(path: Path) -> bytes:
    try:
        mode = path.stat().st_mode
        encoded = path.read_bytes()
    except OSError:
        raise KeyFileError("log.key-missing", "The log's key is missing.") from None
    if mode & _OPEN_TO_OTHERS:
        raise KeyFileError("log.key-open", "The log's key is open to others.")
    try:
        seed = base64.b64decode(encoded.strip(), validate=True)
    except ValueError:
        seed = b""
    if len(seed) != _SEED_SIZE:
        raise KeyFileError("log.key-malformed", "The log's key is malformed.")
    return seed


def _second(origin: str, seed: bytes) -> Cosigner:
    try:
        return Cosigner(origin, seed, SignatureType.ML_DSA_44)
    except VerificationError:
        raise KeyFileError(
            "log.origin", "An origin of more than 255 bytes has no second key."
        ) from None
