"""The files of an evidence bundle, in a folder or in a ZIP file, whatever they hold."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import IO, Protocol

from audit.errors import VerificationError
from audit.verifier.findings import Incomplete
from audit.verifier.folder import is_of_desktop

_PACKED = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_CHUNK = 1 << 16
_MOST = 1 << 25
"""Bytes of the largest file that is read as a whole."""

_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
)
"""What reading a hostile archive may raise."""


class Source(Protocol):
    """Where a bundle's files are."""

    def names(self) -> list[str]:
        """Return the path of every file, as often as it is there."""
        ...

    def open(self, name: str) -> IO[bytes]:
        """Open a file."""
        ...


class FolderSource:
    """A bundle that was unpacked.

    Args:
        path: the folder.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def names(self) -> list[str]:
        """Return the path of every file; a link is one, which the manifest refuses."""
        return [
            each.relative_to(self._path).as_posix()
            for each in self._path.rglob("*")
            if each.is_symlink() or not (each.is_dir() or is_of_desktop(each.name))
        ]

    def open(self, name: str) -> IO[bytes]:
        """Open a file.

        Raises:
            VerificationError: it is a link or no ordinary file.
        """
        path = self._path / name
        # Anything else might lead out of the folder, or never end.
        if path.is_symlink() or not path.is_file():
            raise VerificationError(f"{name} is missing or is not a file.")
        return path.open("rb")


class ZipSource:
    """A bundle as it was downloaded.

    Args:
        archive: the open archive.
    """

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def names(self) -> list[str]:
        """Return the path of every member."""
        return self._archive.namelist()

    def open(self, name: str) -> IO[bytes]:
        """Open a member.

        Raises:
            VerificationError: there is none of this name, or it is packed strangely.
        """
        try:
            packed = self._archive.getinfo(name).compress_type
        except KeyError:
            raise VerificationError(f"{name} is missing.") from None
        # A bundle has no others, and what they raise on bad bytes is not one family.
        if packed not in _PACKED:
            raise VerificationError(f"{name} is packed in a way that is not read here.")
        return self._archive.open(name)


@contextmanager
def opened_source(path: Path) -> Iterator[Source]:
    """Open a bundle.

    Raises:
        Incomplete: there is no such folder or file.
        VerificationError: it is neither a folder nor a ZIP file.
    """
    if path.is_dir():
        yield FolderSource(path)
        return
    try:
        archive = zipfile.ZipFile(path)
    except (FileNotFoundError, PermissionError):
        raise Incomplete(f"{path} is missing or cannot be read.") from None
    except _BROKEN:
        raise VerificationError(f"{path} is not a ZIP file.") from None
    with archive:
        yield ZipSource(archive)


def read(source: Source, name: str) -> bytes:
    """Return the bytes of a small file.

    Raises:
        VerificationError: missing, damaged, or too large.
    """
    try:
        with source.open(name) as file:
            data = file.read(_MOST + 1)
    except _BROKEN:
        raise VerificationError(f"{name} is damaged.") from None
    if len(data) > _MOST:
        raise VerificationError(f"{name} is too large.")
    return data


def check_file(
    source: Source, name: str, size: int, digest: str, copy: IO[bytes] | None = None
) -> None:
    """Check size and SHA-256 of a file, piece by piece; copy it if wanted.

    Raises:
        VerificationError: it is missing, damaged, or another one.
        Incomplete: there is no room for the copy.
    """
    hashed, left = sha256(), size
    try:
        with source.open(name) as file:
            while piece := file.read(_CHUNK):
                left -= len(piece)
                # A few bytes of an archive can unpack to any number.
                if left < 0:
                    raise VerificationError(f"{name} is longer than the manifest says.")
                hashed.update(piece)
                if copy is not None:
                    _write(copy, piece)
    except _BROKEN:
        raise VerificationError(f"{name} is damaged.") from None
    if left or hashed.hexdigest() != digest:
        raise VerificationError(f"{name} is not the file that the manifest lists.")


def _write(copy: IO[bytes], piece: bytes) -> None:
    # A full disk here says nothing against the file.
    try:
        copy.write(piece)
    except OSError:
        raise Incomplete("The log of the bundle cannot be unpacked here.") from None
