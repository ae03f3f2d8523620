"""The person's archive: what is in it, that it proves itself, that it stays sealed."""

import csv
import io
import json
import zipfile
from hashlib import sha256

import pytest
from sqlalchemy import select, update

from audit.canonical import parse_canonical
from audit.leaf import EventType
from audit.receipt_check import verify_receipt
from consent import receipts
from pds.bank import archiving
from pds.bank.archiving import ask, build_archives, expire_archives, fetch
from pds.bank.erasing import erase_account
from pds.core.errors import Conflict, NotFound, Unavailable
from pds.crypto import statement
from pds.crypto.errors import EnvelopeError
from pds.crypto.statement import StatementKey, open_statement
from pds.keys import store
from pds.keys.classes import KeyClass
from pds.keys.errors import KeyUnavailable
from pds.keys.restoring import end_generations
from pds.rights.archive import contents, jobs, writing
from pds.rights.archive.spreadsheet import Sheet
from pds.rights.archive.tables import ArchiveState, archive_chunk
from pds.rights.cells import harmless
from tests.disclosure.members import member
from tests.disclosure.moving import archived
from tests.disclosure.world import RECEIPT, SECRET_WORD, SOURCE, WEIGHT


@pytest.fixture
def umeko(world):
    """A person with records of two kinds, an original, a consent and a fetch."""
    owner, _login = member(world, records=5)
    world.deposit(owner, 4, RECEIPT)
    party = world.consented(owner=owner)
    assert party.get().status_code == 200

    def keep(work):
        import_id = work.ids.new()
        vault = world.bank.vault
        vault.begin_import(
            work, owner, import_id, source_id=SOURCE, media_type="text/x"
        )
        vault.put_raw(work, owner, import_id, "text/x", b"as it came")
        return import_id

    world.do(keep)
    return party


def opened(world, job):
    data = b"".join(fetch(world.bank, job))
    assert len(data) == job.size
    return zipfile.ZipFile(io.BytesIO(data))


def test_everything_is_in_it_and_signed(world, umeko):
    job = archived(world, umeko.owner)
    archive = opened(world, job)

    names = archive.namelist()
    assert len(names) == len(set(names))
    manifest = archive.read("manifest.json")
    listed = {each["path"]: each for each in parse_canonical(manifest)["files"]}
    assert {*names} - {*listed} == {"manifest.json", "manifest.jwt"}
    for path, each in listed.items():
        content = archive.read(path)
        assert sha256(content).hexdigest() == each["sha256"]
        assert len(content) == each["size"]
    key = StatementKey(world.bank.secret(statement.SECRET_NAME))
    signed = archive.read("manifest.jwt").decode()
    claims = parse_canonical(open_statement(signed, contents.TYP, key.public))
    assert claims["manifest_sha256"] == sha256(manifest).hexdigest()
    assert claims["jti"] == str(job.archive_id)
    assert claims["records"] == job.records == 9
    assert claims["iss"] == world.bank.settings.issuer
    bank = json.loads(archive.read("bank.json"))
    assert bank["log_vkeys"][0] == world.bank.signer.vkey
    assert bank["statement_keys"] == [key.public]


def test_records_are_the_bytes_that_were_sealed(world, umeko):
    archive = opened(world, archived(world, umeko.owner))
    lines = archive.read("records/records.ndjson").splitlines()
    assert json.loads(lines[0])["records"] == len(lines) - 1 == 9
    weights = archive.read(f"fhir/{WEIGHT}.ndjson").splitlines()
    assert len(weights) == 5
    assert all(b'"value":7.00' in line for line in weights)
    assert all(any(line in whole for whole in lines) for line in weights)
    assert len(archive.read(f"purchases/{RECEIPT}.ndjson").splitlines()) == 4
    rows = list(csv.reader(io.StringIO(archive.read(f"records/{WEIGHT}.csv").decode())))
    assert len(rows) == 6
    imports = json.loads(archive.read("imports.json"))
    (kept,) = [each["file"] for each in imports if "file" in each]
    assert archive.read(kept) == b"as it came"
    assert b"CSV" in archive.read("index.html")
    assert json.loads(archive.read("schemas/receipt-1.schema.json"))


