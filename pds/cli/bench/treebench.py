"""A large log: what appending costs as it grows, a proof from it, checking all of it.

The tables really grow, leaf by leaf, in transactions of 1,000; the cost at a size is
the median over the batches around it.
"""

import random
import statistics
import time
from functools import partial
from pathlib import Path

from sqlalchemy import Connection

from audit import export, store
from audit.draft import LeafDraft
from audit.head import create_head, read_head
from audit.note import parse_vkey
from audit.sequencer import append
from audit.signer import LogSigner
from audit.verifier.check import check_export
from audit.verifier.folder import ExportFolder
from audit.verifier.policy import Policy
from pds.bank.schema import upgrade
from pds.cli.bench.curve import Point, picture
from pds.cli.bench.table import Figure
from pds.cli.bench.timing import seconds
from pds.core.clock import SystemClock
from pds.core.database import open_engine
from pds.core.ids import Ids, RandomIds

BATCH = 1000
"""Leaves of one transaction; the smallest size at which a cost is known."""

_ORIGIN = "bench.example/tree"
_NOW = 1_790_000_000_000
_AROUND = 5
_PROOFS = 500
_LEAF = (
    b'{"cats":["health.vital.steps","health.vital.weight"],"com":"%s","con":"%s",'
    b'"form":"api.records","id":"%s","n":100,"pur":"service.recommendation",'
    b'"rcp":"genki-coach","src":"wearable.example","sub":"%s","t":'
)
_END = b',"typ":"disclosure:released","v":1}'


def measure(folder: Path, *, leaves: int, curve: Path | None = None) -> list[Figure]:
    """Return the figures of a log of this many leaves.

    Args:
        folder: where the log and its export are made.
        leaves: how many, at least 1,000.
        curve: where to draw the cost of appending, if anywhere.
    """
    url = f"sqlite:///{folder / 'tree.db'}"
    upgrade(url)
    signer = LogSigner(_ORIGIN, bytes(32))
    ids = RandomIds(SystemClock())
    engine = open_engine(url, writer=True)
    try:
        with engine.connect() as connection:
            create_head(connection, _ORIGIN)
            costs = _grow(connection, ids, leaves)
            proof = _proof(connection, leaves)
            note = signer.sign(leaves, read_head(connection).root())
            store.publish(connection, leaves, note, SystemClock().now())
            exported = folder / "export"
            export.export(connection, exported, signer.vkey)
    finally:
        engine.dispose()
    policy = Policy(logs=[parse_vkey(signer.vkey)])
    checked = seconds(lambda: check_export(ExportFolder(exported), policy))
    if curve is not None:
        curve.write_text(picture(costs), encoding="utf-8")
    return _figures(leaves, costs, proof, checked)


def _figures(
    leaves: int, costs: list[Point], proof: float, checked: float
) -> list[Figure]:
    label = f"{leaves:.0e}".replace("e+0", "e")
    first, last = costs[0].microseconds, costs[-1].microseconds
    against = f"a leaf at {BATCH} leaves: {first:.1f} µs"
    return [
        Figure(f"proof_ms_{label}", proof * 1000, "ms"),
        Figure(f"verify_s_{label}", checked, "s"),
        Figure(f"append_cost_{label}_over_1e3", last, "µs", against, last / first),
    ]


def _grow(connection: Connection, ids: Ids, leaves: int) -> list[Point]:
    taken = [_append(connection, ids) for _ in range(leaves // BATCH)]
    points: list[Point] = []
    size = BATCH
    while size < leaves:
        points.append(_point(taken, size))
        size *= 2
    return [*points, _point(taken, leaves)]


def _point(taken: list[float], size: int) -> Point:
    last = max(_AROUND, min(size // BATCH + _AROUND // 2, len(taken)))
    around = taken[max(0, last - _AROUND) : last]
    return Point(size, statistics.median(around) / BATCH * 1e6)


def _append(connection: Connection, ids: Ids) -> float:
    drafts = [_draft(ids) for _ in range(BATCH)]
    began = time.perf_counter()
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    append(connection, read_head(connection), drafts, _NOW)
    connection.exec_driver_sql("COMMIT")
    return time.perf_counter() - began


def _draft(ids: Ids) -> LeafDraft:
    leaf_id, sub = ids.new(), ids.secret(16)
    com = ids.secret(32).hex().encode()
    head = _LEAF % (com, com, str(leaf_id).encode(), sub.hex().encode())
    return LeafDraft(leaf_id.bytes, sub, head, _END)


def _proof(connection: Connection, size: int) -> float:
    chosen = random.Random(size)  # noqa: S311 - a sample that repeats, no secret
    places = [chosen.randrange(size) for _ in range(_PROOFS)]
    acts = (partial(store.inclusion_proof, connection, at, size) for at in places)
    return statistics.median(map(seconds, acts))
