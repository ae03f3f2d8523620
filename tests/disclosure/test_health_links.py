"""Links to a doctor: an independent client opens them; once, with a passcode, or never.

The client here follows RFC 7516 by hand with nothing of ours but HTTP, as a program of
another hospital would.
"""

import base64
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from pds.accounts import passwords
from pds.bank.chores import end_health_links
from pds.core.errors import Conflict, Invalid, NotFound, Unavailable
from pds.disclosure.health_links import contents, links, making, shlink
from pds.disclosure.health_links.links import HealthLinkState
from pds.disclosure.health_links.making import Wish
from pds.rights.provisions import Provisions
from tests.disclosure.world import SECRET_WORD, WEIGHT

VECTOR = Path(__file__).parents[1] / "vectors" / "disclosure" / "health-link.json"
DOCTOR = "Dr. 佐藤, みどり医院"
CODE = "482 913"


@pytest.fixture(autouse=True)
def _hashing_is_cheap(monkeypatch):
    monkeypatch.setattr(passwords, "_MEMORY_KIB", 64)
    monkeypatch.setattr(passwords, "_PASSES", 1)


def wish(**changes):
    usual = {
        "categories": (WEIGHT,),
        "days": 90,
        "label": "Green Clinic",
        "life": timedelta(days=1),
        "openings": 1,
        "passcode": "",
        "is_named": False,
    }
    return Wish(**{**usual, **changes})


def made(world, owner=None, **changes):
    bank, owner = world.bank, owner or world.person()
    issuer = bank.settings.issuer
    link = making.make(
        bank, bank.vault, bank.keys, bank.ids, issuer, owner, wish(**changes)
    )
    return owner, link


class Doctor:
    """A program that knows the specification and nothing else."""

    def __init__(self, world, text):
        self.world = world
        tail = text.removeprefix("shlink:/")
        self.said = json.loads(base64.urlsafe_b64decode(tail + "=" * (-len(tail) % 4)))
        self.key = base64.urlsafe_b64decode(self.said["key"] + "=")

    def path(self, url):
        return url.removeprefix(self.world.bank.settings.issuer)

    def ask(self, **body):
        with self.world.app.test_client() as client:
            return client.post(self.path(self.said["url"]), json=body)

    def fetch(self, url):
        with self.world.app.test_client() as client:
            return client.get(self.path(url))

    def opened(self, jwe):
        head, key, nonce, sealed, tag = jwe.split(".")
        header = json.loads(base64.urlsafe_b64decode(head + "=="))
        assert header == {
            "alg": "dir",
            "enc": "A256GCM",
            "cty": "application/fhir+json",
        }
        assert key == ""
        nonce, sealed, tag = (
            base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
            for part in (nonce, sealed, tag)
        )
        return json.loads(
            AESGCM(self.key).decrypt(nonce, sealed + tag, head.encode("ascii"))
        )


def state(world, owner, link):
    with world.bank.read() as snap:
        return links.get(snap, world.bank.keys, owner, link.link_id)


def test_a_program_follows_the_link_to_the_records(world):
    owner, link = made(world)
    doctor = Doctor(world, link.text)
    answer = doctor.ask(recipient=DOCTOR)

    assert len(doctor.said["url"]) <= 128
    assert doctor.said["exp"] > world.clock.now().timestamp()
    assert "flag" not in doctor.said
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    [file] = answer.json["files"]
    assert file["contentType"] == "application/fhir+json"
    fetched = doctor.fetch(file["location"])
    assert fetched.content_type == "application/jose"
    bundle = doctor.opened(fetched.text)
    assert bundle["type"] == "collection"
    assert len(bundle["entry"]) == link.count == 3
    assert SECRET_WORD in bundle["entry"][0]["resource"]["remark"]
    assert state(world, owner, link).state is HealthLinkState.USED


def test_opening_is_a_disclosure_with_its_records_and_who_opened_it(world):
    owner, link = made(world)
    doctor = Doctor(world, link.text)
    embedded = doctor.ask(recipient=DOCTOR, embeddedLengthMax=1_000_000)
    jwe = embedded.json["files"][0]["embedded"]

    with world.bank.read() as snap:
        found = Provisions(world.bank.keys, owner)
        rows, _next = found.page(snap, None)
        seen = links.openings(snap, world.bank.keys, state(world, owner, link))
    [row] = [each for each in rows if each["event"] == "disclosure:released"]
    assert row["method"] == "health-link"
    assert row["legal_ground"] == "person"
    assert row["count"] == "3"
    assert row["categories"] == WEIGHT
    assert row["body_sha256"] == hashlib.sha256(jwe.encode()).hexdigest()
    assert [each.recipient for each in seen] == [DOCTOR]


def test_a_link_opens_as_often_as_the_person_said(world):
    owner, link = made(world, openings=3)
    doctor = Doctor(world, link.text)
    with ThreadPoolExecutor(6) as pool:
        asked = list(pool.map(lambda _n: doctor.ask(recipient="x"), range(6)))

    assert sorted(each.status_code for each in asked) == [200] * 3 + [404] * 3
    assert state(world, owner, link).opens_left == 0


def test_guesses_at_once_are_as_many_as_one_after_the_other(world):
    owner, link = made(world, passcode=CODE)
    doctor = Doctor(world, link.text)
    assert doctor.said["flag"] == "P"
    assert doctor.ask(recipient="x").json == {"remainingAttempts": links.TRIES}

    with ThreadPoolExecutor(8) as pool:
        asked = list(
            pool.map(
                lambda n: doctor.ask(recipient="x", passcode=f"wrong {n}"), range(8)
            )
        )

    left = sorted(a.json["remainingAttempts"] for a in asked if a.status_code == 401)
    assert left == list(range(links.TRIES))
    assert [a.status_code for a in asked].count(404) == 8 - links.TRIES
    assert doctor.ask(recipient="x", passcode=CODE).status_code == 404
    assert state(world, owner, link).state is HealthLinkState.LOCKED


