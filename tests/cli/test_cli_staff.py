"""`infobank staff`, run by whoever runs the server."""

import pytest
from click.testing import CliRunner

from pds.accounts.roles import Role
from pds.accounts.service import SignUp
from pds.cli.main import cli
from pds.core.errors import Conflict, Invalid
from pds.oversight import staff

PASSWORD = "a sentence that nobody guesses"


@pytest.fixture
def run(copy_of, tmp_path, monkeypatch):
    monkeypatch.setenv("INFOBANK_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("INFOBANK_KEY_DIR", str(tmp_path / "keys"))

    def invoke(*words):
        return CliRunner().invoke(cli, ("staff", *words), input=f"{PASSWORD}\n" * 2)

    with copy_of("sqlite", tmp_path, None):
        yield invoke


def test_a_second_member_of_staff_is_admitted(run):
    added = run("add", "aki", "--name", "Aki", "--role", "operator")
    again = run("add", "aki", "--name", "Aki", "--role", "board")
    person = run("add", "ren", "--name", "Ren", "--role", "person")

    assert "aki is admitted." in added.output
    assert isinstance(again.exception, Conflict)
    assert "is not one of" in person.output


def test_nobody_else_is_admitted_by_it():
    wish = SignUp(login="ren", password_hash="", name="Ren", role=Role.AUDITOR)

    with pytest.raises(Invalid):
        staff.admit(None, b"", wish, actor="t")
