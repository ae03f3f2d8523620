"""`infobank criteria` and `infobank profile`, as an operator runs them."""

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from pds.cli.main import cli
from pds.oversight.criteria.criterion import CURRENT

LIST = json.loads(
    (Path(__file__).parents[1] / "vectors" / "consent" / "profile.json").read_text(
        "utf-8"
    )
)["list"]


@pytest.fixture
def run(copy_of, tmp_path, monkeypatch):
    monkeypatch.setenv("INFOBANK_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("INFOBANK_KEY_DIR", str(tmp_path / "keys"))

    def invoke(*words):
        return CliRunner().invoke(cli, words)

    with copy_of("sqlite", tmp_path, None):
        yield invoke


def test_every_criterion_is_printed_and_written(run, tmp_path):
    table = tmp_path / "criteria.csv"
    said = run("criteria", "--csv", str(table))
    lines = said.output.splitlines()
    assert [line.split()[0] for line in lines] == list(CURRENT.all)
    with table.open(encoding="utf-8-sig", newline="") as file:
        assert [row["id"] for row in csv.DictReader(file)] == list(CURRENT.all)
    rows = json.loads(run("criteria", "--json").output)
    assert said.exit_code == any(row["status"] == "red" for row in rows)


def test_a_list_is_loaded_once_and_waits_for_the_board(run, tmp_path, monkeypatch):
    file = tmp_path / "list.json"
    file.write_text(json.dumps(LIST), "utf-8")
    assert "no list is loaded" in run("profile", "show").output
    assert "waits for the ethics board" in run("profile", "load", str(file)).output
    again = run("profile", "load", str(file))
    assert again.exception.code == "profile.version"
    monkeypatch.setenv("INFOBANK_CERTIFICATION_PROFILE", "3.0-health")
    said = run("profile", "show").output
    assert "profile 3.0-health" in said
    assert "list version 1, not approved" in said
    assert "admits no special-care data" in said
    file.write_text("{}", "utf-8")
    assert run("profile", "load", str(file)).exception.code == "profile.form"
