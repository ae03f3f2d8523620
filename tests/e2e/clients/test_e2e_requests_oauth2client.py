"""PyPI `requests-oauth2client`, unmodified, with its own JOSE, for the whole life."""

import json

import pytest
import requests
from requests_oauth2client import (
    AuthorizationResponseError,
    DPoPToken,
    InvalidGrant,
    OAuth2Client,
    PrivateKeyJwt,
    RepeatedDPoPNonce,
)


@pytest.fixture
def client(registration):
    method = PrivateKeyJwt(
        registration.client_id,
        registration.private_jwk,
        alg="ES256",
        # By default the library names the token endpoint, which FAPI 2.0 forbids.
        aud=registration.issuer,
    )
    with requests.Session() as session:
        yield OAuth2Client.from_discovery_endpoint(
            f"{registration.issuer}/.well-known/oauth-authorization-server",
            issuer=registration.issuer,
            auth=method,
            redirect_uri=registration.redirect_uri,
            dpop_bound_access_tokens=True,
            session=session,
            testing=True,  # Plain http, as on one machine.
        )


@pytest.fixture
def ask(client, details):
    """Push a request; return it and the address for the person's browser."""

    def pushed():
        request = client.authorization_request(
            scope=None, authorization_details=json.dumps(details)
        )
        return request, client.pushed_authorization_request(request).uri

    return pushed


@pytest.fixture
def token(client, ask, giver):
    request, address = ask()
    giver.consider(address)
    giver.tick("health.activity.steps")
    return client.authorization_code(request.validate_callback(giver.give()))


def test_it_is_given_fetches_renews_and_sees_the_withdrawal(
    client, token, registration, giver
):
    assert isinstance(token, DPoPToken)
    (granted,) = token.authorization_details
    assert granted["categories"] == ["health.activity.steps"]
    assert len(fetch(registration, token).json()["records"]) == 5

    renewed = client.refresh_token(token)
    assert renewed.access_token != token.access_token
    assert renewed.refresh_token is None
    assert fetch(registration, renewed).status_code == 200

    giver.withdraw(granted["consent_id"])

    # The library takes every 401 for a question for a nonce; the answer says more.
    with pytest.raises(RepeatedDPoPNonce) as ended:
        fetch(registration, renewed)
    answer = ended.value.response
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
    assert answer.json()["code"] == "disclosure.ended"
    with pytest.raises(InvalidGrant):
        client.refresh_token(token)


def test_handing_back_ends_everything(client, token):
    assert client.revoke_refresh_token(token)

    with pytest.raises(InvalidGrant):
        client.refresh_token(token)


def test_a_no_reaches_it_as_access_denied(ask, person):
    request, address = ask()
    person.consider(address)

    with pytest.raises(AuthorizationResponseError) as refused:
        request.validate_callback(person.refuse())

    assert refused.value.error == "access_denied"


def fetch(registration, token):
    return requests.get(registration.records, auth=token, timeout=30)
