"""A thief who writes to the tables, on each database: every trick ends in one error."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Engine, Table, create_engine, select, update

from audit import person
from pds.bank.bank import Bank
from pds.core.ids import OwnerId
from pds.core.vocabulary import categories
from pds.crypto.envelope import Place, place_tail, seal_derived
from pds.crypto.errors import EnvelopeError
from pds.keys.keyring import Keyring
from pds.keys.tables import owner_key, owner_key_wrap
from pds.vault.label import Labels
from pds.vault.records import OpenRecord, RecordDraft
from pds.vault.service import Vault
from pds.vault.tables import raw_original, vault_record
from tests.crypto.forgery import Opener, combined, keystream, two_key_forgery

WEIGHT, HEIGHT, LAB = "health.vital.weight", "health.vital.height", "health.lab"
SOURCE = UUID(int=77)
DAY = 20_000
FAMILY = categories.get(WEIGHT).key_class
PAYLOAD = b'{"value":7.00}'


def draft(n: int, **changes: Any) -> RecordDraft:
    made = RecordDraft(
        category=WEIGHT,
        first_day=DAY,
        last_day=DAY,
        order_in_day=n,
        payload_schema="fhir-r4/Observation",
        sensitivity="health-general",
        source_id=SOURCE,
        dedupe=b"%d" % n,
        header={"n": n},
        payload=PAYLOAD,
    )
    return replace(made, **changes)


class Thief:
    """Two persons' data in one bank, and a second connection that may write all.

    Taro has a record under generation 1 and two under generation 2, a record of another
    category and two raw originals; Hanako has one record and one original.
    """

    def __init__(self, bank: Bank) -> None:
        self.bank = bank
        self.vault = Vault(bank.keys)
        self.engine: Engine = create_engine(bank.settings.database_url)
        self.taro, self.hanako = (self._person() for _ in range(2))
        self.first = self._deposit(self.taro, draft(1))
        bank.unit_of_work(
            lambda work: work.keys.retire(work.connection, self.taro, FAMILY)
        )
        self.second = self._deposit(self.taro, draft(2), draft(3))
        self.lab = self._deposit(self.taro, draft(4, category=LAB))
        self.other = self._deposit(self.hanako, draft(1))
        self.lift_guards()

    def _person(self) -> OwnerId:
        made = OwnerId(self.bank.ids.new())
        self.bank.unit_of_work(lambda work: person.open_subject(work, made))
        return made

    def _deposit(self, owner: OwnerId, *drafts: RecordDraft) -> list[UUID]:
        import_id = self.bank.ids.new()

        def act(work: Any) -> list[UUID]:
            self.vault.begin_import(
                work, owner, import_id, source_id=SOURCE, media_type="text/x"
            )
            added = self.vault.add(work, owner, import_id, drafts)
            self.vault.put_raw(work, owner, import_id, "text/x", b"a file")
            return [UUID(bytes=UUID(str(one.record_id)).bytes) for one in added]

        ids = self.bank.unit_of_work(act)
        self.raw = getattr(self, "raw", {})
        self.raw.setdefault(owner, []).append(import_id)
        return ids

    def close(self) -> None:
        self.engine.dispose()

    def lift_guards(self) -> None:
        """Take the triggers away, as whoever owns the tables can; once."""
        with self.engine.begin() as connection:
            is_sqlite = connection.dialect.name == "sqlite"
            for table in ("vault_record", "raw_original"):
                guards = ("no_change", "no_change_of_time", "reseal")
                for name in (f"{table}_{each}" for each in guards):
                    where = "" if is_sqlite else f" ON {table}"
                    connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}{where}")

    @contextmanager
    def changed(self, table: Table, where: Any, **values: Any) -> Iterator[None]:
        """Change rows as SQL does, and put them back afterwards."""
        keys = [column.name for column in table.primary_key]
        with self.engine.begin() as connection:
            before = connection.execute(select(table).where(where)).mappings().all()
            done = connection.execute(update(table).where(where).values(**values))
            assert done.rowcount == len(before) > 0
        try:
            yield
        finally:
            with self.engine.begin() as connection:
                for row in before:
                    at = {name: values.get(name, row[name]) for name in keys}
                    connection.execute(
                        update(table).filter_by(**at).values(**dict(row))
                    )

    @contextmanager
    def spoiled(self, record_id: UUID, change: str) -> Iterator[None]:
        """Change a row of SQLite with values that no driver would write."""
        at = (record_id.bytes,)
        where = "WHERE record_id = ?"
        with self.engine.begin() as connection:
            run = connection.exec_driver_sql
            before = run(f"SELECT * FROM vault_record {where}", at).one()
            run(f"UPDATE vault_record SET {change} {where}", at)
        yield
        columns = ", ".join(f'"{name}" = ?' for name in before._fields)
        with self.engine.begin() as connection:
            connection.exec_driver_sql(
                f"UPDATE vault_record SET {columns} {where}", (*before, *at)
            )

    def record(self, record_id: UUID) -> Any:
        return vault_record.c.record_id == record_id

    def column(self, record_id: UUID, name: str) -> Any:
        with self.engine.connect() as connection:
            return connection.execute(
                select(vault_record.c[name]).where(self.record(record_id))
            ).scalar_one()

    def get(self, record_id: UUID, owner: OwnerId | None = None) -> OpenRecord:
        with self.bank.read() as snap:
            return self.vault.get(snap, owner or self.taro, record_id)

    def page(self, owner: OwnerId | None = None, *names: str) -> list[OpenRecord]:
        wanted = list(names) or [WEIGHT]
        with self.bank.read() as snap:
            page = self.vault.page(
                snap, owner or self.taro, categories=wanted, limit=50
            )
            return list(page.records)

    def is_well(self) -> bool:
        texts = [each.payload for each in self.page(self.taro, WEIGHT, LAB)]
        return (
            texts == [PAYLOAD] * 4
            and self.get(self.other[0], self.hanako).payload == PAYLOAD
        )


@pytest.fixture
def thief(bank: Bank) -> Iterator[Thief]:
    made = Thief(bank)
    assert made.is_well()
    yield made
    assert made.is_well()
    made.close()


def refused(*acts: Callable[[], object]) -> None:
    for act in acts:
        with pytest.raises(EnvelopeError) as caught:
            act()
        error = caught.value
        assert type(error) is EnvelopeError
        assert error.code == "crypto.envelope"
        assert str(error) == "Sealed bytes do not open."
        assert error.__context__ is None or error.__suppress_context__


def test_changed_bytes_of_a_record_do_not_open(thief: Thief) -> None:
    target = thief.second[0]
    sealed = thief.column(target, "sealed")
    changes = [bytes(51), sealed + b"\0", sealed + sealed, b"\1" + sealed]
    changes += [sealed[:size] for size in (0, 1, 6, 7, 38, 39, 50, 51, 66, -1)]
    for at in (*range(51), 51, len(sealed) // 2, len(sealed) - 16, len(sealed) - 1):
        broken = bytearray(sealed)
        broken[at] ^= 1
        changes.append(bytes(broken))
    for change in changes:
        with thief.changed(vault_record, thief.record(target), sealed=change):
            refused(lambda: thief.get(target), thief.page)


def test_swapped_bytes_do_not_open(thief: Thief) -> None:
    for one, other in (
        (thief.second[0], thief.second[1]),
        (thief.first[0], thief.second[0]),
        (thief.second[0], thief.lab[0]),
        (thief.first[0], thief.other[0]),
    ):
        stolen = thief.column(other, "sealed")
        with thief.changed(vault_record, thief.record(one), sealed=stolen):
            refused(lambda one=one: thief.get(one), thief.page)
        # With the generation that belongs to the bytes.
        with thief.changed(
            vault_record,
            thief.record(one),
            sealed=stolen,
            generation=thief.column(other, "generation"),
        ):
            refused(lambda one=one: thief.get(one), thief.page)


CHANGES: list[dict[str, Any]] = [
    {"version": 2},
    {"version": 0},
    {"category": HEIGHT},
    {"category": LAB},
    {"category": "purchase.receipt"},
    {"category": "health.nonsense"},
    {"generation": 1},
    {"generation": 3},
    {"generation": 2**40},
    {"first_day": DAY - 1},
    {"last_day": DAY + 1},
    {"first_day": -DAY},
    {"payload_schema": 17},
    {"payload_schema": -1},
    {"payload_schema": 70_000},
    {"sensitivity": 0},
    {"sensitivity": 2},
    {"sensitivity": 256},
    {"source_id": UUID(int=78)},
    {"record_id": UUID(int=9)},
]


def test_a_row_with_another_column_does_not_open(thief: Thief) -> None:
    target = thief.second[0]
    for changes in CHANGES:
        names = [changes.get("category", WEIGHT)]
        record_id = changes.get("record_id", target)
        with thief.changed(vault_record, thief.record(target), **changes):
            refused(
                lambda record_id=record_id: thief.get(record_id),
                lambda names=names: thief.page(thief.taro, *names),
            )


def test_a_row_given_to_another_person_does_not_open(thief: Thief) -> None:
    target = thief.second[0]
    for generation in (1, 2):
        with thief.changed(
            vault_record,
            thief.record(target),
            owner_id=thief.hanako,
            generation=generation,
            dedupe_key=os.urandom(32),
        ):
            refused(
                lambda: thief.get(target, thief.hanako),
                lambda: thief.page(thief.hanako),
            )
            assert [each.payload for each in thief.page()] == [PAYLOAD] * 2


def test_a_moved_raw_original_does_not_open(thief: Thief) -> None:
    [one, other, _], [hers] = thief.raw[thief.taro], thief.raw[thief.hanako]
    c = raw_original.c
    with thief.engine.connect() as connection:
        rows = connection.execute(select(c.import_id, c.envelope)).all()
    envelopes = dict(map(tuple, rows))  # type: ignore[arg-type]

    def read() -> object:
        with thief.bank.read() as snap:
            return thief.vault.read_raw(snap, thief.taro, one)

    at = c.import_id == one
    for stolen in (other, hers):
        with thief.changed(raw_original, at, envelope=envelopes[stolen]):
            refused(read)
    with thief.changed(raw_original, at, generation=2):
        refused(read)
    assert read().content == b"a file"  # type: ignore[attr-defined]


def test_a_moved_wrap_opens_no_key(thief: Thief) -> None:
    w = owner_key_wrap.c
    with thief.engine.connect() as connection:
        rows = connection.execute(
            select(w.owner_id, w["class"], w.generation, w.wrapped)
        ).all()
    wraps = {tuple(row[:3]): row[3] for row in rows}
    mine = (thief.taro, FAMILY, 2)
    others = [
        (thief.hanako, FAMILY, 1),
        (thief.taro, FAMILY, 1),
        (thief.taro, categories.get(LAB).key_class, 1),
    ]
    changes: list[dict[str, Any]] = [{"wrapped": wraps[each]} for each in others]
    changes += [{"wrapped": wraps[mine][:-1]}, {"wrapped": bytes(60)}]
    changes += [{"kek_version": 2}, {"kek_version": 0}, {"alg": 2}, {"alg": 0}]
    at = (w.owner_id == mine[0]) & (w["class"] == FAMILY) & (w.generation == 2)
    for change in changes:
        with thief.changed(owner_key_wrap, at, **change):
            # As a process that starts now: what is open already stays open.
            thief.vault = Vault(Keyring(thief.bank.provider, thief.bank.ids))
            refused(lambda: thief.get(thief.second[0]), thief.page)
    k = owner_key.c
    at = (k.owner_id == mine[0]) & (k["class"] == FAMILY) & (k.generation == 2)
    with thief.changed(owner_key, at, commitment=bytes(32)):
        thief.vault = Vault(Keyring(thief.bank.provider, thief.bank.ids))
        refused(lambda: thief.get(thief.second[0]), thief.page)


def test_one_forgery_does_not_open_for_two_persons(thief: Thief) -> None:
    """The same bytes decrypt under both persons' keys; only one key is committed to."""
    with thief.bank.read() as snap:
        keys = [
            thief.bank.keys.open(snap.connection, owner, FAMILY, 1).data_key
            for owner in (thief.taro, thief.hanako)
        ]
    nonce, header = b"n" * 12, b"\1\1\2\0\0\0\1" + keys[0].commitment
    label = Labels().label(WEIGHT, 16, DAY, DAY, 1, SOURCE.bytes)
    places = ((thief.taro, thief.first[0]), (thief.hanako, thief.other[0]))
    openers = tuple(
        Opener(
            key._secret,
            b"ib1/rec\0" + header + owner.bytes + place_tail(at.bytes, 1, label),
        )
        for key, (owner, at) in zip(keys, places, strict=True)
    )
    stream = keystream(openers[0].key, nonce, 3)
    before = combined(b"\0\0\0\2{}" + b" forged :)", stream[:16])
    after = combined(b"\x80".ljust(16, b"\0"), stream[32:])
    forged = two_key_forgery(nonce, openers, before, after)  # type: ignore[arg-type]
    for key, aad in openers:
        assert AESGCM(key).decrypt(nonce, forged, aad)
    envelope = header + nonce + forged
    with (
        thief.changed(vault_record, thief.record(thief.first[0]), sealed=envelope),
        thief.changed(vault_record, thief.record(thief.other[0]), sealed=envelope),
    ):
        assert thief.get(thief.first[0]).payload.startswith(b" forged :)")
        refused(
            lambda: thief.get(thief.other[0], thief.hanako),
            lambda: thief.page(thief.hanako),
        )


def test_suite_2_is_no_record(thief: Thief) -> None:
    target = thief.second[0]
    with thief.bank.read() as snap:
        key = thief.bank.keys.open(snap.connection, thief.taro, FAMILY, 2).data_key
    label = Labels().label(WEIGHT, 16, DAY, DAY, 1, SOURCE.bytes)
    place = Place(thief.taro.bytes, target.bytes, 1, label)
    derived = seal_derived(key, 2, place, b"\0\0\0\2{}" + PAYLOAD)
    with thief.changed(vault_record, thief.record(target), sealed=derived):
        refused(lambda: thief.get(target), thief.page)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_values_of_another_type_do_not_open(thief: Thief) -> None:
    """SQLite keeps whatever is written into a column."""
    for change in (
        "sealed = 'text'",
        "sealed = 7",
        "version = 'two'",
        "generation = 'two'",
        "first_day = '1999'",
        "payload_schema = x'00'",
        "sensitivity = 1.5",
    ):
        with thief.spoiled(thief.lab[0], change):
            refused(
                lambda: thief.get(thief.lab[0]),
                lambda: thief.page(thief.taro, LAB),
                lambda: thief.page(thief.taro, LAB, WEIGHT),
            )
