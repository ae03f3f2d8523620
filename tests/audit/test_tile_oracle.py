"""Tiles as the log makes them, against the literal tree, at sizes where they change."""

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit import export, store
from audit.checkpoint import Checkpoint, format_text
from audit.draft import LeafDraft
from audit.errors import VerificationError
from audit.head import read_head
from audit.merkle import Frontier, verify_consistency, verify_inclusion
from audit.sequencer import append
from audit.tiles import WIDTH, decode_entries, tile_path, tiles
from tests import reference
from tests.audit.conftest import NOW, ORIGIN

EDGES = (0, 1, 255, 256, 257, 65535, 65536, 65537)
LARGEST = EDGES[-1]
LEVELS = range(4)
PREFIX, T = b"leaf ", 1_790_000_000_000


def draft(index):
    number = index.to_bytes(16)
    return LeafDraft(number, number, PREFIX, b" %d" % index)


def entries(start, end):
    """The leaves that the log then holds."""
    return [b"%b%d %d" % (PREFIX, T, index) for index in range(start, end)]


@cache
def literal(level, index):
    """The root of one full subtree of tiles, by the words of the definition."""
    span = WIDTH**level
    return reference.root(entries(index * span, (index + 1) * span))


@pytest.fixture
def log(connection):
    connection.exec_driver_sql("BEGIN")
    return connection


def grow(connection, size):
    """Let the log grow through the sequencer; return its head."""
    head = read_head(connection)
    drafts = [draft(index) for index in range(head.size, size)]
    return append(connection, head, drafts, T).head if drafts else head


def check_tiles(connection, size, level, chosen=None):
    """Compare tiles of a tree of this size; by default all of a level."""
    for number, width in list(tiles(size // WIDTH**level))[chosen or slice(None)]:
        made = export.hash_tile(connection, level, number, width)
        start = number * WIDTH
        assert made == b"".join(literal(level, start + i) for i in range(width))


def test_every_size_where_tiles_change(log, tmp_path):
    for size in EDGES:
        head = grow(log, size)
        all_entries = entries(0, size)
        root = reference.root(all_entries)

        assert (head.size, head.root()) == (size, root)
        for level in LEVELS:
            check_tiles(log, size, level, None if level else slice(-2, None))
        for old in EDGES[1:]:
            if old <= size:
                proof = store.consistency_proof(log, old, size)
                earlier = reference.root(all_entries[:old])
                verify_consistency(old, size, proof, earlier, root)
                hashed = reference.leaf(all_entries[old - 1])
                path = store.inclusion_proof(log, old - 1, size)
                verify_inclusion(old - 1, size, hashed, path, root)
        for level in LEVELS:
            number, width = size // WIDTH**level // WIDTH, WIDTH
            with pytest.raises(VerificationError):
                export.hash_tile(log, level, number, width)
        with pytest.raises(VerificationError):
            export.entry_tile(log, size // WIDTH, WIDTH)


@pytest.mark.parametrize("size", [1, 255, 256, 257, 600, LARGEST])
def test_an_export_holds_exactly_the_tiles_of_its_size(log, tmp_path, size):
    head = grow(log, size)
    note = format_text(Checkpoint(ORIGIN, size, head.root())) + "\n— x AAAA\n"
    store.publish(log, size, note, NOW)

    export.export(log, tmp_path / "export", "vkey")

    folder, expected = tmp_path / "export", set()
    for kind, count in [
        ("entries", size),
        *((str(level), size // WIDTH**level) for level in LEVELS),
    ]:
        expected |= {tile_path(kind, number, width) for number, width in tiles(count)}
    written = {
        path.relative_to(folder).as_posix()
        for path in (folder / "tile").rglob("*")
        if path.is_file()
    }
    assert written == expected
    held = []
    for number, width in tiles(size):
        data = (folder / tile_path("entries", number, width)).read_bytes()
        held += decode_entries(data, width)
    assert held == entries(0, size)
    for number, width in tiles(size // WIDTH):
        made = (folder / tile_path("1", number, width)).read_bytes()
        start = number * WIDTH
        assert made == b"".join(literal(1, start + i) for i in range(width))


def test_partial_tiles_of_any_size_are_the_literal_ones(log):
    grow(log, 2000)

    @settings(max_examples=200)
    @given(st.integers(0, 2000))
    def check(size):
        for level in LEVELS:
            check_tiles(log, size, level)

    check()


@settings(max_examples=60)
@given(st.integers(0, 300), st.integers(0, 300))
def test_widths_are_those_of_the_specification(low, high):
    size = high * WIDTH + low
    for level in LEVELS:
        widths = [width for _, width in tiles(size // WIDTH**level)]
        partial = size // WIDTH**level % WIDTH

        assert widths == [WIDTH] * (size // WIDTH ** (level + 1)) + [partial] * bool(
            partial
        )


def test_a_frontier_goes_on_at_every_edge():
    frontier, at = Frontier(), 0
    for size in EDGES:
        for entry in entries(at, size):
            frontier.append(reference.leaf(entry))
        at = size

        assert frontier.root() == reference.root(entries(0, size))
        frontier = Frontier(frontier.size, frontier.hashes)
