"""The commands of `infobank`, run as an operator would, on a bank of their own."""

import io
import json
import zipfile
from datetime import date, timedelta
from pathlib import Path

import pyrage
import pytest
from click.testing import CliRunner
from joserfc import jws
from joserfc.jwk import ECKey
from sqlalchemy import text

from audit.entry import Entry
from audit.leaf import EventType
from audit.verifier.__main__ import main as verify
from consent import recipients
from consent.vetting import attestations
from pds.accounts import service as accounts
from pds.accounts.logins import PEPPER
from pds.accounts.service import SignUp
from pds.bank.bank import open_bank
from pds.cli import main as command_line
from pds.cli.demo.organisations import COACH, new_key
from pds.cli.demo.standing import bank_side, establish
from pds.cli.main import cli
from pds.core.clock import SystemClock
from pds.core.errors import NotFound
from pds.core.settings import Settings
from tests.authorities import REPLY, OpenSSL, authority, needs_openssl


@pytest.fixture
def environment(tmp_path, monkeypatch):
    values = {
        "INFOBANK_DATA_DIR": str(tmp_path / "data"),
        "INFOBANK_KEY_DIR": str(tmp_path / "keys"),
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return values


@pytest.fixture
def run(environment, copy_of, tmp_path):
    def invoke(*words):
        return CliRunner().invoke(cli, words)

    with copy_of("sqlite", tmp_path, None):
        yield invoke


@pytest.mark.usefixtures("environment")
def test_a_database_is_made_by_its_command():
    made = CliRunner().invoke(cli, ("db", "upgrade"))
    found = CliRunner().invoke(cli, ("recipients", "list"))

    assert (made.exit_code, found.exit_code) == (0, 0)
    assert made.output == "The schema is up to date.\n"


def fill(environment):
    bank = open_bank(Settings.from_environment(environment), SystemClock())
    entry = Entry(type=EventType.POLICY_EVENT, detail={"reasons": "test.act"})
    bank.unit_of_work(lambda work: work.log.record(entry))
    side = bank_side(bank)
    bank.unit_of_work(lambda work: establish(work, COACH, new_key(), side))
    bank.close()


def test_the_log_is_exported_and_verified(run, environment, tmp_path):
    fill(environment)

    exported = run("audit", "export", str(tmp_path / "log"))
    verified = run("audit", "verify")

    assert exported.exit_code == 0
    assert (tmp_path / "log" / "checkpoint").exists()
    assert verified.exit_code == 0


def test_a_folder_with_files_is_not_written_over(run, environment, tmp_path):
    fill(environment)
    (tmp_path / "kept").write_text("mine")

    result = run("audit", "export", str(tmp_path))

    assert result.exit_code == 1
    assert "not empty" in result.output


def test_a_recipient_is_suspended_only_when_meant(run, environment):
    fill(environment)

    why = ("--reason", "incident", "--note", "A leak was reported.")
    bare = run("recipients", "suspend", COACH.recipient_id)
    dry = run("recipients", "suspend", COACH.recipient_id, *why)
    before = run("recipients", "list").output
    real = run("recipients", "suspend", COACH.recipient_id, *why, "--yes")
    after = run("recipients", "list").output

    assert "Missing option '--reason'" in bare.output
    assert "Would suspend" in dry.output
    assert "approved   green" in before
    assert real.exit_code == 0
    assert "suspended  red" in after


def test_an_attestation_is_printed_signed_and_taken(run, environment, tmp_path):
    pem = new_key()
    bank = open_bank(Settings.from_environment(environment), SystemClock())
    side = bank_side(bank)

    def act(work):
        establish(work, COACH, pem, side)
        soon = work.now + timedelta(days=1)
        recipients.set_attest_by(work, COACH.recipient_id, soon)

    bank.unit_of_work(act)
    bank.close()
    words = ("recipients", "attest", COACH.recipient_id)
    file = tmp_path / "statement"

    payload = run(*words).output.strip()
    file.write_text("a.b.c")
    unsound = run(*words, str(file))
    header = {"alg": "ES256", "typ": attestations.TYP}
    key = ECKey.import_key(pem)
    file.write_text(jws.serialize_compact(header, payload.encode(), key))
    taken = run(*words, str(file))
    again = run(*words, str(file))

    assert COACH.recipient_id in payload
    assert getattr(unsound.exception, "code", "") == "statement.unsound"
    assert taken.output.startswith("Taken. The next attestation is due by")
    assert again.exception.code == "attestation.not-possible-now"


def test_the_schema_goes_back_only_when_meant(run):
    dry = run("db", "downgrade", "base")
    real = run("db", "downgrade", "base", "--yes")

    assert "Would take" in dry.output
    assert real.exit_code == 0


def test_an_import_needs_a_person(run, tmp_path):
    file = tmp_path / "one.json"
    file.write_text("{}")

    result = run("import", "--login", "nobody", str(file))

    assert getattr(result.exception, "code", "") == "accounts.unknown"


@pytest.mark.usefixtures("environment")
def test_complaints_are_one_sentence(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["infobank", "recipients", "list"])

    with pytest.raises(SystemExit) as caught:
        command_line.main()

    assert "db upgrade" in str(caught.value)
    monkeypatch.setenv("INFOBANK_PORT", "zero")
    with pytest.raises(SystemExit) as caught:
        command_line.main()
    assert "INFOBANK_PORT" in str(caught.value)


def test_the_key_folder_is_made_private(run, environment):
    fill(environment)

    assert Path(environment["INFOBANK_KEY_DIR"]).stat().st_mode & 0o077 == 0


def test_the_census_and_the_handle_keys_come_by_command(run, environment, tmp_path):
    fill(environment)
    file = tmp_path / "subjects"

    census = run("audit", "census")
    written = run("audit", "subjects", str(file))
    again = run("audit", "subjects", str(file))

    assert (census.exit_code, census.output.splitlines()[-1]) == (0, "COMPLETE")
    assert written.exit_code == 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert '"k_sub"' in file.read_text()
    assert again.exit_code == 1


def test_details_are_destroyed_or_held_by_command(run, environment):
    fill(environment)

    retired = run("audit", "retire")
    unknown = run("audit", "hold", "--login", "nobody", "--reason", "dispute")

    assert retired.output == "0 audit keys were destroyed.\n"
    assert (unknown.exit_code, "No person" in unknown.output) == (1, True)
    assert run("audit", "hold", "--login", "x", "--reason", "whim").exit_code == 2


def test_a_clock_that_is_ahead_is_vouched_for_by_command(run, environment):
    fill(environment)
    ahead = text("UPDATE log_clock SET at = at - 8 * 86400000")
    bank = open_bank(Settings.from_environment(environment), SystemClock())
    bank.unit_of_work(lambda work: work.connection.execute(ahead))
    bank.close()

    refused = run("audit", "retire")
    vouched = run("audit", "retire", "--clock-is-right", "standstill")
    again = run("audit", "retire", "--clock-is-right", "standstill")

    assert (refused.exit_code, "--clock-is-right" in refused.output) == (1, True)
    assert vouched.output == "0 audit keys were destroyed.\n"
    assert (again.exit_code, "not ahead" in again.output) == (1, True)
    assert run("audit", "retire", "--clock-is-right", "whim").exit_code == 2


def test_receipts_are_reconciled_by_command(run, environment, tmp_path):
    fill(environment)
    forged = tmp_path / "one.tlog-proof"
    forged.write_bytes(b"forged")

    nothing = run("audit", "reconcile")
    wrong = run("audit", "reconcile", str(forged))
    half = run("audit", "reconcile", "--complete", COACH.recipient_id)
    bad_key = run("audit", "reconcile", "--vkey", "none")

    assert (nothing.exit_code, nothing.output.splitlines()[-1]) == (0, "RECONCILED")
    assert wrong.exit_code == 1
    assert "one.tlog-proof" in wrong.output
    assert half.exit_code == 2
    assert bad_key.exit_code == 2


@needs_openssl
def test_a_time_stamp_is_got_by_command(run, environment, tmp_path, monkeypatch):
    openssl = OpenSSL(tmp_path / "authority")
    fill(environment)
    assert "no authority" in run("audit", "timestamp").output
    monkeypatch.setenv("INFOBANK_TIMESTAMP_CERTIFICATE", str(openssl.root))
    monkeypatch.setenv("INFOBANK_TIMESTAMP_URL", "http://localhost:9/")
    gone = run("audit", "timestamp")
    assert (gone.exit_code, "no answer" in gone.output) == (1, True)
    with authority(lambda query: (200, REPLY, openssl.stamp(query))) as url:
        monkeypatch.setenv("INFOBANK_TIMESTAMP_URL", url)
        first = run("audit", "timestamp")
    again = run("audit", "timestamp")
    root = ("--tsa-certificate", str(openssl.root))
    run("audit", "export", str(tmp_path / "log"))

    assert first.exit_code == 0, first.output
    assert "says CN=time" in first.output
    assert again.output == first.output
    assert verify([str(tmp_path / "log"), *root]) == 0


def test_the_evidence_is_bundled_recorded_and_checked(run, environment, tmp_path):
    fill(environment)
    out = tmp_path / "evidence.zip"

    made = run("audit", "bundle", "--from", "2020-01-01", "--out", str(out))
    again = run("audit", "bundle", "--out", str(out))

    assert made.exit_code == 0, made.output
    assert verify(["--bundle", str(out)]) == 0
    assert again.exit_code == 1
    assert "not written over" in again.output


def test_a_bundle_of_a_reversed_period_is_refused(run, environment, tmp_path):
    days = ("--from", "2026-02-01", "--to", "2026-01-01")

    result = run("audit", "bundle", *days, "--out", str(tmp_path / "evidence.zip"))

    assert result.exit_code == 2


def test_audit_events_are_written_once_and_recorded(run, environment, tmp_path):
    fill(environment)
    out = tmp_path / "events.ndjson"

    made = run("audit", "events", "--to", "2099-01-01", "--out", str(out))
    again = run("audit", "events", "--out", str(out))
    bundled = run("audit", "bundle", "--out", str(tmp_path / "evidence.zip"))

    assert made.exit_code == 0, made.output
    assert out.read_bytes() == b""
    assert again.exit_code == 1
    assert bundled.exit_code == 0
    with zipfile.ZipFile(tmp_path / "evidence.zip") as archive:
        assert b'"events.exported"' in archive.read("changes.ndjson")


def a_person(environment, login):
    bank = open_bank(Settings.from_environment(environment), SystemClock())
    wish = SignUp(
        login=login, password_hash="!", name="Umeko", birth_date=date(1950, 1, 1)
    )
    pepper = bank.secret(PEPPER)
    bank.unit_of_work(lambda work: accounts.sign_up(work, pepper, wish))
    bank.close()


def test_a_persons_archive_is_written_once_and_for_its_owner(
    run, environment, tmp_path
):
    a_person(environment, "umeko")
    file = tmp_path / "umeko.zip"

    done = run("export", "--login", "umeko", str(file))

    assert done.exit_code == 0, done.output
    assert file.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(file) as archive:
        assert "manifest.jwt" in archive.namelist()
    assert run("export", "--login", "umeko", str(file)).exit_code == 2
    other = run("export", "--login", "nobody", str(tmp_path / "n.zip"))
    assert isinstance(other.exception, NotFound)


def test_a_persons_archive_can_be_sealed(run, environment, tmp_path):
    a_person(environment, "umeko")
    identity = pyrage.x25519.Identity.generate()
    file = tmp_path / "umeko.age"

    done = run(
        "export",
        "--login",
        "umeko",
        "--recipient",
        str(identity.to_public()),
        str(file),
    )

    assert done.exit_code == 0, done.output
    opened = pyrage.decrypt(file.read_bytes(), [identity])
    assert zipfile.ZipFile(io.BytesIO(opened)).testzip() is None


def test_other_banks_are_entered_listed_and_ended(run, tmp_path):
    said = run("partners", "self")
    assert said.exit_code == 0
    file = tmp_path / "bank.json"
    file.write_text(said.output)

    words = ("--name-ja", "隣", "--name-en", "Next", "--checked", "mark 1")
    assert run("partners", "add", str(file), *words).exit_code == 0
    issuer = json.loads(said.output)["issuer"]
    assert f"active   {issuer}" in run("partners", "list").output
    assert run("partners", "end", issuer).exit_code == 0
    assert f"ended    {issuer}" in run("partners", "list").output
    assert run("partners", "add", str(file), *words).exit_code != 0
    assert f"ended    {issuer}" in run("partners", "list").output
    assert run("partners", "add", str(file), *words, "--replace").exit_code == 0
    assert f"active   {issuer}" in run("partners", "list").output
    file.write_text("{}")
    assert run("partners", "add", str(file), *words).exit_code == 2
    file.write_text("no json")
    assert run("partners", "add", str(file), *words).exit_code == 2


def test_an_archive_of_another_bank_is_imported(run, environment, tmp_path):
    a_person(environment, "umeko")
    file = tmp_path / "bank.json"
    file.write_text(run("partners", "self").output)
    words = ("--name-ja", "隣", "--name-en", "Next", "--checked", "mark 1")
    run("partners", "add", str(file), *words)
    a_person(environment, "taro")
    bundle = tmp_path / "bundle.json"
    bundle.write_text(
        json.dumps(
            {
                "resourceType": "Observation",
                "status": "final",
                "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
                "subject": {"reference": "Patient/1"},
                "effectiveDateTime": "2026-11-01T07:00:00+09:00",
                "valueQuantity": {
                    "value": 61.5,
                    "unit": "kg",
                    "system": "http://unitsofmeasure.org",
                    "code": "kg",
                },
            }
        )
    )
    assert run("import", "--login", "umeko", str(bundle)).exit_code == 0
    archive = tmp_path / "umeko.zip"
    assert run("export", "--login", "umeko", str(archive)).exit_code == 0

    dry = run("import", "--login", "taro", "--dry-run", str(archive))
    done = run("import", "--login", "taro", str(archive))

    assert "1 accepted" in dry.output
    assert "1 accepted" in done.output
