"""A period given on the command line, and the file that takes what is about it."""

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import click

from pds.core.clock import TOKYO
from pds.oversight.bundle.period import Period

DAY = click.DateTime(["%Y-%m-%d"])


def of_period(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options `first`, `last` and `out` of a file about a period."""
    command = click.option(
        "--out",
        type=click.Path(dir_okay=False, path_type=Path),
        required=True,
        callback=_new,
        help="File to write; it must not exist.",
    )(command)
    command = click.option(
        "--to", "last", type=DAY, help="Last day of the period (Japan)."
    )(command)
    return click.option(
        "--from", "first", type=DAY, help="First day of the period (Japan)."
    )(command)


def between(first: datetime | None, last: datetime | None) -> Period:
    """Return the period of two days in Japan, the last one included.

    Raises:
        click.UsageError: the last day lies before the first.
    """
    if first and last and first > last:
        raise click.UsageError("The last day lies before the first day.")
    since = None if first is None else first.replace(tzinfo=TOKYO)
    until = None if last is None else last.replace(tzinfo=TOKYO) + timedelta(days=1)
    return Period(since=since, until=until)


def put(made: Path, out: Path) -> None:
    """Copy what was made to a new file, without writing over one."""
    with made.open("rb") as source, out.open("xb") as target:
        shutil.copyfileobj(source, target)


def _new(_context: click.Context, _option: click.Parameter, out: Path) -> Path:
    if out.exists():
        raise click.ClickException(f"{out} exists; it is not written over.")
    return out
