"""Marked values go through the bank and are found nowhere in clear (S-04).

They go in by the public pages: a name, a login, a passphrase, values of records in
Japanese and as numbers, free text, a file and its name. Secrets that the bank gives out
are looked for as well: recovery codes, sessions, a recipient's token. Then everything
is used, broken, copied and erased, and every place that outlasts a request is searched.
"""

import json
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import create_engine

from consent.terms import Benefit, BenefitKind
from pds.accounts import logins
from pds.accounts import service as accounts
from pds.bank.archiving import build_archives
from pds.bank.backup import service as backup
from pds.bank.bank import Bank
from pds.bank.erasing import finish_erasures
from pds.core.ids import OwnerId
from tests.canaries.search import Finder
from tests.disclosure.world import World
from tests.web.portal import Portal
from tests.web.test_web_account import CODE

WORD = "Qz7canaryVx"
KANJI = "金糸雀隼鶴鳶"
NUMBER = "81.726354907"
PASSPHRASE = f"three blue {WORD} herons"
LOGIN = f"{WORD.lower()}01"
NAME = f"{KANJI} {WORD}"
CONTROL = "Hikari Health Inc."
"""Stands in clear in the database: an organisation's name is no secret."""
TERMS = "鸚鵡 Terms9canaryWq"
"""Free text of a recipient's terms; the notice shown is kept, and tells of nobody."""
WAL_FILE = "SELECT pg_walfile_name(pg_current_wal_lsn())"
OID = "SELECT oid FROM pg_database WHERE datname = current_database()"
PLANTED = {
    "word": WORD,
    "login": LOGIN,
    "kanji": KANJI,
    "number": NUMBER,
}


class Used(NamedTuple):
    """A bank after a day's use."""

    world: World
    person: Portal
    owner: OwnerId
    finder: Finder
    pages: list[bytes]
    """Pages of other visitors."""


def observation(n: int, **more: object) -> bytes:
    resource = {
        "resourceType": "Observation",
        "id": f"{WORD}{n}",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
        "subject": {"display": NAME},
        "effectiveDateTime": f"2026-10-{n:02}",
        "valueQuantity": {
            "value": "NUMBER",
            "unit": "kg",
            "system": "http://unitsofmeasure.org",
            "code": "kg",
        },
        "note": [{"text": f"{KANJI}に{WORD}"}],
        **more,
    }
    text = json.dumps(resource, ensure_ascii=False)
    return text.replace('"NUMBER"', NUMBER).encode()


def upload(person: Portal, content: bytes) -> int:
    """Return the status of the answer to a file."""
    form = person.get("/imports/new").form_to("/imports/new")
    # Written out, because the test client would use temporary files of its own.
    fields = {
        'name="csrf_token"': form.fields["csrf_token"].encode(),
        f'name="file"; filename="{WORD}.ndjson"'
        "\r\nContent-Type: application/fhir+ndjson": content,
    }
    parts = [
        f"--cut\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + value
        for head, value in fields.items()
    ]
    answer = person.client.post(
        form.action,
        data=b"\r\n".join([*parts, b"--cut--\r\n"]),
        content_type="multipart/form-data; boundary=cut",
        headers=person.headers,
    )
    return answer.status_code


def signed_up(world: World) -> tuple[Portal, OwnerId]:
    person = Portal(world.app.test_client())
    form = person.get("/signup").form_to("/signup")
    person.post(
        form,
        login=LOGIN,
        name=NAME,
        birth_date="1980-05-05",
        password=PASSPHRASE,
        password_again=PASSPHRASE,
    )
    pepper = world.bank.secret(logins.PEPPER)
    with world.bank.read() as snap:
        found = accounts.find_by_login(snap, pepper, LOGIN)
    assert found is not None
    return person, OwnerId(found.account_id)


def deposited(person: Portal) -> None:
    good = b"\n".join(observation(n) for n in range(1, 6))
    # Larger than what the framework would keep in memory.
    assert upload(person, good + b"\n" * 700_000) == HTTPStatus.OK
    assert upload(person, observation(7)[:-9]) == HTTPStatus.UNPROCESSABLE_ENTITY
    odd = observation(8, subject={"display": KANJI}, status=WORD)
    assert upload(person, odd) < HTTPStatus.INTERNAL_SERVER_ERROR


