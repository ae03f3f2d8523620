"""The migration makes exactly the tables that the code knows, and takes them away."""

from importlib import import_module
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import DBAPIError

from audit import handle_index
from pds.bank.schema import downgrade, upgrade
from pds.core.database import metadata

ROOT = Path(__file__).parents[2]
PACKAGES = ("pds", "consent", "providers", "audit")


@pytest.fixture(scope="module", autouse=True)
def all_tables() -> None:
    """Import every module that defines tables."""
    for package in PACKAGES:
        for path in (ROOT / package).rglob("tables.py"):
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
