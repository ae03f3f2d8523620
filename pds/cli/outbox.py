"""`infobank outbox`: what has to be told outside, delivered, looked at, sent again."""

from uuid import UUID

import click

from audit.work import Work
from consent import outbox
from consent.policy import record_policy
from pds.bank.delivering import deliver_all
from pds.cli.opening import opened_bank

_SHOWN = 1_000


@click.group("outbox")
def outbox_group() -> None:
    """What has to be told to recipients and by mail."""


@outbox_group.command("deliver")
def deliver_command() -> None:
    """Deliver everything that is due now, beside any worker."""
    with opened_bank() as bank:
        click.echo(f"{deliver_all(bank)} told.")


@outbox_group.command("list")
@click.pass_context
def list_command(context: click.Context) -> None:
    """Show what was given up, newest first; ends with 1 if there is any."""
    with opened_bank() as bank, bank.read() as snap:
        found = outbox.dead(snap, limit=_SHOWN)
    for each in found:
        when = "" if each.settled_at is None else each.settled_at.isoformat()
        whom = each.recipient_id or "-"
        click.echo(f"{each.outbox_id} {when} {each.topic} {whom} {each.failure}")
    context.exit(1 if found else 0)


@outbox_group.command("again")
@click.argument("outbox_id", type=click.UUID)
def again_command(outbox_id: UUID) -> None:
    """Try once more what was given up."""

    def act(work: Work) -> None:
        found = outbox.find_dead(work, outbox_id)
        outbox.again(work, found.owner, outbox_id)
        record_policy(
            work,
            "outbox.sent-again",
            actor="operator",
            recipient_id=found.recipient_id,
            about=str(outbox_id),
        )

    with opened_bank() as bank:
        bank.unit_of_work(act)
    click.echo("It is tried again.")
