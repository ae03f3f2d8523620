"""The drill: restores a copy beside the live data and proves that it is of use (S-08).

States: unpacked in a place of its own → brought to this program's schema → every page
and entry read → held against what was signed → a sample opened with the keys →
recorded. A kill leaves the live data as it was; the place goes with the command.
Nothing is written to the live database but the record of the drill.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, insert, make_url

from audit import store
from audit.canonical import canonical
from audit.entry import Entry
from audit.highwater import LogRolledBack, read_mark
from audit.leaf import EventType
from audit.work import Work
from pds.bank import schema
from pds.bank.backup import postgres, proving, sampling, service
from pds.bank.backup.chain import NEWEST, Point
from pds.bank.backup.manifest import DUMP, Manifest
from pds.bank.backup.tables import backup_drill
from pds.bank.inspection import database, inspector, log
from pds.bank.inspection.finding import Finding, findings
from pds.bank.key_provider import open_key_provider
from pds.core.clock import Clock
from pds.core.errors import Invalid
from pds.core.ids import RandomIds
from pds.core.settings import Settings
from pds.keys.keyring import Keyring

_OF_THE_LIVE: Final = frozenset(
    {"clock", "clock.ahead", "log.mark", "log.pending", "database.durable"}
)
"""What only a database that serves can be asked."""


@dataclass(frozen=True, slots=True)
class Drilled:
    """What a drill found.

    Attributes:
        state: what was restored.
        findings: of every question, in order.
        missing: entries that were signed and are not in the copy.
        seconds: how long it took, whole.
    """

    state: Manifest
    findings: tuple[Finding, ...]
    missing: int
    seconds: int

    @property
    def is_good(self) -> bool:
        """Whether the copy could take the place of the live data."""
        return all(each.is_good for each in self.findings)


def drill(
    settings: Settings,
    folder: Path,
    clock: Clock,
    *,
    point: Point = NEWEST,
    external: str | None = None,
    into: str | None = None,
    most: int = 20,
) -> Drilled:
    """Restore a state of a backup elsewhere, and look at all of it.

    Args:
        settings: of the installation; its database is only read.
        folder: the backup.
        clock: the present moment.
        point: which state.
        external: a signed checkpoint from elsewhere.
        into: address of an empty PostgreSQL database, for a dump.
        most: things of each class that are opened.

    Raises:
        Invalid: it is no backup, was changed, or has no place to go to.
        NotFound: it holds no such state.
        KeyProviderError: the keys cannot be had.
    """
    began = clock.monotonic()
    state = service.find(folder, point)
    with (
        _restored(settings, folder, state, into) as place,
        proving.live(settings) as present,
        database.opened(place) as copy,
    ):
        found = _look(settings, clock, copy, present, external, most)
        missing = _missing(settings, state, present)
    return Drilled(state, tuple(found), missing, round(clock.monotonic() - began))


def record(work: Work, drilled: Drilled, *, actor: str) -> None:
    """Keep a drill, for the doctor and in the log."""
    state = drilled.state
    told = {"backup": state.sha256, "missing": drilled.missing, "size": state.size}
    detail = {
        "actor": actor,
        "decided_at": work.now.isoformat(),
        "object": canonical(told).decode(),
        "reasons": "backup.drilled" if drilled.is_good else "backup.drill-failed",
    }
    work.log.record(Entry(type=EventType.POLICY_EVENT, detail=detail))
    work.connection.execute(
        insert(backup_drill).values(
            at=work.now,
            is_good=drilled.is_good,
            size=state.size,
            missing=drilled.missing,
            seconds=drilled.seconds,
            sha256=bytes.fromhex(state.sha256),
        )
    )


def _look(
    settings: Settings,
    clock: Clock,
    copy: Connection,
    present: Connection | None,
    external: str | None,
    most: int,
) -> list[Finding]:
    mark = log.kept_mark(settings.key_dir)
    keys = Keyring(open_key_provider(settings, may_create=False), RandomIds(clock))
    looked = [
        *findings(database.checks(copy, full=True)),
        *findings(log.checks(copy, settings, clock, mark, full=True)),
        *findings(inspector.about_keys(copy, settings)),
        *findings(proving.checks(copy, present, settings, external)),
        *findings(sampling.checks(copy, keys, clock.now(), most)),
    ]
    return [each for each in looked if each.name not in _OF_THE_LIVE]


@contextmanager
def _restored(
    settings: Settings, folder: Path, state: Manifest, into: str | None
) -> Iterator[Settings]:
    """Give settings that lead to the restored copy, at this program's schema."""
    if state.format != DUMP:
        with service.unpacked(settings, folder, state) as place:
            schema.upgrade(place.database_url)
            yield place
        return
    if into is None or make_url(into) == make_url(settings.database_url):
        raise Invalid(
            "backup.nowhere",
            "A dump needs an empty PostgreSQL database to go to: --into URL.",
        )
    place = replace(settings, database_url=into)
    postgres.restore(place, folder, state)
    schema.upgrade(into)
    yield place


def _missing(settings: Settings, state: Manifest, present: Connection | None) -> int:
    """Return how many entries are known to have followed the copy."""
    sizes = [state.size]
    if present is not None:
        sizes.append(store.size(present))
    try:
        mark = read_mark(settings.key_dir)
    except LogRolledBack:
        mark = None
    if mark is not None:
        sizes.append(mark.size)
    return max(sizes) - state.size
