"""A recipient tells of an incident: signed, in the register at once, not twice."""

import itertools

import pytest

from pds.oversight.incidents import register
from pds.oversight.incidents.facts import IncidentPlace
from pds.oversight.incidents.incident import IncidentState
from pds.web.oauth.client_assertion import ASSERTION_TYPE

PATH = "/api/v1/incidents"
_NUMBER = itertools.count(1)
SAID = {"title": "端末の紛失", "outline": "端末を1台なくしました。", "persons": "3"}


def named(party, **changes):
    now = int(party.world.clock.now().timestamp())
    client_id = party.organisation.client_id
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": party.world.bank.settings.issuer,
        "jti": f"incidents-{next(_NUMBER)}",
        "iat": now,
        "exp": now + 60,
        **changes,
    }
    return {
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": party.world.signer.sign({"kid": "one"}, claims),
    }


def send(party, **fields):
    return party.world.app.test_client().post(PATH, data=fields)


def test_what_is_told_is_in_the_register_once(lone):
    party = lone.consented()
    name = named(party)
    answer = send(party, **name, **SAID)
    assert answer.status_code == 200, answer.json
    assert send(party, **name, **SAID).status_code == 401

    bank = party.world.bank
    with bank.read() as snap:
        (entered,) = register.every(snap)
        found = register.get(snap, bank.keys, entered.incident_id)
    assert answer.json == {"incident_id": str(entered.incident_id)}
    assert found.recipient_id == party.organisation.recipient_id
    assert (found.title, found.facts.persons) == (SAID["title"], 3)
    assert found.facts.place is IncidentPlace.RECIPIENT
    assert found.state is IncidentState.OPEN
    assert found.knew_at == found.opened_at


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"title": "x" * 201},
        {"persons": "many"},
        {"persons": "99999999999"},
        {"persons": "9999999999"},
        {"outline": "4111111111111111"},
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(lone, wrong):
    party = lone.consented()
    answer = send(party, **named(party), **{**SAID, **wrong})
    assert answer.status_code == 400
    with party.world.bank.read() as snap:
        assert register.every(snap) == []


def test_nobody_else_tells_for_a_recipient(lone):
    party = lone.consented()
    forged = named(party, aud="https://elsewhere.example")
    assert send(party, **forged, **SAID).status_code == 401
    assert send(party, **SAID).status_code == 401
