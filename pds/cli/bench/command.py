"""`infobank bench`: measures everything in a temporary folder of its own.

The data and keys of the environment are neither read nor touched.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import click
from sqlalchemy import create_engine, make_url, text

from pds.bank.bank import Bank, open_bank
from pds.bank.schema import upgrade
from pds.cli.bench import (
    cohorts,
    deciding,
    disclosing,
    exporting,
    fetching,
    importing,
    logbench,
    pagebench,
    portal,
    rotating,
    table,
    treebench,
    withdrawing,
)
from pds.cli.bench.prover import Prover
from pds.cli.bench.table import Figure
from pds.cli.bench.world import populate
from pds.core.clock import SystemClock
from pds.core.ids import RandomIds
from pds.core.process import settle
from pds.core.settings import Settings

NAMES = (
    "page",
    "log",
    "disclosures",
    "withdrawals",
    "cohorts",
    "engine",
    "imports",
    "exports",
    "fetch",
    "portal",
    "tree",
    "keys",
)
RESULT = "bench.json"
CURVE = "append-cost.svg"
_THREADS = 64


@dataclass(frozen=True)
class Size:
    """How much is measured.

    Attributes:
        rounds: rounds of the pages, and of the large log at its end.
        entries: entries of each log writer in a round; `lone` for lone commits.
        disclosures: disclosures of each thread in a round.
        days: days of the demo world that are imported, and exported.
        proofs: entries in the log of each person that is exported.
        requests: requests of each connection in a round.
        looks: how often each page of the portal is asked for.
        pages: pages of each visitor that are asked for, at most.
        leaves: leaves of the large log.
        keys: keys that are wrapped anew.
        withdrawals: withdrawals of each client.
        members: persons of the cohort.
        curve: where the cost of appending to it is drawn, if anywhere.
    """

    rounds: int = 15
    entries: int = 60
    lone: int = 3
    disclosures: int = 20
    days: int = 365
    proofs: int = 300
    requests: int = 40
    looks: int = 5
    pages: int = 1000
    leaves: int = 1_000_000
    keys: int = 10_000
    withdrawals: int = 20
    members: int = cohorts.PERSONS
    curve: Path | None = Path(CURVE)


FULL = Size()
QUICK = Size(
    rounds=3,
    entries=4,
    lone=1,
    disclosures=1,
    days=5,
    proofs=3,
    requests=4,
    looks=1,
    pages=8,
    leaves=2000,
    keys=100,
    withdrawals=1,
    members=3,
    curve=None,
)


@click.command("bench")
@click.option(
    "--only",
    "names",
    multiple=True,
    type=click.Choice(NAMES),
    help="Measure this alone; may be given more than once.",
)
@click.option(
    "--postgres",
    "server",
    default="",
    help="URL of a PostgreSQL server: measure the log there too, in a database that"
    " is made and dropped.",
)
@click.option(
    "--leaves",
    type=click.IntRange(min=2000),
    default=FULL.leaves,
    show_default=True,
    help="Leaves of the large log, e.g. 10000000.",
)
@click.option("--quick", is_flag=True, help="Tiny sizes: see that it works.")
def bench_command(
    *, names: Sequence[str], server: str, leaves: int, quick: bool
) -> None:
    """Measure, print a table, and write bench.json in the current folder."""
    settle()
    size = QUICK if quick else replace(FULL, leaves=leaves)
    figures: list[Figure] = []
    for name in names or NAMES:
        click.echo(f"measuring {name} …", err=True)
        figures += measure(name, size)
    if server:
        click.echo("measuring log on PostgreSQL …", err=True)
        figures += measure_postgres(server, size)
    click.echo(table.render(figures))
    table.write(figures, Path(RESULT))


def measure(name: str, size: Size) -> list[Figure]:
    """Return the figures of one bench, taken in a temporary folder that then goes."""
    with tempfile.TemporaryDirectory(prefix="infobank-bench-") as made:
        folder = Path(made)
        if name == "log":
            return logbench.measure(folder, each=size.entries, alone=size.lone)
        if name == "tree":
            return treebench.measure(
                folder, leaves=size.leaves, rounds=size.rounds, curve=size.curve
            )
        if name == "portal":
            return portal.measure(folder, rounds=size.looks, most=size.pages)
        if name == "fetch":
            return fetching.measure(folder, each=size.requests)
        with _opened(folder) as bank:
            return _in_process(name, bank, size)


def measure_postgres(server: str, size: Size) -> list[Figure]:
    """Return the log's figures on a PostgreSQL server, in a database of its own."""
    name = f"infobank_bench_{RandomIds(SystemClock()).secret(8).hex()}"
    url = make_url(server).set(database=name).render_as_string(hide_password=False)
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with tempfile.TemporaryDirectory(prefix="infobank-bench-") as made:
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        try:
            return logbench.measure(
                Path(made), each=size.entries, alone=size.lone, url=url
            )
        finally:
            with engine.connect() as connection:
                connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
            engine.dispose()


def _in_process(name: str, bank: Bank, size: Size) -> list[Figure]:
    prover = Prover(bank.ids)
    mark, rounds = prover.thumbprint, size.rounds
    alone: dict[str, Callable[[], list[Figure]]] = {
        "page": lambda: pagebench.measure(bank, rounds=rounds),
        "keys": lambda: rotating.measure(bank, keys=size.keys, rounds=min(rounds, 5)),
        "imports": lambda: importing.measure(bank, days=size.days),
        "exports": lambda: exporting.measure(bank, days=size.days, entries=size.proofs),
        "withdrawals": lambda: withdrawing.measure(bank, mark, each=size.withdrawals),
        "cohorts": lambda: cohorts.measure(
            bank, mark, persons=size.members, rounds=rounds
        ),
    }
    if name in alone:
        return alone[name]()
    if name == "engine":
        (caller,) = populate(bank, 1, prover.thumbprint)
        call = disclosing.new_call(bank, caller, prover.thumbprint)
        return deciding.measure(bank, call, rounds=size.rounds)
    callers = populate(bank, _THREADS, prover.thumbprint)
    return disclosing.measure(bank, callers, prover.thumbprint, each=size.disclosures)


@contextmanager
def _opened(folder: Path) -> Iterator[Bank]:
    """Open a bank of its own in a folder."""
    settings = Settings.from_environment(
        {
            "INFOBANK_DATA_DIR": str(folder / "data"),
            "INFOBANK_KEY_DIR": str(folder / "keys"),
        }
    )
    settings.data_dir.mkdir(mode=0o700)
    upgrade(settings.database_url)
    bank = open_bank(settings, SystemClock())
    try:
        yield bank
    finally:
        bank.close()
