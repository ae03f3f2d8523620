"""`infobank audit retire` and `audit hold`: when details go, and what keeps them."""

from functools import partial

import click

from audit import known_time, retention
from audit.known_time import ClockReason
from audit.retention import HoldReason
from audit.work import Work
from pds.bank.retiring import destroy_details
from pds.cli.intake import owner_of
from pds.cli.opening import opened_bank
from pds.core.errors import Conflict, NotFound

_SAID = {
    "clock.ahead": (
        "The clock is far ahead of every known moment; nothing was destroyed. If it is"
        " right, say so with --clock-is-right and the reason."
    ),
}


@click.command("retire")
@click.option(
    "--clock-is-right",
    "reason",
    type=click.Choice([each.value for each in ClockReason]),
    help="Believe a clock that is far ahead of what is known; the log says why.",
)
def retire_command(reason: str | None) -> None:
    """Destroy the details whose time of record keeping is over, now.

    The service does it by itself; this is for a machine on which none runs, and for
    vouching for the clock.
    """
    total = 0
    try:
        with opened_bank() as bank:
            bank.unit_of_work(partial(_believe, reason=reason))
            while destroyed := destroy_details(bank):
                total += destroyed
    except Conflict as error:
        raise click.ClickException(_SAID.get(error.code, str(error))) from None
    click.echo(f"{total} audit keys were destroyed.")


def _believe(work: Work, reason: str | None) -> None:
    if reason is not None:
        known_time.confirm(work, ClockReason(reason), actor="operator")
    known_time.require(work)
    known_time.advance(work)


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
