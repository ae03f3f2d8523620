"""`infobank export`: a person's archive into a file, on the person's order (C-08)."""

from pathlib import Path

import click

from pds.bank import archiving
from pds.bank.bank import Bank
from pds.cli.intake import owner_of
from pds.cli.opening import opened_bank
from pds.core.ids import OwnerId
from pds.core.vocabulary import categories
from pds.crypto import sealing
from pds.rights.archive import taking

_ACTOR = "operator:command"


@click.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--login", required=True, help="Login of the person whose data it is.")
@click.option(
    "--recipient",
    metavar="age1…",
    help="Seal the file to this age recipient; it has to be the person's.",
)
@click.option("--language", type=click.Choice(["ja", "en"]), default="ja")
def export_command(
    *, file: Path, login: str, recipient: str | None, language: str
) -> None:
    """Write a person's archive to FILE, which must not exist yet.

    The person finds in the log that the operator took it.
    """
    if file.exists():
        raise click.UsageError(f"{file} exists already.")
    with opened_bank() as bank:
        with bank.read() as view:
            owner = owner_of(bank, view, login)
        _record(bank, owner)
        size = _write(bank, owner, file, recipient, language)
    click.echo(f"{file}: {size:,} bytes")


def _record(bank: Bank, owner: OwnerId) -> None:
    with bank.read() as view:
        counts = bank.vault.count(view, owner, categories=tuple(categories.ALL))
    total = sum(counts.values())
    bank.unit_of_work(lambda work: taking.take(work, owner, total, _ACTOR))


def _write(
    bank: Bank, owner: OwnerId, file: Path, recipient: str | None, language: str
) -> int:
    chunks = archiving.stream(bank, owner, bank.ids.new(), language)
    if recipient is not None:
        whole = b"".join(chunk for chunk, _percent in chunks)
        parts = iter([sealing.to_recipient(whole, recipient)])
    else:
        parts = (chunk for chunk, _percent in chunks)
    file.touch(mode=0o600, exist_ok=False)
    with file.open("wb") as out:
        for part in parts:
            out.write(part)
    return file.stat().st_size