def failed(
    world: World, person: Portal, monkeypatch: pytest.MonkeyPatch
) -> list[bytes]:
    """Make mistakes and a crash that quote what was planted; return others' pages."""
    stranger = Portal(world.app.test_client())
    form = stranger.get("/login").form_to("/login")
    # What was typed into a form comes back to who typed it, and to nobody else.
    stranger.send(form, login=f"{LOGIN}x", password=PASSPHRASE)
    pages = [
        stranger.client.get(f"/data/records/{WORD}").data,
        stranger.client.get(f"/api/v1/records?category={WORD}").data,
    ]

    def crash(**_words: object) -> None:
        raise ValueError(f"{NAME} {NUMBER} {PASSPHRASE} {LOGIN}")

    with monkeypatch.context() as patch:
        patch.setitem(world.app.view_functions, "entry.log_in", crash)
        world.app.config["PROPAGATE_EXCEPTIONS"] = False
        answer = stranger.client.get("/login", headers=stranger.headers)
        assert answer.status_code == HTTPStatus.INTERNAL_SERVER_ERROR
        pages.append(answer.data)
    pages.append(person.client.get("/metrics").data)
    pages.append(stranger.client.get("/log/checkpoint").data)
    return pages


def secrets_of(person: Portal, party: object) -> dict[str, str]:
    shown = person.post(person.get("/account/codes").form_to("/codes"), 200)
    codes = CODE.findall(shown.response.text)
    cookies = [
        each.value
        for each in person.client._cookies.values()
        if "session" in each.key and len(each.value) > 20
    ]
    assert len(codes) == 10
    assert cookies
    return {
        "code": codes[0],
        "bare code": codes[0].replace("-", ""),
        "session": cookies[0],
        "token": party.token,
    }


@pytest.fixture
def used(bank, clock, temporary, said, monkeypatch) -> Used:
    world = World(bank, clock)
    person, owner = signed_up(world)
    deposited(person)
    benefit = Benefit(BenefitKind.INSIGHT, TERMS, TERMS)
    party = world.consented(owner=owner, benefit=benefit)
    fetched = party.get()
    assert fetched.status_code == HTTPStatus.OK
    assert NUMBER.encode() in fetched.data
    assert person.get("/data").text
    planted = PLANTED | secrets_of(person, party)
    assert NUMBER.encode() in person.send(person.get("/copy").form_to("/copy")).data
    person.send(person.get("/copy/archives").form_to("/copy/archives"))
    assert build_archives(bank) == 1
    pages = failed(world, person, monkeypatch)
    return Used(world, person, owner, Finder(planted), pages)


@pytest.fixture
def wal_from(bank) -> str:
    """The segment of PostgreSQL's write-ahead log in which the test begins."""
    return "" if bank.settings.is_sqlite else asked(bank, WAL_FILE)


def asked(bank: Bank, question: str) -> str:
    """Ask a PostgreSQL server, after all that it holds is in its files."""
    engine = create_engine(bank.settings.database_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("CHECKPOINT")
        found = connection.exec_driver_sql(question).scalar_one()
    engine.dispose()
    return str(found)


def data_files(bank: Bank, wal_from: str) -> list[Path]:
    """Return where the database keeps what it was given since the test began."""
    if bank.settings.is_sqlite:
        return [bank.settings.data_dir]
    folder, last = Path(asked(bank, "SHOW data_directory")), asked(bank, WAL_FILE)
    wal = [
        each
        for each in sorted((folder / "pg_wal").glob("0*"))
        if wal_from <= each.name <= last
    ]
    if not wal:
        pytest.skip("POSTGRESQL'S FILES ARE NOT SEARCHED: the server is elsewhere")
    logs = [each for each in (folder / "log",) if each.exists()]
    return [folder / "base" / asked(bank, OID), *wal, *logs]


def test_nothing_planted_is_anywhere_in_clear(
    wal_from, used, temporary, said, tmp_path
):
    bank, copy = used.world.bank, tmp_path / "copy"
    control = Finder({"control": CONTROL})
    if bank.settings.is_sqlite:
        # Here the write-ahead log is cut off by the erasure, so it is read before.
        assert used.finder.below(bank.settings.data_dir) == set()
        backup.back_up(bank.settings, copy, bank.clock)
    close(used.person)
    assert finish_erasures(bank) == 1
    if bank.settings.is_sqlite:
        backup.go_on(bank.settings, copy, bank.clock)
        assert control.below(copy)
        assert used.finder.below(copy) == set()

    files = data_files(bank, wal_from)
    assert used.finder.below(*files, temporary, bank.settings.key_dir) == set()
    # What may be seen is seen, so the search looks where data lies.
    assert control.below(files[0])
    assert control.below(*files[1:]) or bank.settings.is_sqlite
    assert "ValueError" in said.getvalue()
    terms = Finder({"terms": TERMS})
    assert terms.below(temporary, bank.settings.key_dir) == set()
    for text in (*used.pages, said.getvalue().encode()):
        assert used.finder.hits(text) | terms.hits(text) == set()


def close(person: Portal) -> None:
    page = person.get("/account/close")
    answer = person.send(page.form_to("/account/close"), sure="sure")
    assert answer.status_code == HTTPStatus.SEE_OTHER
