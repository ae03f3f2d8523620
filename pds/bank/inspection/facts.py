"""The operator's facts: is everything public that the law wants (A-24)?"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from sqlalchemy import Connection

from pds.bank.inspection.finding import Check, Wrong
from pds.core.clock import Clock
from pds.core.settings import Settings
from pds.oversight import operator_facts

_ENTER: Final = "Enter them at /operator/facts; the law asks for each of them."


@dataclass(frozen=True, slots=True)
class _View:
    connection: Connection
    now: datetime


def checks(connection: Connection, settings: Settings, clock: Clock) -> Iterator[Check]:
    """Yield what there is to ask about the operator's facts."""
    view = _View(connection, clock.now())
    yield Check("public.facts", partial(_entered, view, settings), _ENTER)


def _entered(view: _View, settings: Settings) -> str:
    lacking = ", ".join(each.value for each in operator_facts.missing(view))
    if not lacking:
        return "everything that has to be public was entered"
    said = f"not entered yet: {lacking}"
    if settings.is_local:
        return f"{said}; needed on a public address"
    raise Wrong(said, _ENTER)
