"""Moving from one bank to another, and hostile archives on the way."""

import base64
import io
import json
import shutil
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID, uuid4

import pytest

from audit.canonical import canonical
from audit.receipt_check import verify_receipt
from pds.bank import sending
from pds.bank.archiving import fetch
from pds.bank.bank import open_bank
from pds.bank.erasing import erase_account
from pds.bank.posting import Answer
from pds.bank.sending import NotTaken
from pds.core.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from pds.core.settings import Settings
from pds.crypto.statement import StatementKey
from pds.crypto.tokens import hash_of_text, token_text
from pds.intake import history, moving, order, transfers
from pds.intake.errors import IntakeError
from pds.intake.transfers import CodeRefused
from pds.oversight import partners as desk
from pds.rights.archive import taking
from pds.rights.history import Walk
from providers import partners, sources
from providers.formats.archive import TYP
from providers.formats.detect import Limits
from providers.formats.reading import Options
from tests.conftest import administer, with_database
from tests.disclosure.members import member
from tests.disclosure.moving import archived, believe, key_of, name_source, records
from tests.disclosure.world import RECEIPT, SOURCE, WEIGHT, World
from tests.fakes import FrozenClock


@pytest.fixture(scope="module")
def other(request, world, tmp_path_factory):
    """A second bank on the same kind of database, which believes the first."""
    folder = tmp_path_factory.mktemp("other")
    (folder / "data").mkdir(mode=0o700)
    is_sqlite = world.bank.settings.is_sqlite
    if is_sqlite:
        path = folder / "data" / "infobank.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        url = f"sqlite:///{path}"
    else:
        server = request.getfixturevalue("postgres_server")
        template = request.getfixturevalue("postgres_template")
        name = f"other_{uuid4().hex}"
        administer(server, f"CREATE DATABASE {name} TEMPLATE {template}")
        url = with_database(server, name)
    settings = Settings.from_environment(
        {
            "INFOBANK_DATA_DIR": str(folder / "data"),
            "INFOBANK_KEY_DIR": str(folder / "keys"),
            "INFOBANK_DATABASE_URL": url,
            "INFOBANK_ISSUER": "http://localhost:8999",
            "INFOBANK_MAX_UPLOAD_BYTES": "1000",
            "INFOBANK_MAX_ARCHIVE_BYTES": "200000",
            "INFOBANK_MAX_ARCHIVE_RECORDS": "20",
        }
    )
    bank = open_bank(settings, FrozenClock())
    there = World(bank, bank.clock)
    believe(there, world)
    believe(world, there)
    yield there
    bank.close()
    if not is_sqlite:
        administer(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def umeko(world):
    """Somebody with records of an organisation, a consent and a fetch."""
    name_source(world)
    owner, _login = member(world, records=3)
    world.deposit(owner, 2, RECEIPT)
    party = world.consented(owner=owner)
    assert party.get().status_code == 200
    return party


@pytest.fixture
def archive(world, umeko):
    """The bytes of umeko's archive."""
    return b"".join(fetch(world.bank, archived(world, umeko.owner)))


def said_by(data, name):
    """A file of an archive, as far as it is one."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as whole:
            return whole.read(name)
    except (zipfile.BadZipFile, KeyError):
        return b""


def archive_id(data):
    try:
        _header, claims, _signature = said_by(data, "manifest.jwt").split(b".")
        return UUID(json.loads(base64.urlsafe_b64decode(claims + b"=="))["jti"])
    except (ValueError, KeyError):
        return uuid4()


def opened(there, data, sender="http://localhost:8000"):
    """Open an archive as one that the first bank sends, on its person's order."""
    now, most = there.clock.now(), moving.options(there.bank.settings)
    with there.bank.read() as snap:
        partner = partners.get(snap, sender)
    return moving.read_sent(partner, archive_id(data), data, now=now, options=most)


def brought(there, data):
    now, most = there.clock.now(), moving.options(there.bank.settings)
    return moving.read(data, now=now, options=most)


def taken(there, owner, data, **more):
    found = opened(there, data, **more)
    return found, moving.run(there.bank.vault, there.bank, owner, found)


def test_records_and_where_they_came_from_are_restored(world, other, umeko, archive):
    owner, _login = member(other, records=0)

    found, result = taken(other, owner, archive)

    assert found.archive.is_verified
    assert (result.accepted, result.duplicate, result.rejected) == (5, 0, 0)
    before, after = records(world, umeko.owner), records(other, owner)
    # Within a day both keep their order; the days of two kinds are not compared.
    assert {each.payload for each in after} == {each.payload for each in before}
    assert {each.source_id for each in after} == {SOURCE}
    with other.bank.read() as snap:
        assert sources.get(snap, SOURCE).name_en == "Town Clinic"
    header = after[0].header_map()
    assert header["moved"]["from"] == world.bank.settings.issuer
    assert header["moved"]["record"] == str(UUID(bytes=before[0].record_id))
    assert header["kept"] == "back"


def test_the_same_archive_twice_stores_nothing_twice(other, umeko, archive):
    owner, _login = member(other, records=0)
    taken(other, owner, archive)
    assert taken(other, owner, archive)[1].duplicate == 5


def test_the_old_proofs_still_verify(world, other, umeko, archive):
    owner, _login = member(other, records=0)
    _found, result = taken(other, owner, archive)

    with other.bank.read() as snap:
        told = history.read(snap, other.bank.vault, owner, result.import_id)

    assert told.issuer == world.bank.settings.issuer
    (consent,) = told.consents
    assert consent["consent_id"] == str(umeko.consent_id)
    (row,) = told.disclosures
    proof = told.proof(row["leaf_id"])
    with other.bank.read() as snap:
        partner = partners.get(snap, told.issuer)
    receipt = verify_receipt(proof, partner.log_vkeys)
    assert receipt.leaf["id"] == str(row["leaf_id"])
    with pytest.raises(NotFound):
        told.proof(uuid4())


def test_a_move_that_is_moved_again_tells_both_steps(world, other, archive):
    owner, _login = member(other, records=0)
    taken(other, owner, archive)
    again = b"".join(fetch(other.bank, archived(other, owner)))
    back, _login = member(world, records=0)
    taken(world, back, again, sender=other.bank.settings.issuer)
    moved = records(world, back)[0].header_map()["moved"]
    assert moved["from"] == other.bank.settings.issuer
    assert moved["before"]["from"] == world.bank.settings.issuer


def test_of_a_stranger_only_the_payloads_count(world, lone, umeko, archive):
    owner, _login = member(lone, records=0)
    del owner
    with pytest.raises(IntakeError):
        # The payloads of these tests are no FHIR that a reader would take.
        brought(lone, archive)


# Sending it directly


@pytest.fixture
def connected(other, monkeypatch):
    """Let what the bank posts arrive at the other one."""

    def post(url, body, _clock, kind, *, headers, deadline):
        assert url == f"{other.bank.settings.issuer}/api/v1/transfers"
        whole = b"".join(body)
        assert headers["Content-Length"] == str(len(whole))
        with other.app.test_client() as client:
            answer = client.post(
                "/api/v1/transfers", data=whole, content_type=kind, headers=headers
            )
        return Answer(answer.status_code, answer.data, "application/json")

    def get(url, _clock):
        assert url == f"{other.bank.settings.issuer}/api/v1/transfers"
        with other.app.test_client() as client:
            answer = client.get("/api/v1/transfers")
        return Answer(answer.status_code, answer.data, "application/json")

    monkeypatch.setattr(sending, "post", post)
    monkeypatch.setattr(sending, "get", get)


def code_of(there, owner, world):
    issuer = world.bank.settings.issuer
    return there.do(lambda work: transfers.make(work, owner, issuer))


def send(world, job, code, there):
    return sending.send(world.bank, job, there.bank.settings.issuer, code)


def test_an_archive_goes_there_directly_once(world, other, umeko, connected):
    owner, _login = member(other, records=0)
    code = code_of(other, owner, world)
    job = archived(world, umeko.owner)

    sent = send(world, job, code, other)

    assert (sent.accepted, sent.rejected) == (5, 0)
    assert len(records(other, owner)) == 5
    assert ended(world, umeko.owner) == ("moved.completed", "5")
    intent, end = world.leaves()[-2:]
    assert (intent["typ"], end["typ"]) == ("person:exported",) * 2
    assert end["ref"] == intent["id"]
    with pytest.raises(NotTaken):
        send(world, job, code, other)
    assert ended(world, umeko.owner) == ("moved.refused", "0")


def ended(world, owner):
    """How the log says that the last transfer ended, and how many records arrived."""
    with world.bank.read() as snap:
        newest = next(iter(Walk(snap, world.bank.keys, owner, None).entries()))
    fields = newest.entry.detail.fields
    return fields["reasons"], fields["n"]


def test_a_transfer_stands_even_if_its_end_cannot_be_recorded(
    world, other, umeko, connected, monkeypatch
):
    owner, _login = member(other, records=0)
    code, job = code_of(other, owner, world), archived(world, umeko.owner)

    def fail(*_args, **_more):
        raise Unavailable("store.gone", "The disk is away.")

    monkeypatch.setattr(taking, "arrived", fail)
    assert send(world, job, code, other).accepted == 5


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (502, b"gateway"),
        (504, b""),
        (201, b'{"accepted":1e999,"duplicate":0,"rejected":0}'),
        (201, b'{"accepted":-1,"duplicate":0,"rejected":0}'),
        (201, b'{"accepted":%s,"duplicate":0,"rejected":0}' % (b"9" * 40)),
        (201, b"[" * 60_000),
        (201, b"[]"),
    ],
)
def test_what_an_odd_answer_means_is_not_known(
    world, other, umeko, monkeypatch, status, body
):
    """A bank that failed, or a gateway before it, may have stored the archive."""
    answer = Answer(status, body, "application/json")
    monkeypatch.setattr(sending, "post", lambda *_args, **_more: answer)
    monkeypatch.setattr(sending, "get", lambda *_args: answer)
    owner, _login = member(other, records=0)
    code, job = code_of(other, owner, world), archived(world, umeko.owner)

    with pytest.raises(Unavailable):
        send(world, job, code, other)
    assert ended(world, umeko.owner) == ("moved.unknown", "0")


