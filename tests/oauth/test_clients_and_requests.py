import pytest

from consent.oauth import clients, requests
from consent.oauth.clients import ClientState
from consent.oauth.errors import InvalidClient, InvalidKey, UnknownRequest
from consent.oauth.opaque import request_uri

GOOD = {
    "client_id": "app",
    "recipient_id": "hikari-health",
    "redirect_uris": ["https://app.example/cb?x=1"],
    "purposes": ["health-advice"],
    "categories": ["health.vital"],
}


def register(work, ec_jwks, **changes):
    return clients.register(work, **{**GOOD, "jwks": ec_jwks, **changes})


def test_a_client_is_found_as_it_was_registered(work, ec_jwks):
    made = register(work, ec_jwks)

    assert clients.find(work, "app") == made
    assert clients.of_recipient(work, "hikari-health") == [made]
    assert (made.is_active, made.fence) == (True, 0)
    assert [key.kid for key in made.public_keys()] == ["one"]


@pytest.mark.parametrize("client_id", ["", "x\0", "あ", "a b", "a" * 101, "app\n"])
def test_a_strange_id_is_no_client(work, ec_jwks, client_id):
    assert clients.find(work, client_id) is None
    with pytest.raises(InvalidClient):
        register(work, ec_jwks, client_id=client_id)


@pytest.mark.parametrize(
    "address",
    [
        "http://app.example/cb",
        "http://localhost/cb",
        "https://app.example/cb#f",
        "https://app.example/cb#",
        "https://user@app.example/cb",
        "https:///cb",
        "https://[::1/cb",
        "https://app.example:x/cb",
        "javascript:alert(1)",
        "//app.example/cb",
        "https://app.example/c b",
        "https://app.example/あ",
        "https://app.example/cb;x",
        "https://app.example/\n",
        "https://app.example/" + "a" * 2000,
        "",
    ],
)
def test_only_exact_https_addresses_are_registered(work, ec_jwks, address):
    with pytest.raises(InvalidClient):
        register(work, ec_jwks, redirect_uris=[address])


def test_a_local_bank_takes_local_addresses(work, ec_jwks):
    made = register(
        work, ec_jwks, redirect_uris=["http://localhost:9000/cb"], allow_loopback=True
    )
    assert made.redirect_uris == ("http://localhost:9000/cb",)
    with pytest.raises(InvalidClient):
        register(
            work, ec_jwks, redirect_uris=["http://app.example/"], allow_loopback=True
        )


@pytest.mark.parametrize("missing", ["redirect_uris", "purposes", "categories"])
def test_addresses_and_caps_are_required(work, ec_jwks, missing):
    with pytest.raises(InvalidClient):
        register(work, ec_jwks, **{missing: []})


def test_key_sets_are_checked(work, ec_jwks):
    key = ec_jwks["keys"][0]
    for jwks in ({}, {"keys": []}, {"keys": [key, key]}, {"keys": [7]}):
        with pytest.raises(InvalidClient):
            register(work, jwks)
    with pytest.raises(InvalidKey):
        register(work, {"keys": [{**key, "d": "AAAA"}]})


def test_changes_are_counted_by_the_fence(work, ec_jwks):
    register(work, ec_jwks)

    clients.replace_keys(work, "app", {"keys": [{**ec_jwks["keys"][0], "kid": "two"}]})
    clients.set_state(work, "app", ClientState.SUSPENDED)

    changed = clients.find(work, "app")
    assert (changed.fence, changed.is_active) == (2, False)
    assert [key.kid for key in changed.public_keys()] == ["two"]
    with pytest.raises(InvalidClient):
        clients.set_state(work, "nobody", ClientState.ENDED)


def test_caps_hold_by_whole_segments(client):
    assert client.may_ask("health-advice", ["health.vital.weight", "purchase.receipt"])
    assert not client.may_ask("marketing", ["health.vital"])
    assert not client.may_ask("health-advice", ["health.vitality"])
    assert not client.may_ask("health-advice", ["health"])


def test_a_request_waits_until_it_is_decided_once(work, pushed, client):
    assert not requests.find(work, pushed, client.client_id).is_opened
    requests.open_request(work, pushed, client.client_id)
    requests.open_request(work, pushed, client.client_id)
    assert requests.find(work, pushed, client.client_id).is_opened

    taken = requests.consume(work, pushed, client.client_id)

    assert taken.parameters["state"] == "s"
    for again in (requests.find, requests.consume, requests.open_request):
        with pytest.raises(UnknownRequest):
            again(work, pushed, client.client_id)


def test_a_request_is_over_unless_the_browser_came(work, pushed, client, later):
    with pytest.raises(UnknownRequest):
        requests.find(later(seconds=90), pushed, client.client_id)

    in_time = later(seconds=89)
    requests.open_request(in_time, pushed, client.client_id)

    requests.find(later(minutes=10), pushed, client.client_id)
    with pytest.raises(UnknownRequest):
        requests.find(later(minutes=17), pushed, client.client_id)


def test_strangers_find_no_request(work, pushed, client):
    for uri, name in (
        (pushed, "other-app"),
        (request_uri("A" * 43), client.client_id),
        ("https://client.example/request.jwt", client.client_id),
        ("", client.client_id),
    ):
        with pytest.raises(UnknownRequest):
            requests.find(work, uri, name)
