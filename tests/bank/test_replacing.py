"""Data keys give way to new generations while the bank serves; nothing is lost."""

import threading
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from sqlalchemy import create_engine, select, text, update
from sqlalchemy.exc import DBAPIError

from audit import person, subject
from audit.work import Work
from pds.bank import replacing
from pds.bank.bank import Bank
from pds.cli.bench.receipts import CATEGORY, store
from pds.core.ids import OwnerId
from pds.core.vocabulary import categories
from pds.keys.classes import KeyClass, KeyState
from pds.keys.keyring import ROTATE_AT
from pds.keys.restoring import end_generations
from pds.keys.tables import owner_key
from pds.vault import resealing
from pds.vault.tables import vault_record

DATA = categories.get(CATEGORY).key_class


@pytest.fixture
def bank(open_another: Callable[[], Bank]) -> Iterator[Bank]:
    return open_another()


def settle(bank: Bank) -> OwnerId:
    owner = OwnerId(bank.ids.new())

    def begin(work: Work) -> None:
        person.open_subject(work, owner)
        work.keys.create(work.connection, owner, KeyClass.INDEX, now=work.now)
        store(work, bank.vault, owner, 20_000, range(7))
        (made,) = bank.vault.imports(work, owner)
        bank.vault.put_raw(work, owner, made.import_id, "text/plain", b"as received")

    bank.unit_of_work(begin)
    return owner


def all_of(bank: Bank, owner: OwnerId) -> list[tuple[bytes, bytes, bytes]]:
    with bank.read() as view:
        page = bank.vault.page(view, owner, categories=[CATEGORY], limit=1000)
        (made,) = bank.vault.imports(view, owner)
        original = bank.vault.read_raw(view, owner, made.import_id)
    assert original.content == b"as received"
    return [(r.record_id, r.header, r.payload) for r in page.records]


def keys_of(bank: Bank, owner: OwnerId) -> dict[tuple[int, int], KeyState]:
    k = owner_key.c
    with bank.read() as view:
        rows = view.connection.execute(
            select(k["class"], k.generation, k.state).where(
                k.owner_id == owner, k["class"] != KeyClass.AUDIT
            )
        ).all()
    return {(row[0], row[1]): KeyState(row[2]) for row in rows}


def wear_out(bank: Bank) -> None:
    bank.unit_of_work(lambda work: end_generations(work.connection))


def told(bank: Bank, owner: OwnerId) -> list[str]:
    with bank.read() as view:
        state = person.state(view, owner)
        return [
            subject.entry(view, bank.keys, owner, state.gen, i).detail.fields.get(
                "reasons", ""
            )
            for i in range(state.n)
        ]


REPLACED = {
    (KeyClass.RAW, 1): KeyState.DESTROYED,
    (KeyClass.RAW, 2): KeyState.ACTIVE,
    (KeyClass.INDEX, 1): KeyState.ACTIVE,
    (DATA, 1): KeyState.DESTROYED,
    (DATA, 2): KeyState.ACTIVE,
}


def test_after_a_restore_everything_is_sealed_anew_and_old_keys_go(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resealing, "STEP", 3)
    owner, other = settle(bank), settle(bank)
    before, others = all_of(bank, owner), all_of(bank, other)
    assert replacing.replace_keys(bank) == 0
    wear_out(bank)
    assert replacing.replace_keys(bank) == 2
    assert replacing.replace_keys(bank) == 0
    assert keys_of(bank, owner) == REPLACED
    assert all_of(bank, owner) == before
    assert all_of(bank, other) == others
    assert "generation.replaced" in told(bank, owner)
    with bank.read() as view:
        assert subject.missing(view, bank.keys, owner) == []


