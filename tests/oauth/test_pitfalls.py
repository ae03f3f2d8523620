"""What Authlib alone would get wrong, each with the test that it is right here.

The numbers are those of docs/formats/oauth.md section 8.
"""

import ast
import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from authlib.oauth2.rfc6749 import AccessDeniedError
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata

import pds.web.oauth
from consent.oauth import clients, grants, replay, requests
from consent.oauth.clients import ClientState
from pds.web.oauth import metadata, pkce
from pds.web.oauth.client import BankClient
from pds.web.oauth.server import BankServer
from tests.oauth.conftest import CHALLENGE, ISSUER, PROVISION, REDIRECT, Caller
from tests.oauth.jose import Signer


def error(response):
    return response.status_code, response.json["error"]


INVALID_CLIENT = (400, "invalid_client")
INVALID_GRANT = (400, "invalid_grant")
INVALID_PROOF = (400, "invalid_dpop_proof")
INVALID_REQUEST = (400, "invalid_request")


def test_p01_ten_parallel_redemptions_give_one_token_and_end_the_grant(
    web, memory, caller
):
    code = caller.code()
    start = threading.Barrier(10)
    attempts = [
        (web.test_client(), caller.assertion(), caller.proof("/oauth/token"))
        for _ in range(10)
    ]

    def redeem(attempt):
        http, assertion, proof = attempt
        start.wait()
        return http.post(
            "/oauth/token",
            data={
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": REDIRECT,
                "code_verifier": "v" * 43,
                "client_assertion": assertion,
                "client_assertion_type": (
                    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
                ),
            },
            headers={"DPoP": proof},
        )

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(redeem, attempts))

    won = [answer for answer in answers if answer.status_code == 200]
    assert len(won) == 1
    assert [error(a) for a in answers if a.status_code != 200] == [INVALID_GRANT] * 9
    assert not caller.alive(won[0].json["access_token"])
    assert memory.log.actions() == ["grant.code-reused"]


def test_p02_a_code_lives_sixty_seconds_and_its_reuse_ends_the_grant(caller, memory):
    late, used = caller.code(), caller.code()
    first = caller.redeem(used).json
    assert error(caller.redeem(used)) == INVALID_GRANT
    assert not caller.alive(first["access_token"])
    assert error(caller.refresh(first["refresh_token"])) == INVALID_GRANT

    memory.moment += timedelta(seconds=60)

    assert error(caller.redeem(late)) == INVALID_GRANT


@pytest.mark.parametrize(
    "changes",
    [
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge": None},
        {"code_challenge_method": None},
        {"code_challenge_method": "plain"},
        {"code_challenge": "short"},
        {"code_challenge": "=" + CHALLENGE[1:]},
    ],
)
def test_p03_every_client_needs_pkce_with_s256(caller, changes):
    assert error(caller.push(changes)) == INVALID_REQUEST
    assert set(pkce.RequiredS256.CODE_CHALLENGE_METHODS) == {"S256"}


@pytest.mark.parametrize("verifier", [None, "w" * 43, CHALLENGE, "short"])
def test_p03_the_verifier_must_fit(caller, verifier):
    code = caller.code()

    answer = caller.redeem(code, {"code_verifier": verifier})

    assert answer.status_code == 400
    assert answer.json["error"] in ("invalid_request", "invalid_grant")
    assert caller.redeem(code).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": [ISSUER]},
        {"aud": [ISSUER, "https://stranger.example"]},
        {"aud": f"{ISSUER}/oauth/token"},
        {"aud": f"{ISSUER}/oauth/par"},
        {"aud": f"{ISSUER}/"},
        {"aud": None},
        {"sub": None},
        {"sub": "other-app"},
        {"sub": 7},
        {"sub": "\ud800"},
        {"iss": "other-app"},
        {"iss": None},
        {"jti": None},
        {"jti": ""},
        {"jti": "x" * 257},
        {"jti": "\ud800"},
        {"exp": None},
        {"exp": "soon"},
        {"exp": True},
        {"exp": -1},
        {"exp": 1 << 60},
        {"iat": None},
    ],
)
def test_p04_an_assertion_is_read_strictly(caller, changes):
    changes = dict(changes)
    answer = caller.push(assertion=caller.assertion(**changes))

    assert error(answer) == INVALID_CLIENT


