"""The person's archive by its pages."""

import io
import zipfile

import pyrage
import pytest

from pds.bank.archiving import build_archives
from pds.core.errors import Invalid
from pds.crypto import sealing
from pds.rights import history
from pds.rights.archive import jobs

PHRASE = "一二三四五六七八九十百千"


@pytest.fixture
def ready(bank, hanako, person, records, consent):
    """The address of an archive that hanako asked for and that was made."""
    page = person.get("/copy/archives")
    assert person.send(page.form_to("/copy/archives")).status_code == 303
    assert "Look again" in person.get("/copy/archives").text
    build_archives(bank)
    with bank.read() as snap:
        (job,) = jobs.listed(snap, hanako)
    return f"/copy/archives/{job.archive_id}"


def fetched(person, address, **fields):
    return person.send(person.get(address).form_to(address), **fields)


def test_it_is_made_and_fetched_as_it_is(bank, hanako, person, ready):
    assert ready in person.get("/copy/archives").links
    answer = fetched(person, ready)
    assert answer.content_type == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert "index.html" in archive.namelist()
    with bank.read() as snap:
        told = history.page(
            snap,
            bank.keys,
            hanako,
            types=[history.EventType.PERSON_EXPORTED],
            limit=10,
        )
    assert len(told.happenings) == 2


def test_a_passphrase_seals_it(person, ready):
    answer = fetched(person, ready, passphrase=PHRASE, passphrase_again=PHRASE)
    assert answer.headers["Content-Disposition"].endswith('"my-data.zip.age"')
    assert sealing.is_sealed(answer.data)
    opened = sealing.from_passphrase(answer.data, PHRASE)
    assert zipfile.ZipFile(io.BytesIO(opened)).testzip() is None
    with pytest.raises(Invalid):
        sealing.from_passphrase(answer.data, PHRASE + "x")


def test_short_and_differing_passphrases_are_refused(person, ready):
    short = fetched(person, ready, passphrase="short", passphrase_again="short")
    assert short.status_code == 422
    assert "at least 12 characters" in short.text
    other = fetched(person, ready, passphrase=PHRASE, passphrase_again="other")
    assert other.status_code == 422
    assert "The two passphrases differ." in other.text


def test_asking_twice_says_that_one_is_under_way(person, hanako):
    page = person.get("/copy/archives")
    person.send(page.form_to("/copy/archives"))
    assert person.send(page.form_to("/copy/archives")).status_code == 409


def test_one_that_is_not_ready_is_not_given(bank, hanako, person):
    person.send(person.get("/copy/archives").form_to("/copy/archives"))
    with bank.read() as snap:
        (job,) = jobs.listed(snap, hanako)
    assert person.client.get(f"/copy/archives/{job.archive_id}").status_code == 409
    assert person.client.get(f"/copy/archives/{bank.ids.new()}").status_code == 404


def test_a_recipients_key_seals_it_too():
    identity = pyrage.x25519.Identity.generate()
    sealed = sealing.to_recipient(b"data", str(identity.to_public()))
    assert pyrage.decrypt(sealed, [identity]) == b"data"
    with pytest.raises(Invalid):
        sealing.to_recipient(b"data", "age1nobody")


def test_what_is_too_large_is_not_sealed(monkeypatch):
    monkeypatch.setattr(sealing, "LONGEST", 3)
    with pytest.raises(Invalid):
        sealing.to_passphrase(b"data", PHRASE)


def test_work_that_its_sealer_chose_too_large_is_not_done():
    head = b"age-encryption.org/v1\n-> scrypt " + b"A" * 22
    with pytest.raises(Invalid):
        sealing.from_passphrase(head + b" 40\nxyz\n--- mac\n", PHRASE)
