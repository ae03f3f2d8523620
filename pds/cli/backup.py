"""`infobank backup`, `restore` and `drill`: copies of the database, proven."""

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import TextIO

import click

from pds.bank.backup import drill, expiring, service
from pds.bank.backup.chain import Point
from pds.bank.backup.drill import Drilled
from pds.bank.inspection.finding import Finding
from pds.cli.doctor import examine, say
from pds.cli.opening import opened_bank
from pds.core.clock import SystemClock
from pds.core.errors import BankError
from pds.core.settings import Settings

_FOLDER = click.Path(file_okay=False, path_type=Path)
_ACTOR = "operator:command-line"


class _Moment(click.ParamType[datetime]):
    """A moment with its zone."""

    name = "moment"

    def convert(
        self,
        value: str | datetime,
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> datetime:
        """Read it, or say what is expected."""
        try:
            found = datetime.fromisoformat(str(value))
        except ValueError:
            found = None
        if found is None or found.tzinfo is None:
            self.fail("such as 2026-11-30T12:00:00+09:00", param, ctx)
        return found


_at = click.option("--at", type=_Moment(), help="The newest state not after it.")
_size = click.option(
    "--size", type=click.IntRange(min=1), help="The newest of at most these entries."
)


@click.command("backup")
@click.argument("folder", type=_FOLDER)
@click.option("--continue", "goes_on", is_flag=True, help="Add what changed since.")
@click.option("--expire", is_flag=True, help="Then delete older backups beside it.")
@click.pass_context
def backup_command(
    context: click.Context, folder: Path, *, goes_on: bool, expire: bool
) -> None:
    """Copy the database to FOLDER while the service runs, and check the copy.

    With --continue, FOLDER holds a backup of SQLite already, and only the pages that
    changed are added. Keys are not in it. Copy the key folder too, once per key, to
    another place.
    """
    settings, clock = Settings.from_environment(os.environ), SystemClock()
    take = service.go_on if goes_on else service.back_up
    made = take(settings, folder, clock)
    # Each step was read back already; the full look at every page is the drill's.
    found = [] if goes_on else service.inspect_copy(settings, folder, clock)
    click.echo(f"{made.size} entries of the log, {made.bytes} bytes in {folder}.")
    click.echo(f"Keys are not included: keep a copy of {settings.key_dir} elsewhere.")
    if expire and _judge(found) == 0:
        for each in expiring.expire(settings, folder, clock):
            click.echo(f"{each} was deleted; it was older than INFOBANK_BACKUP_DAYS.")
    context.exit(_judge(found))


@click.command("restore")
@click.argument("folder", type=_FOLDER)
@_at
@_size
@click.pass_context
def restore_command(
    context: click.Context, folder: Path, at: datetime | None, size: int | None
) -> None:
    """Put the backup in FOLDER where the database belongs, then run the doctor.

    Refuses to write over a database. The keys must be in their folder already.
    """
    settings = Settings.from_environment(os.environ)
    made = service.restore(settings, folder, Point(at, size))
    click.echo(f"{made.size} entries of the log restored, as of {made.created_at}.")
    context.exit(_judge(list(examine(full=True))))


@click.command("drill")
@click.argument("folder", type=_FOLDER)
@_at
@_size
@click.option(
    "--checkpoint",
    type=click.File(encoding="utf-8", lazy=False),
    help="A signed checkpoint from elsewhere to hold the copy against.",
)
@click.option("--into", help="Empty PostgreSQL database that a dump is restored to.")
@click.option("--sample", type=click.IntRange(min=1), default=20, show_default=True)
@click.option("--no-record", is_flag=True, help="Write nothing to the log.")
@click.pass_context
def drill_command(
    context: click.Context,
    folder: Path,
    at: datetime | None,
    size: int | None,
    checkpoint: TextIO | None,
    into: str | None,
    sample: int,
    *,
    no_record: bool,
) -> None:
    """Restore the backup in FOLDER elsewhere, and prove that it is of use.

    The live data is only read. Every page and entry is read, the log is held against
    what was published, and a sample of each kind of record is opened with the keys.
    Ends with 0 if all of it holds, else 1.
    """
    settings, clock = Settings.from_environment(os.environ), SystemClock()
    drilled = drill.drill(
        settings,
        folder,
        clock,
        point=Point(at, size),
        external=None if checkpoint is None else checkpoint.read(),
        into=into,
        most=sample,
    )
    for each in drilled.findings:
        say(each)
    _tell(drilled, clock.now() - drilled.state.moment)
    is_recorded = no_record or _record(drilled)
    context.exit(0 if drilled.is_good and is_recorded else 1)


def _tell(drilled: Drilled, age: timedelta) -> None:
    state = drilled.state
    click.echo(
        f"Restored: {state.size} entries as of {state.created_at}, in"
        f" {drilled.seconds} s."
    )
    click.echo(
        f"Lost if it had to be used now: {drilled.missing} entries, and all else of"
        f" the {int(age.total_seconds() // 60)} minutes since."
    )


def _record(drilled: Drilled) -> bool:
    try:
        with opened_bank() as bank:
            bank.unit_of_work(lambda work: drill.record(work, drilled, actor=_ACTOR))
    except BankError as error:
        click.echo(f"The drill could not be recorded: {error} ({error.code})")
        return False
    click.echo("The drill is recorded in the log.")
    return True


def _judge(found: list[Finding]) -> int:
    wrong = [each for each in found if not each.is_good]
    for each in wrong:
        say(each)
    return 1 if wrong else 0
