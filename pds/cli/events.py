"""`infobank audit events`: disclosures, decisions and looks as FHIR AuditEvent."""

import shutil
from datetime import datetime
from pathlib import Path

import click

from audit.leaf import EventType
from pds.bank.event_taking import audit_events
from pds.cli.bundle import period_of
from pds.cli.opening import opened_bank

_ACTOR = "operator:command-line"
_DAY = click.DateTime(["%Y-%m-%d"])


@click.command("events")
@click.option("--from", "first", type=_DAY, help="First day of the period (Japan).")
@click.option("--to", "last", type=_DAY, help="Last day of the period (Japan).")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="NDJSON file to write; it must not exist.",
)
def events_command(first: datetime | None, last: datetime | None, out: Path) -> None:
    """Write the entries of a period as FHIR R4 AuditEvent, one a line (IHE BALP).

    Persons appear by pseudonym, and each of them sees that staff took their entries.
    """
    period, kind = period_of(first, last), EventType.STAFF_VIEWED
    if out.exists():
        raise click.ClickException(f"{out} exists; it is not written over.")
    with (
        opened_bank() as bank,
        audit_events(bank, period, kind=kind, actor=_ACTOR, most=None) as made,
        made.open("rb") as source,
        out.open("xb") as target,
    ):
        shutil.copyfileobj(source, target)
    click.echo(f"{out}; every person whose entries are in it is told so")
