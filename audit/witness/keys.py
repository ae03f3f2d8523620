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
_FILES = {
    SignatureType.COSIGNATURE: ("witness-ed25519.key", "vkey"),
    SignatureType.ML_DSA_44: ("witness-mldsa44.key", "vkey-mldsa44"),
}
"""Of each kind of key the secret half and the public half."""


def open_folder(
    folder: Path, name: str, *, ml_dsa: bool = False
) -> tuple[WitnessState, list[Cosigner]]:
    """Open the folder of a witness, or make it.

    Args:
        folder: the folder.
        name: of the witness; at later starts it must be the one of the first.
        ml_dsa: whether it also cosigns with a key of ML-DSA-44.

    Raises:
        VerificationError: keys or state are missing, malformed, readable by others, or
            of another name.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_mode & _OPEN_TO_OTHERS:
        raise VerificationError("The folder of the witness is open to others.")
    has_key = any((folder / key).exists() for key, _ in _FILES.values())
    if has_key and not (folder / STATE_FILE).exists():
        raise VerificationError(
            "The witness has lost its memory; begin a new one in an empty folder."
        )
    state = WitnessState(folder)
    try:
        kinds = list(_FILES) if ml_dsa else [SignatureType.COSIGNATURE]
        return state, [_cosigner(folder, name, kind) for kind in kinds]
    except BaseException:
        state.close()
        raise


def _cosigner(folder: Path, name: str, kind: SignatureType) -> Cosigner:
    path, public = (folder / each for each in _FILES[kind])
    if not path.exists():
        write_once(path, secrets.token_bytes(_SEED_SIZE))
    cosigner = Cosigner(name, _read(path), kind)
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
