"""The vault through the bank, on each database."""

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import create_engine, update
from sqlalchemy.exc import DBAPIError

from audit import person
from pds.bank.bank import Bank
from pds.core.database import metadata
from pds.core.ids import OwnerId
from pds.core.vocabulary import categories
from pds.keys.errors import KeyUnavailable
from pds.vault.errors import VaultNotFound
from pds.vault.records import RecordDraft
from pds.vault.service import Vault
from pds.vault.tables import raw_original, vault_import, vault_record

WEIGHT, LAB = "health.vital.weight", "health.lab"
SOURCE = UUID(int=77)


def draft(n: int, category: str = WEIGHT) -> RecordDraft:
    return RecordDraft(
        category=category,
        first_day=-3 + n,
        last_day=-3 + n,
        order_in_day=n,
        payload_schema="fhir-r4/Observation",
        sensitivity="health-general",
        source_id=SOURCE,
        dedupe=f"{category} {n}".encode(),
        header={"n": n},
        payload=b'{"value":7.00}',
    )


@pytest.fixture
def database_url(database_url: str) -> str:
    """Add what the migrations may not have yet."""
    engine = create_engine(database_url)
    with engine.begin() as connection:
        metadata.create_all(
            connection, tables=[vault_record, vault_import, raw_original]
        )
    engine.dispose()
    return database_url


@pytest.fixture
def owner(bank: Bank) -> OwnerId:
    made = OwnerId(bank.ids.new())
    bank.unit_of_work(lambda work: person.open_subject(work, made))
    return made


def deposit(bank: Bank, owner: OwnerId, drafts: list[RecordDraft]) -> tuple[UUID, Any]:
    vault, import_id = Vault(bank.keys), bank.ids.new()

    def act(work: Any) -> Any:
        vault.begin_import(
            work, owner, import_id, source_id=SOURCE, media_type="text/x"
        )
        return vault.add(work, owner, import_id, drafts)

    return import_id, bank.unit_of_work(act)


@pytest.mark.parametrize("every", [[WEIGHT], [WEIGHT, LAB], list(categories.ALL)])
def test_sources_narrow_a_page_and_its_following_ones(
    bank: Bank, owner: OwnerId, every: list[str]
) -> None:
    vault, clinic, shop = Vault(bank.keys), UUID(int=78), UUID(int=79)
    origins = [SOURCE, clinic, shop]
    drafts = [replace(draft(n), source_id=origins[n % 3]) for n in range(12)]
    deposit(bank, owner, drafts)

    def walk(*sources: UUID) -> list[tuple[int, UUID]]:
        seen, cursor = [], None
        while True:
            with bank.read() as snap:
                page = vault.page(
                    snap,
                    owner,
                    categories=every,
                    sources=sources,
                    after=cursor,
                    limit=3,
                )
            seen += [(each.order_in_day, each.source_id) for each in page.records]
            cursor = page.next
            if cursor is None:
                return seen

    assert walk(clinic) == [(n, clinic) for n in (10, 7, 4, 1)]
    assert {source for _, source in walk(clinic, shop)} == {clinic, shop}
    assert len(walk(clinic, shop)) == 8
    assert walk(UUID(int=80)) == []
    assert walk() == walk(*origins)


def test_records_come_back_in_order_and_by_pages(bank: Bank, owner: OwnerId) -> None:
    vault = Vault(bank.keys)
    both = [draft(n, category) for n in range(9) for category in (WEIGHT, LAB)]
    deposit(bank, owner, both)
    seen, cursor = [], None
    while True:
        with bank.read() as snap:
            page = vault.page(
                snap, owner, categories=[WEIGHT, LAB], after=cursor, limit=5
            )
        seen += [(r.last_day, r.category, r.payload) for r in page.records]
        cursor = page.next
        if cursor is None:
            break
    assert [day for day, _, _ in seen] == sorted(
        (day for n in range(9) for day in (n - 3, n - 3)), reverse=True
    )
    assert {payload for _, _, payload in seen} == {b'{"value":7.00}'}
    assert len({(day, category) for day, category, _ in seen}) == 18
    every = list(categories.ALL)
    with bank.read() as snap:
        assert len(vault.page(snap, owner, categories=every, limit=50).records) == 18
        counted = vault.count(snap, owner, categories=every, first_day=0)
    assert counted == {WEIGHT: 6, LAB: 6}


def test_undone_imports_and_destroyed_keys_are_gone(bank: Bank, owner: OwnerId) -> None:
    vault = Vault(bank.keys)
    import_id, _ = deposit(bank, owner, [draft(1), draft(2)])
    bank.unit_of_work(
        lambda work: vault.put_raw(work, owner, import_id, "text/x", b"\x00\xff")
    )
    deposit(bank, owner, [draft(2), draft(3, LAB)])
    with bank.read() as snap:
        assert vault.read_raw(snap, owner, import_id).content == b"\x00\xff"
        assert {i.duplicate for i in vault.imports(snap, owner)} == {0, 1}
    assert bank.unit_of_work(lambda work: vault.undo(work, owner, import_id)) == 2
    key_class = categories.get(LAB).key_class
    with bank.read() as snap:
        assert vault.count(snap, owner, categories=[WEIGHT, LAB]) == {LAB: 1}
        with pytest.raises(VaultNotFound):
            vault.read_raw(snap, owner, import_id)
    bank.unit_of_work(
        lambda work: work.keys.destroy(work.connection, owner, key_class, 1)
    )
    with bank.read() as snap, pytest.raises(KeyUnavailable):
        vault.page(snap, owner, categories=[LAB], limit=1)


def test_two_imports_at_once_store_nothing_twice(bank: Bank, owner: OwnerId) -> None:
    deposit(bank, owner, [draft(0)])
    answers: list[Any] = []
    gate = threading.Barrier(4)

    def run() -> None:
        gate.wait()
        answers.append(deposit(bank, owner, [draft(n) for n in range(20)])[1])

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stored = [sum(one.record_id is not None for one in each) for each in answers]
    assert sorted(stored) == [0, 0, 0, 19]
    with bank.read() as snap:
        assert Vault(bank.keys).count(snap, owner, categories=[WEIGHT]) == {WEIGHT: 20}


def test_when_a_record_was_stored_changes_only_as_it_is_revealed(
    bank: Bank, owner: OwnerId
) -> None:
    vault, import_id = Vault(bank.keys), bank.ids.new()

    def hide(work: Any) -> None:
        vault.begin_import(
            work, owner, import_id, source_id=SOURCE, media_type="text/x"
        )
        vault.add(work, owner, import_id, [draft(1)], hidden=True)

    def backdate(work: Any) -> None:
        earlier = work.now - timedelta(days=1)
        work.connection.execute(update(vault_record).values(created_at=earlier))

    bank.unit_of_work(hide)
    with pytest.raises(DBAPIError, match="A sealed record never changes"):
        bank.unit_of_work(backdate)
    assert bank.unit_of_work(lambda work: vault.reveal(work, owner, import_id)) == set()
    with pytest.raises(DBAPIError, match="A sealed record never changes"):
        bank.unit_of_work(backdate)
    with bank.read() as snap:
        assert vault.count(snap, owner, categories=[WEIGHT]) == {WEIGHT: 1}
