"""The migration makes exactly the tables that the code knows, and takes them away."""

from importlib import import_module
from pathlib import Path

import pytest
from alembic import op
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, insert, inspect, text
from sqlalchemy.exc import DBAPIError

from audit import handle_index
from audit.work import Work
from migrations import losses
from pds.bank.bank import Bank
from pds.bank.schema import downgrade, upgrade
from pds.core.database import metadata
from pds.core.errors import Conflict
from pds.core.ids import OwnerId
from pds.rights.death.tables import last_wish

ROOT = Path(__file__).parents[2]
PACKAGES = ("pds", "consent", "providers", "audit")


@pytest.fixture(scope="module", autouse=True)
def all_tables() -> None:
    """Import every module that defines tables."""
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*tables.py"):
            name = path.relative_to(ROOT).with_suffix("")
            import_module(".".join(name.parts))


def test_the_schema_is_what_the_code_says(database_url: str) -> None:
    engine = create_engine(database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        differences = compare_metadata(context, metadata)
    engine.dispose()

    assert not differences


def test_going_back_leaves_nothing(database_url: str) -> None:
    downgrade(database_url, "base")

    engine = create_engine(database_url)
    left = set(inspect(engine).get_table_names())
    engine.dispose()
    assert left <= {"alembic_version"}


MADE_AGAIN = {
    # A chore counts each day; a budget of queries begins anew with each day.
    *("category_population", "audience_query"),
    # A ceremony, a code or an archive is asked for anew.
    *("webauthn_challenge", "transfer_code", "archive_chunk", "archive_job"),
    # A chore enters members, a sweep begins with everything, a token is asked for anew.
    *("cohort_backlog", "cohort_use", "offer_token"),
    # A view lives for minutes and is asked for anew.
    "view_link",
    # The operator vouches for the clock; the log has the drills and the handles.
    *("log_clock", "backup_drill", "log_sub_run", "log_sub_recent", "objection_time"),
    # Each goes with a table that is asked about.
    *("data_set_chunk", "released_set_chunk"),
}


def test_a_step_back_deletes_nothing_that_cannot_be_made_again(
    bank: Bank, database_url: str
) -> None:
    """Of an opened bank: its log, its keys and the certificate of an erasure."""
    row = {"owner_id": OwnerId(bank.ids.new()), "wish": "erase", "generation": 1}

    def wish(work: Work) -> None:
        work.connection.execute(
            insert(last_wish).values(**row, changed_at=work.now, heir=b"sealed")
        )

    bank.unit_of_work(wish)
    bank.close()
    with pytest.raises(Conflict, match="rows of last_wish"):
        downgrade(database_url, "base")
    assert rows(database_url, "SELECT version_num FROM alembic_version") == [("0019",)]
    engine = create_engine(database_url)
    with engine.begin() as connection:
        assert connection.execute(text("DELETE FROM last_wish")).rowcount == 1
    engine.dispose()
    with pytest.raises(Conflict, match="rows of owner_key"):
        downgrade(database_url, "base")
    assert rows(database_url, "SELECT COUNT(*) FROM log_leaf") != [(0,)]
    assert rows(database_url, "SELECT version_num FROM alembic_version") == [("0001",)]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_step_back_asks_before_it_drops(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: set[str] = set()
    dropped: set[str] = set()
    drop, refuse = op.drop_table, losses.refuse

    def spy(name: str, **more: object) -> None:
        dropped.add(name)
        drop(name, **more)

    def ask(*tables: str, **more: str) -> None:
        asked.update(tables)
        refuse(*tables, **more)

    monkeypatch.setattr(op, "drop_table", spy)
    monkeypatch.setattr(losses, "refuse", ask)
    downgrade(database_url, "0001")
    assert dropped - asked == MADE_AGAIN
    downgrade(database_url, "base")
    assert {"account", "owner_key", "log_leaf"} <= asked & dropped


BEFORE, RUNS = "0012", "0013"
HANDLES = [
    {"sub": bytes([number]) * 16, "idx": idx}
    for number, idx in enumerate((0, 2047, 2048, 32_767, 32_768, 34_816, 34_820))
]
ALL = "SELECT sub, idx FROM log_sub ORDER BY idx"


def rows(url: str, query: str) -> list[tuple[object, ...]]:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(text(query))]
    engine.dispose()
    return found


def test_handles_move_into_runs_and_back(database_url: str) -> None:
    downgrade(database_url, BEFORE)
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO log_sub VALUES (:sub, :idx)"), HANDLES)
    before = rows(database_url, ALL)

    upgrade(database_url, RUNS)

    with engine.connect() as connection:
        places = handle_index.find(connection, [each["sub"] for each in HANDLES])
    assert places == {each["sub"]: [each["idx"]] for each in HANDLES}
    if engine.dialect.name == "sqlite":
        assert rows(database_url, "SELECT level, no, idx FROM log_sub_run") == [
            *((0, 16, 32_768), (0, 17, 34_816), (0, 17, 34_820)),
            *((1, 0, 0), (1, 0, 2047), (1, 0, 2048), (1, 0, 32_767)),
        ]
        assert rows(database_url, ALL) == []
    downgrade(database_url, BEFORE)
    assert rows(database_url, ALL) == before
    with engine.begin() as connection, pytest.raises(DBAPIError, match="append-only"):
        connection.execute(text("DELETE FROM log_sub"))
    engine.dispose()


def test_a_step_that_fails_leaves_nothing(database_url: str) -> None:
    downgrade(database_url, BEFORE)
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE log_sub_run (level INTEGER)"))

    with pytest.raises(DBAPIError):
        upgrade(database_url, RUNS)

    assert "log_sub_recent" not in inspect(engine).get_table_names()
    assert rows(database_url, "SELECT version_num FROM alembic_version") == [(BEFORE,)]
    engine.dispose()


def _bank_of_before(database_url: str, *, events: int, items: int) -> None:
    """Go back to before texts were named, and let a bank have consents and texts."""
    downgrade(database_url, "0051")
    blank = {"o": b"\x01" * 16, "e": b"sealed"}
    engine = create_engine(database_url)
    with engine.begin() as connection:
        for _ in range(events):
            connection.execute(
                text(
                    "INSERT INTO consent_event VALUES"
                    " (:o, :o, 2, 'given', 1, 'person', :e)"
                ),
                blank,
            )
        for _ in range(items):
            connection.execute(
                text(
                    "INSERT INTO board_item VALUES ('purpose', 'a@0', 'a', 1, 'あ',"
                    " 'A', :e, :live, 1)"
                ),
                {"e": b"{}", "live": True},
            )
    engine.dispose()


@pytest.mark.parametrize(("events", "items"), [(0, 0), (1, 0), (1, 1)])
def test_a_bank_with_consents_gets_one_transition(
    database_url: str, events: int, items: int
) -> None:
    _bank_of_before(database_url, events=events, items=items)
    upgrade(database_url)
    found = rows(
        database_url, "SELECT ends_at - began_at, covers_undecided FROM text_transition"
    )
    thirty = 30 * 24 * 60 * 60 * 1000
    assert found == ([(thirty, not items)] if events else [])
    engine = create_engine(database_url)
    longer = text("UPDATE text_transition SET ends_at = ends_at + 1")
    second = text("INSERT INTO text_transition VALUES (2, 0, 1, :covers, NULL)")
    with engine.connect() as connection:
        for act in (longer, second.bindparams(covers=True)) if events else ():
            with pytest.raises(DBAPIError):
                connection.execute(act)
            connection.rollback()
    engine.dispose()
    if events:
        with pytest.raises(Conflict, match="rows of text_transition"):
            downgrade(database_url, "0051")
