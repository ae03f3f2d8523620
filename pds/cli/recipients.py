"""`infobank recipients`: who may receive, and one act that stops everything."""

import click

from consent import recipients
from pds.cli.opening import opened_bank
from pds.core.ids import RecipientId

_ACTOR = "operator:command-line"


@click.group("recipients")
def recipients_group() -> None:
    """The recipient organisations."""


@recipients_group.command("list")
def list_command() -> None:
    """Print every recipient and where it stands."""
    with opened_bank() as bank, bank.read() as view:
        for each in recipients.every(view):
            name = each.profile.name_ja
            click.echo(f"{each.recipient_id:<24} {each.standing.value:<10} {name}")


@recipients_group.command("suspend")
@click.argument("recipient_id")
@click.option("--yes", is_flag=True, help="Really do it.")
def suspend_command(recipient_id: str, *, yes: bool) -> None:
    """Stop every provision to RECIPIENT_ID at once."""
    with opened_bank() as bank:
        if not yes:
            click.echo(f"Would suspend {recipient_id}; add --yes.")
            return
        bank.unit_of_work(
            lambda work: recipients.suspend(
                work, RecipientId(recipient_id), actor=_ACTOR
            )
        )
    click.echo(f"{recipient_id} is suspended.")
