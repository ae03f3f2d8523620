import hashlib
from datetime import timedelta

import pytest
from flask import Flask, request

from consent.oauth.opaque import encode
from pds.web.oauth import dpop, resource
from pds.web.oauth.errors import (
    InvalidDPoPProofError,
    TokenRefused,
    UseDPoPNonceError,
)
from pds.web.oauth.nonce import ServerNonce
from tests.oauth.conftest import ISSUER, NOW
from tests.oauth.jose import Signer

PATH = "/api/v1/records"
TOKEN = encode(b"t" * 32)
ATH = encode(hashlib.sha256(TOKEN.encode()).digest())
NONCE = ServerNonce(b"n" * 32)
SIGNER = Signer()


def proof(header=None, signer=SIGNER, **changes):
    claims = {
        "jti": "one",
        "htm": "GET",
        "htu": ISSUER + PATH,
        "iat": int(NOW.timestamp()),
        "nonce": NONCE.current(NOW),
        "ath": ATH,
    }
    claims = {k: v for k, v in {**claims, **changes}.items() if v is not None}
    head = {"typ": "dpop+jwt", "jwk": signer.jwk, **(header or {})}
    return signer.sign(head, claims)


def check(text, now=NOW):
    return dpop.check(
        text,
        method="GET",
        uri=ISSUER + PATH,
        nonce=NONCE,
        now=now,
        access_token=TOKEN,
    )


def seconds(offset):
    return int(NOW.timestamp()) + offset


def test_a_good_proof_names_its_key_and_its_mark():
    checked = check(proof())

    assert checked.mark.expires_at == NOW + timedelta(seconds=330)
    assert check(proof(jti="two")).thumbprint == checked.thumbprint
    assert check(proof(jti="two")).mark.key != checked.mark.key


@pytest.mark.parametrize(
    "changes",
    [
        {"htm": "POST"},
        {"htm": "get"},
        {"htm": None},
        {"htu": f"{ISSUER}/api/v1/other"},
        {"htu": "https://evil.example" + PATH},
        {"htu": "http://bank.example" + PATH},
        {"htu": "https://u@bank.example" + PATH},
        {"htu": "https://bank.example:x" + PATH},
        {"htu": 7},
        {"htu": None},
        {"ath": None},
        {"ath": encode(b"x" * 32)},
        {"jti": None},
        {"jti": 7},
        {"jti": ""},
        {"jti": "x" * 257},
        {"jti": "\ud800"},
        {"iat": None},
        {"iat": "now"},
        {"iat": True},
        {"iat": -1},
        {"iat": 1e300},
        {"iat": seconds(-301)},
        {"iat": seconds(61)},
        {"nbf": seconds(61)},
        {"exp": seconds(0)},
        {"exp": "never"},
    ],
)
def test_a_proof_for_something_else_is_refused(changes):
    with pytest.raises(InvalidDPoPProofError):
        check(proof(**changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"htu": f"{ISSUER}{PATH}?a=b#c"},
        {"htu": "HTTPS://BANK.example:443" + PATH},
        {"iat": seconds(-300)},
        {"iat": seconds(10)},
        {"iat": seconds(0) + 0.5},
        {"nbf": seconds(8)},
        {"exp": seconds(1)},
    ],
)
def test_a_proof_may_differ_in_what_does_not_matter(changes):
    assert check(proof(**changes)).thumbprint


@pytest.mark.parametrize("nonce", [None, "", "x", 7, encode(b"x" * 20)])
def test_a_proof_without_our_nonce_is_sent_for_one(nonce):
    with pytest.raises(UseDPoPNonceError):
        check(proof(nonce=nonce))


def test_a_nonce_is_good_for_two_epochs():
    late = NOW + timedelta(seconds=239)
    check(proof(), now=late - timedelta(seconds=120))
    with pytest.raises(UseDPoPNonceError):
        check(proof(), now=late + timedelta(seconds=1))


