"""Intake of believable files: read, check, canonicalise, seal and store."""

from datetime import timedelta
from functools import partial

from audit.work import Work
from pds.accounts import service as accounts
from pds.accounts.service import SignUp
from pds.bank.bank import Bank
from pds.cli.bench.table import Figure
from pds.cli.bench.timing import seconds
from pds.cli.demo.world import DemoPerson, build
from pds.core.clock import TOKYO
from pds.core.ids import OwnerId
from pds.intake import plan, service

_PEPPER = b"p" * 32


def measure(bank: Bank, *, days: int = 365) -> list[Figure]:
    """Return how many records a second are imported, from file to commit.

    Args:
        bank: the bank to import into.
        days: days of the demo world's three persons.
    """
    last_day = bank.clock.now().astimezone(TOKYO).date() - timedelta(days=1)
    counts: list[int] = []
    taken = 0.0
    for number, each in enumerate(build(last_day, days=days)):
        owner = bank.unit_of_work(partial(_sign_up, each, number))
        taken += seconds(partial(_import, bank, owner, each, counts))
    against = f"{sum(counts):,} records of {len(counts)} files"
    return [Figure("import_records_per_s", sum(counts) / taken, "1/s", against)]


def deposit(bank: Bank, whose: DemoPerson, number: int) -> OwnerId:
    """Make a person of the demo world with everything deposited."""
    owner = bank.unit_of_work(partial(_sign_up, whose, number))
    _import(bank, owner, whose, [])
    return owner


def _sign_up(whose: DemoPerson, number: int, work: Work) -> OwnerId:
    wish = SignUp(
        login=f"import-{number}",
        password_hash="!",  # noqa: S106 - no password hashes to this
        name=whose.persona.name,
        birth_date=whose.persona.born,
    )
    return OwnerId(accounts.sign_up(work, _PEPPER, wish))


def _import(bank: Bank, owner: OwnerId, whose: DemoPerson, counts: list[int]) -> None:
    for file in whose.files:
        planned = plan.read(file.content, file.media_type, now=bank.clock.now())
        counts.append(service.run(bank.vault, bank, owner, planned).accepted)
