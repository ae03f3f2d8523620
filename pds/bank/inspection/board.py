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

_DECIDE: Final = "The board decides at /board; `infobank board report` lists them."


@dataclass(frozen=True, slots=True)
class _View:
    connection: Connection
    now: datetime


def checks(connection: Connection, clock: Clock) -> Iterator[Check]:
    """Yield what there is to ask about the board."""
    view = _View(connection, clock.now())
    yield Check("board.decisions", partial(_decided, view), _DECIDE)


def _decided(view: _View) -> str:
    lacking = board_report.undecided(view)
    if lacking:
        count = len(lacking)
        raise Wrong(f"{count} live things have no decision in force", _DECIDE)
    return "nothing is live without a decision of the board"
