"""The sample recipient by itself: its commands, its state file, what it refuses."""

import base64
import hashlib
import importlib.util
import json
import stat
from pathlib import Path
from types import SimpleNamespace

import pytest
import requests
import responses

EXAMPLE = Path(__file__).parents[2] / "docs/examples/recipient/recipient.py"
ISSUER = "https://bank.example"
CALLBACK = "https://app.example/cb"


@pytest.fixture(scope="module")
def example():
    spec = importlib.util.spec_from_file_location("recipient_alone", EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def state(example, tmp_path, capsys):
    path = tmp_path / "app.json"
    assert example.main(["--state", str(path), "keys", "--client-id", "app"]) == 0
    capsys.readouterr()
    return path


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


def run(example, state, *command):
    return example.main(["--state", str(state), *command])


def authorize(example, state, tmp_path):
    details = tmp_path / "details.json"
    details.write_text("{}", encoding="utf-8")
    options = ["--issuer", ISSUER, "--redirect-uri", CALLBACK]
    return run(example, state, "authorize", *options, "--details", str(details))


def receipt(body):
    digest = hashlib.sha256(body)
    extra = json.dumps({"open": {"body_sha256": ["00", digest.hexdigest()]}})
    proof = f"c2sp.org/tlog-proof@v1\nextra {base64.b64encode(extra.encode()).decode()}"
    stated = base64.b64encode(digest.digest()).decode()
    return {
        "Content-Digest": f"sha-256=:{stated}:",
        "Infobank-Receipt": f":{base64.b64encode(proof.encode()).decode()}:",
    }


def test_keys_are_made_once_and_kept_private(example, state, capsys):
    first = json.loads(state.read_text())

    assert run(example, state, "keys", "--client-id", "app") == 0

    shown = json.loads(capsys.readouterr().out)["keys"][0]
    assert stat.S_IMODE(state.stat().st_mode) == 0o600
    assert json.loads(state.read_text())["client_key"] == first["client_key"]
    assert shown["kty"] == "EC"
    assert "d" not in shown


def test_the_commands_lead_from_request_to_return(
    example, state, bank, tmp_path, capsys
):
    token = {"access_token": "a", "refresh_token": "r"}
    bank.post(f"{ISSUER}/oauth/token", json=token)
    bank.post(f"{ISSUER}/oauth/revoke", body=b"")
    body = json.dumps({"records": [{"id": "é"}], "next": None}).encode()
    bank.get(f"{ISSUER}/api/v1/records", body=body, headers=receipt(body))
    out = tmp_path / "records.ndjson"

    assert authorize(example, state, tmp_path) == 0
    assert "request_uri=urn%3Aone" in capsys.readouterr().out
    pending = json.loads(state.read_text())["pending"]["state"]
    address = f"{CALLBACK}?code=c&state={pending}&iss={ISSUER}"
    assert run(example, state, "callback", address) == 0
    assert run(example, state, "refresh") == 0
    assert run(example, state, "fetch", "--out", str(out)) == 0
    assert run(example, state, "revoke") == 0

    assert out.read_text(encoding="utf-8") == '{"id": "é"}\n'
    assert json.loads(state.read_text())["tokens"] == {}


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("code=c&state=STATE&iss=https://evil.example", "not from this bank"),
        (f"code=c&state=other&iss={ISSUER}", "no request of ours"),
        (f"error=access_denied&state=STATE&iss={ISSUER}", "did not give"),
    ],
)
def test_a_strange_answer_is_not_believed(
    example, state, bank, tmp_path, capsys, query, words
):
    authorize(example, state, tmp_path)
    pending = json.loads(state.read_text())["pending"]["state"]

    address = f"{CALLBACK}?{query.replace('STATE', pending)}"

    assert run(example, state, "callback", address) == 1
    assert words in capsys.readouterr().err


def test_a_nonce_is_asked_for_once_and_used(example, bank):
    made = example.Recipient(ISSUER, "app", CALLBACK)
    made.tokens = {"access_token": "t"}
    challenge = {"DPoP-Nonce": "n", "WWW-Authenticate": 'DPoP error="use_dpop_nonce"'}
    address = f"{ISSUER}/api/v1/records"
    bank.get(address, status=401, headers=challenge, json={})
    bank.get(address, status=401, headers=challenge, json={"code": "again"})

    with pytest.raises(example.RecipientError) as refused:
        made.get("/api/v1/records")

    assert (refused.value.status, refused.value.code) == (401, "again")
    proof = bank.calls[-1].request.headers["DPoP"].split(".")[1]
    assert json.loads(base64.urlsafe_b64decode(proof + "=="))["nonce"] == "n"


def test_data_without_a_fitting_receipt_is_refused(example):
    body = b'{"records":[]}'
    good = receipt(body)

    def answer(**changes):
        return SimpleNamespace(content=body, headers={**good, **changes})

    assert example.check_receipt(answer()) == good["Infobank-Receipt"]
    other = receipt(b"other")
    for changes in (
        {"Content-Digest": other["Content-Digest"]},
        {"Infobank-Receipt": other["Infobank-Receipt"]},
        {"Infobank-Receipt": ""},
        {"Infobank-Receipt": ":e30=:"},
        {"Infobank-Receipt": ":é:"},
    ):
        with pytest.raises(example.RecipientError):
            example.check_receipt(answer(**changes))


def test_another_issuers_metadata_is_refused(example):
    made = example.Recipient("https://other.example", "app", CALLBACK)
    with responses.RequestsMock() as bank:
        bank.get(
            "https://other.example/.well-known/oauth-authorization-server",
            json={"issuer": ISSUER},
        )
        with pytest.raises(example.RecipientError):
            made.authorize({})


def test_a_refusal_without_json_and_a_dead_line_are_said(example, state, capsys):
    with responses.RequestsMock() as bank:
        bank.get(
            f"{ISSUER}/.well-known/oauth-authorization-server",
            body=requests.ConnectionError("no line"),
        )
        made = example.load(state)
        made.issuer, made.tokens = ISSUER, {"refresh_token": "r"}
        example.save(state, made)
        assert run(example, state, "refresh") == 1
        assert "no line" in capsys.readouterr().err


def test_a_missing_state_file_is_said(example, tmp_path, capsys):
    assert run(example, tmp_path / "none.json", "refresh") == 1
    assert "recipient:" in capsys.readouterr().err