@pytest.mark.parametrize(
    "header",
    [
        {"typ": "JWT"},
        {"typ": None},
        {"jwk": None},
        {"jwk": {"kty": "oct", "k": "AAAA"}},
        {"jwk": {**SIGNER.jwk, "d": "AAAA"}},
        {"jwk": Signer().jwk},
        {"alg": "none"},
        {"alg": "HS256"},
        {"alg": "PS256"},
        {"alg": None},
        {"crit": ["nonce"]},
    ],
)
def test_a_proof_with_another_header_is_refused(header):
    with pytest.raises(InvalidDPoPProofError):
        check(proof(header=header))


@pytest.mark.parametrize("part", range(3))
def test_a_proof_changed_anywhere_is_refused(part):
    parts = proof().split(".")
    for change in (lambda t: t[:-1], lambda t: "A" + t[1:], lambda t: t + "A"):
        changed = list(parts)
        changed[part] = change(parts[part])
        if changed != parts:
            with pytest.raises(InvalidDPoPProofError):
                check(".".join(changed))


@pytest.fixture
def present():
    """Present headers at a resource and return what comes of it."""
    app = Flask("pds.web")

    def present(*headers):
        with app.test_request_context(PATH, headers=list(headers)):
            return resource.present(request, issuer=ISSUER, nonce=NONCE, now=NOW)

    return present


def test_a_token_and_its_proof_are_presented(present):
    for scheme in ("DPoP", "dpop"):
        shown = present(("Authorization", f"{scheme} {TOKEN}"), ("DPoP", proof()))

        assert shown.token_hash == hashlib.sha256(b"t" * 32).digest()
        assert shown.thumbprint == check(proof()).thumbprint
        assert shown.mark == check(proof()).mark


def test_no_token_at_all_is_no_error_code(present):
    with pytest.raises(TokenRefused) as refused:
        present(("DPoP", proof()))

    assert refused.value.error is None
    assert refused.value.code == "oauth.token-required"


@pytest.mark.parametrize(
    ("headers", "error"),
    [
        ([("Authorization", f"Bearer {TOKEN}")], "invalid_token"),
        ([("Authorization", "DPoP")], "invalid_token"),
        ([("Authorization", "DPoP ")], "invalid_token"),
        ([("Authorization", f"DPoP {TOKEN} x")], "invalid_token"),
        ([("Authorization", f"DPoP {TOKEN}")], "invalid_dpop_proof"),
        (
            [("Authorization", f"DPoP {TOKEN}"), ("DPoP", "a"), ("DPoP", "b")],
            "invalid_dpop_proof",
        ),
        (
            [("Authorization", f"DPoP {TOKEN}"), ("DPoP", proof(nonce="old"))],
            "use_dpop_nonce",
        ),
        (
            [("Authorization", f"DPoP {TOKEN}"), ("DPoP", proof(ath="other"))],
            "invalid_dpop_proof",
        ),
    ],
)
def test_what_is_not_presented_well_is_refused_by_its_code(present, headers, error):
    with pytest.raises(TokenRefused) as refused:
        present(*headers)

    assert refused.value.error == error


def test_a_token_that_cannot_be_ours_is_unusable(present):
    ath = encode(hashlib.sha256(b"x").digest())

    with pytest.raises(TokenRefused) as refused:
        present(("Authorization", "DPoP x"), ("DPoP", proof(ath=ath)))

    assert refused.value.error == "invalid_token"


def test_the_answer_names_error_algorithms_and_metadata(web, caller):
    for make, error in (
        (resource.unusable, "invalid_token"),
        (resource.replayed, "invalid_dpop_proof"),
        (lambda: TokenRefused(None, "none"), None),
    ):

        @web.get(f"/resource/{error}", endpoint=f"resource.{error}")
        def refuse(make=make):
            raise make()

    for error in ("invalid_token", "invalid_dpop_proof", None):
        answer = caller.http.get(f"/resource/{error}")

        stated = answer.headers["WWW-Authenticate"]
        assert answer.status_code == 401
        assert answer.content_type == "application/problem+json"
        assert answer.json.get("error") == error
        assert answer.headers["DPoP-Nonce"]
        assert ('error="' in stated) is (error is not None)
        assert 'algs="ES256 PS256 EdDSA Ed25519"' in stated
        assert f'resource_metadata="{ISSUER}/.well-known/' in stated
