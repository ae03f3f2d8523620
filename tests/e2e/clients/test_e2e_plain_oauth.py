"""PyPI `requests-oauthlib`, plain OAuth 2.0: refused everywhere, nothing is made."""

import pytest
from oauthlib.oauth2 import BackendApplicationClient, OAuth2Error
from requests_oauthlib import OAuth2Session

from tests.e2e.callback import parameters


@pytest.fixture
def plain(registration, monkeypatch):
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    with OAuth2Session(
        registration.client_id, redirect_uri=registration.redirect_uri
    ) as session:
        yield session


def test_a_request_that_was_not_pushed_shows_an_error_and_goes_nowhere(
    plain, registration, person, callback
):
    before = list(callback.arrived)
    address, _state = plain.authorization_url(f"{registration.issuer}/oauth/authorize")

    person.go(address, 404)

    assert person.page.url == address
    assert callback.arrived == before
    assert person.consent_ids() == []


@pytest.mark.parametrize("more", [{}, {"client_secret": "guessed"}])
def test_a_code_is_of_no_use_without_key_and_proof(
    plain, registration, registered_recipient, details, giver, more
):
    giver.consider(registered_recipient.authorize(details[0]))
    giver.tick("health.activity.steps")
    address = giver.give()

    with pytest.raises(OAuth2Error) as refused:
        plain.fetch_token(
            f"{registration.issuer}/oauth/token",
            code=parameters(address)["code"],
            include_client_id=True,
            **more,
        )

    assert refused.value.error == "invalid_dpop_proof"
    assert not plain.authorized
    # The code was not spent on it: whom it was made for still gets a token.
    assert registered_recipient.callback(address)["token_type"] == "DPoP"


def test_client_credentials_without_key_and_proof_are_no_way_in(
    registration, monkeypatch
):
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    client = BackendApplicationClient(registration.client_id)
    with (
        OAuth2Session(client=client) as session,
        pytest.raises(OAuth2Error) as refused,
    ):
        session.fetch_token(f"{registration.issuer}/oauth/token", client_secret="x")

    assert refused.value.error == "invalid_dpop_proof"


def test_a_stolen_token_is_of_no_use_as_a_bearer(
    plain, registration, registered_recipient, details, giver
):
    giver.consider(registered_recipient.authorize(details[0]))
    giver.tick("health.activity.steps")
    stolen = registered_recipient.callback(giver.give())
    plain.token = {"access_token": stolen["access_token"], "token_type": "Bearer"}

    answer = plain.get(registration.records)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith('DPoP error="invalid_token"')
    assert "records" not in answer.json()
    assert registered_recipient.fetch(limit=5).records()
