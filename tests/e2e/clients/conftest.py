"""A registered client whose key a foreign library holds, and a person who decides."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from joserfc.jwk import ECKey

from pds.cli.demo.organisations import COACH
from tests.e2e import recipients
from tests.e2e.callback import Callback
from tests.e2e.clients import program
from tests.e2e.clients.program import Program
from tests.e2e.person import Person
from tests.e2e.world import World

_PUBLIC = ("kty", "crv", "x", "y")
_STEPS = b'"41950-7"'
"""The LOINC code of steps in a day."""


@dataclass(frozen=True)
class Registration:
    """One client as its recipient knows it."""

    issuer: str
    client_id: str
    private_jwk: dict[str, Any]
    redirect_uri: str

    @property
    def records(self) -> str:
        """Where records are fetched, a few at a time."""
        return f"{self.issuer}/api/v1/records?limit=5"


@pytest.fixture
def language() -> str:
    """Libraries read no page, so one language is enough."""
    return "ja"


@pytest.fixture(scope="session")
def registration(world: World, callback: Callback) -> Registration:
    key = ECKey.generate_key("P-256")
    jwk = {**key.as_dict(private=True), "kid": key.thumbprint(), "alg": "ES256"}
    public = {name: jwk[name] for name in (*_PUBLIC, "kid", "alg")}
    found = Registration(world.issuer, "e2e-foreign", jwk, callback.uri)
    recipients.register(
        world,
        COACH,
        client_id=found.client_id,
        jwks={"keys": [public]},
        redirect_uri=found.redirect_uri,
    )
    return found


@pytest.fixture
def details(world: World) -> list[dict[str, Any]]:
    """What the recipient asks for, as RFC 9396 wants it."""
    return [recipients.asks(world, COACH)]


@pytest.fixture
def giver(person: Person, files: list[Any]) -> Person:
    """A person whose steps are at the bank."""
    (steps,) = (each for each in files if _STEPS in each.read_bytes())
    person.bring_in(steps)
    return person


@pytest.fixture
def openid_client() -> Iterator[Program]:
    with program.running("openid_client.js") as found:
        yield found