def test_a_code_dies_with_time_use_and_erasure(world, other):
    owner, _login = member(other, records=0)
    first = code_of(other, owner, world)
    second = code_of(other, owner, world)
    with other.bank.read() as snap:
        assert transfers.find(snap, second).owner == owner
        for wrong in (first, "x" * 43, "", "ä"):
            with pytest.raises(CodeRefused):
                transfers.find(snap, wrong)
    other.do(lambda work: transfers.spend(work, second))
    with pytest.raises(Conflict):
        other.do(lambda work: transfers.spend(work, second))
    third = code_of(other, owner, world)
    other.clock.advance(transfers.LASTS)
    with other.bank.read() as snap, pytest.raises(CodeRefused):
        transfers.find(snap, third)
    fourth = code_of(other, owner, world)
    erase_account(other.bank, owner)
    with other.bank.read() as snap, pytest.raises(CodeRefused):
        transfers.find(snap, fourth)


def posted(there, data, code, said):
    """Send an archive to a bank as another one would, or as an attacker would."""
    headers = {} if code is None else {"Authorization": f"Bearer {code}"}
    with there.app.test_client() as client:
        return client.post(
            "/api/v1/transfers",
            data=data,
            content_type="application/zip",
            headers=headers | ({} if said is None else {order.HEADER: said}),
        )


