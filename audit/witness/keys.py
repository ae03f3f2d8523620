"""The witness's own keys, made at its first start and never again.

The folder holds the state, a key file of mode 0400 and `vkey`, the public half, which
the auditor gives to the bank and to whoever verifies. The state is made before the
key: a key without its state is a witness that lost its memory, and does not start.
"""

import base64
import os
import secrets
from pathlib import Path

from audit.cosigner import Cosigner
from audit.errors import VerificationError
from audit.note import SignatureType, parse_vkey
from audit.witness.state import STATE_FILE, WitnessState

_SEED_SIZE = 32
_OPEN_TO_OTHERS = 0o077
_ED25519_FILE = "witness-ed25519.key"
_VKEY_FILE = "vkey"


def open_folder(folder: Path, name: str) -> tuple[WitnessState, list[Cosigner]]:
    """Open the folder of a witness, or make it.

    Args:
        folder: the folder.
        name: of the witness; at later starts it must be the one of the first.

    Raises:
        VerificationError: keys or state are missing, malformed, readable by others, or
            of another name.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_mode & _OPEN_TO_OTHERS:
        raise VerificationError("The folder of the witness is open to others.")
    path = folder / _ED25519_FILE
    if path.exists() and not (folder / STATE_FILE).exists():
        raise VerificationError(
            "The witness has lost its memory; begin a new one in an empty folder."
        )
    state = WitnessState(folder)
    try:
        return state, [_cosigner(folder, path, name)]
    except BaseException:
        state.close()
        raise


def _cosigner(folder: Path, path: Path, name: str) -> Cosigner:
    if not path.exists():
        write_once(path, secrets.token_bytes(_SEED_SIZE))
    cosigner = Cosigner(name, _read(path), SignatureType.COSIGNATURE)
    public = folder / _VKEY_FILE
    if not public.exists():
        public.write_text(cosigner.vkey + "\n")
    elif parse_vkey(public.read_text().strip()) != cosigner.verifier:
        raise VerificationError("The witness was begun under another name or key.")
    return cosigner


def write_once(path: Path, seed: bytes) -> None:
    """Write a secret key to a new file of mode 0400, and through to the disk."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    with os.fdopen(descriptor, "wb") as file:
        file.write(base64.b64encode(seed) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _read(path: Path) -> bytes:
    if path.stat().st_mode & _OPEN_TO_OTHERS:
        raise VerificationError("The key of the witness is open to others.")
    try:
        seed = base64.b64decode(path.read_bytes().strip(), validate=True)
    except ValueError:
        seed = b""
    if len(seed) != _SEED_SIZE:
        raise VerificationError("The key of the witness is malformed.")
    return seed
