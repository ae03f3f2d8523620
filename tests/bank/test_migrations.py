"""The migration makes exactly the tables that the code knows, and takes them away."""

from importlib import import_module
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect

from pds.bank.schema import downgrade
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
