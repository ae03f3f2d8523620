"""One secret a file: 32 random bytes in base64, mode 0400, in a folder of mode 0700.

A file is never seen half written, is never replaced, and is overwritten before it goes.
"""

import base64
import binascii
import os
import stat
from contextlib import suppress
from pathlib import Path

from pds.crypto.datakey import KEY_SIZE
from pds.crypto.errors import KeyProviderError


def check_folder(folder: Path, *, may_create: bool) -> None:
    """Refuse a folder that others can read; make it if that is allowed."""
    if may_create and not folder.exists():
        folder.mkdir(mode=0o700, parents=True)
    if not folder.is_dir():
        raise KeyProviderError("The key folder does not exist; see INFOBANK_KEY_DIR.")
    check_holder(folder.stat(), loose=0o077, what="The key folder", want="0700")


def check_holder(found: os.stat_result, *, loose: int, what: str, want: str) -> None:
    """Refuse what others than this account and root can use.

    Raises:
        KeyProviderError: with the mode that is wanted.
    """
    if stat.S_IMODE(found.st_mode) & loose:
        raise KeyProviderError(f"{what} has loose permissions; set its mode to {want}.")
    if found.st_uid not in (os.geteuid(), 0):
        raise KeyProviderError(f"{what} belongs to another account.")


def create(path: Path) -> None:
    """Write a key under a passing name and link it, so that no half key is seen.

    If another process was first, its key is the key.
    """
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


def destroy(path: Path) -> None:
    """Overwrite and delete a key, and what crashes left of it under passing names.

    The name goes first: whoever looks meanwhile finds no key rather than half of one.
    Old blocks of a disk that writes elsewhere (flash, snapshots) are out of reach.
    """
    with suppress(FileNotFoundError):
        path.rename(path.with_name(f".{path.name}.destroyed"))
    for left in path.parent.glob(f".{path.name}.*"):
        # Another process may be at it too.
        with suppress(FileNotFoundError):
            _overwrite(left)
            left.unlink()
    _sync_folder(path.parent)


def read(path: Path, *, loose: int = 0o377) -> bytes:
    """Return the 32 bytes of a key file.

    Args:
        path: of the file; a link is refused.
        loose: permissions that it must not have.

    Raises:
        KeyProviderError: it is missing, unsafe or damaged.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        raise KeyProviderError(
            f"The key file {path.name} is missing or cannot be read."
        ) from None
    with os.fdopen(handle, "rb") as file:
        check_holder(os.fstat(file.fileno()), loose=loose, what=path.name, want="0400")
        return decode(file.read(256), path.name)


def decode(text: bytes, name: str) -> bytes:
    """Return the 32 bytes that a file holds in base64; raises KeyProviderError."""
    try:
        secret = base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        secret = b""
    if len(secret) != KEY_SIZE:
        raise KeyProviderError(f"The key file {name} does not hold 32 bytes in base64.")
    return secret


def _link(draft: Path, path: Path) -> None:
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        return


def _overwrite(path: Path) -> None:
    path.chmod(0o600)
    with path.open("r+b", buffering=0) as file:
        file.write(bytes(path.stat().st_size))
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
