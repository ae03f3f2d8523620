"""`infobank run` says at once why it cannot listen."""

import socket

import pytest
from click.testing import CliRunner

from pds.cli.server import run_command
from pds.core.environment import SettingsError


@pytest.fixture
def taken():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_taken_port_is_named_before_anything_is_made(taken, tmp_path, monkeypatch):
    data = tmp_path / "data"
    monkeypatch.setenv("INFOBANK_HOST", "127.0.0.1")
    monkeypatch.setenv("INFOBANK_PORT", str(taken))
    monkeypatch.setenv("INFOBANK_DATA_DIR", str(data))
    monkeypatch.setenv("INFOBANK_KEY_DIR", str(tmp_path / "keys"))

    with pytest.raises(SettingsError, match=f"127.0.0.1:{taken}: Address already"):
        CliRunner().invoke(run_command, catch_exceptions=False)

    assert not data.exists()
