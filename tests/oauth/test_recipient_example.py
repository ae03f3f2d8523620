"""The sample recipient by itself: what it sends, and whom it does not believe."""

import base64
import hashlib
import json
import runpy
import socket
from types import SimpleNamespace

import pytest
import requests
import responses

from pds.cli.demo import sample
from pds.cli.demo.organisations import new_key

ISSUER = "https://bank.example"
CALLBACK = "https://app.example/cb"
START = sample.PLACE.parent / "__main__.py"


@pytest.fixture(scope="module")
def example():
    return sample.load()


@pytest.fixture
def bank():
    """A bank that answers what a test says."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as bank:
        bank.get(
            f"{ISSUER}/.well-known/oauth-authorization-server",
            json={
                "issuer": ISSUER,
                "authorization_endpoint": f"{ISSUER}/oauth/authorize",
                "token_endpoint": f"{ISSUER}/oauth/token",
                "revocation_endpoint": f"{ISSUER}/oauth/revoke",
                "pushed_authorization_request_endpoint": f"{ISSUER}/oauth/par",
            },
        )
        bank.post(f"{ISSUER}/oauth/par", status=201, json={"request_uri": "urn:one"})
        yield bank


@pytest.fixture
def recipient(example):
    return example.Recipient(ISSUER, "app", CALLBACK)


def test_only_the_public_key_is_for_the_bank(example):
    key = example.SigningKey.generate()

    (shown,) = key.key_set()["keys"]

    assert shown["kty"] == "EC"
    assert "d" not in shown
    assert example.SigningKey.from_pem(key.pem()).jwk == key.jwk


def test_the_browser_is_sent_with_nothing_but_the_pushed_request(recipient, bank):
    address = recipient.authorize({"type": "x"})

    assert address == f"{ISSUER}/oauth/authorize?client_id=app&request_uri=urn%3Aone"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("code=c&state=STATE&iss=https://evil.example", "not from this bank"),
        ("code=c&state=STATE", "not from this bank"),
        (f"code=c&state=other&iss={ISSUER}", "no request of ours"),
        (f"code=c&iss={ISSUER}", "no request of ours"),
        (f"error=access_denied&state=STATE&iss={ISSUER}", "did not give"),
    ],
)
def test_a_strange_answer_is_not_believed(example, recipient, bank, query, words):
    recipient.authorize({})
    address = f"{CALLBACK}?{query.replace('STATE', recipient.pending['state'])}"

    with pytest.raises(example.RecipientError, match=words):
        recipient.callback(address)

    assert recipient.tokens == {}


def test_an_answer_to_nothing_is_not_believed(example, recipient):
    with pytest.raises(example.RecipientError, match="no request of ours"):
        recipient.callback(f"{CALLBACK}?code=c&state=&iss={ISSUER}")


def test_a_token_that_anybody_could_use_is_not_taken(example, recipient, bank):
    bank.post(f"{ISSUER}/oauth/token", json={"access_token": "a", "token_type": "B"})
    recipient.authorize({})
    state = recipient.pending["state"]

    with pytest.raises(example.RecipientError, match="not bound"):
        recipient.callback(f"{CALLBACK}?code=c&state={state}&iss={ISSUER}")


def test_a_nonce_is_asked_for_once_and_used(example, recipient, bank):
    recipient.tokens = {"access_token": "t"}
    challenge = {"DPoP-Nonce": "n", "WWW-Authenticate": 'DPoP error="use_dpop_nonce"'}
    address = f"{ISSUER}/api/v1/records"
    bank.get(address, status=401, headers=challenge, json={})
    bank.get(address, status=401, headers=challenge, json={"code": "again"})

    with pytest.raises(example.RecipientError) as refused:
        recipient.get("/api/v1/records")

    assert (refused.value.status, refused.value.code) == (401, "again")
    proof = bank.calls[-1].request.headers["DPoP"].split(".")[1]
    assert json.loads(base64.urlsafe_b64decode(proof + "=="))["nonce"] == "n"


def test_a_body_that_was_not_digested_is_refused(example):
    def answer(stated):
        return SimpleNamespace(content=b"{}", headers={"Content-Digest": stated})

    digest = base64.b64encode(hashlib.sha256(b"{}").digest()).decode()
    example.check_digest(answer(f"sha-256=:{digest}:"))
    for stated in ("", f"sha-512=:{digest}:", "sha-256=:AAAA:"):
        with pytest.raises(example.RecipientError):
            example.check_digest(answer(stated))


@pytest.mark.parametrize("value", ["", ":e30=:", ":é:", ":AAAA:", "e30="])
def test_a_receipt_that_cannot_be_read_is_refused(example, value):
    answer = SimpleNamespace(content=b"{}", headers={"Infobank-Receipt": value})

    with pytest.raises(example.RecipientError):
        example.check_receipt(answer, "log+00000000+AAAA")


def test_another_issuers_metadata_is_refused(example):
    made = example.Recipient("https://other.example", "app", CALLBACK)
    with responses.RequestsMock() as bank:
        bank.get(
            "https://other.example/.well-known/oauth-authorization-server",
            json={"issuer": ISSUER},
        )
        with pytest.raises(example.RecipientError):
            made.authorize({})


def test_a_refusal_without_json_is_said(example, recipient, bank):
    bank.post(f"{ISSUER}/oauth/token", status=502, body="<html>")
    recipient.tokens = {"refresh_token": "r"}

    with pytest.raises(example.RecipientError, match="502"):
        recipient.refresh()


def start(monkeypatch, path):
    monkeypatch.syspath_prepend(START.parent)
    monkeypatch.setattr("sys.argv", ["recipient", "--credentials", str(path)])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(START), run_name="__main__")
    return str(ended.value)


def test_a_missing_or_foreign_file_is_said_in_a_sentence(monkeypatch, tmp_path):
    foreign = tmp_path / "foreign.json"
    foreign.write_text("{}", encoding="utf-8")

    assert "make run" in start(monkeypatch, tmp_path / "none.json")
    assert "does not hold" in start(monkeypatch, foreign)


def test_a_taken_address_is_said_in_a_sentence(monkeypatch, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        client = {
            "key": "coach",
            "redirect_uri": f"http://localhost:{port}/callback",
            "private_key": new_key(),
        }
        path = tmp_path / "demo.json"
        path.write_text(json.dumps({"issuer": ISSUER, "clients": [client]}))

        said = start(monkeypatch, path)

    assert f"127.0.0.1:{port}" in said
    assert "exactly this address" in said


def test_a_dead_line_is_an_error_of_the_line(recipient):
    with responses.RequestsMock() as bank:
        bank.get(
            f"{ISSUER}/.well-known/oauth-authorization-server",
            body=requests.ConnectionError("no line"),
        )
        with pytest.raises(requests.ConnectionError):
            recipient.authorize({})
