"""`infobank demo` says what somebody needs to look around."""

import json
from datetime import UTC, datetime

import pytest
import requests
import responses
from click.testing import CliRunner

from pds.cli.demo import command, credentials
from pds.cli.demo.credentials import Credentials, Login
from pds.cli.demo.journey import JourneyFailed
from tests.fakes import FrozenClock

BASE = "http://localhost:9"
FOUND = Credentials(BASE, (Login("board", "board", "審査会", "board", "a-b"),), ())


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("INFOBANK_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("INFOBANK_KEY_DIR", str(tmp_path / "keys"))
    return tmp_path


@responses.activate
def test_logins_are_printed(folder):
    responses.get(f"{BASE}/readyz", status=200)
    credentials.write(credentials.path_in(folder / "keys"), FOUND)

    said = CliRunner().invoke(command.demo_group, ["logins"])

    assert said.exit_code == 0
    assert f"The bank is open at {BASE}." in said.output
    assert "board     board        a-b   審査会" in said.output
    assert "make recipient" in said.output
    assert "Ctrl+C" in said.output


@pytest.mark.parametrize(
    "answer", [{"body": requests.ConnectionError("no line")}, {"status": 503}]
)
@responses.activate
def test_a_bank_that_does_not_answer_is_not_called_open(folder, answer):
    responses.get(f"{BASE}/readyz", **answer)
    credentials.write(credentials.path_in(folder / "keys"), FOUND)

    said = CliRunner().invoke(command.demo_group, ["logins"])

    assert f"The bank is closed: nothing answers at {BASE}." in said.output
    assert "is open" not in said.output
    assert "Ctrl+C" not in said.output
    assert "board     board        a-b   審査会" in said.output


def test_files_are_written_for_each_person(folder):
    said = CliRunner().invoke(command.demo_group, ["files", str(folder / "out")])

    assert said.exit_code == 0
    names = {each.name for each in (folder / "out").iterdir()}
    assert names == {"kazuko", "kenichi", "misaki"}
    clinic = json.loads((folder / "out" / "misaki" / "clinic.json").read_bytes())
    assert clinic["resourceType"] == "Bundle"


def test_the_world_ends_yesterday_in_japan():
    class Late:
        def now(self):
            return datetime(2026, 3, 31, 15, 30, tzinfo=UTC)

    steps = command.people_until_yesterday(Late())[0].files[0].content

    assert b'"effectiveDateTime":"2026-03-31"' in steps
    assert b'"effectiveDateTime":"2026-04-01"' not in steps


@responses.activate
def test_a_ready_service_is_waited_for():
    responses.get(f"{BASE}/readyz", status=503)
    responses.get(f"{BASE}/readyz", status=200)

    command.wait_until_ready(BASE, FrozenClock())

    assert len(responses.calls) == 2


def test_a_service_that_is_gone_is_not_waited_for():
    with pytest.raises(JourneyFailed, match="did not become ready"):
        command.wait_until_ready(BASE, FrozenClock(), lambda: False)
