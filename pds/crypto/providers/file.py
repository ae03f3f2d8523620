"""Key files: 32 random bytes a file, base64, mode 0400, in a folder of mode 0700.

The folder is never inside the data folder: whoever copies the data must not copy the
keys with it. Files are created only when the caller says that the database is new;
otherwise a lost key would be silently replaced and nothing would open any more.
"""

import base64
import binascii
import os
import re
import stat
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pds.crypto.datakey import KEY_SIZE
from pds.crypto.errors import EnvelopeError, KeyProviderError
from pds.crypto.providers import Wrapped
from pds.crypto.wrap import ALG_AES_GCM, WrapPlace, unwrap, wrap

_KEK_NAME = re.compile(r"kek-([1-9][0-9]{0,8})\.key")
_SECRET_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")


class FileKeyProvider:
    """KEKs and named secrets in files.

    Args:
        key_dir: the folder of the key files.
        data_dir: the folder of the data, only to refuse keys that lie in it.
        may_create: whether a first key may be made (the database has none yet).

    Raises:
        KeyProviderError: with one sentence that says what to change.
    """

    def __init__(self, key_dir: Path, *, data_dir: Path, may_create: bool) -> None:
        self._dir = key_dir.resolve()
        if self._dir.is_relative_to(data_dir.resolve()):
            raise KeyProviderError(
                "The key folder lies inside the data folder; choose one elsewhere."
            )
        _check_folder(self._dir, may_create=may_create)
        self._keks = self._load(may_create=may_create)

    @property
    def current_version(self) -> int:
        """Version of the KEK that wraps now: the highest."""
        return max(self._keks)

    @property
    def versions(self) -> frozenset[int]:
        """Versions that can still unwrap."""
        return frozenset(self._keks)

    def wrap(self, place: WrapPlace, secret: bytes) -> Wrapped:
        """Wrap 32 bytes under the current version."""
        version = self.current_version
        blob = wrap(self._keks[version], version, place, secret)
        return Wrapped(ALG_AES_GCM, version, blob)

    def unwrap(self, place: WrapPlace, wrapped: Wrapped) -> bytes:
        """Return the 32 bytes; raises EnvelopeError if they do not open."""
        kek = self._keks.get(wrapped.kek_version)
        if kek is None or wrapped.alg != ALG_AES_GCM:
            raise EnvelopeError
        return unwrap(kek, wrapped.kek_version, place, wrapped.blob)

    def named_secret(self, name: str, *, may_create: bool) -> bytes:
        """Return the 32 bytes kept under a name such as `login-pepper`.

        Raises:
            KeyProviderError: if the file is missing and must not be made, or unsafe.
        """
        if not _SECRET_NAME.fullmatch(name):
            raise ValueError("A secret's name is lower-case words with dashes.")
        path = self._dir / f"{name}.key"
        if may_create and not path.exists():
            _create(path)
        return _read(path)

    def _load(self, *, may_create: bool) -> dict[int, AESGCM]:
        found = self._kek_files()
        if not found and may_create:
            _create(self._dir / "kek-1.key")
            found = self._kek_files()
        if not found:
            raise KeyProviderError(
                "The key folder holds no kek-*.key, but the database was written"
                " under one; put the key file back."
            )
        return {version: AESGCM(_read(path)) for version, path in found.items()}

    def _kek_files(self) -> dict[int, Path]:
        found = {}
        for path in self._dir.iterdir():
            match = _KEK_NAME.fullmatch(path.name)
            if match:
                found[int(match[1])] = path
        return found


def _check_folder(folder: Path, *, may_create: bool) -> None:
    if may_create and not folder.exists():
        folder.mkdir(mode=0o700, parents=True)
    if not folder.is_dir():
        raise KeyProviderError("The key folder does not exist; see INFOBANK_KEY_DIR.")
    _check_holder(folder.stat(), loose=0o077, what="The key folder", want="0700")


def _check_holder(found: os.stat_result, *, loose: int, what: str, want: str) -> None:
    if stat.S_IMODE(found.st_mode) & loose:
        raise KeyProviderError(f"{what} has loose permissions; set its mode to {want}.")
    if found.st_uid not in (os.geteuid(), 0):
        raise KeyProviderError(f"{what} belongs to another account.")


def _create(path: Path) -> None:
    """Write a key under a passing name and link it, so that no half key is seen."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(base64.b64encode(os.urandom(KEY_SIZE)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        _link(draft, path)
    finally:
        draft.unlink()
    _sync_folder(path.parent)


def _link(draft: Path, path: Path) -> None:
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        # Another process was first; its key is the key.
        return


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read(path: Path) -> bytes:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        raise KeyProviderError(
            f"The key file {path.name} is missing or cannot be read."
        ) from None
    with os.fdopen(handle, "rb") as file:
        _check_holder(os.fstat(file.fileno()), loose=0o377, what=path.name, want="0400")
        return _decode(file.read(256), path.name)


def _decode(text: bytes, name: str) -> bytes:
    try:
        secret = base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        secret = b""
    if len(secret) != KEY_SIZE:
        raise KeyProviderError(f"The key file {name} does not hold 32 bytes in base64.")
    return secret
