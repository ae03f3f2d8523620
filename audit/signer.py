"""Signing checkpoints with the log's key. The only module that holds that key.

The key is 32 random bytes of Ed25519 in a file `log-ed25519.key` (base64, mode 0400)
in the key folder, which is never the data folder.
"""

import base64
import os
from collections import OrderedDict
from pathlib import Path
from threading import Lock

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from audit.checkpoint import Checkpoint, format_text
from audit.note import SignatureType, VerifierKey, is_key_name, signature_line
from pds.core.errors import BankError, Conflict

KEY_FILE = "log-ed25519.key"
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
    """

    def __init__(self, origin: str, seed: bytes) -> None:
        if not is_key_name(origin):
            raise KeyFileError("log.origin", "The origin must have no space or plus.")
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        public = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.verifier = VerifierKey(origin, SignatureType.ED25519, public)
        self._lock = Lock()
        self._signed: OrderedDict[int, tuple[bytes, str]] = OrderedDict()

    @property
    def vkey(self) -> str:
        """The log's verifier key in text form, to be published."""
        return self.verifier.encode()

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


def create_key(folder: Path, seed: bytes) -> None:
    """Write the log's key once; never overwrites.

    Raises:
        KeyFileError: there is a key already.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / KEY_FILE
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    except FileExistsError:
        raise KeyFileError("log.key-exists", "The log has a key already.") from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(base64.b64encode(seed) + b"\n")
        file.flush()
        os.fsync(file.fileno())


def load_signer(folder: Path, origin: str) -> LogSigner:
    """Read the log's key.

    Raises:
        KeyFileError: missing, malformed, or open to group or others.
    """
    path = folder / KEY_FILE
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
    return LogSigner(origin, seed)