@pytest.mark.parametrize(
    ("name", "offset", "accepted"),
    [
        ("exp", 1, True),
        ("exp", 0, False),
        ("exp", -50, False),
        ("exp", 600, True),
        ("exp", 601, False),
        ("exp", 315_360_000, False),
        ("iat", 10, True),
        ("iat", 61, False),
        ("nbf", 8, True),
        ("nbf", 61, False),
    ],
)
def test_p04_an_assertions_times_have_narrow_bounds(caller, name, offset, accepted):
    assertion = caller.assertion(**{name: caller.seconds(offset)})

    assert (caller.push(assertion=assertion).status_code == 201) is accepted


def test_p04_only_the_profiles_algorithms_and_own_keys_count(caller):
    for header in (
        {"alg": "RS256"},
        {"alg": "HS256"},
        {"alg": "none"},
        {"alg": "PS256"},
        {"alg": 7},
        {"kid": "two"},
        {"typ": "dpop+jwt"},
        {"crit": ["exp"], "exp": 1},
    ):
        answer = caller.push(assertion=caller.assertion(header=header))
        assert error(answer) == INVALID_CLIENT
    stranger = caller.assertion(signer=Signer())
    assert error(caller.push(assertion=stranger)) == INVALID_CLIENT
    for text in ("x", "a.b", "a.b.c", "é.é.é", "A" * 9000, "e30.e30.AA", "W10.W10.AA"):
        assert error(caller.push(assertion=text)) == INVALID_CLIENT


def test_p04_the_forms_client_id_must_be_the_assertions(caller):
    assert error(caller.push({"client_id": "other-app"})) == INVALID_CLIENT
    assert caller.push({"client_id": "hikari-app"}).status_code == 201


def test_p04_without_a_key_name_every_key_is_tried(caller):
    assert caller.push(assertion=caller.assertion(header={"kid": None})).status_code


def test_p05_long_headers_with_rsa_keys_and_unknown_names_are_read(web, memory):
    caller = Caller(web, memory, kind="PS256", bits=4096)
    strange = {"x-note": "an extension that nobody has to know"}

    answer = caller.push(
        proof=caller.proof("/oauth/par", header=strange),
        assertion=caller.assertion(header=strange),
    )

    assert answer.status_code == 201
    too_long = caller.proof("/oauth/par", header={"x-note": "x" * 4096})
    assert error(caller.push(proof=too_long)) == INVALID_PROOF


@pytest.mark.parametrize("kind", ["token", "code id_token", "none", None, 'é"\\'])
def test_p06_par_answers_a_wrong_response_type_to_the_client(caller, kind):
    answer = caller.push({"response_type": kind})

    assert error(answer) == (400, "unsupported_response_type")
    assert answer.location is None


def test_p06_no_error_of_par_is_a_redirect(caller):
    for changes in (
        {"scope": "openid"},
        {"code_challenge": None},
        {"authorization_details": "[]"},
        {"redirect_uri": "https://stranger.example/"},
    ):
        answer = caller.push(changes)
        assert answer.status_code == 400
        assert answer.location is None
        assert "state" not in answer.json


def test_p07_no_hook_has_more_than_one_listener(caller, web, memory):
    with web.test_request_context():
        server = BankServer(memory)

    assert all(len(listeners) == 1 for listeners in server._hooks.values())
    for grant_class, extensions in server._authorization_grants:
        grant = grant_class(None, server)
        for extension in extensions:
            extension(grant)
        assert all(len(listeners) == 1 for listeners in grant._hooks.values())


def test_p08_errors_carry_iss_and_never_go_to_unchecked_addresses(memory, web):
    with web.test_request_context():
        server = BankServer(memory)
        known = server.refuse(AccessDeniedError(state="s", redirect_uri=REDIRECT))
        unknown = server.refuse(AccessDeniedError(state="s"))

    query = parse_qs(urlsplit(known.location).query)
    assert known.status_code == 303
    assert (query["iss"], query["state"]) == ([ISSUER], ["s"])
    assert query["error"] == ["access_denied"]
    assert (unknown.status_code, unknown.location) == (400, None)


@pytest.mark.parametrize("path", ["/oauth/par", "/oauth/token", "/oauth/revoke"])
def test_p09_query_parameters_and_duplicates_are_refused(caller, path):
    parameters = {"grant_type": "refresh_token"}

    in_query = caller.post(path, {}, query="?grant_type=refresh_token")
    twice = caller.http.post(path, data={"token": ["a", "b"]})
    as_json = caller.http.post(path, json=parameters)
    too_long = caller.http.post(path, data={"token": "a" * 70_000})
    too_many = caller.http.post(path, data={f"f{n}": "x" for n in range(50)})
    not_utf8 = caller.http.post(
        path, data=b"a=%ff", content_type="application/x-www-form-urlencoded"
    )

    for answer in (in_query, twice, as_json, too_long, too_many, not_utf8):
        assert error(answer) == INVALID_REQUEST


