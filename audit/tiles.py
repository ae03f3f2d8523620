"""The tile layout of C2SP tlog-tiles: paths and widths. Pure."""

from collections.abc import Iterator

from audit.errors import VerificationError

WIDTH = 256
"""Hashes or entries in a full tile."""

LEVELS = 8
"""Levels of the tree that one level of tiles spans."""

_GROUP = 1000
_LENGTH = 2


def tile_path(kind: str, number: int, width: int = WIDTH) -> str:
    """Return the path of a tile; kind is `entries` or the level of tiles."""
    groups = [f"{number % _GROUP:03d}"]
    while number >= _GROUP:
        number //= _GROUP
        groups.append(f"x{number % _GROUP:03d}")
    path = f"tile/{kind}/{'/'.join(reversed(groups))}"
    return path if width == WIDTH else f"{path}.p/{width}"


def tiles(count: int) -> Iterator[tuple[int, int]]:
    """Return number and width of each tile that holds this many items."""
    for number in range(count // WIDTH):
        yield number, WIDTH
    if count % WIDTH:
        yield count // WIDTH, count % WIDTH


def encode_entries(entries: list[bytes]) -> bytes:
    """Return an entry tile: each entry after its length as u16."""
    return b"".join(len(each).to_bytes(_LENGTH) + each for each in entries)


def decode_entries(data: bytes, width: int) -> list[bytes]:
    """Read an entry tile.

    Raises:
        VerificationError: it does not hold exactly `width` entries.
    """
    if type(data) is not bytes:
        raise VerificationError("An entry tile is bytes.")
    entries: list[bytes] = []
    at = 0
    while at < len(data):
        start = at + _LENGTH
        at = start + int.from_bytes(data[at:start])
        if at > len(data):
            raise VerificationError("An entry tile is cut off.")
        entries.append(data[start:at])
    if len(entries) != width:
        raise VerificationError("An entry tile holds another number of entries.")
    return entries
