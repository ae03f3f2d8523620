"""Events to recipients: signed, acknowledged, never lost, once as the receiver sees."""

import json
import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from consent import evidence, ledger, outbox, recipient_events, service
from consent.leasing import LEASE
from consent.oauth import clients
from consent.oauth.errors import InvalidClient
from consent.outbox import OutboxKind, OutboxState
from consent.recipient_events import RecipientEvent
from consent.vetting import standings
from consent.vetting.steps import SuspensionReason
from pds.bank import callbacks, delivering
from pds.bank.bank import open_bank
from pds.bank.callbacks import ACK_TYP, TYP
from pds.bank.delivering import deliver, deliver_all
from pds.crypto import statement
from pds.crypto.statement import StatementKey, open_statement
from tests.delivery.conftest import register
from tests.delivery.outside import acknowledge, claims_of

DAY = timedelta(days=1)
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def rows(world, party):
    with world.bank.read() as view:
        recipient_id = party.organisation.recipient_id
        return outbox.of_recipient(view, recipient_id, before=None, limit=50)


def row(world, party):
    [found] = rows(world, party)
    return found


def test_a_withdrawal_is_told_signed_and_acknowledged(lone, told, address):
    told.withdraw()
    waiting = row(lone, told)
    assert (waiting.state, waiting.topic) == (OutboxState.WAITING, "consent.withdrawn")

    assert deliver(lone.bank, OutboxKind.CALLBACK) == 1

    [signed] = address.got
    key = StatementKey(lone.bank.secret(statement.SECRET_NAME))
    claims = json.loads(open_statement(signed, TYP, key.public))
    assert claims["jti"] == str(waiting.outbox_id)
    assert claims["iss"] == lone.bank.settings.issuer
    assert claims["aud"] == told.organisation.client_id
    assert claims["event"] == "consent.withdrawn"
    assert claims["consent_id"] == str(told.consent_id)
    assert claims["after_withdrawal"] == {"action": "delete", "within_days": 30}
    assert len(claims["sub"]) == 22
    assert str(told.owner) not in json.dumps(claims)
    after = row(lone, told)
    assert (after.state, after.envelope) == (OutboxState.SENT, b"")
    assert deliver(lone.bank, OutboxKind.CALLBACK) == 0


def test_nothing_is_told_of_an_act_that_did_not_commit(lone, told):
    def act(work):
        service.withdraw(work, told.owner, told.consent_id)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        lone.do(act)
    assert rows(lone, told) == []


@ON_SQLITE
def test_each_change_is_told_in_its_words(lone, told, address):
    owner, consent_id = told.owner, told.consent_id
    lone.do(lambda work: service.pause(work, owner, consent_id))
    deliver(lone.bank, OutboxKind.CALLBACK)
    lone.do(lambda work: service.resume(work, owner, consent_id))
    deliver(lone.bank, OutboxKind.CALLBACK)
    lone.clock.advance(81 * DAY)
    lone.do(lambda work: service.expire(work, owner, consent_id))
    deliver(lone.bank, OutboxKind.CALLBACK)
    recipient_id = told.organisation.recipient_id
    reason = SuspensionReason.INCIDENT
    lone.do(lambda work: standings.suspend(work, recipient_id, reason, actor="staff"))
    deliver(lone.bank, OutboxKind.CALLBACK)

    assert address.events() == [
        "consent.paused",
        "consent.resumed",
        "consent.expired",
        "recipient.suspended",
    ]
    versions = [claims_of(each).get("consent_version") for each in address.got]
    assert versions == [3, 4, 5, None]
    assert claims_of(address.got[-1])["reason"] == "incident"


@ON_SQLITE
def test_a_request_that_was_never_given_is_not_told(lone, told):
    party, owner, terms = told, lone.person(0), _terms(lone, told)
    recipient_id = party.organisation.recipient_id
    request = lone.do(lambda work: service.request(work, owner, recipient_id, terms))
    lone.do(
        lambda work: service.refuse(
            work, request.consent.owner, request.consent.consent_id
        )
    )
    assert rows(lone, party) == []


def _terms(world, party):
    with world.bank.read() as view:
        current = ledger.get(view, party.owner, party.consent_id)
        return ledger.terms(view, world.bank.keys, current).provision


