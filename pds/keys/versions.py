"""Versions of the key-encryption key (KEK): what became of each, and when it ends.

States of a version: current (the newest that is noted; it wraps) → old (wraps nothing
new; its wraps are wrapped anew by the current one) → retiring (nothing needs it; no
wrap under it is stored any more) → retired (destroyed in the provider; the row stays,
for history). A retiring version may be there or not: a kill can come between its
destruction and the note of it, so no start-up asks for it.

A version lives for an epoch as the current one, and after that as long as backups of
its time are to be readable. So it is known when the last copy of an erased key dies.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, literal, or_, select, update

from pds.core.database import Snapshot
from pds.core.errors import Conflict, NotFound
from pds.crypto.errors import KeyProviderError
from pds.keys.tables import kek_check, owner_key_wrap

KEK = "kek"
_c, _w = kek_check.c, owner_key_wrap.c


@dataclass(frozen=True, slots=True)
class KekVersion:
    """What the database knows of one version.

    Attributes:
        version: its number.
        created_at: when it was noted and became the current one.
        retiring_at: since when nothing may be wrapped by it, or None.
        retired_at: when its destruction was noted, or None.
        destroy_by: when it is to be destroyed at the latest; certificates of erasure
            rest on it, so it is lowered and never raised. None until it is planned.
    """

    version: int
    created_at: datetime
    retiring_at: datetime | None
    retired_at: datetime | None
    destroy_by: datetime | None


@dataclass(frozen=True, slots=True)
class Epochs:
    """How long versions live.

    Attributes:
        epoch: for how long a version is the current one.
        backups: how long backups of its time stay readable after that.
    """

    epoch: timedelta
    backups: timedelta

    def next_due(self, versions: Sequence[KekVersion]) -> datetime:
        """Return when the current version has to be followed by another.

        Sooner than an epoch where its end was promised before backups got more days.
        """
        newest = versions[-1]
        due = newest.created_at + self.epoch
        if newest.destroy_by is None:
            return due
        return max(newest.created_at, min(due, newest.destroy_by - self.backups))

    def planned_end(
        self, versions: Sequence[KekVersion], version: KekVersion
    ) -> datetime:
        """Return when a version is, or was, planned to be destroyed."""
        if version.retired_at is not None:
            return version.retired_at
        later = [v for v in versions if v.version > version.version]
        turned_at = later[0].created_at if later else version.created_at + self.epoch
        # A version that was noted late may have wrapped until then.
        end = max(turned_at, version.created_at) + self.backups
        return end if version.destroy_by is None else min(end, version.destroy_by)


def used_versions(connection: Connection) -> list[int]:
    """Return the KEK versions that the bank's wraps are of, ascending.

    Goes from one to the next in the index, however many wraps there are.
    """
    found: list[int] = []
    while True:
        least = select(func.min(_w.kek_version))
        least = least.where(_w.kek_version > found[-1]) if found else least
        version = connection.execute(least).scalar()
        if version is None:
            return found
        found.append(int(version))


def epochs(erasure_days: int, backup_days: int) -> Epochs:
    """Return how long versions live when erased keys are to die within some days.

    A key may be erased on the first day of an epoch, and its wrap then lives on until
    backups of the epoch's last day have had their time. So an epoch is what is left of
    the promised days when these are taken off.
    """
    backups = timedelta(days=backup_days)
    return Epochs(timedelta(days=erasure_days) - backups, backups)


def history(connection: Connection) -> list[KekVersion]:
    """Return every version that was ever noted, ascending."""
    rows = connection.execute(
        select(_c.version, _c.created_at, _c.retiring_at, _c.retired_at, _c.destroy_by)
        .where(_c.name == KEK)
        .order_by(_c.version)
    )
    return [KekVersion(*row) for row in rows]


def returned(connection: Connection, shown: Collection[int]) -> list[int]:
    """Return the destroyed versions that a provider shows again, ascending."""
    return [
        each.version
        for each in history(connection)
        if each.retired_at is not None and each.version in shown
    ]


def unreadable_from(
    snap: Snapshot,
    kek_versions: Collection[int],
    shown: Collection[int],
    epochs: Epochs,
) -> datetime | None:
    """Return when the last copy of a destroyed key is, or becomes, unreadable.

    A backup of before holds a wrap of the key under one of the versions under which it
    lay, or under an older one; it is dead when the last of these is destroyed. Past
    moments are those of destructions that happened.

    Args:
        snap: the present state.
        kek_versions: versions under which the key's wraps lay when it was destroyed
            (`pds.keys.shredding.Standing.kek_versions`).
        shown: versions that the provider holds.
        epochs: how long versions live.

    Returns:
        The moment; None if it is not yet known: the key had no wrap of the bank's, or
        one of the versions that it may have lain under has no row here, and so no end,
        or is overdue, or was destroyed and is back, which `infobank doctor` tells.
    """
    versions = history(snap.connection)
    newest = max(kek_versions, default=0)
    possible = {*kek_versions, *(each for each in shown if each <= newest)}
    if not possible <= {each.version for each in versions} or not kek_versions:
        return None
    chosen = [each for each in versions if each.version <= newest]
    ends = [epochs.planned_end(versions, each) for each in chosen]
    if any(
        end <= snap.now and (each.retired_at is None or each.version in shown)
        for each, end in zip(chosen, ends, strict=True)
    ):
        return None
    return max(ends)


def plan(connection: Connection, epochs: Epochs) -> None:
    """Keep by when each version is to be destroyed; later settings only lower it."""
    versions = history(connection)
    for each in versions:
        end = epochs.planned_end(versions, each)
        if each.retired_at is None and end != each.destroy_by:
            connection.execute(
                update(kek_check)
                .where(_c.name == KEK, _c.version == each.version)
                .where(or_(_c.destroy_by.is_(None), _c.destroy_by > end))
                .values(destroy_by=end)
            )


def wraps(connection: Connection) -> dict[int, int]:
    """Return how many wraps there are by each version; reads an index, whole."""
    rows = connection.execute(
        select(_w.kek_version, func.count())
        .where(_w.kek_version.is_not(None))
        .group_by(_w.kek_version)
    )
    return {int(version): int(count) for version, count in rows}


def is_needed(connection: Connection, version: int) -> bool:
    """Say whether any wrap is by a version."""
    found = select(literal(1)).where(_w.kek_version == version).limit(1)
    return connection.execute(found).first() is not None


def hold_for_wrap(connection: Connection, version: int) -> None:
    """Keep a version from being retired until this transaction has stored its wrap.

    Raises:
        KeyProviderError: it is being retired; this process missed a newer version.
    """
    # A version that is not noted yet is newer than all that are, and none retires it.
    found = connection.execute(
        select(_c.retiring_at)
        .where(_c.name == KEK, _c.version == version)
        .with_for_update(read=True)
    ).first()
    if found is not None and found.retiring_at is not None:
        raise KeyProviderError(
            f"Version {version} of the key-encryption key is being destroyed, and this"
            " process knows no newer one."
        )


def begin_retirement(connection: Connection, version: int, *, now: datetime) -> bool:
    """Let nothing be wrapped by a version any more; say whether that is new.

    Raises:
        NotFound: `keys.no-version`; there is no such version.
        Conflict: `keys.current`; it wraps new keys. `keys.needed`; keys are under it.
    """
    # The row is held: who stores a wrap by this version comes before, or not at all.
    found = connection.execute(
        select(_c.version, _c.retiring_at)
        .where(_c.name == KEK, _c.version == version)
        .with_for_update()
    ).first()
    if found is None:
        raise NotFound("keys.no-version", f"There is no version {version}.")
    newest = select(func.max(_c.version)).where(_c.name == KEK)
    if connection.execute(newest).scalar_one() == version:
        raise Conflict("keys.current", f"Version {version} is the current one.")
    if is_needed(connection, version):
        raise Conflict(
            "keys.needed",
            f"Keys are still wrapped by version {version}; run `infobank keys rewrap`.",
        )
    if found.retiring_at is not None:
        return False
    _mark(connection, version, retiring_at=now)
    return True


def finish_retirement(connection: Connection, version: int, *, now: datetime) -> bool:
    """Note that a version is destroyed; say whether that is new."""
    return _mark(connection, version, retired_at=now)


def _mark(connection: Connection, version: int, **moment: datetime) -> bool:
    (column,) = moment
    done = connection.execute(
        update(kek_check)
        .where(_c.name == KEK, _c.version == version, _c[column].is_(None))
        .values(moment)
    )
    return done.rowcount > 0
