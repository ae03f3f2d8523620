import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine, func, insert, select, update
from sqlalchemy.pool import StaticPool

from pds.core.clock import SystemClock
from pds.core.database import metadata
from pds.core.errors import Invalid
from pds.core.ids import Ids, OwnerId, RandomIds
from pds.core.vocabulary import Sensitivity, categories
from pds.crypto.errors import EnvelopeError
from pds.crypto.providers.file import FileKeyProvider
from pds.keys.classes import KeyClass
from pds.keys.errors import KeyUnavailable
from pds.keys.keyring import Keyring
from pds.vault import schemas
from pds.vault.errors import VaultInvalid, VaultNotFound
from pds.vault.records import Cursor, ImportState, RecordDraft
from pds.vault.selection import MOST_BRANCHES, page_of
from pds.vault.service import Vault
from pds.vault.tables import raw_original, vault_import, vault_record

NOW = datetime(2026, 4, 1, tzinfo=UTC)
TARO = OwnerId(UUID(int=1))
HANAKO = OwnerId(UUID(int=2))
SOURCE = UUID(int=77)
WEIGHT = "health.vital.weight"
LAB = "health.lab"
VECTORS = Path(__file__).parents[1] / "vectors" / "envelope"


@dataclass(frozen=True)
class Unit:
    connection: Connection
    now: datetime
    ids: Ids


class OneSecret(RandomIds):
    def __init__(self, secret: bytes) -> None:
        super().__init__(SystemClock())
        self._secret = secret

    def secret(self, size: int = 32) -> bytes:
        return self._secret[:size]


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    folder = tmp_path_factory.mktemp("vault")
    provider = FileKeyProvider(
        folder / "keys", data_dir=folder / "data", may_create=True
    )
    return Keyring(provider, RandomIds(SystemClock()))


@pytest.fixture
def unit() -> Iterator[Unit]:
    yield from fresh_unit()


def fresh_unit() -> Iterator[Unit]:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    with engine.connect() as connection:
        wanted = ("kek_check", "owner_key", "owner_key_wrap", "vault_", "raw_")
        metadata.create_all(
            connection,
            tables=[t for n, t in metadata.tables.items() if n.startswith(wanted)],
        )
        yield Unit(connection, NOW, RandomIds(SystemClock()))
    engine.dispose()


@pytest.fixture
def vault(keys: Keyring) -> Vault:
    return Vault(keys)


def draft(n: int = 0, **changes: Any) -> RecordDraft:
    made = RecordDraft(
        category=WEIGHT,
        first_day=20_000 + n,
        last_day=20_000 + n,
        order_in_day=0,
        payload_schema="fhir-r4/Observation",
        sensitivity="health-general",
        source_id=SOURCE,
        dedupe=b"%d" % n,
        header={"code": "29463-7", "名前": "体重"},
        payload=b'{"valueQuantity":{"value":63.20}}',
    )
    return replace(made, **changes)


def deposit(
    vault: Vault, unit: Unit, *drafts: RecordDraft, owner: OwnerId = TARO
) -> UUID:
    import_id = unit.ids.new()
    vault.begin_import(
        unit, owner, import_id, source_id=SOURCE, media_type="application/fhir+json"
    )
    vault.add(unit, owner, import_id, drafts)
    return import_id


def page(vault: Vault, unit: Unit, **options: Any) -> list[Any]:
    wanted = {"categories": [WEIGHT], "limit": 100, **options}
    owner = wanted.pop("owner", TARO)
    return vault.page(unit, owner, **wanted).records


def test_a_record_comes_back_as_it_was_deposited(vault: Vault, unit: Unit) -> None:
    deposit(vault, unit, draft())
    (record,) = page(vault, unit)
    assert record.payload == b'{"valueQuantity":{"value":63.20}}'
    assert record.header == '{"code":"29463-7","名前":"体重"}'.encode()
    assert record.header_map() == {"code": "29463-7", "名前": "体重"}
    assert (record.category, record.version) == (WEIGHT, 1)
    assert (record.first_day, record.last_day) == (20_000, 20_000)
    assert record.order_in_day == 0
    assert record.schema == "fhir-r4/Observation"
    assert record.sensitivity is Sensitivity.HEALTH_GENERAL
    assert record.source_id == SOURCE
    again = vault.get(unit, TARO, UUID(bytes=record.record_id))
    assert again.payload == record.payload
    assert str(UUID(bytes=record.record_id)) in repr(record)
    assert "63.20" not in repr(record)