def ordered(world, there, code, data, **change):
    """The order of a bank to send an archive with a code."""
    said = {
        "issuer": world.bank.settings.issuer,
        "audience": there.bank.settings.issuer,
        "archive_id": archive_id(data),
        "code_hash": hash_of_text(code),
        "at": world.clock.now(),
    }
    key = change.pop("key", None) or key_of(world)
    return order.sign(key, **said | change)


def test_a_copy_of_an_archive_without_an_order_is_not_taken(world, other, archive):
    thief, _login = member(other, records=0)
    code, earlier = code_of(other, thief, world), token_text(bytes(32))

    for said in (
        None,
        "no order",
        ordered(world, other, earlier, archive),
        ordered(world, other, code, archive, audience="https://third.example"),
        ordered(world, other, code, archive, issuer="https://third.example"),
        ordered(world, other, code, archive, key=key_of(other)),
        key_of(world).sign(order.TYP, b"[]"),
        key_of(world).sign(TYP, b"{}"),
    ):
        answer = posted(other, archive, code, said)
        assert (answer.status_code, answer.json["code"]) == (403, "transfer.order")
    # An order for the thief's own archive does not bring somebody else's.
    another = ordered(world, other, code, archive, archive_id=uuid4())
    answer = posted(other, archive, code, another)
    assert (answer.status_code, answer.json["code"]) == (403, "transfer.other-bank")
    no_id = ordered(world, other, code, archive, archive_id="none")
    assert posted(other, archive, code, no_id).status_code == 403
    assert list(records(other, thief)) == []
    assert (
        posted(other, archive, code, ordered(world, other, code, archive)).status_code
        == 201
    )


