"""`infobank db`: bring the database's schema up, or take it back."""

import os

import click

from pds.bank import roles, schema
from pds.core.settings import Settings


@click.group("db")
def db_group() -> None:
    """The database's schema."""


@db_group.command("upgrade")
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """Bring the schema up to REVISION (the newest unless given)."""
    settings = Settings.from_environment(os.environ)
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    schema.upgrade(settings.database_url, revision)
    click.echo("The schema is up to date.")


@db_group.command("downgrade")
@click.argument("revision")
@click.option(
    "--yes", is_flag=True, help="Really do it; refused where data would be lost."
)
def downgrade(revision: str, *, yes: bool) -> None:
    """Take the schema back to REVISION."""
    settings = Settings.from_environment(os.environ)
    if not yes:
        click.echo(f"Would take {settings.data_dir} back to {revision}; add --yes.")
        return
    schema.downgrade(settings.database_url, revision)
    click.echo(f"The schema is at {revision}.")


@db_group.command("grant")
@click.argument("role")
def grant(role: str) -> None:
    """Let ROLE of PostgreSQL serve: it owns nothing and only adds to the log.

    Run it as the owner of the tables, again after each `infobank db upgrade`.
    """
    roles.grant(Settings.from_environment(os.environ), role)
    click.echo(f"{role} may read, and write what a service has to write.")


@db_group.command("revoke")
@click.argument("role")
def revoke(role: str) -> None:
    """Take every right on the tables away from ROLE of PostgreSQL."""
    roles.revoke(Settings.from_environment(os.environ), role)
    click.echo(f"{role} may not use the tables any more.")