def test_nothing_of_a_record_is_stored_in_clear(vault: Vault, unit: Unit) -> None:
    deposit(vault, unit, draft(payload=b'{"marker":"MARKER"}', dedupe=b"MARKER"))
    for row in unit.connection.execute(select(vault_record)).all():
        assert b"MARKER" not in repr(tuple(row)).encode()


def test_header_bytes_are_kept_as_given(vault: Vault, unit: Unit) -> None:
    deposit(vault, unit, draft(header=b'{"n":7.00}'))
    assert page(vault, unit)[0].header == b'{"n":7.00}'


def test_the_same_record_twice_is_stored_once_per_owner(
    vault: Vault, unit: Unit
) -> None:
    import_id = unit.ids.new()
    vault.begin_import(unit, TARO, import_id, source_id=SOURCE, media_type="x/y")
    added = vault.add(unit, TARO, import_id, [draft(1), draft(2), draft(1)], rejected=4)
    assert [one.record_id is None for one in added] == [False, False, True]
    again = vault.add(unit, TARO, import_id, [draft(2), draft(3)])
    assert [one.record_id is None for one in again] == [True, False]
    (noted,) = vault.imports(unit, TARO)
    assert (noted.stored, noted.duplicate, noted.rejected) == (3, 2, 4)
    assert (noted.import_id, noted.source_id) == (import_id, SOURCE)
    assert (noted.media_type, noted.created_at) == ("x/y", NOW)
    deposit(vault, unit, draft(1), owner=HANAKO)
    both = unit.connection.execute(
        select(vault_record.c.dedupe_key).where(vault_record.c.last_day == 20_001)
    ).scalars()
    assert len(set(both)) == 2


def test_many_drafts_are_compared_in_chunks(vault: Vault, unit: Unit) -> None:
    many = [draft(n) for n in range(1201)]
    deposit(vault, unit, *many)
    deposit(vault, unit, *many)
    assert vault.count(unit, TARO, categories=[WEIGHT]) == {WEIGHT: 1201}


def test_an_import_that_was_not_begun_is_refused(vault: Vault, unit: Unit) -> None:
    with pytest.raises(VaultNotFound):
        vault.add(unit, TARO, unit.ids.new(), [])


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"first_day": 20_001}, "vault.days"),
        ({"last_day": 2**31}, "vault.days"),
        ({"order_in_day": -(2**31) - 1}, "vault.order"),
        ({"sensitivity": "prohibited"}, "vault.prohibited"),
        ({"payload_schema": "fhir-r4/Nonsense"}, "vault.unknown-schema"),
        ({"category": "health.nonsense"}, "vocabulary.unknown-category"),
    ],
)
def test_a_draft_that_breaks_a_rule_stores_nothing(
    vault: Vault, unit: Unit, changes: dict[str, Any], code: str
) -> None:
    with pytest.raises(Invalid) as caught:
        deposit(vault, unit, draft(1), draft(**changes))
    assert caught.value.code == code
    count = select(func.count()).select_from(vault_record)
    assert unit.connection.execute(count).scalar() == 0


