"""An entry of the bank's, recorded by a light act, as a disclosure is."""

from typing import Any

from sqlalchemy import bindparam, select

from audit.draft import Recorded
from audit.entry import Entry, PreparedEntry, prepare
from audit.integration import Outcome
from audit.leaf import EventType
from audit.light import Heavy, LightWork
from audit.tables import person_state
from audit.work import Work
from pds.bank.bank import Bank
from pds.core.database import Prepared
from pds.core.ids import BANK
from pds.keys import store
from pds.keys.classes import KeyClass
from pds.keys.tables import owner_key

_OWN = Prepared(
    select(person_state.c.gen, person_state.c.n, *store.COLUMNS)
    .select_from(
        store.with_active(person_state, person_state.c.owner_id, KeyClass.AUDIT)
    )
    .where(person_state.c.owner_id == bindparam("owner"))
    .order_by(owner_key.c.generation.desc())
)


def an_entry(reasons: str = "test.act") -> Entry:
    return Entry(type=EventType.POLICY_EVENT, detail={"reasons": reasons})


def record_light(work: LightWork, bank: Bank, entry: PreparedEntry) -> Recorded:
    """Record as a light act; what it reads is compiled for SQLite."""
    with bank.read() as view:
        own = _OWN.bound(view.connection, owner=BANK.bytes)
    gen, n, *row = work.one(own)
    if row[0] is None:
        raise Heavy
    return work.record(entry, gen, n, store.row_of(tuple(row)))


def declining(work: LightWork, bank: Bank, entry: PreparedEntry) -> Recorded:
    """Leave it to the ordinary act."""
    raise Heavy


def record(bank: Bank, *, light: Any = record_light) -> Outcome[Recorded]:
    """Record an entry of the bank's: by a light act where the writer knows such."""
    entry = prepare(an_entry(), bank.ids, None)

    def act(work: Work) -> Recorded:
        return work.log.record(entry)

    return bank.recorded(act, light=lambda work: light(work, bank, entry))