@pytest.mark.parametrize(
    "answer",
    [
        lambda _signed: (200, "text/html", b"<h1>OK</h1>"),
        lambda _signed: (200, "application/json", b'{"ack": "another"}'),
        lambda _signed: (200, "application/json", b"[]"),
        lambda _signed: (200, "application/json", b"\xff"),
        lambda _signed: (200, "application/jwt", b"a.b.c"),
        lambda _signed: (204, "application/json", b""),
    ],
    ids=["page", "other-id", "list", "binary", "forged", "empty"],
)
@ON_SQLITE
def test_what_does_not_name_the_message_acknowledges_nothing(
    lone, told, address, answer
):
    address.answer = answer
    told.withdraw()

    assert deliver(lone.bank, OutboxKind.CALLBACK) == 0
    found = row(lone, told)
    assert found.state is OutboxState.WAITING
    assert found.failure == "callback.not-acknowledged"

    address.answer = acknowledge
    lone.clock.advance(DAY)
    assert deliver(lone.bank, OutboxKind.CALLBACK) == 1
    first, second = address.got
    assert first == second


@ON_SQLITE
def test_a_client_may_sign_its_acknowledgement(lone, told, address):
    def signed(event):
        said = claims_of(event)
        claims = {"ack": said["jti"], "aud": said["iss"], "iss": said["aud"]}
        text = lone.signer.sign({"typ": ACK_TYP}, claims)
        return 200, "application/jwt", text.encode()

    def anothers(event):
        said = claims_of(event)
        claims = {"ack": said["jti"], "aud": said["iss"], "iss": "app-of-another"}
        text = lone.signer.sign({"typ": ACK_TYP}, claims)
        return 200, "application/jwt", text.encode()

    address.answer = anothers
    told.withdraw()
    assert deliver(lone.bank, OutboxKind.CALLBACK) == 0
    address.answer = signed
    lone.clock.advance(DAY)
    assert deliver(lone.bank, OutboxKind.CALLBACK) == 1


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (lambda _s: (500, "application/json", b"{}"), "callback.refused"),
        (lambda _s: (307, "application/json", b"{}"), "callback.refused"),
        (
            lambda _s: (200, "application/json", b'{"a": "' + b"x" * 9000 + b'"}'),
            "callback.unreachable",
        ),
    ],
    ids=["500", "redirect", "too-large"],
)
@ON_SQLITE
def test_a_refusal_is_no_acknowledgement(lone, told, address, answer, failure):
    address.answer = answer
    told.withdraw()
    assert deliver(lone.bank, OutboxKind.CALLBACK) == 0
    assert row(lone, told).failure == failure
    assert len(address.got) == 1


def test_a_target_that_is_down_for_days_is_given_up_and_sent_again(lone, told, address):
    address.answer = lambda _signed: (503, "text/plain", b"down")
    told.withdraw()
    before = told_in_log(lone, told)
    for _ in range(60):
        deliver(lone.bank, OutboxKind.CALLBACK)
        if row(lone, told).state is OutboxState.DEAD:
            break
        lone.clock.advance(timedelta(hours=6))
    dead = row(lone, told)
    assert (dead.state, dead.failure) == (OutboxState.DEAD, "callback.refused")
    assert told_in_log(lone, told) == before + 1
    with lone.bank.read() as view:
        assert [each.outbox_id for each in outbox.dead(view, limit=9)] == [
            dead.outbox_id
        ]

    address.answer = acknowledge
    lone.do(lambda work: outbox.again(work, dead.owner, dead.outbox_id))
    assert deliver_all(lone.bank) == 1
    assert len(set(address.got[:-1])) == 1
    assert claims_of(address.got[-1])["jti"] == str(dead.outbox_id)
    assert told_in_log(lone, told) == before + 2


def told_in_log(world, party):
    """Return how many entries tell of something that concerns the recipient."""
    recipient_id = party.organisation.recipient_id
    return sum(
        each["typ"] == "policy:event" and each.get("rcp") == recipient_id
        for each in world.leaves()
    )


@ON_SQLITE
def test_without_an_address_it_waits_until_there_is_one(lone, address):
    party = lone.consented(organisation=lone.organisation(), records=0)
    party.withdraw()
    assert deliver(lone.bank, OutboxKind.CALLBACK) == 0
    assert row(lone, party).failure == "callback.none"

    register(lone, party, address.url)
    lone.clock.advance(DAY)
    assert deliver(lone.bank, OutboxKind.CALLBACK) == 1
    assert address.events() == ["consent.withdrawn"]


