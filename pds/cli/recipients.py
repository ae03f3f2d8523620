"""`infobank recipients`: who may receive, and one act that stops everything."""

from typing import BinaryIO

import click

from consent import recipients
from consent.oauth import statements
from consent.vetting import attestations, standings
from consent.vetting.steps import SuspensionReason
from pds.cli.opening import opened_bank
from pds.core.ids import RecipientId
from pds.oversight.recipients import dossier

_ACTOR = "operator:command-line"


@click.group("recipients")
def recipients_group() -> None:
    """The recipient organisations."""


@recipients_group.command("list")
def list_command() -> None:
    """Print every recipient, where it stands, and what ends next."""
    with opened_bank() as bank, bank.read() as view:
        for each in recipients.every(view):
            name = each.profile.name_ja
            found = dossier(view, each.recipient_id)
            ends = (
                f"{found.ends[0][0]} {found.ends[0][1]:%Y-%m-%d}" if found.ends else ""
            )
            click.echo(
                f"{each.recipient_id:<24} {each.standing.value:<10}"
                f" {found.light.value:<6} {ends:<23} {name}"
            )


@recipients_group.command("suspend")
@click.argument("recipient_id")
@click.option(
    "--reason",
    type=click.Choice([each.value for each in SuspensionReason]),
    required=True,
    help="Why; the persons concerned are shown it.",
)
@click.option("--note", default="", help="For staff, board and auditors.")
@click.option("--yes", is_flag=True, help="Really do it.")
def suspend_command(recipient_id: str, *, reason: str, note: str, yes: bool) -> None:
    """Stop every provision to RECIPIENT_ID at once."""
    with opened_bank() as bank:
        if not yes:
            click.echo(f"Would suspend {recipient_id}; add --yes.")
            return
        bank.unit_of_work(
            lambda work: standings.suspend(
                work,
                RecipientId(recipient_id),
                SuspensionReason(reason),
                actor=_ACTOR,
                note=note,
            )
        )
    click.echo(f"{recipient_id} is suspended.")


@recipients_group.command("attest")
@click.argument("recipient_id")
@click.argument("file", type=click.File("rb"), required=False)
def attest_command(recipient_id: str, file: BinaryIO | None) -> None:
    """Take the yearly attestation of RECIPIENT_ID.

    FILE holds the compact JWS, signed by a key of one of its clients. Without FILE the
    text to sign is printed.
    """
    here = RecipientId(recipient_id)
    with opened_bank() as bank:
        if file is None:
            with bank.read() as view:
                click.echo(attestations.text_to_sign(view, here))
            return
        statement = file.read(statements.LONGEST + 1).decode("ascii", "replace")
        bank.unit_of_work(
            lambda work: attestations.accept_statement(
                work, here, statement, actor=_ACTOR
            )
        )
        with bank.read() as view:
            due = recipients.get(view, here).attest_by
    click.echo(f"Taken. The next attestation is due by {due:%Y-%m-%d}.")