def test_consents_and_disclosures_prove_themselves(world, umeko):
    archive = opened(world, archived(world, umeko.owner))
    folder = f"consents/{umeko.consent_id}"
    key = StatementKey(world.bank.secret(statement.SECRET_NAME))
    claims = receipts.verify(archive.read(f"{folder}/receipt.jwt").decode(), key.public)
    assert claims["consent_id"] == str(umeko.consent_id)
    events = archive.read(f"{folder}/events.ndjson").splitlines()
    assert [json.loads(each)["event"] for each in events] == ["requested", "given"]
    notice = f"notices/{claims['agreement']['notice']}.json"
    assert sha256(archive.read(notice)).hexdigest() in notice
    record = json.loads(archive.read("disclosures/record.json"))
    kinds = [each["event"] for each in record["disclosures"]]
    assert kinds == [EventType.DISCLOSURE_RELEASED]
    assert archive.read("disclosures/record.csv").decode().count("\r\n") == 2
    proofs = [n for n in archive.namelist() if n.endswith(".tlog-proof")]
    found = [
        verify_receipt(archive.read(name), [world.bank.signer.verifier])
        for name in proofs
    ]
    assert {each.leaf["typ"] for each in found} >= {
        EventType.DISCLOSURE_RELEASED,
        EventType.CONSENT_EVENT,
        EventType.PERSON_EXPORTED,
    }


def test_it_lies_sealed_and_chunks_cannot_be_moved(world, umeko, monkeypatch):
    monkeypatch.setattr(writing, "CHUNK", 2000)
    job = archived(world, umeko.owner)
    assert job.chunks > 3
    mine = archive_chunk.c.archive_id == job.archive_id
    with world.bank.read() as snap:
        rows = snap.connection.execute(
            select(archive_chunk.c.envelope).where(mine)
        ).scalars()
        assert not any(SECRET_WORD.encode() in bytes(each) for each in rows)
    world.do(
        lambda work: work.connection.execute(
            update(archive_chunk).where(mine, archive_chunk.c.no == 1).values(no=0)
        )
    )
    world.do(
        lambda work: work.connection.execute(
            update(archive_chunk).where(mine, archive_chunk.c.no == 2).values(no=1)
        )
    )
    with pytest.raises(EnvelopeError):
        next(fetch(world.bank, job))


def test_one_at_a_time(world, umeko):
    ask(world.bank, umeko.owner, language="en")
    with pytest.raises(Conflict):
        ask(world.bank, umeko.owner, language="en")
    assert build_archives(world.bank) == 1
    archived(world, umeko.owner)


def test_nobody_else_finds_it(world, umeko):
    job = archived(world, umeko.owner)
    other, _login = member(world)
    with world.bank.read() as snap, pytest.raises(NotFound):
        jobs.get(snap, other, job.archive_id)


def test_it_expires(world, umeko):
    job = archived(world, umeko.owner)
    world.clock.advance(jobs.LASTS)
    expire_archives(world.bank)
    with world.bank.read() as snap:
        assert jobs.get(snap, umeko.owner, job.archive_id).state is ArchiveState.EXPIRED
    with pytest.raises(NotFound):
        next(fetch(world.bank, job))


def test_a_dead_process_leaves_a_lease_that_ends(world, umeko, monkeypatch):
    archive_id = ask(world.bank, umeko.owner, language="ja")
    lost = world.do(jobs.claim)
    lost = world.do(lambda work: jobs.add_chunk(work, lost, 1, b"half", 10))
    assert build_archives(world.bank) == 0
    world.clock.advance(jobs.LEASE)

    assert build_archives(world.bank) == 1

    with pytest.raises(Conflict):
        world.do(lambda work: jobs.add_chunk(work, lost, 2, b"rest", 20))
    with world.bank.read() as snap:
        job = jobs.get(snap, umeko.owner, archive_id)
    assert opened(world, job).testzip() is None


def test_who_lost_the_lease_changes_nothing_of_the_next_attempt(world, umeko):
    archive_id = ask(world.bank, umeko.owner, language="ja")
    slow = world.do(jobs.claim)
    world.clock.advance(jobs.LEASE)
    new = world.do(jobs.claim)

    for act in (
        lambda work: jobs.fail(work, slow),
        lambda work: jobs.complete(work, slow),
        lambda work: jobs.add_chunk(work, slow, 1, b"of the slow one", 10),
    ):
        with pytest.raises(Conflict) as caught:
            world.do(act)
        assert caught.value.code == jobs.LOST

    new = world.do(lambda work: jobs.add_chunk(work, new, 1, b"half", 50))
    world.clock.advance(jobs.LEASE / 2)
    new = world.do(lambda work: jobs.add_chunk(work, new, 2, b"rest", 90))
    world.do(lambda work: jobs.complete(work, new))
    with world.bank.read() as snap:
        job = jobs.get(snap, umeko.owner, archive_id)
    assert job.state is ArchiveState.READY
    assert b"".join(fetch(world.bank, job)) == b"halfrest"


