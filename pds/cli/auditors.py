"""`infobank auditors`: admit an auditor for a time, and change that time."""

from datetime import UTC, datetime, time, timedelta

import click

from pds.accounts import logins, passwords, service
from pds.accounts.roles import Role
from pds.accounts.service import SignUp
from pds.cli.opening import opened_bank
from pds.core.clock import TOKYO
from pds.core.errors import NotFound
from pds.oversight import auditors

_ACTOR = "operator:command-line"
_DAY = click.DateTime(["%Y-%m-%d"])


@click.group("auditors")
def auditors_group() -> None:
    """The accounts of auditors, which end by themselves."""


@auditors_group.command("add")
@click.argument("login")
@click.option("--name", required=True, help="How to address the auditor.")
@click.option("--until", type=_DAY, help="Last day, Japan time; else 90 days.")
@click.password_option(help="Asked for if it is not given.")
def add_command(login: str, name: str, until: datetime | None, password: str) -> None:
    """Make an account LOGIN that may read the log and the evidence."""
    passwords.check_acceptable(password, login)
    with opened_bank() as bank:
        wish = SignUp(
            login=login,
            password_hash=passwords.hash_password(password, bank.ids),
            name=name,
            role=Role.AUDITOR,
            access_until=None if until is None else _end_of(until),
        )
        pepper = bank.secret(logins.PEPPER)
        bank.unit_of_work(lambda work: auditors.admit(work, pepper, wish, actor=_ACTOR))
    click.echo(f"{login} is admitted.")


@auditors_group.command("until")
@click.argument("login")
@click.argument("last_day", type=_DAY)
def until_command(login: str, last_day: datetime) -> None:
    """Let LOGIN in until the end of LAST_DAY, Japan time; a past day ends it now."""
    with opened_bank() as bank:
        pepper = bank.secret(logins.PEPPER)
        with bank.read() as snap:
            found = service.find_by_login(snap, pepper, login)
        if found is None or found.role is not Role.AUDITOR:
            raise NotFound("accounts.unknown", "No auditor has this login.")
        end = _end_of(last_day)
        bank.unit_of_work(
            lambda work: auditors.set_end(work, found.account_id, end, actor=_ACTOR)
        )
    click.echo(f"{login} may enter until {end:%Y-%m-%d %H:%M} UTC.")


def _end_of(day: datetime) -> datetime:
    following = datetime.combine(day.date(), time(), TOKYO) + timedelta(days=1)
    return following.astimezone(UTC)