def test_undoing_an_import_takes_back_its_records_alone(
    vault: Vault, unit: Unit
) -> None:
    first = deposit(vault, unit, draft(1), draft(2))
    vault.put_raw(unit, TARO, first, "text/plain", b"the file")
    deposit(vault, unit, draft(3))
    taken = UUID(bytes=page(vault, unit)[-1].record_id)
    assert vault.undo(unit, TARO, first) == 2
    assert [r.first_day for r in page(vault, unit)] == [20_003]
    with pytest.raises(VaultNotFound):
        vault.get(unit, TARO, taken)
    with pytest.raises(VaultNotFound):
        vault.read_raw(unit, TARO, first)
    states = {i.import_id: i.state for i in vault.imports(unit, TARO)}
    assert states[first] is ImportState.UNDONE
    rows = unit.connection.execute(
        select(vault_record.c.version, vault_record.c.state, vault_record.c.sealed)
        .where(vault_record.c.record_id == taken)
        .order_by(vault_record.c.version)
    ).all()
    assert [(r.version, r.state, bool(r.sealed)) for r in rows] == [
        (1, 2, True),
        (2, 3, False),
    ]
    with pytest.raises(VaultNotFound):
        vault.undo(unit, TARO, first)
    with pytest.raises(VaultNotFound):
        vault.undo(unit, HANAKO, first)
    deposit(vault, unit, draft(1))
    assert [r.first_day for r in page(vault, unit)] == [20_003, 20_001]


def test_a_deleted_record_is_gone_from_pages(vault: Vault, unit: Unit) -> None:
    deposit(vault, unit, draft(1), draft(2))
    record_id = UUID(bytes=page(vault, unit)[0].record_id)
    with pytest.raises(VaultNotFound):
        vault.delete(unit, HANAKO, record_id)
    vault.delete(unit, TARO, record_id)
    assert [r.first_day for r in page(vault, unit)] == [20_001]
    with pytest.raises(VaultNotFound):
        vault.delete(unit, TARO, record_id)


def test_a_raw_original_comes_back_under_its_own_key(
    vault: Vault, unit: Unit, keys: Keyring
) -> None:
    import_id = deposit(vault, unit, draft())
    vault.put_raw(unit, TARO, import_id, "application/fhir+json", b"\x00\xff" * 5000)
    raw = vault.read_raw(unit, TARO, import_id)
    assert raw.media_type == "application/fhir+json"
    assert raw.content == b"\x00\xff" * 5000
    with pytest.raises(VaultNotFound):
        vault.read_raw(unit, HANAKO, import_id)
    with pytest.raises(VaultInvalid):
        vault.put_raw(unit, TARO, unit.ids.new(), "x" * 256, b"")
    keys.destroy(unit.connection, TARO, categories.get(WEIGHT).key_class, 1)
    assert vault.read_raw(unit, TARO, import_id).content == raw.content
    keys.destroy(unit.connection, TARO, KeyClass.RAW, 1)
    with pytest.raises(KeyUnavailable):
        vault.read_raw(unit, TARO, import_id)


def test_a_destroyed_key_ends_reading_and_writing(
    vault: Vault, unit: Unit, keys: Keyring
) -> None:
    deposit(vault, unit, draft(1), draft(2, category=LAB))
    record_id = UUID(bytes=page(vault, unit)[0].record_id)
    keys.destroy(unit.connection, TARO, categories.get(WEIGHT).key_class, 1)
    with pytest.raises(KeyUnavailable):
        page(vault, unit)
    with pytest.raises(KeyUnavailable):
        vault.get(unit, TARO, record_id)
    with pytest.raises(KeyUnavailable):
        deposit(vault, unit, draft(3))
    assert len(page(vault, unit, categories=[LAB])) == 1


TAMPERED = [
    {"category": "health.vital.height"},
    {"category": "health.nonsense"},
    {"version": 2},
    {"generation": 2},
    {"first_day": 19_999},
    {"last_day": 20_001},
    {"payload_schema": 17},
    {"payload_schema": 70_000},
    {"sensitivity": 0},
    {"source_id": UUID(int=78)},
    {"owner_id": HANAKO},
    {"record_id": UUID(int=9)},
    {"sealed": b""},
]


