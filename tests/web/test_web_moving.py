"""Moving by the pages: taking an archive in, sending one, reading the old history."""

import base64
import io
import json
import re
import zipfile
from hashlib import sha256
from uuid import uuid4

import pytest

from audit.canonical import canonical
from pds.bank import archiving, sending
from pds.bank.sending import NotTaken, Sent
from pds.crypto import sealing, statement
from pds.crypto.statement import StatementKey
from pds.crypto.tokens import hash_of_text
from pds.intake import order
from pds.oversight import partners as desk
from pds.rights.archive import jobs
from tests.web.conftest import sign_up

PHRASE = "一二三四五六七八九十百千"


@pytest.fixture
def believed(bank):
    """The bank believes itself, which saves a second one."""
    key = StatementKey(bank.secret(statement.SECRET_NAME))
    bank.unit_of_work(
        lambda work: desk.enter(
            work,
            issuer=bank.settings.issuer,
            name_ja="隣の銀行",
            name_en="Next Bank",
            keys=[key.public],
            log_vkeys=[bank.signer.vkey],
            checked="certificate 1",
            actor="operator",
            is_local=True,
        )
    )


@pytest.fixture
def job(bank, hanako, records, consent):
    archive_id = archiving.ask(bank, hanako, language="en")
    archiving.build_archives(bank)
    with bank.read() as snap:
        return jobs.get(snap, hanako, archive_id)


@pytest.fixture
def archive(bank, job):
    return b"".join(archiving.fetch(bank, job))


@pytest.fixture
def taro(bank, portal):
    sign_up(bank, "taro")
    return portal("taro")


def upload(visitor, data, name="my-data.zip", **fields):
    page = visitor.get("/imports/new")
    return visitor.send(
        page.form_to("/imports/new"), file=(io.BytesIO(data), name), **fields
    )


def test_an_archive_is_taken_in_like_any_file(believed, records, archive, taro):
    answer = upload(taro, archive)
    assert answer.status_code == 200
    page = taro.get("/imports")
    assert "History at the other bank" in page.text
    (address,) = [each for each in page.links if each.endswith("/history")]
    history = taro.get(address)
    assert "genki-lab" in history.text
    assert "was not checked" not in history.text
    assert "You brought this file in yourself" in history.text
    proofs = [each for each in history.links if "/proofs/" in each]
    for each in proofs:
        assert taro.client.get(each).data.startswith(b"c2sp.org/tlog-proof@v1")


def test_a_bank_that_ended_or_did_not_sign_is_named_so(believed, bank, archive, taro):
    assert upload(taro, archive).status_code == 200
    (address,) = [x for x in taro.get("/imports").links if x.endswith("/history")]
    issuer = bank.settings.issuer
    bank.unit_of_work(lambda work: desk.end(work, issuer, actor="operator"))
    assert "not connected any more" in taro.get(address).text
    stranger = StatementKey(bytes(32))
    bank.unit_of_work(
        lambda work: desk.enter(
            work,
            issuer=issuer,
            name_ja="隣の銀行",
            name_en="Next Bank",
            keys=[stranger.public],
            log_vkeys=[],
            checked="certificate 2",
            actor="operator",
            is_local=True,
            replaces=True,
        )
    )
    assert "The signature is not that of this bank" in taro.get(address).text


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("events.ndjson", b""),
        ("events.ndjson", b"\n\n"),
        ("events.ndjson", b"[]\n"),
        ("events.ndjson", b'{"event":[],"recipient_id":{}}\n'),
        ("events.ndjson", b'{"event":"given","provision":[1]}\n'),
        ("record.json", b'{"disclosures":[{"leaf_id":"../x"},{"leaf_id":[]},{}]}'),
        ("record.json", b'{"disclosures":[{"event":{},"time":null,"count":[]}]}'),
        ("record.json", b'{"disclosures":"none"}'),
        ("record.json", b"[]"),
        ("mandates/x/events.ndjson", b'{"event":[],"terms_version":"<b>"}\n'),
        ("instructions/set.json", b'{"instructions":[{"stance":"?"}]}'),
        ("instructions/set.json", b'{"instructions":7}'),
        ("judgements/judgements.ndjson", b'{"made_at":9223372036854775807}\n'),
        ("judgements/judgements.ndjson", b'{"made_at":1,"outcome":"?"}\n'),
        ("judgements/judgements.ndjson", b"[]\n"),
    ],
)
def test_a_strange_history_breaks_no_page(archive, taro, path, content):
    with zipfile.ZipFile(io.BytesIO(archive)) as whole:
        files = {name: whole.read(name) for name in whole.namelist()}
    files |= {name: content for name in files if name.endswith(f"/{path}")}
    if "/" in path:
        files[path] = content
    rows = [
        {"path": name, "sha256": sha256(data).hexdigest(), "size": len(data)}
        for name, data in sorted(files.items())
        if name not in ("manifest.json", "manifest.jwt")
    ]
    files["manifest.json"] = canonical({"files": rows, "v": 1})
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as forged:
        for name, data in files.items():
            forged.writestr(name, data)

    assert upload(taro, out.getvalue()).status_code == 200
    (address,) = [x for x in taro.get("/imports").links if x.endswith("/history")]
    assert taro.client.get(address).status_code in (200, 404)


