"""What is said of a health link under the person's key: its sealed half; pure."""

from dataclasses import dataclass
from typing import Final

from audit.canonical import canonical, parse_canonical
from pds.core.errors import Unavailable

VERSION: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What is said of a link under the person's key.

    Attributes:
        label: what the person called it.
        categories: ids of what is in it.
        count: how many records.
        root: Merkle root over the records and their versions, hex.
        sha256: of the encrypted file, hex.
    """

    label: str
    categories: tuple[str, ...]
    count: int
    root: str
    sha256: str


def write(contents: Contents) -> bytes:
    """Return what is said of a link, to be sealed."""
    return canonical(
        {
            "v": VERSION,
            "label": contents.label,
            "categories": list(contents.categories),
            "count": contents.count,
            "root": contents.root,
            "sha256": contents.sha256,
        }
    )


def read(content: bytes) -> Contents:
    """Read what is said of a link.

    Raises:
        Unavailable: `health-link.version`; it was written by a later program.
    """
    found = parse_canonical(content)
    if found["v"] != VERSION:
        raise Unavailable("health-link.version", "The link is of another time.")
    return Contents(
        label=found["label"],
        categories=tuple(found["categories"]),
        count=found["count"],
        root=found["root"],
        sha256=found["sha256"],
    )