@pytest.mark.parametrize("changes", TAMPERED)
def test_a_row_that_was_changed_does_not_open(
    vault: Vault, unit: Unit, keys: Keyring, changes: dict[str, Any]
) -> None:
    deposit(vault, unit, draft())
    deposit(vault, unit, draft(5), owner=HANAKO)
    keys.create(unit.connection, TARO, categories.get(WEIGHT).key_class, now=NOW)
    c = vault_record.c
    unit.connection.execute(
        update(vault_record).where(c.owner_id == TARO).values(**changes)
    )
    owner = changes.get("owner_id", TARO)
    category = changes.get("category", WEIGHT)
    with pytest.raises(EnvelopeError):
        page(vault, unit, owner=owner, categories=[category])


@pytest.mark.parametrize("what", ["sealed", "sealed and generation"])
def test_sealed_bytes_of_another_row_do_not_open(
    vault: Vault, unit: Unit, what: str
) -> None:
    deposit(vault, unit, draft(1), draft(2))
    c = vault_record.c
    other = unit.connection.execute(
        select(c.sealed).where(c.last_day == 20_002)
    ).scalar_one()
    unit.connection.execute(
        update(vault_record).where(c.last_day == 20_001).values(sealed=other)
    )
    with pytest.raises(EnvelopeError):
        page(vault, unit)


def test_generations_and_classes_mix_on_one_page(
    vault: Vault, unit: Unit, keys: Keyring
) -> None:
    deposit(vault, unit, draft(1), draft(2, category=LAB))
    keys.create(unit.connection, TARO, categories.get(WEIGHT).key_class, now=NOW)
    deposit(vault, unit, draft(3))
    days = [r.first_day for r in page(vault, unit, categories=[LAB, WEIGHT])]
    assert days == [20_003, 20_002, 20_001]


def test_an_empty_wish_gives_an_empty_page(vault: Vault, unit: Unit) -> None:
    deposit(vault, unit, draft())
    assert page(vault, unit, categories=[]) == []
    assert page(vault, unit, limit=0) == []
    assert vault.count(unit, TARO, categories=[]) == {}
    assert page(vault, unit, owner=HANAKO) == []


def test_every_category_and_schema_can_be_stored(vault: Vault, unit: Unit) -> None:
    drafts = [
        draft(n, category=category, sensitivity=known.sensitivity)
        for n, (category, known) in enumerate(categories.ALL.items())
    ]
    deposit(vault, unit, *drafts)
    every = list(categories.ALL)
    assert len(every) > MOST_BRANCHES
    assert len(page(vault, unit, categories=every)) == len(every)
    resources = {r for c in categories.ALL.values() for r in c.fhir_resources}
    for resource in resources:
        number = schemas.number_of(f"fhir-r4/{resource}")
        assert schemas.name_of(number) == f"fhir-r4/{resource}"
    with pytest.raises(VaultInvalid):
        schemas.name_of(0)


SOME = [WEIGHT, LAB, "purchase.receipt"]
shapes = st.tuples(
    st.sampled_from(SOME),
    st.integers(0, 6),
    st.integers(0, 3),
    st.integers(0, 2),
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    wanted=st.lists(shapes, max_size=30),
    chosen=st.sets(st.sampled_from(SOME), min_size=1),
    window=st.tuples(st.none() | st.integers(0, 9), st.none() | st.integers(0, 9)),
    limit=st.integers(1, 7),
)
def test_pages_walk_through_exactly_what_a_plain_list_holds(
    vault: Vault,
    wanted: list[tuple[str, int, int, int]],
    chosen: set[str],
    window: tuple[int | None, int | None],
    limit: int,
) -> None:
    for unit in fresh_unit():
        drafts = [
            draft(
                category=category,
                first_day=day,
                last_day=day + length,
                order_in_day=order,
                dedupe=b"%d" % n,
                payload=b"%d" % n,
            )
            for n, (category, day, length, order) in enumerate(wanted)
        ]
        deposit(vault, unit, *drafts)
        seen = list(walk(vault, unit, chosen, window, limit))
        low, high = window
        expected = sorted(
            (-d.last_day, -d.order_in_day, int(d.payload))
            for d in drafts
            if d.category in chosen
            and (low is None or d.first_day >= low)
            and (high is None or d.last_day <= high)
        )
        assert sorted(seen) == expected
        assert [s[:2] for s in seen] == [e[:2] for e in expected]
        counted = vault.count(
            unit, TARO, categories=list(chosen), first_day=low, last_day=high
        )
        assert sum(counted.values()) == len(expected)


