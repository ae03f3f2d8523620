"""Incidents: is a report to the authority late, or urgent (A-15, A-16)?"""

from collections.abc import Iterator
from functools import partial
from typing import Final

from sqlalchemy import Connection

from pds.bank.bank import View
from pds.bank.inspection.finding import Check, Wrong
from pds.core.clock import Clock
from pds.oversight.incidents import register

_REPORT: Final = "Report it and write so at /operator/incidents."


def checks(connection: Connection, clock: Clock) -> Iterator[Check]:
    """Yield what there is to ask about incidents."""
    ask = partial(_reported, View(connection, clock.now()))
    yield Check("incidents.reported", ask, _REPORT)


def _reported(snap: View) -> str:
    found = register.numbers(snap)
    if found.overdue:
        raise Wrong(f"{found.overdue} reports of incidents are overdue", _REPORT)
    if found.urgent:
        raise Wrong(f"{found.urgent} reports of incidents are urgent", _REPORT)
    return f"{found.open} incidents open, no report due"
