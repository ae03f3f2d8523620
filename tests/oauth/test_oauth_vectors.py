import json
from datetime import timedelta
from pathlib import Path

import pytest

from consent.oauth import keys, opaque, replay
from consent.oauth.errors import InvalidKey
from pds.core.clock import from_millis
from pds.web.oauth.nonce import ServerNonce

VECTORS = Path(__file__).parents[1] / "vectors" / "oauth"
LATER = from_millis(1_795_435_200_000)


def vectors(name):
    return json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))


class OneSecret:
    def __init__(self, secret):
        self._secret = secret

    def secret(self, size):
        assert size == 32
        return self._secret


@pytest.mark.parametrize("case", vectors("secrets")["valid"])
def test_secrets_follow_the_vectors(case):
    text, digest = opaque.make(OneSecret(bytes.fromhex(case["secret"])))

    assert (text, digest.hex()) == (case["text"], case["digest"])
    assert opaque.digest(text) == digest
    assert opaque.request_uri(text) == case["request_uri"]
    assert opaque.request_digest(case["request_uri"]) == digest
    assert opaque.request_digest(text) is None


@pytest.mark.parametrize("text", vectors("secrets")["invalid"])
def test_other_spellings_are_no_secrets(text):
    assert opaque.digest(text) is None


@pytest.mark.parametrize("case", vectors("nonces")["nonces"])
def test_nonces_follow_the_vectors(case):
    nonce = ServerNonce(bytes.fromhex(vectors("nonces")["secret"]))
    now = from_millis(case["unix_millis"])

    assert nonce.current(now) == case["nonce"]
    assert nonce.accepts(case["nonce"], now)
    assert nonce.accepts(case["nonce"], now + timedelta(seconds=120))
    assert not nonce.accepts(case["nonce"], now + timedelta(seconds=240))
    assert not nonce.accepts(case["nonce"] + "A", now)
    assert not nonce.accepts("é\ud800", now)


def test_a_nonce_under_another_secret_is_refused():
    assert not ServerNonce(b"a" * 32).accepts(
        ServerNonce(b"b" * 32).current(LATER), LATER
    )


@pytest.mark.parametrize("case", vectors("marks")["proofs"])
def test_proof_marks_follow_the_vectors(case):
    mark = replay.proof_mark(bytes.fromhex(case["jkt"]), case["jti"], LATER)

    assert mark.key.hex() == case["key"]


@pytest.mark.parametrize("case", vectors("marks")["assertions"])
def test_assertion_marks_follow_the_vectors(case):
    mark = replay.assertion_mark(case["client_id"], case["jti"], LATER)

    assert mark.key.hex() == case["key"]


@pytest.mark.parametrize("case", vectors("marks")["views"])
def test_marks_of_view_links_follow_the_vectors(case):
    mark = replay.view_mark(bytes.fromhex(case["link_hash"]), LATER)

    assert mark.key.hex() == case["key"]


@pytest.mark.parametrize("case", vectors("thumbprints")["keys"])
def test_thumbprints_follow_the_rfcs(case):
    assert opaque.encode(keys.read(case["jwk"]).thumbprint) == case["thumbprint"]


EC, RSA, OKP = (
    next(c["jwk"] for c in vectors("thumbprints")["keys"] if c["jwk"]["kty"] == kind)
    for kind in ("EC", "RSA", "OKP")
)


@pytest.mark.parametrize(
    "jwk",
    [
        {},
        {"kty": "oct", "k": "AAAA"},
        {**EC, "d": "AAAA"},
        {**EC, "crv": "P-384"},
        {**EC, "x": EC["x"] + "="},
        {**EC, "x": "AA" + EC["x"]},
        {**EC, "x": EC["y"]},
        {**EC, "y": 7},
        {**EC, "kid": 7},
        {**EC, "alg": "RS256"},
        {**OKP, "crv": "X25519"},
        {**OKP, "x": "AAAA"},
        {**RSA, "n": RSA["n"][:171]},
        {**RSA, "n": "AA" + RSA["n"]},
        {**RSA, "e": "Aw"},
        {**RSA, "e": ""},
        {**RSA, "alg": "PS512"},
        {"kty": ["EC"]},
    ],
)
def test_other_keys_are_refused(jwk):
    with pytest.raises(InvalidKey):
        keys.read(jwk)
