"""`infobank audit bundle`: the evidence of a period in one file."""

from datetime import datetime
from pathlib import Path

import click

from audit.errors import VerificationError
from pds.bank.bundling import bundle
from pds.cli import period
from pds.cli.opening import opened_bank

_ACTOR = "operator:command-line"


@click.command("bundle")
@period.of_period
def bundle_command(first: datetime | None, last: datetime | None, out: Path) -> None:
    """Write the evidence of a period to a ZIP file, and record that in the log.

    Without a period it is about everything. It has no limit of size, unlike the
    auditor's page. Check it with: infobank-verify.pyz --bundle FILE
    """
    about = period.between(first, last)
    try:
        with (
            opened_bank() as bank,
            bundle(bank, about, actor=_ACTOR, most=None) as made,
        ):
            period.put(made, out)
    except VerificationError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{out}; check with: infobank-verify.pyz --bundle {out}")