def test_an_archive_that_was_sent_needs_no_warning(believed, bank, archive, taro):
    code_page = taro.get("/imports/transfer")
    made = taro.send(
        code_page.form_to("/imports/transfer"), issuer=bank.settings.issuer
    )
    code = re.search(r"<code[^>]*>([A-Za-z0-9_-]{43})<", made.text)[1]
    claims = archive_claims(archive)
    said = order.sign(
        StatementKey(bank.secret(statement.SECRET_NAME)),
        issuer=bank.settings.issuer,
        audience=bank.settings.issuer,
        archive_id=claims["jti"],
        code_hash=hash_of_text(code),
        at=bank.clock.now(),
    )
    answer = taro.client.post(
        "/api/v1/transfers",
        data=archive,
        content_type="application/zip",
        headers={"Authorization": f"Bearer {code}", order.HEADER: said},
    )
    assert answer.status_code == 201
    (address,) = [x for x in taro.get("/imports").links if x.endswith("/history")]
    assert "notice" not in taro.get(address).text


def archive_claims(archive):
    with zipfile.ZipFile(io.BytesIO(archive)) as whole:
        claims = whole.read("manifest.jwt").split(b".")[1]
    return json.loads(base64.urlsafe_b64decode(claims + b"=="))


def test_a_strangers_archive_is_the_persons_own_deposit(archive, taro):
    assert upload(taro, archive).status_code == 200
    page = taro.get("/imports")
    (address,) = [each for each in page.links if each.endswith("/history")]
    assert "was not checked" in taro.get(address).text


def test_an_archive_that_brings_nothing_new_leads_to_no_history(archive, person):
    # The file is not kept then, so there would be nothing to show.
    assert upload(person, archive).status_code == 200
    links = person.get("/imports").links
    assert not [each for each in links if each.endswith("/history")]


def test_a_sealed_archive_asks_for_its_passphrase(believed, archive, taro):
    sealed = sealing.to_passphrase(archive, PHRASE)
    first = upload(taro, sealed, "my-data.zip.age")
    assert first.status_code == 422
    assert "The file is sealed." in first.text
    assert upload(taro, sealed, passphrase="wrong wrong wrong").status_code == 422
    assert upload(taro, sealed, passphrase=PHRASE).status_code == 200


def test_there_is_no_history_without_an_archive(bank, taro, person, records):
    assert taro.client.get(f"/imports/{uuid4()}/history").status_code == 404
    (page,) = [person.get("/imports")]
    assert not [each for each in page.links if each.endswith("/history")]


def test_a_code_is_shown_once(believed, bank, taro):
    page = taro.get("/imports/transfer")
    made = taro.send(
        page.form_to("/imports/transfer"), issuer=bank.settings.issuer
    ).text
    assert "It is shown only now" in made
    assert "It is shown only now" not in taro.get("/imports/transfer").text
    refused = taro.send(
        page.form_to("/imports/transfer"), issuer="https://evil.example"
    )
    assert refused.status_code == 404


def test_without_partners_the_page_says_so(taro):
    assert "No other bank is connected yet." in taro.get("/imports/transfer").text


def test_an_archive_is_sent(believed, bank, person, job, monkeypatch):
    address = f"/copy/archives/{job.archive_id}"
    form = person.get(address).form_to("/send")
    missing = person.send(form, issuer="", code="")
    assert missing.status_code == 422
    assert "Enter the code of the other bank." in missing.text

    def refuse(*_args):
        raise NotTaken("transfer.refused", "no")

    monkeypatch.setattr(sending, "send", refuse)
    refused = person.send(form, issuer=bank.settings.issuer, code="abc")
    assert refused.status_code == 422
    assert "has not taken the archive" in refused.text
    monkeypatch.setattr(sending, "send", lambda *_args: Sent(3, 0, 0))
    sent = person.send(form, issuer=bank.settings.issuer, code="abc")
    assert "The archive has arrived" in sent.text