@pytest.mark.parametrize("steps", range(1, 6))
def test_what_was_cut_short_is_gone_over_again(
    bank: Bank, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    """Each step commits by itself, so a kill leaves what an error here leaves."""
    monkeypatch.setattr(resealing, "STEP", 3)
    owner = settle(bank)
    before = all_of(bank, owner)
    wear_out(bank)
    left = [steps]
    original = bank.unit_of_work

    def dying(act: Callable[[Work], object]) -> object:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return original(act)

    with monkeypatch.context() as patch:
        patch.setattr(bank, "unit_of_work", dying)
        with pytest.raises(KeyboardInterrupt):
            replacing.replace_keys(bank)
    assert all_of(bank, owner) == before
    assert replacing.replace_keys(bank) == 1
    assert all_of(bank, owner) == before
    assert keys_of(bank, owner) == REPLACED


def test_an_import_that_runs_meanwhile_loses_nothing(
    bank: Bank, open_another: Callable[[], Bank]
) -> None:
    owner, other = settle(bank), open_another()
    wear_out(bank)

    def deposit() -> None:
        for start in range(10, 40, 5):
            other.unit_of_work(
                partial(
                    store,
                    vault=other.vault,
                    owner=owner,
                    last_day=20_100,
                    numbers=range(start, start + 5),
                )
            )

    importer = threading.Thread(target=deposit)
    importer.start()
    while importer.is_alive():
        replacing.replace(bank, owner)
    importer.join()
    replacing.replace(bank, owner)
    with bank.read() as view:
        page = bank.vault.page(view, owner, categories=[CATEGORY], limit=1000)
    assert len(page.records) == 37
    assert keys_of(bank, owner)[DATA, 1] is KeyState.DESTROYED


def test_a_record_that_does_not_open_keeps_its_key(bank: Bank) -> None:
    owner, other = settle(bank), settle(bank)
    wear_out(bank)
    # A row of other identity that holds the sealed bytes of one that is there.
    c = vault_record.c
    with bank.read() as view:
        row = view.connection.execute(
            select(vault_record).where(c.owner_id == owner).limit(1)
        ).one()
    broken = {**row._mapping, "record_id": bank.ids.new(), "dedupe_key": b"x" * 32}
    bank.unit_of_work(
        lambda work: work.connection.execute(vault_record.insert(), [broken])
    )
    assert replacing.replace_keys(bank) == 2
    state = keys_of(bank, owner)
    assert state[DATA, 1] is KeyState.DECRYPT_ONLY
    assert state[KeyClass.RAW, 1] is KeyState.DESTROYED
    assert keys_of(bank, other) == REPLACED
    assert replacing.replace_keys(bank) == 0


def test_held_and_shredded_keys_are_left_alone(bank: Bank) -> None:
    held, shredded = settle(bank), settle(bank)
    wear_out(bank)
    bank.unit_of_work(
        lambda work: work.keys.hold(work.connection, held, DATA, 0, held=True)
    )
    bank.unit_of_work(
        lambda work: work.keys.destroy(work.connection, shredded, DATA, 1)
    )
    replacing.replace_keys(bank)
    assert keys_of(bank, held)[DATA, 1] is KeyState.ACTIVE
    assert (DATA, 2) not in keys_of(bank, shredded)
    assert keys_of(bank, shredded)[DATA, 1] is KeyState.DESTROYED


CHANGES = [
    "UPDATE vault_record SET category = 'health.lab'",
    "UPDATE vault_record SET last_day = last_day + 1",
    "UPDATE vault_record SET sealed = sealed",
    "UPDATE vault_record SET generation = generation",
    "UPDATE vault_record SET generation = generation - 1, sealed = sealed",
    "UPDATE raw_original SET envelope = envelope",
    "UPDATE raw_original SET import_id = owner_id",
]


@pytest.mark.parametrize("change", CHANGES)
def test_nothing_else_of_a_sealed_row_can_be_changed(bank: Bank, change: str) -> None:
    settle(bank)
    with pytest.raises(DBAPIError, match="never changes"):
        bank.unit_of_work(lambda work: work.connection.execute(text(change)))


COLUMNS = [column.name for column in vault_record.columns]
SET = {"rowid": "rowid", **{name: f'"{name}"' for name in COLUMNS}}


def replacing_record(**changes: str) -> str:
    """Return an INSERT OR REPLACE of each record with some columns changed."""
    names = ", ".join(SET.values())
    values = ", ".join({**SET, **changes}.values())
    into = f"INSERT OR REPLACE INTO vault_record ({names})"
    return f"{into} SELECT {values} FROM vault_record"


RAW = "rowid, owner_id, import_id, generation, envelope"
OTHER = "generation, x'00' FROM raw_original"
REPLACEMENTS = [
    replacing_record(rowid="NULL", category="'health.lab'"),
    replacing_record(rowid="NULL", record_id="randomblob(16)"),
    replacing_record(record_id="randomblob(16)", dedupe_key="randomblob(32)"),
    "UPDATE OR REPLACE vault_record SET rowid = rowid + 1",
    "UPDATE OR REPLACE raw_original SET rowid = rowid + 1",
    f"REPLACE INTO raw_original SELECT owner_id, import_id, {OTHER}",
    f"REPLACE INTO raw_original ({RAW}) SELECT rowid, owner_id, zeroblob(16), {OTHER}",
]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("recursive", ["ON", "OFF"])
@pytest.mark.parametrize("change", REPLACEMENTS)
def test_a_sealed_row_is_not_replaced_on_sqlite(
    bank: Bank, change: str, recursive: str
) -> None:
    """A program of somebody else opens the file with other settings than ours."""
    for _ in range(2):
        settle(bank)
    engine = create_engine(bank.settings.database_url)
    with engine.connect() as connection:
        connection.execute(text(f"PRAGMA recursive_triggers = {recursive}"))
        with pytest.raises(DBAPIError, match="never changes"):
            connection.execute(text(change))
    engine.dispose()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_record_does_not_come_back_over_its_successor(bank: Bank) -> None:
    owner = settle(bank)
    with bank.read() as view:
        query = select(vault_record).where(vault_record.c.owner_id == owner).limit(1)
        row = view.connection.execute(query).one()
    older = {**row._mapping, "version": 7, "state": 2}
    bank.unit_of_work(
        lambda work: work.connection.execute(vault_record.insert(), [older])
    )
    back = "UPDATE OR REPLACE vault_record SET state = 1 WHERE version = 7"
    with pytest.raises(DBAPIError, match="never changes"):
        bank.unit_of_work(lambda work: work.connection.execute(text(back)))


def test_a_much_used_key_is_replaced_too(bank: Bank) -> None:
    owner = settle(bank)
    before = all_of(bank, owner)
    is_data = owner_key.c["class"] == DATA
    bank.unit_of_work(
        lambda work: work.connection.execute(
            update(owner_key).where(is_data).values(enc_reserved=ROTATE_AT)
        )
    )
    assert replacing.replace_keys(bank) == 1
    assert keys_of(bank, owner)[DATA, 1] is KeyState.DESTROYED
    assert all_of(bank, owner) == before
