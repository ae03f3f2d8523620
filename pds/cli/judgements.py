"""`infobank judgements`: make entrusted judgements again and compare (D-06)."""

import hashlib
from collections.abc import Iterator

import click

from consent import judgement_search, judgements
from consent.judgements import KeptJudgement
from pds.bank.bank import Bank
from pds.cli.opening import opened_bank
from pds.core.database import Snapshot
from pds.core.errors import BankError

_PAGE = 500
_BEGINNING = (bytes(16), bytes(16))


@click.group("judgements")
def judgements_group() -> None:
    """The judgements that the bank made in persons' places."""


@judgements_group.command("check")
@click.option(
    "--sample",
    type=click.IntRange(1),
    help="Check only this many; which ones follows from --seed.",
)
@click.option("--seed", default="", help="Text that anybody can draw the sample by.")
@click.pass_context
def check_command(context: click.Context, sample: int | None, seed: str) -> None:
    """Judge again on the stored inputs by the stored rules; all, or a sample.

    Ends with 0 if the same comes out everywhere, with 1 if not. Names persons only by
    their pseudonym.
    """
    with opened_bank() as bank, bank.read() as snap:
        chosen = _drawn(snap, sample, seed) if sample else _walk(snap)
        checked, wrong = 0, 0
        for found in chosen:
            checked += 1
            if not _holds(bank, snap, found):
                wrong += 1
                name = bank.pseudonyms.of(found.owner)
                click.echo(f"{name} {found.judgement_id}: it does not come out again")
    click.echo(f"{checked} judgements made again, {wrong} came out otherwise.")
    context.exit(1 if wrong else 0)


def _walk(snap: Snapshot) -> Iterator[KeptJudgement]:
    place = _BEGINNING
    while page := judgement_search.after(snap, place, limit=_PAGE):
        yield from page
        place = (page[-1].owner.bytes, page[-1].judgement_id.bytes)


def _drawn(snap: Snapshot, count: int, seed: str) -> list[KeptJudgement]:
    """Return those whose hash with the seed is smallest, so that all draw the same."""

    def draw(found: KeptJudgement) -> bytes:
        return hashlib.sha256(seed.encode() + found.hash).digest()

    return sorted(_walk(snap), key=draw)[:count]


def _holds(bank: Bank, snap: Snapshot, found: KeptJudgement) -> bool:
    try:
        return judgements.holds(snap, bank.keys, found)
    except (BankError, ValueError, KeyError):
        # What cannot be opened or read does not come out either.
        return False
