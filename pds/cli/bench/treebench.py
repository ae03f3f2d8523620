"""A large log: what appending costs as it grows, a proof from it, checking all of it.

Each commit goes through the bank's own writer and is durable and signed; handles are
merged as the chore does it, beside the commits that are measured. Each cost is the
median over some commits, set against that of a small log in turns, so that other work
on the machine burdens both.
"""

import random
import shutil
import statistics
from contextlib import closing
from functools import partial
from pathlib import Path

from sqlalchemy import Connection

from audit import export, store
from audit.note import parse_vkey
from audit.verifier.check import check_export
from audit.verifier.folder import ExportFolder
from audit.verifier.policy import Policy
from pds.cli.bench.curve import Point, picture
from pds.cli.bench.largelog import BATCH, Cost, LargeLog, median
from pds.cli.bench.logbench import Bench, copied, prepared
from pds.cli.bench.table import Figure
from pds.cli.bench.timing import seconds
from pds.core.database import open_engine

_AROUND = 5
_PROOFS = 500


def measure(
    folder: Path, *, leaves: int, rounds: int = 15, curve: Path | None = None
) -> list[Figure]:
    """Return the figures of a log of this many leaves.

    Args:
        folder: where the logs and the export are made.
        leaves: how many, at least 2,000.
        rounds: how often the large and a small log take turns.
        curve: where to draw the cost of appending, if anywhere.
    """
    (folder / "empty").mkdir()
    empty = prepared(folder / "empty")
    small = copied(empty, folder / "small")
    with closing(LargeLog(small)) as log:
        log.grow(BATCH)
    with closing(LargeLog(copied(empty, folder / "large"))) as large:
        points = grow(large, small, leaves)
        ours, theirs = in_turns(large, small, rounds)
    if curve is not None:
        curve.write_text(picture(points), encoding="utf-8")
    label = f"{leaves:.0e}".replace("e+0", "e")
    merging = Figure(f"merge_us_{label}", large.merging / large.size * 1e6, "µs")
    return [
        *_read(large.bench, folder / "export", label),
        *_over(label, ours, theirs),
        merging,
    ]


def grow(log: LargeLog, small: Bench, leaves: int) -> list[Point]:
    """Let a log grow, and return what commits cost on the way, at doubling sizes."""
    points: list[Point] = []
    size = BATCH
    while size < leaves:
        points.append(_point(log, small, size))
        size *= 2
    return [*points, _point(log, small, leaves)]


def _point(log: LargeLog, small: Bench, size: int) -> Point:
    log.grow(size)
    ours, theirs = in_turns(log, small, _AROUND)
    return Point(
        size, ours.wall / theirs.wall, ours.cpu / theirs.cpu, ours.pages / theirs.pages
    )


def in_turns(large: LargeLog, small: Bench, rounds: int) -> tuple[Cost, Cost]:
    """Return what a commit costs the large log, and copies of one of 1,000 leaves."""
    costs: list[tuple[Cost, Cost]] = []
    for _ in range(rounds):
        copy = copied(small, small.folder.with_name("copy"))
        with closing(LargeLog(copy, BATCH)) as log:
            costs.append((large.cost(), log.cost()))
        shutil.rmtree(copy.folder)
    return median([each for each, _ in costs]), median([each for _, each in costs])


def _over(label: str, large: Cost, small: Cost) -> list[Figure]:
    rows = [
        ("append_cost", "µs", "a leaf", large.wall, small.wall),
        ("append_cpu", "µs", "a leaf", large.cpu, small.cpu),
        ("append_pages", "pages", "a commit of 1,000", large.pages, small.pages),
    ]
    return [
        Figure(
            f"{name}_{label}_over_1e3",
            ours,
            unit,
            f"{what} at {BATCH} leaves: {first:.1f} {unit}",
            ours / first,
        )
        for name, unit, what, ours, first in rows
    ]


def _read(bench: Bench, folder: Path, label: str) -> list[Figure]:
    engine = open_engine(bench.url, writer=False)
    try:
        with engine.connect() as connection:
            proof = _proof(connection, store.size(connection))
            export.export(connection, folder, bench.signer.vkey)
    finally:
        engine.dispose()
    policy = Policy(logs=[parse_vkey(bench.signer.vkey)])
    checked = seconds(lambda: check_export(ExportFolder(folder), policy))
    return [
        Figure(f"proof_ms_{label}", proof * 1000, "ms"),
        Figure(f"verify_s_{label}", checked, "s"),
    ]


def _proof(connection: Connection, size: int) -> float:
    chosen = random.Random(size)  # noqa: S311 - a sample that repeats, no secret
    places = [chosen.randrange(size) for _ in range(_PROOFS)]
    acts = (partial(store.inclusion_proof, connection, at, size) for at in places)
    return statistics.median(map(seconds, acts))
