"""Documents of the certification: has one ended, does one end soon (E-02, E-10)?"""

from collections.abc import Iterator
from functools import partial
from typing import Final

from sqlalchemy import Connection

from pds.bank.bank import View
from pds.bank.inspection.finding import Check, Wrong
from pds.core.clock import Clock
from pds.oversight.criteria import documents

_RENEW: Final = "Bring newer ones at /operator/criteria."


def checks(connection: Connection, clock: Clock) -> Iterator[Check]:
    """Yield what there is to ask about documents."""
    ask = partial(_due, View(connection, clock.now()))
    yield Check("criteria.documents", ask, _RENEW)


def _due(snap: View) -> str:
    kept = documents.latest(snap)
    ended = sorted(n for n, each in kept.items() if snap.now >= each.valid_until)
    soon = sorted(n for n, each in kept.items() if each.is_due(snap.now))
    if ended:
        raise Wrong(f"documents have ended: {', '.join(ended)}", _RENEW)
    if soon:
        return f"{len(kept)} documents in date; end within 60 days: {', '.join(soon)}"
    return f"{len(kept)} documents in date"
