"""`infobank staff`: accounts of the operator, the ethics board and recipients."""

import click

from pds.accounts import logins, passwords
from pds.accounts.roles import Role
from pds.accounts.service import SignUp
from pds.cli.opening import opened_bank
from pds.core.ids import RecipientId
from pds.oversight import staff

_ACTOR = "operator:command-line"


@click.group("staff")
def staff_group() -> None:
    """Accounts of the operator's staff, of the ethics board and of recipients."""


@staff_group.command("add")
@click.argument("login")
@click.option("--name", required=True, help="How to address the holder.")
@click.option(
    "--role",
    type=click.Choice([each.value for each in staff.ROLES]),
    required=True,
    help="What the account is for; one of the board gives no vote yet.",
)
@click.option("--recipient", help="Id of the recipient; for its people only.")
@click.password_option(help="Asked for if it is not given.")
def add_command(
    login: str, name: str, role: str, recipient: str | None, password: str
) -> None:
    """Make an account LOGIN; that it was made is in the log."""
    passwords.check_acceptable(password, login)
    with opened_bank() as bank:
        wish = SignUp(
            login=login,
            password_hash=passwords.hash_password(password, bank.ids),
            name=name,
            role=Role(role),
            recipient_id=None if recipient is None else RecipientId(recipient),
        )
        pepper = bank.secret(logins.PEPPER)
        bank.unit_of_work(lambda work: staff.admit(work, pepper, wish, actor=_ACTOR))
    click.echo(f"{login} is admitted.")
