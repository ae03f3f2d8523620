"""The evidence bundle: it proves itself, names nobody, and cannot be denied."""

import json
import zipfile
from datetime import timedelta
from hashlib import sha256
from io import BytesIO

import pytest

from audit.signer import load_signer
from audit.verifier.__main__ import main
from consent.policy import record_policy
from pds.bank import bundling
from pds.core.errors import Invalid, Unavailable
from pds.core.ids import BANK
from pds.oversight.bundle.contents import contents
from pds.oversight.bundle.period import Period
from tests.disclosure.forger import Forger
from tests.publishing import published


def pull(auditor, **fields):
    form = auditor.get("/auditor/bundle").form_to("/bundle")
    answer = auditor.send(form, **fields)
    data = answer.data
    answer.close()
    assert answer.status_code == 200
    return data


def members(data):
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(path, files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def lines(data):
    return [json.loads(line) for line in data.splitlines()]


@pytest.fixture
def grown(bank, clock, consent):
    """A log whose newest published checkpoint covers the consent."""
    clock.advance(timedelta(seconds=10))
    bank.unit_of_work(lambda work: record_policy(work, "test.act", actor="test"))
    published(bank, clock)
    return consent


@pytest.fixture
def check(bank, tmp_path):
    """Run the verifier over a bundle, with the keys that were published elsewhere."""

    def run(files, *more):
        path = packed(tmp_path / "checked.zip", files)
        key = bundling.evidence_key(bank).vkey
        words = ["--bundle", str(path), "--vkey", bank.signer.vkey]
        return main([*words, "--evidence-key", key, *more])

    return run


def test_a_bundle_proves_itself_with_nothing_but_the_keys(
    auditor, bank, check, grown, capsys
):
    files = members(pull(auditor))

    assert check(files) == 0
    said = capsys.readouterr().out
    assert "files as listed" in said
    assert "its hash is in entry" in said
    assert f"log {bank.signer.verifier.name}" in said


def test_an_unpacked_bundle_is_checked_by_its_own_key_too(auditor, grown, tmp_path):
    folder = tmp_path / "bundle"
    with zipfile.ZipFile(BytesIO(pull(auditor))) as archive:
        archive.extractall(folder)

    assert main(["--bundle", str(folder)]) == 0
    assert main([str(folder / "log")]) == 0


def test_a_bundle_holds_what_it_says_and_says_what_is_not_kept(
    auditor, bank, grown, operator
):
    files = members(pull(auditor))

    said = json.loads(files["contents.json"])
    assert said == contents()
    for name in (name for each in said for name in each["files"]):
        assert any(path == name or path.startswith(f"{name}/") for path in files), name
    missing = [each for each in said if each["status"] == "not-kept"]
    assert missing
    assert all(each["note"] == "not kept by this product yet" for each in missing)
    roles = {each["role"] for each in lines(files["accounts.ndjson"])}
    assert roles == {"auditor", "operator"}
    notice = lines(files["registers/notices.ndjson"])[0]
    written = json.dumps(
        notice["body"], ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    assert sha256(written.encode()).hexdigest() == notice["hash"]
    figures = json.loads(files["figures.json"])
    given = [each for each in figures["consent_events"] if each["event"] == "given"]
    assert [each["count"] for each in given] == [1]
    assert figures["accounts_of_persons"] == {"active": 1}
    assert json.loads(files["checks/census.json"])["holds"] is True
    state = json.loads(files["state.json"])
    assert state["settings"]["certification_profile"] == "2.2"


def test_a_bundle_names_nobody_and_tells_no_secret(
    auditor, bank, grown, hanako, records
):
    everything = b"\n".join(members(pull(auditor)).values())

    assert b"Hanako" not in everything
    assert str(hanako).encode() not in everything
    assert hanako.hex.encode() not in everything
    assert b"owner_id" not in everything.split(b"PK")[0]
    assert str(bank.settings.database_url).encode() not in everything
    assert str(bank.settings.key_dir).encode() not in everything


def test_the_next_bundle_names_the_last_one_by_its_hash(auditor, grown):
    first, second = members(pull(auditor)), members(pull(auditor))

    digest = sha256(first["manifest.json"]).hexdigest()
    pulled = [
        each
        for each in lines(second["changes.ndjson"])
        if each.get("reasons") == "evidence.bundled"
    ]
    assert [each["object"] for each in pulled] == [f"sha256:{digest}"]
    assert pulled[0]["actor"].startswith("auditor:")


def edited(files):
    return {**files, "figures.json": files["figures.json"].replace(b"1", b"2", 1)}


def relisted(files):
    """As `edited`, by somebody who repairs the manifest too."""
    changed = edited(files)
    manifest = json.loads(files["manifest.json"])
    for row in manifest["files"]:
        row["sha256"] = sha256(changed[row["path"]]).hexdigest()
    written = json.dumps(
        manifest, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    return {**changed, "manifest.json": written.encode()}


def without_a_file(files):
    return {name: data for name, data in files.items() if name != "keys.json"}


@pytest.mark.parametrize(
    "alter",
    [
        edited,
        relisted,
        without_a_file,
        lambda files: {**files, "figures-2.json": b"{}"},
        lambda files: {**files, "../outside": b"x"},
        lambda files: {**files, "log/checkpoint": b"x"},
        lambda files: {**files, "figures.json": files["figures.json"] + b"0" * 10**6},
        lambda files: {**files, "manifest.json": b"[]"},
        lambda files: {**files, "manifest.note": b"x"},
        lambda files: {**files, "manifest.proof": b"x"},
        lambda files: {**files, "manifest.consistency": b"{}"},
        lambda files: {**files, "manifest.consistency": b'{"from":1,"to":2}'},
    ],
)
def test_whoever_alters_a_bundle_is_found_out(auditor, check, grown, alter, capsys):
    files = members(pull(auditor))
    capsys.readouterr()

    assert check(alter(files)) == 1
    assert "FAILED" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["manifest.note", "manifest.proof"])
def test_what_vouches_for_one_bundle_does_not_for_another(auditor, check, grown, name):
    first, second = members(pull(auditor)), members(pull(auditor))

    assert check({**second, name: first[name]}) == 1


def test_another_evidence_key_or_no_file_is_said(auditor, bank, grown, tmp_path):
    path = tmp_path / "bundle.zip"
    path.write_bytes(pull(auditor))
    other = bundling.EvidenceKey(bank.signer.verifier.name, bytes(32)).vkey

    assert main(["--bundle", str(path), "--evidence-key", other]) == 1
    assert main(["--bundle", str(tmp_path / "none.zip"), "--vkey", other]) == 3
    (tmp_path / "text.zip").write_text("not a ZIP")
    assert main(["--bundle", str(tmp_path / "text.zip"), "--vkey", other]) == 1


def test_a_damaged_archive_is_said_and_not_a_crash(auditor, grown, tmp_path):
    data = bytearray(pull(auditor))
    data[len(data) // 2] ^= 0xFF
    path = tmp_path / "bundle.zip"
    path.write_bytes(data)

    assert main(["--bundle", str(path)]) == 1


def test_a_period_narrows_figures_and_a_long_one_is_refused(
    auditor, bank, clock, grown
):
    later = clock.now() + timedelta(days=40)
    asked = Period(since=later)

    with bundling.bundle(bank, asked, actor="operator:test") as path:
        files = members(path.read_bytes())
    figures = json.loads(files["figures.json"])
    assert figures["entries"] == []
    assert figures["consent_events"] == []
    assert json.loads(files["manifest.json"])["period"].keys() == {"from"}
    with (
        pytest.raises(Invalid),
        bundling.bundle(bank, Period(), actor="operator:test", most=2),
    ):
        pytest.fail("The period is too long.")


def test_a_large_log_is_left_out_and_the_verifier_says_so(
    bank, check, clock, grown, capsys, tmp_path
):
    period = Period(since=clock.now() + timedelta(days=1))
    with bundling.bundle(bank, period, actor="operator:test", most=2) as path:
        files = members(path.read_bytes())

    assert not any(name.startswith("log/tile/") for name in files)
    assert "log/checkpoint" in files
    assert check(files) == 3
    assert "holds no entries" in capsys.readouterr().out
    # Two trees of one size need no entries to convict.
    size, origin = int(files["log/checkpoint"].split()[1]), bank.signer.verifier.name
    kept = tmp_path / "kept"
    forger = load_signer(bank.settings.key_dir, origin)
    kept.write_bytes(files["log/checkpoint"])
    assert check(files, "--checkpoint", str(kept)) == 3
    kept.write_text(forger.sign(size, bytes(32)))
    assert check(files, "--checkpoint", str(kept)) == 1


def test_a_spoilt_detail_of_the_bank_does_not_keep_evidence_back(
    auditor, bank, check, grown
):
    spoil = "UPDATE log_detail SET envelope = :spoilt WHERE owner_id = :bank AND i = 1"
    Forger(bank).run((spoil, {"spoilt": b"x", "bank": BANK.bytes}))

    files = members(pull(auditor))

    assert check(files) == 0
    assert lines(files["changes.ndjson"])[-1] == {
        "unreadable": "The detail of an entry does not open."
    }
    census = json.loads(files["checks/census.json"])
    assert [each["fault"] for each in census["differences"]] == ["detail-missing"]


def test_what_cannot_be_recorded_is_not_handed_out(auditor, grown, monkeypatch):
    form = auditor.get("/auditor/bundle").form_to("/bundle")

    def fail(*_args, **_options):
        raise Unavailable("test.full")

    monkeypatch.setattr(bundling.making, "record", fail)
    answer = auditor.send(form)

    assert answer.status_code == 503
    assert b"manifest" not in answer.data


def test_a_bundle_needs_a_fresh_proof_and_a_good_period(auditor, clock, grown):
    form = auditor.get("/auditor/bundle").form_to("/bundle")

    page = auditor.post(form, 422, **{"from": "2026-02-01", "to": "2026-01-01"})
    assert "The last day lies before the first day." in page.text
    clock.advance(timedelta(minutes=25))
    again = auditor.send(form)
    assert again.status_code == 303


def test_audit_events_are_taken_and_the_person_is_told(
    auditor, grown, person, hanako, bank
):
    form = auditor.get("/auditor/events").form_to("/events")
    answer = auditor.send(form)
    events = lines(answer.data)
    answer.close()

    assert answer.mimetype == "application/fhir+ndjson"
    assert {each["outcomeDesc"] for each in events} == {"given"}
    assert str(hanako).encode() not in answer.data
    said = person.get("/disclosures").text
    assert "An auditor took entries about you" in said
    page = auditor.post(form, 422, **{"from": "2026-02-01", "to": "2026-01-01"})
    assert "The last day lies before the first day." in page.text