def test_an_order_is_written_as_described(world):
    said = order.sign(
        StatementKey(bytes(32)),
        issuer="https://here.example",
        audience="https://there.example",
        archive_id=UUID(int=1),
        code_hash=bytes(32),
        at=datetime(2026, 11, 1, tzinfo=UTC),
    )
    header, claims, _signature = said.split(".")
    assert json.loads(base64.urlsafe_b64decode(header + "=="))["typ"] == (
        "archive-transfer+jwt"
    )
    assert base64.urlsafe_b64decode(claims + "==").decode() == (
        '{"archive":"00000000-0000-0000-0000-000000000001",'
        '"aud":"https://there.example","code_sha256":"' + "0" * 64 + '",'
        '"iat":1793491200,"iss":"https://here.example","v":1}'
    )


def test_what_is_no_code_does_not_leave(world, other, umeko, connected):
    with pytest.raises(NotTaken) as caught:
        send(world, archived(world, umeko.owner), "my code", other)
    assert caught.value.code == "transfer.code"


def test_nothing_is_taken_for_a_strangers_code(other, umeko, archive, world):
    owner, _login = member(other, records=0)
    code = code_of(other, owner, world)

    said = ordered(world, other, code, archive)
    assert posted(other, archive, None, said).status_code == 401
    assert posted(other, archive, "wrong", said).status_code == 401
    assert posted(other, b"PK\x03\x04 no archive", code, said).status_code == 422
    most = other.bank.settings.max_archive_bytes
    assert posted(other, b"P" * (most + 1), code, said).status_code == 413
    # An archive of somebody else than the bank that the person named.
    own = other.bank.settings.issuer
    other.do(
        lambda work: desk.enter(
            work,
            issuer=own,
            name_ja="自行",
            name_en="Own",
            keys=[key_of(other).public],
            log_vkeys=[],
            checked="itself",
            actor="operator",
            is_local=True,
        )
    )
    wrong = other.do(lambda work: transfers.make(work, owner, own))
    said = ordered(other, other, wrong, archive)
    answer = posted(other, archive, wrong, said)
    assert (answer.status_code, answer.json["code"]) == (403, "transfer.other-bank")
    assert list(records(other, owner)) == []


