"""Handle keys in the hand of a person find what an operator with all keys left out."""

import base64
import json
import subprocess
import sys
from datetime import timedelta

import pytest
from click.testing import CliRunner

from audit import export, store
from audit.archive import verifier_archive
from audit.entry import Entry
from audit.leaf import EventType
from audit.merkle import leaf_hash, verify_inclusion
from audit.signer import KEY_FILE, LogSigner
from pds.cli.audit import audit_group
from pds.rights import history
from tests.disclosure.forger import Forger


@pytest.fixture
def looked_at(bank, hanako):
    """Three looks at hanako's data."""
    entry = Entry(type=EventType.STAFF_VIEWED, subject=hanako)
    bank.unit_of_work(lambda work: [work.log.record(entry) for _ in range(3)])


@pytest.fixture
def handles(person, looked_at, tmp_path):
    """The file as hanako downloads it."""
    page = person.get("/log/handles")
    answer = person.send(page.form_to("/log/handles"))
    assert "my-handles.txt" in answer.headers["Content-Disposition"]
    file = tmp_path / "my-handles.txt"
    file.write_bytes(answer.data)
    return file


@pytest.fixture
def check(bank, tmp_path):
    """Sign and export the log as it is now, and run the one-file verifier over it."""
    program = tmp_path / "infobank-verify.pyz"
    program.write_bytes(verifier_archive())

    def run(*options):
        # The operator's key file, and a signer that remembers nothing.
        seed = base64.b64decode((bank.settings.key_dir / KEY_FILE).read_bytes())
        signer = LogSigner(bank.signer.verifier.name, seed)
        folder = tmp_path / "export"
        if not folder.exists():
            publish(bank, signer)
            with bank.read() as snap:
                export.export(snap.connection, folder, signer.vkey)
        command = [sys.executable, "-I", "-S", program, folder, "--vkey", signer.vkey]
        return subprocess.run(
            [*command, *options],
            cwd=tmp_path,
            env={},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def publish(bank, signer):
    with bank.read() as snap:
        size = store.size(snap.connection)
        note = signer.sign(size, store.root_at(snap.connection, size))
    bank.unit_of_work(lambda work: store.publish(work.connection, size, note, work.now))


def test_a_download_finds_all_of_a_persons_entries(handles, check):
    done = check("--subject", handles)

    assert done.returncode == 0, done.stdout
    assert "each of their 5 entries is there once" in done.stdout


def test_later_entries_are_not_counted_against_an_earlier_file(
    handles, check, bank, hanako
):
    entry = Entry(type=EventType.STAFF_VIEWED, subject=hanako)
    bank.unit_of_work(lambda work: work.log.record(entry))

    done = check("--subject", handles)

    assert done.returncode == 0, done.stdout
    assert "each of their 5 entries is there once" in done.stdout


def test_a_suppressed_entry_is_missed_under_a_new_signed_checkpoint(
    handles, check, bank, hanako
):
    with bank.read() as snap:
        found = history.page(
            snap, bank.keys, hanako, types={EventType.STAFF_VIEWED}, limit=1
        )
    gone = found.happenings[0].entry.index
    forger = Forger(bank)
    forger.rebuild([each.leaf for each in forger.leaves() if each.index != gone])

    assert check().returncode == 0
    done = check("--subject", handles)

    assert done.returncode == 1
    assert "Entry 3 of 5 of the subject's generation 1 is missing" in done.stdout


def test_the_file_of_everybody_holds_as_census(bank, looked_at, check, tmp_path):
    settings = bank.settings
    environment = {
        "INFOBANK_DATA_DIR": str(settings.data_dir),
        "INFOBANK_KEY_DIR": str(settings.key_dir),
        "INFOBANK_DATABASE_URL": settings.database_url,
    }
    everybody = tmp_path / "everybody"

    made = CliRunner().invoke(
        audit_group, ["subjects", str(everybody)], env=environment
    )

    assert made.exit_code == 0, made.output
    done = check("--subject", everybody, "--census")
    assert done.returncode == 0, done.stdout
    assert "census: every entry is one of theirs" in done.stdout


def test_taking_the_keys_is_recorded_and_needs_a_fresh_login(
    handles, person, bank, hanako, clock
):
    with bank.read() as snap:
        found = history.page(
            snap, bank.keys, hanako, types={EventType.PERSON_EXPORTED}, limit=5
        )
    (entry,) = found.happenings
    assert entry.entry.detail.fields["object"] == "handles"

    page = person.get("/log/handles")
    _state, key = map(json.loads, handles.read_text().splitlines())
    assert key["k_sub"] in page.text

    clock.advance(timedelta(minutes=20))
    page = person.get("/log/handles", 303)
    assert "/login/again" in page.response.headers["Location"]


def test_an_inclusion_proof_is_for_anyone_and_may_be_kept(portal, looked_at, bank):
    with bank.read() as snap:
        size = store.size(snap.connection)
        root = store.root_at(snap.connection, size)
        leaf = store.leaf_at(snap.connection, 1).leaf

    answer = portal().client.get(f"/log/proof/inclusion?index=1&size={size}")

    hashes = [base64.b64decode(each) for each in answer.json["hashes"]]
    verify_inclusion(1, size, leaf_hash(leaf), hashes, root)
    assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    "query", ["", "index=0&size=0", "index=2&size=2", "index=1&size=99999", "index=-1"]
)
def test_places_that_the_log_never_had_have_no_proof(portal, looked_at, query):
    answer = portal().client.get(
        f"/log/proof/inclusion?{query}", headers={"Accept": "application/json"}
    )

    assert answer.status_code == 404
    assert answer.json["code"] == "log.no-inclusion"
    assert answer.headers["Cache-Control"] == "no-store"
