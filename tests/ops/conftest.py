"""The environment of a bank of its own, for commands in processes of their own."""

import os

import pytest

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
