"""Consent in a real browser, up to the recipient's own site on another origin."""

from tests.e2e.callback import parameters


def test_giving_leads_to_the_recipient_with_a_code(
    person, files, asked, registered_recipient, callback, world
):
    person.bring_in(files[0])
    person.consider(asked)
    person.tick()

    address = person.give()

    arrived = parameters(address)
    assert address.startswith(callback.uri)
    assert arrived["iss"] == world.issuer
    assert arrived["state"] == registered_recipient.pending["state"]
    assert registered_recipient.callback(address)["token_type"] == "DPoP"


def test_refusing_leads_to_the_recipient_with_an_error(
    person, asked, registered_recipient, callback, world
):
    person.consider(asked)

    address = person.refuse()

    assert address.startswith(callback.uri)
    assert parameters(address) == {
        "error": "access_denied",
        "error_description": parameters(address).get("error_description", ""),
        "iss": world.issuer,
        "state": registered_recipient.pending["state"],
    }