def test_what_is_too_large_for_the_other_bank_does_not_leave(
    world, other, umeko, connected, archive
):
    owner, _login = member(other, records=0)
    job = archived(world, umeko.owner)
    before = len(world.leaves())
    most = other.bank.settings
    for large in (
        replace(job, size=most.max_archive_bytes + 1),
        replace(job, records=most.max_archive_records + 1),
    ):
        with pytest.raises(NotTaken) as caught:
            send(world, large, code_of(other, owner, world), other)
        assert caught.value.code == "transfer.too-large"
    assert len(world.leaves()) == before
    # Larger than a file of one source may be, and taken.
    assert len(archive) > most.max_upload_bytes


@pytest.mark.parametrize("answer", [b"[]", b"{", b'{"max_bytes":"many"}'])
def test_a_bank_that_tells_no_limits_is_sent_to(
    world, other, umeko, connected, monkeypatch, answer
):
    owner, _login = member(other, records=0)
    monkeypatch.setattr(sending, "get", lambda *_args: Answer(200, answer, ""))
    job = archived(world, umeko.owner)
    assert send(world, job, code_of(other, owner, world), other).accepted == 5


def test_an_archive_of_more_records_than_are_taken_is_refused(lone, archive):
    few = Options(limits=Limits(max_items=2))
    now = lone.clock.now()
    with pytest.raises(IntakeError) as caught:
        moving.read(archive, now=now, options=few)
    assert [each.code for each in caught.value.issues] == ["PHR-F04"]
    small = Options(limits=Limits(max_bytes=len(archive) - 1))
    with pytest.raises(IntakeError) as caught:
        moving.read(archive, now=now, options=small)
    assert [each.code for each in caught.value.issues] == ["PHR-F04"]


def test_other_banks_that_do_not_answer_well(world, other, umeko, monkeypatch):
    job = archived(world, umeko.owner)
    for answer in (
        Answer(201, b"no json", ""),
        Answer(201, b"{}", ""),
        OSError("gone"),
    ):

        def post(*_args, _answer=answer, **_more):
            if isinstance(_answer, OSError):
                raise _answer
            return _answer

        monkeypatch.setattr(sending, "post", post)
        monkeypatch.setattr(sending, "get", post)
        with pytest.raises(Unavailable):
            send(world, job, token_text(bytes(32)), other)
        assert ended(world, umeko.owner) == ("moved.unknown", "0")
    with pytest.raises(NotFound):
        sending.send(world.bank, job, "https://evil.example", token_text(bytes(32)))


# Partners


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"issuer": "http://bank.example"}, "partner.issuer"),
        ({"issuer": "http://bank.example", "is_local": True}, "partner.issuer"),
        ({"issuer": "http://localhost:8000"}, "partner.issuer"),
        ({"issuer": "https://bank.example/"}, "partner.issuer"),
        ({"issuer": "https://user@bank.example"}, "partner.issuer"),
        ({"issuer": "ftp://bank.example"}, "partner.issuer"),
        ({"keys": []}, "partner.keys"),
        ({"keys": [{"kty": "OKP", "d": "secret"}]}, "partner.keys"),
        ({"checked": " "}, "partner.checked"),
    ],
)
def test_partners_are_entered_carefully(world, change, code):
    said = {
        "issuer": "https://bank.example",
        "name_ja": "銀行",
        "name_en": "Bank",
        "keys": [{"kty": "OKP"}],
        "log_vkeys": [],
        "checked": "certificate",
        "actor": "operator",
        **change,
    }
    with pytest.raises(Invalid) as caught:
        world.do(lambda work: desk.enter(work, **said))
    assert caught.value.code == code


