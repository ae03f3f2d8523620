"""A fetch of one record over HTTP, against a bare row from the same server.

Each connection is one recipient's access to one person; every request carries a fresh
DPoP proof, and each answer is decided, decrypted, recorded, signed and receipted. The
proofs are made before the clock runs, for clients have machines of their own.
"""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from pds.bank.bank import Bank, open_bank
from pds.bank.schema import upgrade
from pds.cli.bench import load
from pds.cli.bench.load import Result
from pds.cli.bench.prover import Prover
from pds.cli.bench.recipient import Recipient, request
from pds.cli.bench.running import free_port, running, serving
from pds.cli.bench.table import Figure
from pds.cli.bench.timing import percentile
from pds.cli.bench.world import Caller, populate
from pds.core.clock import SystemClock
from pds.core.settings import Settings
from pds.vault.tables import vault_record

CLIENTS, CROWD = 16, 64
ROUNDS = 3
_PLAIN_TIMES = 3
"""Requests to the plain server for each to ours: rounds of like length."""


@dataclass(frozen=True)
class _Bench:
    """Both servers, warm.

    Attributes:
        recipient: asks the bank.
        callers: one per connection, each with the query of its fetch.
        plain_port: where the plain server listens.
        rows: addresses of rows there.
    """

    recipient: Recipient
    callers: Sequence[tuple[Caller, str]]
    plain_port: int
    rows: Sequence[str]

    def fetch(self, clients: int, each: int) -> Result:
        """Play one round against the bank."""
        nonce = self.recipient.nonce(self.callers[0][0])
        scripts = [
            [self.recipient.request(caller, query, nonce) for _ in range(each)]
            for caller, query in self.callers[:clients]
        ]
        return load.run(self.recipient.port, scripts)

    def select(self, clients: int, each: int) -> Result:
        """Play one round against the plain server."""
        scripts = [[request(path, {})] * each for path in self.rows[:clients]]
        return load.run(self.plain_port, scripts)


def measure(folder: Path, *, each: int = 40) -> list[Figure]:
    """Return fetches per second at 16 clients against bare rows, and errors at 64.

    Args:
        folder: an empty folder for a bank of its own.
        each: requests of each connection in a round.
    """
    port, plain_port = free_port(), free_port()
    settings = {
        "INFOBANK_DATA_DIR": str(folder / "data"),
        "INFOBANK_KEY_DIR": str(folder / "keys"),
        "INFOBANK_ISSUER": f"http://localhost:{port}",
    }
    prover, callers, rows = _prepare(settings)
    with (
        running(serving("wsgi:app"), settings, port, "/healthz"),
        running(serving("pds.cli.bench.plain:app"), settings, plain_port, rows[0]),
    ):
        recipient = Recipient(port, prover, SystemClock())
        begun = [(caller, recipient.first_page(caller)) for caller in callers]
        return _figures(_Bench(recipient, begun, plain_port, rows), each)


def _prepare(
    settings: Mapping[str, str],
) -> tuple[Prover, list[Caller], list[str]]:
    """Make the world; nothing of it stays open in this process."""
    opened = Settings.from_environment(settings)
    opened.data_dir.mkdir(mode=0o700, parents=True)
    upgrade(opened.database_url)
    bank = open_bank(opened, SystemClock())
    try:
        prover = Prover(bank.ids)
        callers = populate(bank, CROWD, prover.thumbprint)
        return prover, callers, [_row(bank, caller) for caller in callers]
    finally:
        bank.close()


def _row(bank: Bank, caller: Caller) -> str:
    c = vault_record.c
    with bank.read() as view:
        record_id = view.connection.execute(
            select(c.record_id).where(c.owner_id == caller.owner).limit(1)
        ).scalar_one()
    return f"/row/{caller.owner}/{record_id}"


def _figures(bench: _Bench, each: int) -> list[Figure]:
    ours, plain = [], []
    bench.fetch(CLIENTS, each)
    bench.select(CLIENTS, each)
    for _ in range(ROUNDS):
        ours.append(bench.fetch(CLIENTS, each))
        plain.append(bench.select(CLIENTS, each * _PLAIN_TIMES))
    crowd = bench.fetch(CROWD, max(1, each // (CROWD // CLIENTS)))
    rate, floor = _rate(ours), _rate(plain)
    latencies = [taken for result in ours for taken in result.latencies]
    errors = sum(result.errors for result in (*ours, *plain))
    against = f"Flask + Core select: {floor:,.0f}/s; {errors} errors"
    served = f"{len(crowd.latencies):,} requests, {crowd.per_second:,.0f}/s"
    return [
        Figure("fetch_over_core_select", rate, "1/s", against, rate / floor),
        Figure(f"fetch_p99_at_{CLIENTS}", percentile(latencies, 0.99) * 1e3, "ms"),
        Figure(f"fetch_errors_at_{CROWD}", crowd.errors, "", served),
    ]


def _rate(results: Sequence[Result]) -> float:
    return statistics.median(result.per_second for result in results)
