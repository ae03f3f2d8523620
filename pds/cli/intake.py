"""Gives `infobank import` the bank that it writes to."""

import click

from pds.accounts import logins, service
from pds.bank.bank import Bank
from pds.cli.import_ import ImportDesk
from pds.cli.opening import opened_bank
from pds.core.database import Snapshot
from pds.core.errors import NotFound
from pds.core.ids import OwnerId
from pds.intake import moving


def with_desk(command: click.Command) -> click.Command:
    """Return the command as one that opens the bank before it runs."""
    run = command.callback
    assert run is not None  # noqa: S101 - a decorated command has its function

    @click.pass_context
    def opened(context: click.Context, /, **options: object) -> None:
        with opened_bank() as bank:
            context.obj = ImportDesk(
                bank,
                bank.vault,
                lambda snap, login: owner_of(bank, snap, login),
                moving.options(bank.settings).limits,
            )
            context.invoke(run, **options)

    return click.Command(
        command.name, params=command.params, callback=opened, help=command.help
    )


def owner_of(bank: Bank, snap: Snapshot, login: str) -> OwnerId:
    """Return the person behind a login.

    Raises:
        NotFound: `accounts.unknown`; nobody has it, or it is not a person's.
    """
    found = service.find_by_login(snap, bank.secret(logins.PEPPER), login)
    if found is None or found.owner is None:
        raise NotFound("accounts.unknown", "No person has this login.")
    return found.owner
