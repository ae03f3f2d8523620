"""Names of keys and secrets, the same wherever they lie in files."""

import re

_KEK_NAME = re.compile(r"kek-([1-9][0-9]{0,8})\.key")
_SECRET_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")


def kek_name(version: int) -> str:
    """Return the name of the file of a version."""
    return f"kek-{version}.key"


def kek_version(name: str) -> int | None:
    """Return the version whose file has this name; None if it is none."""
    match = _KEK_NAME.fullmatch(name)
    return int(match[1]) if match else None


def check_name(name: str) -> str:
    """Return the name of a secret; anything but words with dashes is a ValueError."""
    if not _SECRET_NAME.fullmatch(name):
        raise ValueError("A secret's name is lower-case words with dashes.")
    return name
