"""What live evidence says: a status, and the figures that it rests on."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Select, func, select

from pds.core.database import Snapshot

MOST: Final = 10_000
"""Rows that one figure counts at most, so that no page waits for a whole table."""


class Status(StrEnum):
    """Where a criterion stands."""

    MET = "met"
    OPEN = "open"
    RED = "red"
    NOT_BUILT = "not-built"
    NOT_APPLICABLE = "not-applicable"


_WORST: Final = (Status.RED, Status.NOT_BUILT, Status.OPEN, Status.MET)


def worst(statuses: Iterable[Status]) -> Status:
    """Return the worst of several; of none, not applicable."""
    found = set(statuses)
    return next((each for each in _WORST if each in found), Status.NOT_APPLICABLE)


@dataclass(frozen=True, slots=True)
class Figure:
    """One number or moment, named by an id that has words in both languages."""

    name: str
    value: int | datetime | str | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one look at the bank found."""

    status: Status
    figures: tuple[Figure, ...]


def found(status: Status, **figures: int | datetime | str | None) -> Evidence:
    """Return evidence; a figure's name is its keyword with hyphens."""
    named = (Figure(k.replace("_", "-"), v) for k, v in figures.items())
    return Evidence(status, tuple(named))


def red_if(is_wrong: bool, *, otherwise: Status = Status.MET) -> Status:
    """Return red for what must not be, else another status."""
    return Status.RED if is_wrong else otherwise


def met_if(is_there: bool) -> Status:
    """Return met, or open where something is still to be done."""
    return Status.MET if is_there else Status.OPEN


def count(snap: Snapshot, query: Select[Any]) -> int:
    """Count the rows of a query, at most `MOST` of them."""
    rows = query.limit(MOST).subquery()
    return snap.connection.execute(select(func.count()).select_from(rows)).scalar_one()