def test_p10_addresses_come_from_the_settings_never_from_host(caller):
    for host in ("evil.example", "bank.example:444"):
        answer = caller.push(headers={"Host": host}.items())
        assert answer.status_code == 201
    moved = caller.proof("/oauth/par", htu="https://evil.example/oauth/par")
    answer = caller.push(proof=moved, headers=[("Host", "evil.example")])

    assert error(answer) == INVALID_PROOF
    assert "AUTHLIB_INSECURE_TRANSPORT" not in os.environ


def test_p11_there_is_no_open_registration(caller):
    described = metadata.server(ISSUER)

    assert caller.http.post("/oauth/register", json={}).status_code == 404
    assert "registration_endpoint" not in described


def test_p12_no_client_has_a_secret_and_every_endpoint_wants_its_key(memory, caller):
    with memory.read() as snap:
        client = BankClient(clients.find(snap, "hikari-app"))

    assert not client.check_client_secret("é")
    for endpoint in ("token", "par", "revocation", "anything"):
        assert client.check_endpoint_auth_method("private_key_jwt", endpoint)
        for method in ("none", "client_secret_basic", "client_secret_post"):
            assert not client.check_endpoint_auth_method(method, endpoint)
    for headers, form in (
        ([("Authorization", "Basic aGlrYXJpLWFwcDp4")], {}),
        ([], {"client_secret": "é"}),
        ([], {"client_assertion_type": "other"}),
        ([], {"client_assertion_type": None}),
    ):
        for path in ("/oauth/par", "/oauth/token", "/oauth/revoke"):
            body = {"grant_type": "refresh_token", "token": "x", **form}
            assert error(caller.post(path, body, headers=headers)) == INVALID_CLIENT


def test_p13_scopes_are_refused_not_narrowed(caller):
    issued = caller.redeem(caller.code()).json

    assert error(caller.push({"scope": "openid"})) == (400, "invalid_scope")
    again = caller.refresh(issued["refresh_token"], {"scope": "openid"})
    assert error(again) == (400, "invalid_scope")
    assert "scope" not in issued


def test_p14_tokens_are_opaque(caller):
    issued = caller.redeem(caller.code()).json

    for name in ("access_token", "refresh_token"):
        assert len(issued[name]) == 43
        assert "." not in issued[name]


def test_p15_looking_does_not_burn_a_request(memory, caller):
    uri = caller.push().json["request_uri"]

    for _ in range(3):
        memory.unit_of_work(lambda work: requests.open_request(work, uri, "hikari-app"))

    taken = memory.unit_of_work(lambda work: requests.consume(work, uri, "hikari-app"))
    assert taken.parameters["redirect_uri"] == REDIRECT


def test_p17_marks_are_shared_kept_long_enough_and_bound_to_the_key(
    web, memory, caller
):
    proof, assertion = caller.proof("/oauth/par"), caller.assertion()
    assert caller.push(proof=proof, assertion=assertion).status_code == 201

    # A second application is a second worker: it shares nothing but the database.
    assert error(caller.push(proof=proof)) == INVALID_PROOF
    assert error(caller.push(assertion=assertion)) == INVALID_CLIENT

    same_jti = caller.proof("/oauth/par", signer=Signer(), jti="p0")
    assert caller.push(proof=same_jti).status_code == 201


def test_p17_a_refused_request_spends_its_marks_as_well(caller):
    assertion = caller.assertion()
    assert error(caller.redeem("A" * 43, assertion=assertion)) == INVALID_GRANT

    assert error(caller.push(assertion=assertion)) == INVALID_CLIENT


def test_p17_a_mark_outlives_what_it_stands_for(memory, caller):
    proof = replay.proof_mark(b"k" * 32, "j", memory.now())
    assert memory.unit_of_work(lambda work: replay.spend(work, proof))
    assert not memory.unit_of_work(lambda work: replay.spend(work, proof))


def test_p17_a_store_that_cannot_write_lets_nothing_through(caller, memory):
    memory.is_full = True

    for answer in (caller.push(), caller.redeem("A" * 43)):
        assert error(answer) == (503, "temporarily_unavailable")
        assert answer.headers["Retry-After"]


def test_p18_failed_assertions_are_answered_with_400_and_json(caller):
    answer = caller.push(assertion=caller.assertion(signer=Signer()))

    assert error(answer) == INVALID_CLIENT
    assert answer.headers["Cache-Control"] == "no-store"
    assert "WWW-Authenticate" not in answer.headers


