"""A world of a test's own, and addresses of others on loopback."""

import pytest

from consent.oauth import clients
from tests.delivery.outside import callback_address
from tests.disclosure.fixtures import lone

__all__ = ["lone"]


@pytest.fixture
def address():
    with callback_address() as place:
        yield place


@pytest.fixture
def told(lone, address):
    """A recipient's software with a consent, and an address where it is told."""
    party = lone.consented(organisation=lone.organisation(), records=1)
    register(lone, party, address.url)
    return party


def register(world, party, url):
    client_id = party.organisation.client_id
    world.do(
        lambda work: clients.set_callback(work, client_id, url, allow_loopback=True)
    )
