"""Writing the log as files that anyone can check: the layout of C2SP tlog-tiles.

The stand-alone verifier reads such a folder without the bank and without a network.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Connection

from audit import cosignatures, store, timestamps
from audit.errors import VerificationError
from audit.note import parse_vkey
from audit.plan import Node
from audit.statement import Statement
from audit.store import Published
from audit.tiles import LEVELS, WIDTH, encode_entries, tile_path, tiles

_PAGE = 1000


def export(
    connection: Connection,
    folder: Path,
    vkey: str,
    statements: Iterable[Statement] = (),
    *,
    entries: bool = True,
) -> Published:
    """Write everything up to the latest published checkpoint; return that.

    Args:
        connection: where it is read.
        folder: where it goes; must be empty or absent.
        vkey: the log's verifier keys, one a line.
        statements: the entries that tell of a loss.
        entries: whether the entries and their hashes are wanted too; without them it
            is what others hold of the log.

    Raises:
        VerificationError: nothing was published yet, the tree is damaged, or the
            folder holds files already.
    """
    latest = store.latest_checkpoint(connection)
    if latest is None:
        raise VerificationError("No checkpoint was published yet.")
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise VerificationError("The folder for the export is not empty.")
    (folder / "vkey").write_text(vkey + "\n")
    (folder / "checkpoint").write_text(latest.note)
    origin = latest.checkpoint().origin
    earlier = _write_checkpoints(connection, folder, origin)
    earlier |= _write_statements(folder, statements)
    _write_earlier_keys(folder, earlier - {origin}, vkey)
    _write_cosignatures(connection, folder, latest)
    _write_timestamps(connection, folder, latest)
    if entries:
        _write_entries(connection, folder, latest.size)
        _write_hashes(connection, folder, latest.size)
    return latest


def entry_tile(connection: Connection, number: int, width: int) -> bytes:
    """Return one tile of leaves.

    Raises:
        VerificationError: the tree is not that large.
    """
    found = store.leaves(connection, number * WIDTH, width)
    if len(found) != width:
        raise VerificationError("The tree does not fill this tile.")
    return encode_entries([each.leaf for each in found])


def hash_tile(connection: Connection, level: int, number: int, width: int) -> bytes:
    """Return one tile of hashes; level counts tiles, so that it spans eight of nodes.

    Raises:
        VerificationError: the tree is not that large.
    """
    start = number * WIDTH
    wanted: list[Node] = [
        (level * LEVELS, index) for index in range(start, start + width)
    ]
    nodes = store.nodes(connection, wanted)
    if len(nodes) != width:
        raise VerificationError("The tree does not fill this tile.")
    return b"".join(nodes[node] for node in wanted)


def _write_checkpoints(connection: Connection, folder: Path, origin: str) -> set[str]:
    """Write what was published; what other origins signed before a loss apart."""
    (folder / "checkpoints").mkdir()
    origins: set[str] = set()
    for published in _all_published(connection):
        name = published.checkpoint().origin
        origins.add(name)
        under = "checkpoints" if name == origin else "earlier/checkpoints"
        _write(folder / under / str(published.size), published.note.encode())
    return origins


def _write_statements(folder: Path, statements: Iterable[Statement]) -> set[str]:
    origins: set[str] = set()
    for each in statements:
        origins.add(each.origin)
        _write(folder / f"earlier/continued/{each.index}.json", each.opening)
    return origins


def _write_earlier_keys(folder: Path, origins: set[str], vkey: str) -> None:
    if origins:
        # The log's keys go on under another name, and a key's name is its log's.
        keys = [parse_vkey(line) for line in vkey.split()]
        named = (replace(key, name=each) for each in sorted(origins) for key in keys)
        lines = [f"{key.encode()}\n" for key in named]
        (folder / "earlier" / "vkeys").write_text("".join(lines))


def _write_cosignatures(
    connection: Connection, folder: Path, latest: Published
) -> None:
    for size, lines in cosignatures.every(connection):
        if size <= latest.size:
            under = folder / _side(connection, size, latest)
            content = "".join(each.line for each in lines)
            _write(under / f"cosignatures/{size}", content.encode())


def _write_timestamps(connection: Connection, folder: Path, latest: Published) -> None:
    """Write each answer beside the checkpoint that it is over."""
    for each in timestamps.every(connection):
        if each.size <= latest.size:
            under = folder / _side(connection, each.size, latest)
            _write(under / f"timestamps/{each.size}.tsr", each.response)


def _side(connection: Connection, size: int, latest: Published) -> str:
    """Return the folder of what belongs to a checkpoint: of now, or of before."""
    origin = store.checkpoint_at(connection, size).checkpoint().origin
    return "." if origin == latest.checkpoint().origin else "earlier"


def _all_published(connection: Connection) -> Iterator[Published]:
    after = -1
    while page := store.checkpoints(connection, after, _PAGE):
        yield from page
        after = page[-1].size


def _write_entries(connection: Connection, folder: Path, size: int) -> None:
    for number, width in tiles(size):
        data = entry_tile(connection, number, width)
        _write(folder / tile_path("entries", number, width), data)


def _write_hashes(connection: Connection, folder: Path, size: int) -> None:
    level, count = 0, size
    while count:
        for number, width in tiles(count):
            data = hash_tile(connection, level, number, width)
            _write(folder / tile_path(str(level), number, width), data)
        level, count = level + 1, count // WIDTH


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