def test_p19_authlib_is_pinned_and_its_old_jose_is_never_imported():
    assert version("Authlib").startswith("1.9.")
    folder = Path(pds.web.oauth.__file__).parent
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not any(name.startswith("authlib.jose") for name in names)


def test_p19_a_key_in_an_assertions_header_is_not_looked_at(caller):
    thief = Signer()
    header = {"jwk": thief.jwk, "jku": "https://evil.example/jwks", "kid": None}

    answer = caller.push(assertion=caller.assertion(header=header, signer=thief))

    assert error(answer) == INVALID_CLIENT


def test_the_metadata_is_what_rfc_8414_wants():
    described = metadata.server("https://bank.example")

    AuthorizationServerMetadata(described).validate()
    assert described["require_pushed_authorization_requests"] is True


def test_a_suspended_client_is_refused_everywhere(caller, memory):
    issued = caller.redeem(caller.code()).json
    memory.unit_of_work(
        lambda work: clients.set_state(work, "hikari-app", ClientState.SUSPENDED)
    )

    for answer in (
        caller.push(),
        caller.refresh(issued["refresh_token"]),
        caller.revoke(issued["refresh_token"]),
    ):
        assert error(answer) == INVALID_CLIENT
    assert not caller.alive(issued["access_token"])


def test_a_foreign_token_is_answered_like_an_unknown_one(web, memory, caller):
    other = Caller(web, memory, client_id="other-app")
    issued = caller.redeem(caller.code()).json

    assert other.revoke(issued["refresh_token"]).status_code == 200
    assert error(other.refresh(issued["refresh_token"])) == INVALID_GRANT
    assert error(other.redeem(caller.code())) == INVALID_GRANT
    assert caller.alive(issued["access_token"])
    assert error(caller.refresh(issued["access_token"])) == INVALID_GRANT


def test_a_request_names_its_registered_address_letter_by_letter(caller):
    for address in (None, REDIRECT + "/", REDIRECT.upper(), 'https://x/"é'):
        assert error(caller.push({"redirect_uri": address})) == INVALID_REQUEST
    code = caller.code()
    for address in (None, REDIRECT + "/"):
        assert error(caller.redeem(code, {"redirect_uri": address})) == INVALID_GRANT


@pytest.mark.parametrize(
    "details",
    [
        None,
        "",
        "x",
        "{}",
        "[]",
        json.dumps([PROVISION, PROVISION]),
        json.dumps([{**PROVISION, "type": "payment"}]),
        json.dumps([{**PROVISION, "purpose": "household.budget"}]),
        json.dumps([{**PROVISION, "categories": ["health"]}]),
        json.dumps([{**PROVISION, "surprise": 1}]),
        "[" * 15_000,
    ],
)
def test_details_outside_the_format_or_the_caps_are_refused(caller, details):
    answer = caller.push({"authorization_details": details})

    assert error(answer) == (400, "invalid_authorization_details")


def test_a_request_object_or_a_request_uri_cannot_be_pushed(caller):
    for changes in (
        {"request_uri": "urn:x"},
        {"request": "e30.e30."},
        {"response_mode": "fragment"},
        {"state": "s" * 1025},
    ):
        assert error(caller.push(changes)) == INVALID_REQUEST


def test_unknown_grant_types_and_missing_parameters_are_refused(caller):
    for kind in ("password", "implicit", 'é"'):
        answer = caller.post("/oauth/token", {"grant_type": kind})
        assert error(answer) == (400, "unsupported_grant_type")
    for kind in ("authorization_code", "refresh_token"):
        answer = caller.post("/oauth/token", {"grant_type": kind})
        assert error(answer) == INVALID_REQUEST
    # Nobody's token is for nothing: it names the offer.
    bare = caller.post("/oauth/token", {"grant_type": "client_credentials"})
    assert error(bare) == (400, "invalid_authorization_details")
    assert error(caller.post("/oauth/revoke", {})) == INVALID_REQUEST


def test_a_consent_that_ended_gives_no_new_token(caller, memory):
    issued = caller.redeem(caller.code()).json

    def end(work):
        found = work.connection.execute(grants.grant.select()).one()
        return grants.end(work, found.owner_id, found.grant_id)

    assert memory.unit_of_work(end)
    assert error(caller.refresh(issued["refresh_token"])) == INVALID_GRANT
    assert not caller.alive(issued["access_token"])
