import pytest

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
