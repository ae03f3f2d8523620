import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from pds.bank.bank import Bank
from pds.web.app import create_app
from tests.fakes import FrozenClock

GOOD = "seven blue herons"
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@pytest.fixture
def client(bank: Bank) -> FlaskClient:
    return create_app(bank).test_client()


def send(client: FlaskClient, path: str, **fields: str) -> TestResponse:
    found = _TOKEN.search(client.get(path).text)
    assert found is not None
    return client.post(path, data={"csrf_token": found[1], **fields})


def sign_up(client: FlaskClient, **changes: str) -> TestResponse:
    fields = {
        "login": "Kazuko",
        "name": "佐藤 和子",
        "birth_date": "1961-04-03",
        "password": GOOD,
        "password_again": GOOD,
    }
    return send(client, "/signup", **(fields | changes))


def test_a_person_signs_up_and_is_logged_in(client: FlaskClient) -> None:
    answer = sign_up(client)

    assert answer.status_code == 303
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert client.get("/login/again").status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"password": "short", "password_again": "short"},
        {"password_again": "another one here"},
        {"birth_date": "2015-01-01"},
        {"birth_date": "yesterday"},
        {"login": "ab"},
        {"name": ""},
    ],
)
def test_a_form_that_breaks_a_rule_comes_back(
    client: FlaskClient, changes: dict[str, str]
) -> None:
    answer = sign_up(client, **changes)

    assert answer.status_code == 422
    assert GOOD not in answer.text
    assert client.get("/login/again").status_code == 303


def test_a_wrong_password_and_an_unknown_login_look_the_same(
    client: FlaskClient,
) -> None:
    sign_up(client)
    wrong = send(client, "/login", login="kazuko", password="x")
    unknown = send(client, "/login", login="nobody", password="x")

    assert (wrong.status_code, unknown.status_code) == (422, 422)
    hidden = re.compile(r'(nonce|value|data-token)="[^"]*"')
    assert hidden.sub("", wrong.text) == hidden.sub("", unknown.text)


def test_logging_in_again_rotates_the_cookie(
    client: FlaskClient, clock: FrozenClock
) -> None:
    sign_up(client)
    before = client.get_cookie("session")
    clock.advance(timedelta(minutes=10))

    assert send(client, "/login/again", password="wrong").status_code == 422
    assert send(client, "/login/again", password=GOOD).status_code == 303

    after = client.get_cookie("session")
    assert before is not None
    assert after is not None
    assert before.value != after.value
    client.set_cookie("session", before.value)
    assert client.get("/login/again").status_code == 303
