"""A log that grows to any size through the bank's own writer, and what that costs."""

import sqlite3
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import make_url

from audit import handle_runs
from audit.draft import LeafDraft
from audit.work import Work
from pds.cli.bench.logbench import Bench, open_writer
from pds.core.clock import SystemClock
from pds.core.database import open_engine
from pds.core.ids import RandomIds

BATCH = 1000
"""Leaves of one commit that is measured; the smallest size at which a cost is known."""

_GROWING = 5000
_STEPS = 16
_LEAF = (
    b'{"cats":["health.vital.steps","health.vital.weight"],"com":"%s","con":"%s",'
    b'"form":"api.records","id":"%s","n":100,"pur":"service.recommendation",'
    b'"rcp":"genki-coach","src":"wearable.example","sub":"%s","t":'
)
_END = b',"typ":"disclosure:released","v":1}'


@dataclass(frozen=True, slots=True)
class Cost:
    """What a commit of `BATCH` leaves cost.

    Attributes:
        wall: microseconds a leaf, until it is durable and signed.
        cpu: microseconds of processor a leaf, moving the pages to their place included.
        pages: pages that the commit wrote.
    """

    wall: float
    cpu: float
    pages: float


def median(costs: Sequence[Cost]) -> Cost:
    """Return the median of each cost."""
    return Cost(
        statistics.median(each.wall for each in costs),
        statistics.median(each.cpu for each in costs),
        statistics.median(each.pages for each in costs),
    )


class LargeLog:
    """A log of its own, on SQLite."""

    def __init__(self, bench: Bench, size: int = 0) -> None:
        self.bench = bench
        self.size = size
        self.merging = 0.0
        """Seconds of processor that merging handles took."""
        self._ids = RandomIds(SystemClock())
        self._writer = open_writer(self.bench)
        self._reader = open_engine(self.bench.url, writer=False)
        self._plain = sqlite3.connect(
            make_url(bench.url).database or "", isolation_level=None
        )

    def close(self) -> None:
        """Let go of the database."""
        self._plain.close()
        self._reader.dispose()
        self._writer.close()

    def grow(self, size: int) -> None:
        """Append up to this size, and merge what is due."""
        while self.size < size:
            self._append(min(_GROWING, size - self.size))
            self._merge()

    def cost(self) -> Cost:
        """Append a batch and return what it cost."""
        drafts = self._drafts(BATCH)
        self._pages()
        processor, began = time.process_time(), time.perf_counter()
        self._commit(drafts)
        wall = time.perf_counter() - began
        pages = self._pages()
        cpu = time.process_time() - processor
        self._merge()
        return Cost(wall / BATCH * 1e6, cpu / BATCH * 1e6, pages)

    def _append(self, count: int) -> None:
        self._commit(self._drafts(count))

    def _commit(self, drafts: list[LeafDraft]) -> None:
        def act(work: Work) -> None:
            work.log.drafts.extend(drafts)

        self._writer.run(act)
        self.size += len(drafts)

    def _merge(self) -> None:
        began = time.process_time()
        with self._reader.connect() as connection:
            while handle_runs.due(connection) is not None:
                self._writer.run(_steps)
        self.merging += time.process_time() - began

    def _pages(self) -> int:
        """Move what the last commits wrote to its place; return how many pages."""
        _busy, written, _moved = self._plain.execute(
            "PRAGMA wal_checkpoint(PASSIVE)"
        ).fetchone()
        return int(written)

    def _drafts(self, count: int) -> list[LeafDraft]:
        return [_draft(self._ids) for _ in range(count)]


def _steps(work: Work) -> None:
    for _ in range(_STEPS):
        handle_runs.step(work.connection)


def _draft(ids: RandomIds) -> LeafDraft:
    leaf_id, secret = ids.new(), ids.secret(32)
    com, sub = secret.hex().encode(), secret[:16]
    head = _LEAF % (com, com, str(leaf_id).encode(), sub.hex().encode())
    return LeafDraft(leaf_id.bytes, sub, head, _END)
