"""Recipients' programs: the operator registers them, and they ask from outside."""

import json
from typing import Any

from pds.cli.demo import sample
from pds.cli.demo.browser import Browser
from pds.cli.demo.organisations import Organisation
from pds.core.clock import SystemClock
from tests.e2e.world import World


def register(
    world: World,
    organisation: Organisation,
    *,
    client_id: str,
    jwks: dict[str, Any],
    redirect_uri: str,
) -> None:
    """Register one more client of a demo recipient on the operator's page."""
    operator = Browser(world.issuer)
    operator.log_in(world.credentials.login("operator"))
    page = f"/operator/recipients/{organisation.recipient_id}/clients/new"
    wanted = {("purposes", organisation.purpose)}
    wanted |= {("categories", each) for each in organisation.categories}
    done = operator.submit(
        operator.open(page).form("jwks"),
        {
            "client_id": client_id,
            "jwks": json.dumps(jwks),
            "redirect_uris": redirect_uri,
        },
        ticks=sorted(wanted),
    )
    assert "The client is registered." in done.text, done.text


def sample_recipient(
    world: World, organisation: Organisation, client_id: str, redirect_uri: str
) -> Any:
    """Return the sample recipient as a new client with a key of its own."""
    recipient = sample.load().Recipient(world.issuer, client_id, redirect_uri)
    register(
        world,
        organisation,
        client_id=client_id,
        jwks=recipient.jwks(),
        redirect_uri=redirect_uri,
    )
    return recipient


def asks(world: World, organisation: Organisation) -> dict[str, Any]:
    """Return the `authorization_details` entry that a demo recipient asks with."""
    client = world.credentials.client(organisation.key)
    return organisation.provision(SystemClock().now(), client.offer_id)
