"""Private files that are on the disk when they are said to be."""

import hashlib
import os
from pathlib import Path


def make_private(path: Path) -> None:
    """Make an empty file for nobody else; FileExistsError if it is there."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    os.close(os.open(path, flags, 0o600))


def write(path: Path, content: str) -> None:
    """Write a private file; whoever finds it finds all of it."""
    draft = path.with_name(f".{path.name}.draft")
    draft.unlink(missing_ok=True)
    make_private(draft)
    draft.write_text(content, encoding="utf-8")
    publish(draft, path)


def publish(draft: Path, path: Path) -> None:
    """Give a finished draft its name, with all that it holds on the disk."""
    sync(draft)
    draft.rename(path)
    sync(path.parent)


def sync(path: Path) -> None:
    """Wait until a file or folder is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
