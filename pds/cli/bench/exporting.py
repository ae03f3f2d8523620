"""Making a person's archive: everything read, opened, written, proved and sealed."""

from datetime import timedelta
from functools import partial

from audit.work import Work
from pds.bank import archiving
from pds.bank.bank import Bank
from pds.cli.bench import importing
from pds.cli.bench.table import Figure
from pds.cli.bench.timing import seconds
from pds.cli.demo.world import build
from pds.core.clock import TOKYO
from pds.core.ids import OwnerId
from pds.rights.archive import jobs, taking
from pds.rights.archive.jobs import Job

_TOGETHER = 50
"""Entries that one unit of work records."""


def measure(bank: Bank, *, days: int = 365, entries: int = 300) -> list[Figure]:
    """Return how many records a second go into archives, proofs included.

    Args:
        bank: the bank to export from.
        days: days of the demo world's three persons.
        entries: entries of each person's log, each with a proof in the archive.
    """
    last_day = bank.clock.now().astimezone(TOKYO).date() - timedelta(days=1)
    made: list[Job] = []
    taken = 0.0
    for number, each in enumerate(build(last_day, days=days)):
        owner = importing.deposit(bank, each, number)
        for start in range(0, entries, _TOGETHER):
            count = min(_TOGETHER, entries - start)
            bank.unit_of_work(partial(_record, owner=owner, count=count))
        archive_id = archiving.ask(bank, owner, language="ja")
        taken += seconds(partial(archiving.build_archives, bank))
        with bank.read() as view:
            made.append(jobs.get(view, owner, archive_id))
    records = sum(each.records for each in made)
    size = sum(each.size for each in made) / 1e6
    against = f"{records:,} records, {len(made) * entries:,} proofs, {size:.1f} MB"
    return [Figure("export_records_per_s", records / taken, "1/s", against)]


def _record(work: Work, owner: OwnerId, count: int) -> None:
    for _ in range(count):
        taking.take(work, owner, 1, "bench")
