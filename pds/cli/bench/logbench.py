"""The log writer with prepared entries, against one commit per entry.

Both sides append the same leaves to the same tables, durably and signed. One side goes
through the single writer and its group commit; on the other each of the 64 writers has
a connection of its own and commits each entry alone, as a plain application would.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import cast

from sqlalchemy import Connection, Engine

from audit.draft import LeafDraft
from audit.head import create_head, read_head
from audit.sequencer import append
from audit.signer import LogSigner
from audit.work import Work
from pds.bank.file_lock import FileLock
from pds.bank.publisher import Publisher
from pds.bank.schema import upgrade
from pds.bank.sqlite_writer import SqliteWriter
from pds.cli.bench.table import Figure
from pds.cli.bench.timing import together
from pds.core.clock import Clock, SystemClock, to_millis
from pds.core.database import open_engine
from pds.core.ids import RandomIds

WRITERS = 64
ROUNDS = 3
_ORIGIN = "bench.example/log"


@dataclass
class _Drafts:
    """Stands where an act's recorder stands, and holds entries made beforehand."""

    drafts: list[LeafDraft] = field(default_factory=list)


@dataclass
class _PreparedWork:
    log: _Drafts = field(default_factory=_Drafts)


def measure(folder: Path, *, each: int = 60, alone: int = 3) -> list[Figure]:
    """Return entries per second of 64 writers, and the ratio to lone commits.

    Args:
        folder: where a log of its own is made.
        each: entries of each writer in a round of group commits.
        alone: entries of each writer in a round of lone commits.
    """
    url = f"sqlite:///{folder / 'log.db'}"
    upgrade(url)
    clock = SystemClock()
    with _engine(url) as engine, engine.connect() as connection:
        create_head(connection, _ORIGIN)
        connection.exec_driver_sql("PRAGMA optimize")
    signer = LogSigner(_ORIGIN, RandomIds(clock).secret())
    grouped, single = [], []
    for _ in range(ROUNDS):
        grouped.append(_grouped(url, folder, signer, clock, each))
        single.append(_single(url, signer, clock, alone))
    ours, lone = sorted(grouped)[ROUNDS // 2], sorted(single)[ROUNDS // 2]
    against = f"one commit per entry, {WRITERS} writers: {lone:,.0f}/s"
    name = f"log_entries_per_s_{WRITERS}"
    return [
        Figure(name, ours, "1/s"),
        Figure(f"{name}_over_single_commit", ours, "1/s", against, ours / lone),
    ]


@contextmanager
def _engine(url: str) -> Iterator[Engine]:
    engine = open_engine(url, writer=True)
    try:
        yield engine
    finally:
        engine.dispose()


def _drafts(clock: Clock, count: int) -> list[LeafDraft]:
    """Return leaves that lack only their time, as large as a disclosure's."""
    ids = RandomIds(clock)
    before = b'{"cats":["health.vital.weight"],"com":"' + b"0" * 300 + b'","t":'
    after = b',"typ":"disclosure:released","v":1}'
    return [
        LeafDraft(ids.new().bytes, ids.secret(16), before, after) for _ in range(count)
    ]


def _grouped(
    url: str, folder: Path, signer: LogSigner, clock: Clock, each: int
) -> float:
    def make_work(_connection: Connection) -> Work:
        return cast("Work", _PreparedWork())

    lock = FileLock(folder / "log.lock", patience=5, clock=clock, pause=time.sleep)
    publisher = Publisher(signer, folder, clock)
    writer = SqliteWriter(
        open_engine(url, writer=True), lock, make_work, publisher, clock
    )

    def script() -> Callable[[], None]:
        prepared = _drafts(clock, each)

        def run() -> None:
            for draft in prepared:
                writer.run(partial(_append, draft))

        return run

    taken = together([script() for _ in range(WRITERS)])
    writer.close()
    return WRITERS * each / taken


def _append(draft: LeafDraft, work: Work) -> None:
    work.log.drafts.append(draft)


def _single(url: str, signer: LogSigner, clock: Clock, each: int) -> float:
    def script() -> Callable[[], None]:
        prepared = _drafts(clock, each)

        def run() -> None:
            with _engine(url) as engine, engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA busy_timeout=60000")
                for draft in prepared:
                    _commit_alone(connection, draft, signer, clock)

        return run

    taken = together([script() for _ in range(WRITERS)])
    return WRITERS * each / taken


def _commit_alone(
    connection: Connection, draft: LeafDraft, signer: LogSigner, clock: Clock
) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    head = read_head(connection)
    batch = append(connection, head, [draft], to_millis(clock.now()))
    # Signed before the commit here, or another writer's larger tree would be first.
    signer.sign(batch.head.size, batch.head.root())
    connection.exec_driver_sql("COMMIT")
