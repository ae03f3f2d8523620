"""Client credentials: a token for an accepted offer, by the rules of all requests."""

import json
from datetime import timedelta
from importlib.resources import files

import pytest
from jsonschema import Draft202012Validator
from sqlalchemy import select

from consent import offer_details, offers
from consent.oauth import clients
from consent.oauth.clients import ClientState
from consent.oauth.tables import offer_token
from consent.terms import InvalidTerms
from pds.bank.chores import sweep_oauth
from pds.cli.demo import sample
from pds.web.oauth.client_assertion import ASSERTION_TYPE
from tests import clearing
from tests.disclosure.fixtures import lone  # noqa: F401 - a fixture
from tests.disclosure.offering import accept, publish, withdraw
from tests.disclosure.world import STEPS
from tests.oauth.visitors import Session

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def world(lone):  # noqa: F811 - the fixture above
    return lone


@pytest.fixture
def offer_id(world):
    return publish(world, world.shared)


@pytest.fixture
def recipient(world):
    """The sample recipient, as the software of the world's shared organisation."""
    example, bank = sample.load(), world.bank
    made = example.Recipient(
        bank.settings.issuer,
        world.shared.client_id,
        "https://recipient.example/callback",
        session=Session(world.app, bank.settings.issuer),
        clock=lambda: bank.clock.now().timestamp(),
    )
    client_id, keys = world.shared.client_id, made.jwks()
    world.do(lambda work: clients.replace_keys(work, client_id, keys))
    return made


def detail(named, /, **changes):
    made = {"type": "offer_provision", "version": 1, "offer_id": str(named)}
    return {k: v for k, v in {**made, **changes}.items() if v is not None}


def ask(recipient, *details, **form):
    return recipient.bank.post(
        "token_endpoint",
        {
            "grant_type": "client_credentials",
            "authorization_details": json.dumps(details),
            **form,
        },
    )


def refused(recipient, *details, **form):
    with pytest.raises(sample.load().RecipientError) as caught:
        ask(recipient, *details, **form)
    return caught.value.status, caught.value.code


def test_a_client_gets_a_token_for_its_offer_and_no_refresh_token(recipient, offer_id):
    answer = ask(recipient, detail(offer_id))

    assert answer.keys() == {
        *("access_token", "token_type", "expires_in", "authorization_details")
    }
    assert answer["token_type"] == "DPoP"
    assert answer["expires_in"] == 300
    assert answer["authorization_details"] == [detail(offer_id)]


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "data_provision"},
        {"version": 2},
        {"version": True},
        {"offer_id": None},
        {"offer_id": "x"},
        {"offer_id": "A" * 36},
        {"more": 1},
        {"offer_id": "00000000-0000-0000-0000-000000000001"},
    ],
)
def test_a_strange_detail_is_refused(recipient, offer_id, changes):
    wrong = detail(offer_id, **changes)
    assert refused(recipient, wrong) == (400, "invalid_authorization_details")


def test_exactly_one_detail_and_no_scope(recipient, offer_id):
    one = detail(offer_id)
    for details in ((), (one, one), ("x",)):
        assert refused(recipient, *details)[1] == "invalid_authorization_details"
    broken = {"authorization_details": "{"}
    assert refused(recipient, **broken)[1] == "invalid_authorization_details"
    assert refused(recipient, one, scope="all") == (400, "invalid_scope")


def test_the_published_schema_says_the_same(offer_id):
    schema = json.loads(
        files("consent").joinpath("schemas", offer_details.SCHEMA).read_text()
    )
    holds = Draft202012Validator(schema).is_valid
    for changes in ({}, {"version": 2}, {"offer_id": "x"}, {"more": 1}, {"type": "x"}):
        made = detail(offer_id, **changes)
        try:
            offer_details.parse(made)
        except InvalidTerms:
            assert not holds(made)
        else:
            assert holds(made)
    assert offer_details.write(offer_id) == detail(offer_id)


