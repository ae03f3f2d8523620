"""The files of a person's archive, each held to the manifest before it is used; pure.

A reader takes no path that leads elsewhere, no name twice and no byte more than the
manifest says, so that a small file cannot grow to gigabytes.
"""

import io
import json
import re
import zlib
from hashlib import sha256
from typing import Final
from zipfile import BadZipFile, ZipFile

from providers import payload
from providers.issues import FileRefused
from providers.payload import JSON, PayloadError

VERSION: Final = 1
_MOST_MEMBERS: Final = 200_000
_LONGEST_MANIFEST: Final = 48 << 20
_LONGEST_TEXT: Final = 1 << 20
_PATH: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*\Z")


class Files:
    """The files of an archive, each checked against the manifest before it is used.

    Args:
        data: the archive.

    Raises:
        FileRefused: PHR-F01 no archive of a version that is known, PHR-F06 it does not
            hold together.
    """

    def __init__(self, data: bytes) -> None:
        try:
            self._zip = ZipFile(io.BytesIO(data))
            names = self._zip.namelist()
        except (BadZipFile, ValueError, NotImplementedError, OSError):
            raise broken("It is no ZIP file.") from None
        if len(names) > _MOST_MEMBERS or len(names) != len(set(names)):
            raise broken("It names a file twice, or too many.")
        if not all(_PATH.match(name) for name in names):
            raise broken("It holds a path that leads elsewhere.")
        self.manifest = self._bounded("manifest.json", _LONGEST_MANIFEST)
        self.listed = _listed(self.manifest)
        if {*self.listed, "manifest.json", "manifest.jwt"} != set(names):
            raise broken("Its manifest is not that of its files.")

    def signed(self) -> str:
        """Return the signed manifest."""
        return text_of(self._bounded("manifest.jwt", _LONGEST_TEXT))

    def read(self, path: str, most: int = _LONGEST_TEXT) -> bytes:
        """Return one file.

        Raises:
            FileRefused: PHR-F04 too large, PHR-F06 missing or other than listed.
        """
        size, digest = self.listed.get(path, (0, ""))
        if size > most:
            raise FileRefused("PHR-F04", "A file in the archive is too large.")
        content = self._bounded(path, size)
        if len(content) != size or sha256(content).hexdigest() != digest:
            raise broken("A file is not the one that the manifest lists.")
        return content

    def _bounded(self, path: str, most: int) -> bytes:
        try:
            with self._zip.open(path) as member:
                content = member.read(most + 1)
        except (
            KeyError,
            BadZipFile,
            zlib.error,
            NotImplementedError,
            OSError,
            RuntimeError,
            EOFError,
            ValueError,
        ):
            raise broken("A file in it cannot be read.") from None
        if len(content) > most:
            raise broken("A file is larger than it says.")
        return content


def whole(value: JSON) -> int:
    """Return a whole number; ValueError for anything else."""
    if type(value) is not int:
        raise ValueError("This is no whole number.")
    return value


def _listed(manifest: bytes) -> dict[str, tuple[int, str]]:
    try:
        value = json.loads(manifest)
        if value["v"] != VERSION:
            raise FileRefused("PHR-F01", "An archive of this version is not known.")
        return {
            str(row["path"]): (whole(row["size"]), str(row["sha256"]))
            for row in value["files"]
        }
    except (ValueError, KeyError, TypeError, RecursionError):
        raise broken("Its manifest cannot be read.") from None


def text_of(data: bytes) -> str:
    """Return UTF-8 text; FileRefused PHR-F02 for anything else."""
    try:
        return payload.decode_utf8(data)
    except PayloadError as error:
        raise FileRefused(f"PHR-{error.code}", str(error)) from None


def broken(message: str) -> FileRefused:
    """Return the refusal of an archive that does not hold together."""
    return FileRefused("PHR-F06", f"The archive does not hold together. {message}")
