"""npm `openid-client`, certified for FAPI 2.0, unmodified, through the whole life."""

import json
import subprocess
from dataclasses import asdict

import pytest

from tests.e2e.clients import program
from tests.e2e.packages import HERE


@pytest.fixture
def connected(openid_client, registration, details, giver):
    """The library after the person's yes in the browser; with the token answer."""
    openid_client.did("start", **asdict(registration))
    asked = openid_client.did("authorize", authorization_details=details)
    giver.consider(asked["address"])
    giver.tick("health.activity.steps")
    return openid_client.did("callback", address=giver.give())


def test_it_is_given_fetches_renews_and_sees_the_withdrawal(
    openid_client, connected, registration, giver
):
    (granted,) = connected["authorization_details"]
    assert connected["token_type"].lower() == "dpop"
    assert granted["categories"] == ["health.activity.steps"]
    fetched = openid_client.did("fetch", address=registration.records)
    assert fetched == {"status": 200, "records": 5}

    renewed = openid_client.did("refresh")
    assert renewed["access_token"] != connected["access_token"]
    assert "refresh_token" not in renewed
    assert openid_client.did("fetch", address=registration.records)["status"] == 200

    giver.withdraw(granted["consent_id"])

    ended = openid_client.do("fetch", address=registration.records)
    assert (ended["status"], ended["refused"]) == (401, "invalid_token")
    assert openid_client.do("refresh")["refused"] == "invalid_grant"


def test_a_token_is_of_no_use_under_another_key(openid_client, connected, registration):
    openid_client.did("change_key")

    refused = openid_client.do("fetch", address=registration.records)

    assert (refused["status"], refused["refused"]) == (401, "invalid_token")
    openid_client.did("refresh")
    assert openid_client.did("fetch", address=registration.records)["status"] == 200


def test_revoking_ends_everything(openid_client, connected, registration):
    openid_client.did("revoke")

    assert openid_client.do("fetch", address=registration.records)["status"] == 401
    assert openid_client.do("refresh")["refused"] == "invalid_grant"


def test_a_no_reaches_it_as_access_denied(openid_client, registration, details, person):
    openid_client.did("start", **asdict(registration))
    asked = openid_client.did("authorize", authorization_details=details)
    person.consider(asked["address"])

    answer = openid_client.do("callback", address=person.refuse())

    assert answer["refused"] == "access_denied"


def test_asking_beyond_the_offer_is_refused_at_the_push(
    openid_client, registration, details
):
    openid_client.did("start", **asdict(registration))
    more = [{**details[0], "categories": ["health.lab"]}]

    answer = openid_client.do("authorize", authorization_details=more)

    assert answer["refused"] == "invalid_authorization_details"


def test_node_is_the_pinned_one():
    pinned = json.loads((HERE / "package.json").read_text(encoding="utf-8"))
    lock = json.loads((HERE / "package-lock.json").read_text(encoding="utf-8"))

    said = subprocess.run(
        [program.NODE, "--version"], capture_output=True, text=True, check=True
    )

    assert said.stdout.strip() == f"v{pinned['engines']['node']}"
    version = lock["packages"]["node_modules/openid-client"]["version"]
    assert version == pinned["dependencies"]["openid-client"]
