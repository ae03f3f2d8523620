"""The period that a bundle is about, and where it lies in the log."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select

from pds.core.clock import to_millis
from pds.core.database import Snapshot
from pds.oversight import log_search
from pds.oversight.bundle.files import rfc3339


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A time that may be open at either end.

    Attributes:
        since: first moment, or None.
        until: first moment after it, or None.
    """

    since: datetime | None = None
    until: datetime | None = None

    def holds(self, moment: datetime) -> bool:
        """Say whether a moment lies in the period."""
        is_late = self.until is not None and moment >= self.until
        return not is_late and (self.since is None or moment >= self.since)

    def narrowed(self, query: Select[Any], column: ColumnElement[Any]) -> Select[Any]:
        """Return a query for the rows whose moment lies in the period."""
        if self.since is not None:
            query = query.where(column >= self.since)
        return query if self.until is None else query.where(column < self.until)

    def is_before(self, millis: int) -> bool:
        """Say whether the period begins after a moment of the log."""
        return self.since is not None and millis < to_millis(self.since)

    def places(self, snap: Snapshot, size: int) -> tuple[int, int]:
        """Return the first entry of the period and the first after it."""
        return log_search.period(snap, self.since, self.until, size)

    def written(self) -> dict[str, str]:
        """Return its ends as the manifest has them."""
        ends = {"from": self.since, "until": self.until}
        return {name: rfc3339(end) for name, end in ends.items() if end is not None}
