"""`infobank audit retire` and `audit hold`: when details go, and what keeps them."""

import click

from audit import retention
from audit.retention import HoldReason
from pds.bank.retiring import destroy_details
from pds.cli.intake import owner_of
from pds.cli.opening import opened_bank
from pds.core.errors import Conflict, NotFound


@click.command("retire")
def retire_command() -> None:
    """Destroy the details whose time of record keeping is over, now.

    The service does it by itself; this is for a machine on which none runs.
    """
    total = 0
    with opened_bank() as bank:
        while destroyed := destroy_details(bank):
            total += destroyed
    click.echo(f"{total} audit keys were destroyed.")


@click.command("hold")
@click.option("--login", required=True, help="Login of the person whose details.")
@click.option(
    "--reason", required=True, type=click.Choice([each.value for each in HoldReason])
)
@click.option("--lift", is_flag=True, help="Let them go again.")
def hold_command(login: str, reason: str, *, lift: bool) -> None:
    """Keep a person's details beyond their time; the person's log says so."""
    why = HoldReason(reason)
    try:
        with opened_bank() as bank:
            with bank.read() as snap:
                owner = owner_of(bank, snap, login)
            bank.unit_of_work(lambda work: retention.hold(work, owner, why, lift=lift))
    except (Conflict, NotFound) as error:
        raise click.ClickException(str(error)) from None
    click.echo("The hold is lifted." if lift else "The details are on hold.")
