"""`infobank audit events`: disclosures, decisions and looks as FHIR AuditEvent."""

from datetime import datetime
from pathlib import Path

import click

from audit.leaf import EventType
from pds.bank.event_taking import audit_events
from pds.cli import period
from pds.cli.opening import opened_bank

_ACTOR = "operator:command-line"


@click.command("events")
@period.of_period
def events_command(first: datetime | None, last: datetime | None, out: Path) -> None:
    """Write the entries of a period as FHIR R4 AuditEvent, one a line (IHE BALP).

    Persons appear by pseudonym, and each of them sees that staff took their entries.
    """
    about, kind = period.between(first, last), EventType.STAFF_VIEWED
    with (
        opened_bank() as bank,
        audit_events(bank, about, kind=kind, actor=_ACTOR, most=None) as made,
    ):
        period.put(made, out)
    click.echo(f"{out}; every person whose entries are in it is told so")
