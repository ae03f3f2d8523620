from io import BytesIO

import pytest

from pds.web.oauth.backchannel import MAX_BODY
from tests.oauth.conftest import Caller


def test_the_whole_back_channel_works(caller):
    code = caller.code()

    issued = caller.redeem(code)

    assert issued.status_code == 200
    assert issued.headers["Cache-Control"] == "no-store"
    body = issued.json
    assert body["token_type"] == "DPoP"
    assert body["expires_in"] == 300
    assert body["authorization_details"] == [{"type": "granted"}]
    assert caller.alive(body["access_token"])
    again = caller.refresh(body["refresh_token"])
    assert again.status_code == 200
    assert "refresh_token" not in again.json
    assert caller.revoke(body["refresh_token"]).status_code == 200
    assert not caller.alive(again.json["access_token"])
    assert caller.refresh(body["refresh_token"]).json["error"] == "invalid_grant"


@pytest.mark.parametrize("kind", ["ES256", "PS256", "Ed25519", "EdDSA"])
def test_every_algorithm_of_the_profile_works(web, memory, kind):
    caller = Caller(web, memory, kind=kind)
    assert caller.redeem(caller.code()).status_code == 200


def test_a_body_that_hides_its_length_is_bounded_too(web):
    endless = {"wsgi.input": BytesIO(b"a=" * MAX_BODY), "wsgi.input_terminated": True}

    answer = web.test_client().post(
        "/oauth/token",
        content_type="application/x-www-form-urlencoded",
        environ_overrides={**endless, "CONTENT_LENGTH": ""},
    )

    assert answer.status_code == 400
    assert answer.json["error_description"] == "The body is too long."