def test_whoever_was_overtaken_stops_without_harm(world, umeko, monkeypatch):
    archive_id = ask(world.bank, umeko.owner, language="ja")
    job = world.do(jobs.claim)
    world.clock.advance(jobs.LEASE)
    assert build_archives(world.bank) == 1
    assert archiving._build(world.bank, job) is False
    with world.bank.read() as snap:
        found = jobs.get(snap, umeko.owner, archive_id)
    assert found.state is ArchiveState.READY


def test_what_cannot_be_made_is_given_up(world, umeko, monkeypatch):
    def broken(*_args):
        raise Unavailable("store.gone", "The disk is away.")

    archive_id = ask(world.bank, umeko.owner, language="ja")
    monkeypatch.setattr(archiving, "stream", broken)
    assert build_archives(world.bank) == 0
    with world.bank.read() as snap:
        found = jobs.get(snap, umeko.owner, archive_id)
    assert found.state is ArchiveState.FAILED


def test_erasure_takes_it_along(world, umeko):
    job = archived(world, umeko.owner)
    erase_account(world.bank, umeko.owner)
    with world.bank.read() as snap:
        assert jobs.listed(snap, umeko.owner) == []
    with pytest.raises((NotFound, KeyUnavailable)):
        next(fetch(world.bank, job))


def test_it_is_recorded_before_it_is_made(world, umeko):
    ask(world.bank, umeko.owner, language="ja")
    newest = world.leaves()[-1]
    assert newest["typ"] == EventType.PERSON_EXPORTED
    assert newest["n"] == 10
    build_archives(world.bank)


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("@x", "'@x"),
        ("-12.5", "-12.5"),
        ("+3", "+3"),
        ("-1+cmd", "'-1+cmd"),
        ("まつもと", "まつもと"),
    ],
)
def test_spreadsheets_run_nothing(text, cell):
    assert harmless(text) == cell


def test_rows_say_what_when_and_how_much(world):
    owner, _login = member(world, records=1)
    with world.bank.read() as snap:
        (record,) = world.bank.vault.page(
            snap, owner, categories=[WEIGHT], limit=1
        ).records
    headers = [
        {"shop": "くらし"},
        {"shop": {"name": "通販"}, "value": "5", "unit": "JPY"},
        {
            "codes": [{"code": "85354-9", "display": "血圧"}],
            "components": [
                {"concept": "bp_systolic", "value": "138", "unit": "mm[Hg]"}
            ],
            "time": {"start": "2026-10-22T05:39:00+09:00"},
        },
        {"concept": "steps", "text": "歩数"},
    ]
    sheet = Sheet()
    for each in headers:
        sheet.add(_Told(record, each))
    rows = list(csv.DictReader(io.StringIO(sheet.bytes().decode("utf-8-sig"))))
    assert [row["name"] for row in rows] == ["くらし", "通販", "血圧", "歩数"]
    assert rows[2]["components"] == "bp_systolic 138 mm[Hg]"
    assert rows[2]["time"] == "2026-10-22T05:39:00+09:00"
    assert rows[3]["code"] == "steps"


class _Told:
    """A record that says something else of itself."""

    def __init__(self, record, header):
        self._record, self._header = record, header

    def header_map(self):
        return self._header

    def __getattr__(self, name):
        return getattr(self._record, name)


def test_an_archive_after_a_restore_is_sealed_under_another_key(world):
    owner, _login = member(world, records=1)
    with world.bank.read() as snap:
        before = store.last_generation(snap.connection, owner, KeyClass.ACCOUNT)
    world.do(lambda work: end_generations(work.connection))
    job = archived(world, owner)
    assert opened(world, job).namelist()
    with world.bank.read() as snap:
        mine = archive_chunk.c.owner_id == owner
        under = select(archive_chunk.c.generation).where(mine)
        assert set(snap.connection.execute(under).scalars()) == {before + 1}
