"""`infobank auditors`, run as an operator would."""

import pytest
from click.testing import CliRunner

from pds.cli.main import cli
from pds.core.errors import Conflict, Invalid, NotFound

PASSWORD = "a sentence that nobody guesses"


@pytest.fixture
def run(copy_of, tmp_path, monkeypatch):
    monkeypatch.setenv("INFOBANK_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("INFOBANK_KEY_DIR", str(tmp_path / "keys"))

    def invoke(*words):
        return CliRunner().invoke(cli, ("auditors", *words), input=f"{PASSWORD}\n" * 2)

    with copy_of("sqlite", tmp_path, None):
        yield invoke


def test_an_auditor_is_admitted_and_ended(run):
    added = run("add", "aki", "--name", "Aki")
    ended = run("until", "aki", "2026-01-01")
    again = run("add", "aki", "--name", "Aki")

    assert "aki is admitted." in added.output
    assert "aki may enter until 2026-01-01 15:00 UTC." in ended.output
    assert isinstance(again.exception, Conflict)


def test_what_cannot_be_is_refused(run):
    past = run("add", "aki", "--name", "Aki", "--until", "2020-01-01")
    weak = run("add", "aki", "--name", "Aki", "--password", "short")
    nobody = run("until", "nobody", "2030-01-01")

    assert isinstance(past.exception, Invalid)
    assert isinstance(weak.exception, Invalid)
    assert isinstance(nobody.exception, NotFound)
