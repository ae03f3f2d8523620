import pytest
from click.testing import CliRunner

from pds.cli.import_ import ImportDesk, import_command
from pds.core.errors import NotFound
from tests.intake.conftest import OWNER, lines, pulse


@pytest.fixture
def command(bank, vault, tmp_path):
    def find_owner(_snap, login):
        if login != "taro":
            raise NotFound("account.unknown")
        return OWNER

    def run(*contents, login="taro", more=()):
        paths = []
        for number, content in enumerate(contents):
            path = tmp_path / f"file{number}.ndjson"
            path.write_bytes(content)
            paths.append(str(path))
        return CliRunner().invoke(
            import_command,
            ["--login", login, *more, *paths],
            obj=ImportDesk(bank, vault, find_owner),
        )

    return run


def test_import_says_what_became_of_each_file(command):
    good, bad = lines(pulse(71), pulse(72, status="x")), b"%PDF"

    done = command(good, bad)

    assert done.exit_code == 1
    assert "file0.ndjson: 1 accepted, 0 duplicate, 1 rejected, 0 context" in done.output
    assert "error PHR-S30 line 2 status: " in done.output
    assert "file1.ndjson: refused (intake.unsupported)" in done.output
    assert "PHR-F01" in done.output


def test_import_twice_reports_duplicates(command):
    command(lines(pulse(71)))

    again = command(lines(pulse(71)))

    assert again.exit_code == 0
    assert "0 accepted, 1 duplicate" in again.output


def test_dry_run_stores_nothing(command):
    assert "nothing stored" in command(lines(pulse(71)), more=["--dry-run"]).output

    assert "1 accepted" in command(lines(pulse(71))).output


def test_members_of_a_known_source_are_dropped(command):
    stray = lines(pulse(71, _id="x"))

    assert command(stray).exit_code == 1
    done = command(stray, more=["--drop-member", "_id", "--all-issues"])
    assert done.exit_code == 0
    assert "info PHR-S22 _id: " in done.output


def test_many_issues_are_cut_unless_asked_for(command):
    data = lines(*(pulse(60 + n, "2026-06-01T09:00:00") for n in range(30)))

    assert "… and 10 more; see --all-issues" in command(data).output
    assert "more; see" not in command(data, more=["--all-issues"]).output


def test_an_unknown_login_stores_nothing(command):
    done = command(lines(pulse(71)), login="jiro")

    assert isinstance(done.exception, NotFound)
