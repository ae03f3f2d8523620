"""`infobank backup` and `infobank restore`: copies of the embedded database."""

import os
from pathlib import Path

import click

from pds.bank import backup
from pds.bank.inspection.finding import Finding
from pds.cli.doctor import examine, say
from pds.core.clock import SystemClock
from pds.core.settings import Settings

_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command("backup")
@click.argument("folder", type=_FOLDER)
@click.pass_context
def backup_command(context: click.Context, folder: Path) -> None:
    """Copy the database to FOLDER while the service runs, and check the copy.

    Keys are not in it. Copy the key folder too, once per key, to another place.
    """
    settings, clock = Settings.from_environment(os.environ), SystemClock()
    made = backup.back_up(settings, folder, clock.now())
    found = backup.inspect_copy(settings, folder, clock)
    click.echo(f"{made.size} entries of the log, {made.bytes} bytes in {folder}.")
    click.echo(f"Keys are not included: keep a copy of {settings.key_dir} elsewhere.")
    context.exit(_judge(found))


@click.command("restore")
@click.argument("folder", type=_FOLDER)
@click.pass_context
def restore_command(context: click.Context, folder: Path) -> None:
    """Put the backup in FOLDER where the database belongs, then run the doctor.

    Refuses to write over a database. The keys must be in their folder already.
    """
    settings = Settings.from_environment(os.environ)
    made = backup.restore(settings, folder)
    click.echo(f"{made.size} entries of the log restored, as of {made.created_at}.")
    context.exit(_judge(list(examine(full=True))))


def _judge(found: list[Finding]) -> int:
    wrong = [each for each in found if not each.is_good]
    for each in wrong:
        say(each)
    return 1 if wrong else 0