def test_nothing_of_a_known_bank_changes_by_accident(world):
    said = {
        "issuer": f"https://{world.bank.ids.new()}.example",
        "name_ja": "銀行",
        "name_en": "Bank",
        "log_vkeys": ["log+1+a"],
        "checked": "certificate",
        "actor": "operator",
    }

    def enter(key, **more):
        keys = [{"kty": "OKP", "x": key}]
        world.do(lambda work: desk.enter(work, keys=keys, **said, **more))
        with world.bank.read() as snap:
            found = partners.get(snap, said["issuer"])
        return found.keys[0]["x"]

    with pytest.raises(NotFound):
        enter("first", replaces=True)
    assert enter("first") == "first"
    with pytest.raises(Conflict) as caught:
        enter("second")
    assert caught.value.code == "partner.known"
    world.do(lambda work: desk.end(work, said["issuer"], actor="operator"))
    with pytest.raises(Conflict):
        enter("second")
    assert enter("second", replaces=True) == "second"


def test_a_bank_that_ended_is_a_stranger(lone, world, archive):
    believe(lone, world)
    issuer = world.bank.settings.issuer
    assert opened(lone, archive).archive.is_verified
    code = code_of(lone, member(lone, records=0)[0], world)
    said = ordered(world, lone, code, archive)
    lone.do(lambda work: desk.end(work, issuer, actor="operator"))
    with pytest.raises(Conflict):
        lone.do(lambda work: desk.end(work, issuer, actor="operator"))
    with lone.bank.read() as snap:
        assert [each.is_active for each in partners.every(snap)] == [False]
    with pytest.raises(NotFound):
        opened(lone, archive)
    assert posted(lone, archive, code, said).status_code == 404


# Hostile archives


def rebuilt(archive, *, files=None, drop=(), twice=(), signer=None, extra=()):
    """Write an archive anew with other files, manifest and signature as told."""
    with zipfile.ZipFile(io.BytesIO(archive)) as old:
        content = {name: old.read(name) for name in old.namelist()}
    content |= files or {}
    for name in drop:
        del content[name]
    if signer is not None:
        listed = sorted(set(content) - {"manifest.json", "manifest.jwt"})
        rows = [
            {
                "path": name,
                "sha256": sha256(content[name]).hexdigest(),
                "size": len(content[name]),
            }
            for name in listed
        ]
        content["manifest.json"] = canonical({"files": rows, "v": 1})
        bank = json.loads(content["bank.json"])
        claims = {
            "iss": bank["issuer"],
            "jti": str(archive_id(archive)),
            "manifest_sha256": sha256(content["manifest.json"]).hexdigest(),
            "v": 1,
        }
        content["manifest.jwt"] = signer.sign(TYP, canonical(claims)).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in content.items():
            new.writestr(name, data)
        for name in twice:
            new.writestr(name, content[name])
        for name, data in extra:
            new.writestr(name, data)
    return out.getvalue()


def refused(there, data):
    with pytest.raises(IntakeError) as caught:
        opened(there, data)
    return [issue.code for issue in caught.value.issues]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_archives_that_do_not_hold_together(world, other, archive):
    assert refused(other, b"PK\x03\x04") == ["PHR-F06"]
    assert refused(other, archive[:-30]) == ["PHR-F06"]
    changed = {"records/records.ndjson": b'{"format":"infobank-export/1"}\n'}
    assert refused(other, rebuilt(archive, files=changed)) == ["PHR-F06"]
    assert refused(other, rebuilt(archive, drop=["manifest.jwt"])) == ["PHR-F06"]
    assert refused(other, rebuilt(archive, drop=["bank.json"])) == ["PHR-F06"]
    twice = rebuilt(archive, twice=["bank.json"])
    assert refused(other, twice) == ["PHR-F06"]
    for path in ("../evil", "/etc/passwd", "a/../b", "a\\b", ".hidden"):
        assert refused(other, rebuilt(archive, extra=[(path, b"x")])) == ["PHR-F06"]
    assert refused(other, rebuilt(archive, extra=[("more", b"x")])) == ["PHR-F06"]


def test_a_signature_of_another_archive_is_refused(world, other, archive):
    key = key_of(world)
    with zipfile.ZipFile(io.BytesIO(archive)) as old:
        signed = old.read("manifest.jwt")
    changed = {"records/records.ndjson": b'{"format":"infobank-export/1"}\n'}
    swapped = rebuilt(archive, files=changed, signer=key)
    assert refused(other, rebuilt(swapped, files={"manifest.jwt": signed})) == [
        "PHR-F06"
    ]


