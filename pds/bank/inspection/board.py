"""The ethics board: is anything live without its decision (G-05)?"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from sqlalchemy import Connection

from pds.bank.inspection.finding import Check, Wrong
from pds.core.clock import Clock
from pds.oversight import board_report

_ANEW: Final = (
    "Let the board decide at /board, and tell the persons: see 'Upgrade' in the manual."
)
_LAST_DAYS: Final = 7
_DECIDE: Final = "The board decides at /board; `infobank board report` lists them."


@dataclass(frozen=True, slots=True)
class _View:
    connection: Connection
    now: datetime


def checks(connection: Connection, clock: Clock) -> Iterator[Check]:
    """Yield what there is to ask about the board."""
    view = _View(connection, clock.now())
    yield Check("board.decisions", partial(_decided, view), _DECIDE)
    yield Check("board.transition", partial(_counted_down, view), _ANEW)


def _decided(view: _View) -> str:
    lacking = board_report.undecided(view)
    if lacking:
        count = len(lacking)
        raise Wrong(f"{count} live things have no decision in force", _DECIDE)
    return "nothing is live without a decision of the board"


def _counted_down(view: _View) -> str:
    found = board_report.countdown(view)
    if found is None:
        return "no consents go on by the transition of an upgrade"
    said = (
        f"{found.consents} consents go on by the transition of an upgrade, "
        f"{found.days_left} days left, and may stop at "
        f"{found.ends_at:%Y-%m-%d %H:%M} UTC"
    )
    if found.consents and found.days_left <= _LAST_DAYS:
        raise Wrong(said, _ANEW)
    return said