def test_what_is_not_the_clients_own_is_one_answer(world, recipient, offer_id):
    another = publish(world, world.organisation())
    draft = world.do(
        lambda work: offers.draft(
            work,
            world.shared.recipient_id,
            offers.get(work, offer_id).template,
            actor="test",
        )
    )
    outside = publish(world, world.shared, per_day=4, categories=("purchase.receipt",))
    for each in (another, draft, outside):
        wrong = refused(recipient, detail(each))
        assert wrong == (400, "invalid_authorization_details")


def test_a_recipient_or_client_that_is_stopped_gets_none(world, recipient, offer_id):
    world.do(lambda work: clearing.suspend(work, world.shared.recipient_id))
    assert refused(recipient, detail(offer_id)) == (400, "unauthorized_client")
    client_id = world.shared.client_id
    world.do(lambda work: clients.set_state(work, client_id, ClientState.SUSPENDED))
    assert refused(recipient, detail(offer_id))[1] == "invalid_client"


def test_an_assertion_and_a_proof_count_once(world, recipient, offer_id):
    ask(recipient, detail(offer_id))
    http, address = recipient.bank.session, f"{recipient.issuer}/oauth/token"
    form = {
        "grant_type": "client_credentials",
        "authorization_details": json.dumps([detail(offer_id)]),
        "client_id": world.shared.client_id,
        "client_assertion_type": ASSERTION_TYPE,
    }

    def send(assertion, proof):
        return http.post(
            address,
            data={**form, "client_assertion": assertion},
            headers={"DPoP": proof},
            timeout=1,
            allow_redirects=False,
        )

    bank = recipient.bank
    assertion, proof = bank.assertion(), bank.proof("POST", address)
    assert send(assertion, proof).status_code == 200
    again = send(assertion, bank.proof("POST", address))
    assert (again.status_code, again.json()["error"]) == (400, "invalid_client")
    again = send(bank.assertion(), proof)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_dpop_proof")


def test_a_token_that_is_handed_back_is_dead(recipient, offer_id):
    token = ask(recipient, detail(offer_id))["access_token"]
    path = f"/api/v1/offers/{offer_id}/cohort"
    assert recipient.bank.get(path, token).status_code == 200
    recipient.bank.post("revocation_endpoint", {"token": token})
    with pytest.raises(sample.load().RecipientError) as caught:
        recipient.bank.get(path, token)
    assert caught.value.status == 401


def test_nothing_that_could_be_used_is_stored_and_old_tokens_go(
    world, recipient, offer_id
):
    token = ask(recipient, detail(offer_id))["access_token"]
    rows = select(offer_token)
    with world.bank.read() as snap:
        (row,) = snap.connection.execute(rows).all()
    assert token.encode() not in bytes(row.token_hash)
    assert (row.wrap_alg, row.secret_wrap) == (None, None)
    world.clock.advance(timedelta(minutes=6))
    sweep_oauth(world.bank)
    with world.bank.read() as snap:
        assert snap.connection.execute(rows).all() == []


def test_the_sample_recipient_keeps_a_cohort_up_to_date(world, recipient, offer_id):
    """Everything, then what is new, then what has to go (C-04, R-09, R-11)."""
    example, people = sample.load(), [world.person(3), world.person(1)]
    consents = [accept(world, owner, offer_id) for owner in people]
    cohort = example.Cohort(recipient.bank, str(offer_id), recipient.log_key())
    held = example.Held()
    world.clock.advance(timedelta(hours=1))

    cohort.sweep(held, limit=1)
    first = held.since
    assert {k: len(v) for k, v in held.records.items()} == {
        str(consents[0]): 3,
        str(consents[1]): 1,
    }
    world.clock.advance(timedelta(hours=1))
    world.deposit(people[1], 1, STEPS)
    withdraw(world, people[0], consents[0])
    world.clock.advance(timedelta(minutes=10))

    cohort.sweep(held)

    assert held.since != first
    assert len(held.records[str(consents[1])]) == 2
    assert list(held.delete_by) == [str(consents[0])]
    assert held.delete_ended() == [str(consents[0])]
    assert list(held.records) == [str(consents[1])]
    assert len(held.receipts) == 3
