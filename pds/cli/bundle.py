"""`infobank audit bundle`: the evidence of a period in one file."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path

import click

from audit.errors import VerificationError
from pds.bank.bundling import bundle
from pds.cli.opening import opened_bank
from pds.core.clock import TOKYO
from pds.oversight.bundle.period import Period

_ACTOR = "operator:command-line"
_DAY = click.DateTime(["%Y-%m-%d"])


@click.command("bundle")
@click.option("--from", "first", type=_DAY, help="First day of the period (Japan).")
@click.option("--to", "last", type=_DAY, help="Last day of the period (Japan).")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="ZIP file to write; it must not exist.",
)
def bundle_command(first: datetime | None, last: datetime | None, out: Path) -> None:
    """Write the evidence of a period to a ZIP file, and record that in the log.

    Without a period it is about everything. It has no limit of size, unlike the
    auditor's page. Check it with: infobank-verify.pyz --bundle FILE
    """
    period = period_of(first, last)
    if out.exists():
        raise click.ClickException(f"{out} exists; it is not written over.")
    try:
        with (
            opened_bank() as bank,
            bundle(bank, period, actor=_ACTOR, most=None) as made,
            made.open("rb") as source,
            out.open("xb") as target,
        ):
            shutil.copyfileobj(source, target)
    except VerificationError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{out}; check with: infobank-verify.pyz --bundle {out}")


def period_of(first: datetime | None, last: datetime | None) -> Period:
    """Return the period of two days in Japan, the last one included.

    Raises:
        click.UsageError: the last day lies before the first.
    """
    if first and last and first > last:
        raise click.UsageError("The last day lies before the first day.")
    since = None if first is None else first.replace(tzinfo=TOKYO)
    until = None if last is None else last.replace(tzinfo=TOKYO) + timedelta(days=1)
    return Period(since=since, until=until)