def test_the_right_passcode_costs_no_try(world):
    owner, link = made(world, passcode=CODE, openings=10)
    doctor = Doctor(world, link.text)
    assert doctor.ask(recipient="x", passcode="wrong").json["remainingAttempts"] == 4
    for _n in range(links.TRIES):
        assert doctor.ask(recipient="x", passcode=CODE).status_code == 200
    assert state(world, owner, link).tries_left == links.TRIES - 1


def test_cutting_kills_link_and_open_address_at_once(world):
    owner, link = made(world, openings=3)
    doctor = Doctor(world, link.text)
    url = doctor.ask(recipient="x").json["files"][0]["location"]
    assert doctor.fetch(url).status_code == 200

    world.do(lambda work: links.cut(work, owner, link.link_id))

    assert doctor.fetch(url).status_code == 404
    assert doctor.ask(recipient="x").status_code == 404
    assert state(world, owner, link).state is HealthLinkState.CUT
    # Cutting again changes nothing.
    world.do(lambda work: links.cut(work, owner, link.link_id))


def test_an_address_of_the_file_lives_for_minutes(world):
    _owner, link = made(world, openings=3)
    doctor = Doctor(world, link.text)
    url = doctor.ask(recipient="x").json["files"][0]["location"]
    world.clock.advance(links.FILE_LIFE)

    assert doctor.fetch(url).status_code == 404
    assert doctor.ask(recipient="x").status_code == 200
    assert doctor.fetch(url + "x").status_code == 404


def test_time_ends_links_and_takes_their_files(world):
    owner, link = made(world)
    used_owner, used = made(world)
    Doctor(world, used.text).ask(recipient="x")
    world.clock.advance(timedelta(days=1))
    assert Doctor(world, link.text).ask(recipient="x").status_code == 404

    end_health_links(world.bank)

    assert state(world, owner, link).state is HealthLinkState.OVER
    assert state(world, used_owner, used).state is HealthLinkState.USED
    assert state(world, used_owner, used).ended_at is not None
    with pytest.raises(NotFound):
        world.bank.health_links.sealed(link.text.rpartition("/")[2])


def test_neither_key_nor_records_are_kept_in_clear(world):
    owner, link = made(world)
    key = Doctor(world, link.text).key
    with world.bank.read() as snap:
        query = links.health_link.select().where(links.health_link.c.owner_id == owner)
        row = snap.connection.execute(query).one()
    kept = b"".join(bytes(each) for each in row if isinstance(each, bytes | memoryview))
    assert key not in kept
    assert SECRET_WORD.encode() not in kept
    assert b"Green Clinic" not in kept


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"passcode": "12345"}, "health-link.passcode"),
        ({"categories": ()}, "health-link.terms"),
        ({"categories": ("purchase.receipt",)}, "health-link.terms"),
        ({"categories": ("health.lab",)}, "health-link.empty"),
        ({"life": timedelta(days=400)}, "health-link.terms"),
        ({"openings": 2}, "health-link.terms"),
        ({"label": ""}, "health-link.terms"),
        ({"label": "a\nb"}, "health-link.terms"),
    ],
)
def test_what_is_not_offered_is_refused(world, changes, code):
    with pytest.raises(Invalid) as caught:
        made(world, **changes)
    assert caught.value.code == code


def test_open_links_are_bounded(world):
    owner = world.person()
    for _n in range(links.MOST_OPEN):
        made(world, owner)
    with pytest.raises(Conflict):
        made(world, owner)


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b'{"recipient": 1}', b'{"recipient": ""}', b"[" * 9000,
     b'{"recipient": "x", "embeddedLengthMax": "9"}', b'{"recipient": "a\\nb"}',
     b" " * 20_000],
)  # fmt: skip
def test_a_malformed_request_costs_no_opening(world, body):
    owner, link = made(world)
    doctor = Doctor(world, link.text)
    with world.app.test_client() as client:
        answer = client.post(doctor.path(doctor.said["url"]), data=body)
    assert answer.status_code == 422
    assert state(world, owner, link).opens_left == 1


def test_pages_of_other_origins_may_ask(world):
    with world.app.test_client() as client:
        answer = client.options(making.PATH + "A" * 43)
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Headers"] == "Content-Type"


def test_the_sealed_halves_follow_the_vector():
    vector = json.loads(VECTOR.read_text("utf-8"))
    found = contents.read(vector["contents"].encode())
    assert contents.write(found).decode() == vector["contents"]
    assert found.label == "みどり医院"
    with pytest.raises(Unavailable):
        contents.read(vector["contents"].replace('"v":1', '"v":2').encode())

    link = shlink.read(vector["link"])
    assert link.key.hex() == vector["key"]
    assert link.needs_passcode
    assert shlink.write(link) == vector["link"]
    assert shlink.unseal(link.key, vector["jwe"].encode()).decode() == vector["content"]


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=80) | st.binary(max_size=60).map(lambda b: "shlink:/" + base64.urlsafe_b64encode(b).decode().rstrip("=")))  # fmt: skip # noqa: E501
def test_no_text_breaks_the_reader(text):
    with pytest.raises(Invalid):
        shlink.read(text)


@pytest.mark.parametrize("file", [b"", b"a.b.c.d.e", b"....", b"\xff", b"x" * 100])
def test_no_file_breaks_the_opening(file):
    with pytest.raises(Invalid):
        shlink.unseal(bytes(32), file)
