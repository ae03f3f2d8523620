"""The verifier as one file: reproducible, and in need of nothing but Python."""

import subprocess
import sys
import zipfile
from io import BytesIO

import pytest
from click.testing import CliRunner

from audit import export, store
from audit.archive import verifier_archive, verifier_sources
from audit.head import read_head
from audit.sequencer import append
from audit.signer import LogSigner
from pds.cli.audit import audit_group

ORIGIN = "log.infobank.example/1"
SIGNER = LogSigner(ORIGIN, bytes(range(32)))


@pytest.fixture
def exported(work, tmp_path):
    batch = append(work.connection, read_head(work.connection), work.log.drafts, 1)
    note = SIGNER.sign(1, batch.head.root())
    store.publish(work.connection, 1, note, work.now)
    export.export(work.connection, tmp_path / "export", SIGNER.vkey)
    return tmp_path / "export"


@pytest.fixture
def run(tmp_path):
    """Run the file in an empty folder, without environment and installed packages."""
    file = tmp_path / "infobank-verify.pyz"
    done = CliRunner().invoke(audit_group, ["verifier", str(file)])
    assert done.exit_code == 0, done.output
    empty = tmp_path / "empty"
    empty.mkdir()

    def start(*arguments):
        command = [sys.executable, "-I", "-S", str(file), *map(str, arguments)]
        return subprocess.run(
            command, cwd=empty, env={}, capture_output=True, check=False
        )

    return start


def test_it_checks_an_export_alone(exported, run):
    done = run(exported, "--vkey", SIGNER.vkey)

    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.endswith(b"OK\n")


def test_it_says_in_a_sentence_what_is_wrong(exported, run):
    tile = exported / "tile/entries/000.p/1"
    tile.write_bytes(tile.read_bytes().replace(b"opened", b"closed"))

    done = run(exported, "--progress")

    assert done.returncode == 1
    assert b"FAILED: entry 0: " in done.stdout
    assert b"Traceback" not in done.stderr


def test_its_bar_is_drawn_on_standard_error(exported, run):
    assert b"] 1/1 entries\n" in run(exported, "--progress").stderr


def test_usage_is_explained(run):
    assert run().returncode == 2
    assert b"infobank-verify" in run("--help").stdout


def test_the_same_sources_give_the_same_bytes():
    archive = verifier_archive()

    assert archive == verifier_archive()
    with zipfile.ZipFile(BytesIO(archive)) as opened:
        entries = opened.infolist()
    assert [each.filename for each in entries] == sorted(e.filename for e in entries)
    assert {each.date_time for each in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {each.compress_type for each in entries} == {zipfile.ZIP_STORED}


def test_only_what_the_verifier_needs_is_in_it():
    names = {path.stem for path in verifier_sources()}

    assert {"check", "walk", "merkle", "note", "ed25519"} <= names
    assert names.isdisjoint({"store", "tables", "recorder", "signer", "export"})


def test_the_command_tells_the_digest_of_what_it_wrote(tmp_path):
    file = tmp_path / "v.pyz"
    done = CliRunner().invoke(audit_group, ["verifier", str(file)])

    assert done.output.split()[1:2] == ["sha256"]
    assert file.read_bytes() == verifier_archive()
    assert len(done.output.split()[2]) == 64