def test_another_banks_name_under_a_known_key_is_refused(world, other, archive):
    bank = json.dumps({"issuer": other.bank.settings.issuer}).encode()
    forged = rebuilt(archive, files={"bank.json": bank}, signer=key_of(world))
    with pytest.raises(Forbidden):
        opened(other, forged)


@pytest.mark.parametrize(
    "change",
    [
        {"category": "health.unknown"},
        {"category": RECEIPT},
        {"schema": "fhir-r4/Patient"},
        {"first_day": "1"},
        {"source": "x"},
        {"source": "01900000-0000-7000-8000-000000000009"},
        {"category": "health.lab", "schema": "fhir-r4/Observation", "payload": {}},
        {"schema": "fhir-r4/Patient", "payload": {"resourceType": "Patient"}},
        {"id": None},
        {"payload": []},
        {"header": 5},
    ],
)
def test_a_record_that_contradicts_itself_is_left_out(world, other, archive, change):
    with zipfile.ZipFile(io.BytesIO(archive)) as old:
        lines = old.read("records/records.ndjson").decode().splitlines()
    place = next(i for i, line in enumerate(lines) if f'"{WEIGHT}"' in line)
    lines[place] = json.dumps({**json.loads(lines[place]), **change})
    text = "\n".join(lines).encode()
    forged = rebuilt(
        archive, files={"records/records.ndjson": text}, signer=key_of(world)
    )
    found = opened(other, forged)
    outcomes = [bool(item.records) for item, _source in found.archive.items]
    assert outcomes.count(False) == 1


def test_a_my_number_in_a_name_of_a_source_refuses_the_archive(world, other, archive):
    sources_file = json.loads(said_by(archive, "sources.json"))
    sources_file[0]["name_ja"] = "医院 123456789018"
    files = {"sources.json": json.dumps(sources_file).encode()}
    assert refused(other, rebuilt(archive, files=files, signer=key_of(world))) == [
        "INT-N01"
    ]


@pytest.mark.parametrize("place", ["payload", "header"])
def test_a_my_number_in_it_is_refused_and_the_file_not_kept(
    world, other, archive, place
):
    with zipfile.ZipFile(io.BytesIO(archive)) as old:
        lines = old.read("records/records.ndjson").decode().splitlines()
    record = json.loads(lines[1])
    record[place]["note"] = "1234 5678 9018"
    lines[1] = json.dumps(record)
    text = "\n".join(lines).encode()
    forged = rebuilt(
        archive, files={"records/records.ndjson": text}, signer=key_of(world)
    )
    owner, _login = member(other, records=0)
    found, result = taken(other, owner, forged)
    assert result.rejected == 1
    assert not found.plan.keeps_raw
    with other.bank.read() as snap:
        assert history.read(snap, other.bank.vault, owner, result.import_id) is None


def test_records_of_another_version_and_odd_lists_are_refused(world, other, archive):
    for files, code in (
        ({"records/records.ndjson": b'{"format":"infobank-export/2"}'}, "PHR-F01"),
        ({"records/records.ndjson": b""}, "PHR-F01"),
        ({"records/records.ndjson": b"\xff\xff"}, "PHR-F02"),
        ({"sources.json": b"{"}, "PHR-F06"),
        ({"sources.json": b"[1]"}, "PHR-F06"),
        ({"bank.json": b"[]"}, "PHR-F06"),
        ({"bank.json": b'{"issuer":5}'}, "PHR-F06"),
    ):
        forged = rebuilt(archive, files=files, signer=None)
        with zipfile.ZipFile(io.BytesIO(forged)) as whole:
            assert whole.testzip() is None
        if "bank.json" not in files:
            forged = rebuilt(archive, files=files, signer=key_of(world))
        assert refused(other, forged) == [code], files
