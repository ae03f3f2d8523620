"""Opening a random sample of what a restored copy holds, of each class of keys.

What is opened is thrown away at once: a drill shows that it could be read, and never
what it says. Keys that were destroyed are left out, since nothing is to open there.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

from sqlalchemy import Column, Connection, Select, Table, func, select

from audit import detail
from audit.tables import log_detail
from consent import ledger
from consent.tables import consent_current
from pds.accounts import service as accounts
from pds.accounts.tables import account
from pds.bank.inspection.finding import Check, Wrong
from pds.core.ids import AccountId, ConsentId, OwnerId
from pds.crypto.errors import EnvelopeError
from pds.keys.classes import FIRST_FAMILY, KeyClass, KeyState
from pds.keys.errors import KeyUnavailable
from pds.keys.keyring import Keyring
from pds.keys.tables import owner_key
from pds.vault.service import Vault
from pds.vault.tables import raw_original, vault_record

_CURRENT: Final = 1
_RESTORE: Final = "Keep this backup as evidence, and drill another one."


@dataclass(frozen=True, slots=True)
class Sampled:
    """What to open of one class: its rows, and how one of them is opened."""

    name: str
    rows: Select[*tuple[object, ...]]
    open: Callable[..., object]


@dataclass(frozen=True)
class _Snapshot:
    connection: Connection
    now: datetime


def checks(
    connection: Connection, keys: Keyring, now: datetime, most: int
) -> Iterator[Check]:
    """Yield one question for each class: do at most so many of its things open?"""
    snap = _Snapshot(connection, now)
    for each in _sampled(snap, keys):
        yield Check(f"drill.{each.name}", partial(_open, snap, each, most), _RESTORE)


def _sampled(snap: _Snapshot, keys: Keyring) -> Iterator[Sampled]:
    vault = Vault(keys)
    yield Sampled(
        "accounts",
        _alive(account, account.c.account_id, KeyClass.ACCOUNT),
        lambda owner: accounts.profile(snap, keys, AccountId(owner)),
    )
    yield Sampled(
        "details",
        _alive(
            log_detail, log_detail.c.owner_id, KeyClass.AUDIT, log_detail.c.gen
        ).add_columns(log_detail.c.gen, log_detail.c.i, log_detail.c.envelope),
        partial(_detail, snap, keys),
    )
    yield Sampled(
        "originals",
        _alive(raw_original, raw_original.c.owner_id, KeyClass.RAW).add_columns(
            raw_original.c.import_id
        ),
        partial(vault.read_raw, snap),
    )
    yield Sampled(
        "consents",
        _alive(
            consent_current, consent_current.c.owner_id, KeyClass.CONSENT
        ).add_columns(consent_current.c.consent_id),
        partial(_consent, snap, keys),
    )
    for family in _families(snap.connection):
        c = vault_record.c
        of_family = _alive(vault_record, c.owner_id, family, c.generation)
        yield Sampled(
            f"records-{family}",
            of_family.add_columns(c.record_id).where(
                c["class"] == family, c.state == _CURRENT
            ),
            partial(_record, snap, vault),
        )


def _families(connection: Connection) -> list[int]:
    kind = owner_key.c["class"]
    query = select(kind).where(kind >= FIRST_FAMILY).distinct().order_by(kind)
    return [row[0] for row in connection.execute(query)]


def _alive(
    table: Table,
    owner: Column[UUID],
    key_class: int,
    generation: Column[int] | None = None,
) -> Select[*tuple[object, ...]]:
    """Return the owners of rows whose key can still open them."""
    living = select(owner_key.c.owner_id).where(
        owner_key.c.owner_id == owner,
        owner_key.c["class"] == key_class,
        owner_key.c.state != KeyState.DESTROYED,
    )
    if generation is not None:
        living = living.where(owner_key.c.generation == generation)
    return select(owner).select_from(table).where(living.exists())


def _open(snap: _Snapshot, wanted: Sampled, most: int) -> str:
    # By chance, so that each drill looks at others.
    rows = wanted.rows.order_by(func.random()).limit(most)
    found = snap.connection.execute(rows).all()
    for row in found:
        try:
            wanted.open(*row)
        except (EnvelopeError, KeyUnavailable):
            raise Wrong("one does not open", _RESTORE) from None
    return f"{len(found)} opened" if found else "none stored"


def _detail(
    snap: _Snapshot, keys: Keyring, owner: UUID, gen: int, i: int, envelope: bytes
) -> None:
    key = keys.open(snap.connection, OwnerId(owner), KeyClass.AUDIT, gen)
    place, version = detail.object_id(gen, i), detail.ENVELOPE_VERSION
    detail.decode(keys.unseal(key, envelope, place, version, detail.LABEL))


def _consent(snap: _Snapshot, keys: Keyring, owner: UUID, consent_id: UUID) -> None:
    if not ledger.history(snap, keys, OwnerId(owner), ConsentId(consent_id)):
        raise Wrong("a consent has no event", _RESTORE)


def _record(snap: _Snapshot, vault: Vault, owner: UUID, record_id: UUID) -> None:
    vault.get(snap, OwnerId(owner), record_id)