def walk(
    vault: Vault,
    unit: Unit,
    chosen: set[str],
    window: tuple[int | None, int | None],
    limit: int,
) -> Iterator[tuple[int, int, int]]:
    cursor: Cursor | None = None
    while True:
        found = vault.page(
            unit,
            TARO,
            categories=list(chosen),
            first_day=window[0],
            last_day=window[1],
            after=cursor,
            limit=limit,
        )
        assert len(found.records) <= limit
        for record in found.records:
            yield -record.last_day, -record.order_in_day, int(record.payload)
        if found.next is None:
            return
        # A cursor survives the way through a URL.
        cursor = Cursor.parse(found.next.text())
        assert cursor == found.next


@given(st.text(max_size=60))
def test_a_foreign_cursor_is_refused(text: str) -> None:
    with pytest.raises(VaultInvalid, match="cursor"):
        Cursor.parse(text)


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize("count", [1, 2, MOST_BRANCHES, MOST_BRANCHES + 1])
def test_pages_walk_an_index_in_its_order(
    unit: Unit, count: int, *, is_first: bool
) -> None:
    compiled, names = page_of(count, is_first=is_first)._for(unit.connection)
    plan = unit.connection.exec_driver_sql(
        f"EXPLAIN QUERY PLAN {compiled}", tuple(0 for _ in names or ())
    ).all()
    steps = " ".join(str(row[3]) for row in plan)
    index = "day" if count > MOST_BRANCHES else "category"
    assert f"ix_vault_record_{index}" in steps
    assert "TEMP B-TREE" not in steps


def test_the_record_vector_opens_from_a_row(unit: Unit, keys: Keyring) -> None:
    case = json.loads((VECTORS / "suite-1-record.json").read_text("utf-8"))
    name, tail = bytes.fromhex(case["label"]).split(b"\0", 1)
    schema, first, last, sensitivity, source = struct.unpack(">HiiB16s", tail)
    owner = OwnerId(UUID(hex=case["owner"]))
    record_id = UUID(hex=case["object"])
    fixed = Keyring(keys._provider, OneSecret(bytes.fromhex(case["key"])))
    key_class = categories.get(name.decode()).key_class
    for _ in range(case["generation"]):
        fixed.create(unit.connection, owner, key_class, now=NOW)
    unit.connection.execute(
        insert(vault_record).values(
            {
                "owner_id": owner,
                "record_id": record_id,
                "version": case["version"],
                "category": name.decode(),
                "class": key_class,
                "generation": case["generation"],
                "first_day": first,
                "last_day": last,
                "order_in_day": 0,
                "payload_schema": schema,
                "sensitivity": sensitivity,
                "source_id": UUID(bytes=source),
                "import_id": record_id,
                "dedupe_key": b"",
                "state": 1,
                "created_at": NOW,
                "sealed": bytes.fromhex(case["envelope"]),
            }
        )
    )
    found = Vault(fixed).get(unit, owner, record_id)
    assert found.header + found.payload == bytes.fromhex(case["text"])[4:]


def test_the_tables_belong_to_the_metadata() -> None:
    for table in (vault_record, vault_import, raw_original):
        assert next(iter(table.primary_key)).name == "owner_id"


@pytest.mark.parametrize("count", [1, 3, MOST_BRANCHES + 1])
def test_pages_of_sources_walk_the_same_index(unit: Unit, count: int) -> None:
    compiled, names = page_of(count, 2)._for(unit.connection)
    plan = unit.connection.exec_driver_sql(
        f"EXPLAIN QUERY PLAN {compiled}", tuple(0 for _ in names or ())
    ).all()
    steps = " ".join(str(row[3]) for row in plan)
    index = "day" if count > MOST_BRANCHES else "category"
    assert f"ix_vault_record_{index} (owner_id=?" in steps
    assert "TEMP B-TREE" not in steps
    assert "SCAN vault_record" not in steps