@ON_SQLITE
def test_each_software_of_a_recipient_is_told_by_itself(lone, told, address):
    recipient_id = told.organisation.recipient_id
    lone.do(
        lambda work: clients.register(
            work,
            client_id="second-app",
            recipient_id=recipient_id,
            jwks={"keys": [{**lone.signer.jwk, "kid": "two"}]},
            redirect_uris=["https://recipient.example/second"],
            purposes=["health.advice"],
            categories=["health"],
        )
    )
    lone.do(
        lambda work: clients.set_callback(
            work, "second-app", address.url, allow_loopback=True
        )
    )
    told.withdraw()
    assert deliver(lone.bank, OutboxKind.CALLBACK) == 2
    first, second = (claims_of(each) for each in address.got)
    assert {first["aud"], second["aud"]} == {
        told.organisation.client_id,
        "second-app",
    }
    assert first["jti"] != second["jti"]


def test_a_worker_that_dies_after_sending_costs_one_repeat_of_the_same_id(
    lone, told, address, monkeypatch
):
    class Killed(BaseException):
        """Nothing of the worker runs any more."""

    def die(*_given):
        raise Killed

    told.withdraw()
    with monkeypatch.context() as patch:
        patch.setattr(delivering, "_settle", die)
        with pytest.raises(Killed):
            deliver(lone.bank, OutboxKind.CALLBACK)
    assert row(lone, told).state is OutboxState.WAITING
    assert deliver(lone.bank, OutboxKind.CALLBACK) == 0

    lone.clock.advance(LEASE)
    assert deliver(lone.bank, OutboxKind.CALLBACK) == 1
    first, second = address.got
    assert first == second
    assert row(lone, told).state is OutboxState.SENT


def test_a_late_worker_settles_nothing(lone, told, address):
    told.withdraw()

    def slow(signed):
        # The answer comes when the lease is over and another has sent it again.
        if len(address.got) == 1:
            lone.clock.advance(LEASE)
            assert deliver(lone.bank, OutboxKind.CALLBACK) == 1
            return 500, "text/plain", b"late"
        return acknowledge(signed)

    address.answer = slow
    deliver(lone.bank, OutboxKind.CALLBACK)
    found = row(lone, told)
    assert (found.state, found.failure, found.attempts) == (OutboxState.SENT, "", 1)


def test_two_workers_at_once_send_each_once(lone, told, address, settings, clock):
    def many(work):
        for _ in range(30):
            recipient_events.tell(
                work, told.organisation.recipient_id, RecipientEvent.TEST
            )

    lone.do(many)
    other = open_bank(settings, clock)
    try:
        counts = []
        threads = [
            threading.Thread(target=lambda bank=bank: counts.append(deliver_all(bank)))
            for bank in (lone.bank, other)
        ]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    finally:
        other.close()
    assert sum(counts) == 30
    ids = [claims_of(each)["jti"] for each in address.got]
    assert (len(ids), len(set(ids))) == (30, 30)


def test_the_end_of_consents_is_told_after_the_person_was_erased(lone, told, address):
    told.withdraw()
    generation = row(lone, told).generation
    until = lone.clock.now() + 900 * DAY

    def erase(work):
        evidence.keep_until(work, told.owner, until)
        outbox.forget(work, told.owner)

    lone.do(erase)
    assert row(lone, told).generation == generation
    assert deliver(lone.bank, OutboxKind.CALLBACK) == 1
    assert address.events() == ["consent.withdrawn"]


@ON_SQLITE
def test_what_cannot_be_opened_any_more_is_given_up(lone, told, address):
    told.withdraw()
    found = row(lone, told)
    lone.do(
        lambda work: work.keys.destroy(
            work.connection, found.owner, found.key_class, found.generation
        )
    )
    assert deliver(lone.bank, OutboxKind.CALLBACK) == 0
    assert address.got == []
    after = row(lone, told)
    assert (after.state, after.failure) == (OutboxState.DEAD, "key.destroyed")


@ON_SQLITE
@pytest.mark.parametrize(
    "url",
    [
        "http://recipient.example/events",
        "https://recipient.example/e#x",
        "https://user@recipient.example/",
        "ftp://recipient.example/",
        "https:///events",
        "file:///etc/passwd",
    ],
)
def test_an_address_that_is_no_https_address_is_refused(lone, told, url):
    with pytest.raises(InvalidClient, match="https"):
        register(lone, told, url)


def test_an_event_is_the_same_bytes_in_every_attempt(lone, told):
    told.withdraw()
    found = row(lone, told)
    key = StatementKey(bytes(32))
    once = callbacks.event(key, "https://bank.example", "app", found, {"v": 1})
    later = replace(found, attempts=7, due_at=found.due_at + DAY)
    assert callbacks.event(key, "https://bank.example", "app", later, {"v": 1}) == once
