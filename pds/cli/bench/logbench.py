"""The log writer with prepared entries, against one commit per entry.

Both sides append the same leaves to the same tables, durably and signed. One side goes
through the bank's writer: group commit on SQLite, a transaction per entry and the
integrator on PostgreSQL. On the other each of the 64 writers has a connection of its
own and commits each entry alone, as a plain application would.
"""

import shutil
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import cast

from sqlalchemy import Connection, Engine

from audit.draft import LeafDraft
from audit.head import create_head, read_head
from audit.sequencer import append
from audit.signer import LogSigner
from audit.work import Work
from pds.bank.file_lock import FileLock
from pds.bank.integrator import Integrator
from pds.bank.postgres_writer import PostgresWriter
from pds.bank.publisher import Publisher
from pds.bank.schema import upgrade
from pds.bank.sqlite_writer import SqliteWriter
from pds.bank.writer import Writer
from pds.cli.bench.table import Figure
from pds.cli.bench.timing import percentile, together
from pds.core.clock import Clock, SystemClock, to_millis
from pds.core.database import is_sqlite, open_engine
from pds.core.ids import RandomIds

WRITERS = (1, 16, 64)
ROUNDS = 3
_ORIGIN = "bench.example/log"


@dataclass
class _Drafts:
    """Stands where an act's recorder stands, and holds entries made beforehand."""

    drafts: list[LeafDraft] = field(default_factory=list)


@dataclass
class _PreparedWork:
    connection: Connection
    log: _Drafts = field(default_factory=_Drafts)


@dataclass(frozen=True)
class Bench:
    """A log of its own, on SQLite or PostgreSQL.

    Attributes:
        url: its migrated, empty database.
        folder: where lock and mark may lie.
        signer: of the log.
        clock: the moment.
    """

    url: str
    folder: Path
    signer: LogSigner
    clock: Clock


@dataclass(frozen=True)
class _Round:
    """What one round of writers took.

    Attributes:
        rate: entries per second.
        latencies: seconds of each entry.
    """

    rate: float
    latencies: Sequence[float]


def measure(
    folder: Path, *, each: int = 60, alone: int = 3, url: str = ""
) -> list[Figure]:
    """Return entries per second of 1, 16 and 64 writers, and what they are set against.

    Args:
        folder: where a log of its own is made.
        each: entries of each writer in a round of the bank's writer.
        alone: entries of each writer in a round of lone commits.
        url: an empty PostgreSQL database instead of SQLite; its figures end in `_pg`.
    """
    end = "_pg" if url else ""
    bench = prepared(folder, url)
    found = {count: [_round(bench, count, each)] for count in WRITERS}
    single = []
    for _ in range(ROUNDS - 1):
        for count in WRITERS:
            found[count].append(_round(bench, count, each))
        single.append(_single(bench, alone))
    figures = [
        Figure(f"log_entries_per_s_{count}{end}", _rate(rounds), "1/s")
        for count, rounds in found.items()
    ]
    most = WRITERS[-1]
    ours, lone = _rate(found[most]), statistics.median(single)
    slowest = [one for each_round in found[most] for one in each_round.latencies]
    name = f"log_entries_per_s_{most}_over_single_commit{end}"
    against = f"one commit per entry, {most} writers: {lone:,.0f}/s"
    return [
        *figures,
        Figure(f"log_p99_ms_{most}{end}", percentile(slowest, 0.99) * 1e3, "ms"),
        Figure(name, ours, "1/s", against, ours / lone),
    ]


def prepared(folder: Path, url: str = "") -> Bench:
    """Make an empty log to be measured."""
    url = url or f"sqlite:///{folder / 'log.db'}"
    upgrade(url)
    clock = SystemClock()
    with _engine(url) as engine, engine.begin() as connection:
        create_head(connection, _ORIGIN)
    return Bench(url, folder, LogSigner(_ORIGIN, RandomIds(clock).secret()), clock)


def copied(bench: Bench, folder: Path) -> Bench:
    """Return a copy, with a key of its own, of a SQLite log that nobody has open."""
    shutil.copytree(bench.folder, folder)
    signer = LogSigner(_ORIGIN, RandomIds(bench.clock).secret())
    return Bench(f"sqlite:///{folder / 'log.db'}", folder, signer, bench.clock)


def drafts(clock: Clock, count: int) -> list[LeafDraft]:
    """Return leaves that lack only their time, as large as a disclosure's."""
    ids = RandomIds(clock)
    before = b'{"cats":["health.vital.weight"],"com":"' + b"0" * 300 + b'","t":'
    after = b',"typ":"disclosure:released","v":1}'
    return [
        LeafDraft(ids.new().bytes, ids.secret(16), before, after) for _ in range(count)
    ]


@contextmanager
def _engine(url: str) -> Iterator[Engine]:
    engine = open_engine(url, writer=True)
    try:
        yield engine
    finally:
        engine.dispose()


def _rate(rounds: Sequence[_Round]) -> float:
    return statistics.median(each.rate for each in rounds)


def open_writer(bench: Bench) -> Writer:
    """Open the bank's writer on a log; an act finds connection and drafts, no more."""

    def make_work(connection: Connection) -> Work:
        return cast("Work", _PreparedWork(connection))

    engine = open_engine(bench.url, writer=True)
    publisher = Publisher(bench.signer, bench.folder, bench.clock)
    if not bench.url.startswith("sqlite"):
        reader = open_engine(bench.url, writer=False)
        integrator = Integrator(engine, reader, publisher, bench.clock)
        return PostgresWriter(engine, make_work, integrator)
    lock = FileLock(
        bench.folder / "log.lock", patience=5, clock=bench.clock, pause=time.sleep
    )
    return SqliteWriter(engine, lock, make_work, publisher, bench.clock)


def _round(bench: Bench, writers: int, each: int) -> _Round:
    with closing(open_writer(bench)) as writer:
        scripts = [_script(writer, bench.clock, each) for _ in range(writers)]
        taken = together([run for run, _latencies in scripts])
    latencies = [one for _run, found in scripts for one in found]
    return _Round(len(latencies) / taken, latencies)


def _script(
    writer: Writer, clock: Clock, count: int
) -> tuple[Callable[[], None], list[float]]:
    entries = drafts(clock, count)
    latencies: list[float] = []

    def run() -> None:
        for draft in entries:
            began = perf_counter()
            writer.run(partial(_append, draft))
            latencies.append(perf_counter() - began)

    return run, latencies


def _append(draft: LeafDraft, work: Work) -> None:
    work.log.drafts.append(draft)


def _single(bench: Bench, each: int) -> float:
    """Return entries per second of writers that commit each entry alone."""
    writers = WRITERS[-1]

    def script() -> Callable[[], None]:
        entries = drafts(bench.clock, each)

        def run() -> None:
            with _engine(bench.url) as engine, engine.connect() as connection:
                patience = (
                    "PRAGMA busy_timeout=60000"
                    if is_sqlite(connection)
                    else "SET lock_timeout=0"
                )
                with connection.begin():
                    connection.exec_driver_sql(patience)
                for draft in entries:
                    _commit_alone(connection, draft, bench)

        return run

    taken = together([script() for _ in range(writers)])
    return writers * each / taken


def _commit_alone(connection: Connection, draft: LeafDraft, bench: Bench) -> None:
    with connection.begin():
        if is_sqlite(connection):
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        head = read_head(connection, lock=True)
        batch = append(connection, head, [draft], to_millis(bench.clock.now()))
        # Signed before the commit here, or another writer's larger tree would be first.
        bench.signer.sign(batch.head.size, batch.head.root())
