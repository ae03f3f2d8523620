"""Duties after a consent: opened by its end, answered once, and no later (R-09)."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from audit import known_time
from audit.tables import log_clock
from consent import duties, duty_answers, facts_store, service
from consent.duty_answers import TYPES, Answer
from consent.duty_record import REMIND, REPORT, DutyKind, DutyState
from consent.oauth import clients
from consent.oauth.opaque import encode
from consent.outbox_tables import outbox
from consent.reasons import Reason
from consent.recipient_gates import duty as gate
from consent.tables import consent_use
from pds.core.clock import to_millis, tokyo_day
from pds.core.errors import Conflict, Invalid, NotFound
from pds.core.ids import RecipientId
from tests.consent.world import DAY, NOW, RECIPIENT
from tests.oauth.jose import Signer

END = NOW + 10 * DAY
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def signer():
    return Signer("EdDSA")


@pytest.fixture
def client(work, contract_id, signer):
    clients.register(
        work,
        client_id="app",
        recipient_id=RECIPIENT,
        jwks={"keys": [{**signer.jwk, "kid": "one"}]},
        redirect_uris=["https://recipient.example/callback"],
        purposes=["health.advice"],
        categories=["health"],
    )


@pytest.fixture
def used(work, owner, consent_given):
    known_time.begin(work)
    work.connection.execute(
        insert(consent_use).values(
            owner_id=owner,
            consent_id=consent_given.consent.consent_id,
            day=tokyo_day(NOW),
            n=1,
        )
    )
    return consent_given.consent.consent_id


@pytest.fixture
def ended(at, owner, used):
    service.withdraw(at(END), owner, used)
    return used


def trust(work):
    work.connection.execute(update(log_clock).values(at=work.now))
    return work


def owed(work, owner, kind=DutyKind.DELETE):
    return next(e for e in duties.of_owner(work, owner) if e.kind is kind)


def signed(signer, payload, kind=DutyKind.DELETE):
    head = json.dumps({"alg": signer.alg, "typ": TYPES[kind]}).encode()
    message = f"{encode(head)}.{encode(payload)}"
    return f"{message}.{encode(signer.raw(message.encode()))}"


def topics(work):
    found = work.connection.execute(
        select(outbox.c.topic).where(outbox.c.topic.like("duty.%"))
    )
    return sorted(found.scalars())


def overdue(at, owner):
    found = owed(at(END), owner)
    later = trust(at(found.overdue_at))
    assert duties.make_overdue(later, found)
    return owed(later, owner), later


def test_a_withdrawal_opens_what_the_terms_say(at, owner, ended):
    work = at(END)
    delete, report = owed(work, owner), owed(work, owner, DutyKind.REPORT)
    assert delete.due_at == END + 30 * DAY
    assert report.due_at == END + REPORT
    assert {delete.state, report.state} == {DutyState.OPEN}
    assert {delete.consent_id, report.consent_id} == {ended}
    assert topics(work) == ["duty.due", "duty.due"]


def test_time_that_ends_a_consent_leaves_the_retention(at, owner, used):
    late = at(NOW + 91 * DAY)
    service.expire(late, owner, used)
    kept_until = owed(late, owner).due_at
    assert 180 * DAY < kept_until - NOW <= 181 * DAY


def test_whoever_got_nothing_owes_nothing(at, owner, consent_given):
    service.withdraw(at(END), owner, consent_given.consent.consent_id)
    assert duties.of_owner(at(END), owner) == []
    assert topics(at(END)) == []


def test_a_reminder_goes_once_and_overdue_comes_after_the_grace(at, owner, ended):
    found = owed(at(END), owner)
    before = trust(at(found.due_at - REMIND - MINUTE))
    assert duties.due(before, limit=9) == ([], [])
    soon = trust(at(found.due_at - REMIND))
    assert found.duty_id in {e.duty_id for e in duties.due(soon, limit=9)[0]}
    assert duties.remind(soon, found)
    assert not duties.remind(soon, found)
    almost = trust(at(found.overdue_at - MINUTE))
    assert duties.due(almost, limit=9)[1] == []
    assert not duties.make_overdue(almost, found)

    late, _now = overdue(at, owner)

    assert late.state is DutyState.OVERDUE
    assert not duties.make_overdue(at(found.overdue_at + DAY), found)
    assert topics(at(END)).count("duty.overdue") == 1


def test_a_clock_that_jumped_makes_nothing_overdue(at, owner, ended):
    found = owed(at(END), owner)
    trust(at(END))
    ahead = at(found.overdue_at + DAY)
    assert duties.due(ahead, limit=9) == ([], [])
    with pytest.raises(Conflict, match="ahead"):
        duties.make_overdue(ahead, found)
    assert owed(ahead, owner).state is DutyState.OPEN


def denies(work, owner, consent_id):
    facts = facts_store.load(work, work.keys, owner, consent_id)
    return list(gate(None, facts, work.now)), facts.fences.recipient


def test_overdue_stops_all_of_its_recipient_until_it_is_done(at, owner, ended):
    reasons, before = denies(at(END), owner, ended)
    assert reasons == []
    late, work = overdue(at, owner)
    reasons, bumped = denies(work, owner, ended)
    assert reasons == [Reason.DUTY_OVERDUE]
    assert bumped > before
    assert duties.is_overdue(work, RECIPIENT)

    made = Answer(at=work.now, form="console", signer="somebody")
    duty_answers.answer(work, late, made, actor="somebody")

    reasons, after = denies(work, owner, ended)
    assert (reasons, after > bumped) == ([], True)
    assert not duties.is_overdue(work, RECIPIENT)


def test_a_signed_attestation_is_taken_once(at, owner, client, signer, ended):
    work = at(END + DAY)
    found = owed(work, owner)
    text = signed(signer, duty_answers.payload(found, work.now))

    duty_answers.accept_statement(work, text)

    done = owed(work, owner)
    assert (done.state, done.done_at) == (DutyState.DONE, work.now)
    with pytest.raises(Conflict) as caught:
        duty_answers.accept_statement(work, text)
    assert caught.value.code == "duty.done"


def test_a_report_says_what_the_data_was_used_for(at, owner, client, signer, ended):
    work = at(END + DAY)
    found = owed(work, owner, DutyKind.REPORT)
    uses = ("毎月の助言", "Monthly advice")
    payload = duty_answers.payload(found, work.now, uses)

    duty_answers.accept_statement(work, signed(signer, payload, DutyKind.REPORT))

    done = owed(work, owner, DutyKind.REPORT)
    answer = duties.duty_record.opened(work, work.keys, done)["answer"]
    assert tuple(answer["uses"]) == uses


HOSTILE = {
    "another's key": "statement.unsound",
    "another typ": "statement.unsound",
    "another consent": "statement.unsound",
    "another recipient": "duty.unknown",
    "another duty": "duty.unknown",
    "another kind": "statement.unsound",
    "a member more": "statement.unsound",
    "stale": "duty.stale",
    "ahead": "duty.stale",
    "no json": "statement.unsound",
    "no text": "statement.unsound",
    "a moment that is none": "statement.unsound",
}


@pytest.mark.parametrize("change", HOSTILE)
def test_anything_else_is_refused_and_changes_nothing(
    at, owner, client, signer, ended, change
):
    work = at(END + DAY)
    found = owed(work, owner)
    said = json.loads(duty_answers.payload(found, work.now))
    by = Signer("EdDSA") if change == "another's key" else signer
    kind = DutyKind.REPORT if change in {"another typ", "another kind"} else found.kind
    said |= {
        "another consent": {"consent_id": str(work.ids.new())},
        "another recipient": {"recipient_id": "another"},
        "another duty": {"duty_id": str(work.ids.new())},
        "another kind": {"uses": ["x"]},
        "a member more": {"more": 1},
        "stale": {"at": to_millis(END - DAY)},
        "ahead": {"at": to_millis(work.now + DAY)},
        "a moment that is none": {"at": 10**30},
    }.get(change, {})
    payload = json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
    text = {"no json": "a.b.c", "no text": ""}.get(change)

    with pytest.raises((Invalid, NotFound)) as caught:
        duty_answers.accept_statement(
            work, text if text is not None else signed(by, payload, kind)
        )

    assert caught.value.code == HOSTILE[change]
    assert owed(work, owner) == found


@pytest.mark.parametrize(
    ("kind", "uses", "code"),
    [
        (DutyKind.DELETE, ("x",), "duty.uses"),
        (DutyKind.REPORT, (), "duty.uses"),
        (DutyKind.REPORT, (" ",), "duty.uses"),
        (DutyKind.REPORT, ("a\nb",), "duty.uses"),
        (DutyKind.REPORT, ("x" * 201,), "duty.uses"),
        (DutyKind.REPORT, ("x",) * 11, "duty.uses"),
        (DutyKind.REPORT, ("123456789018",), "papers.number"),
    ],
)
def test_uses_are_few_lines_of_text_of_a_report(at, owner, ended, kind, uses, code):
    work = at(END + DAY)
    made = Answer(at=work.now, form="console", signer="s", uses=uses)
    with pytest.raises(Invalid) as caught:
        duty_answers.answer(work, owed(work, owner, kind), made, actor="s")
    assert caught.value.code == code


def test_of_two_answers_at_once_one_counts(at, owner, ended):
    work = at(END + DAY)
    found = owed(work, owner)
    made = Answer(at=work.now, form="console", signer="s")
    duty_answers.answer(work, found, made, actor="s")
    with pytest.raises(Conflict):
        duty_answers.answer(work, found, made, actor="s")
    with pytest.raises(NotFound):
        duties.get(work, found.duty_id, RecipientId("another"))
    assert duties.counts(work)[RECIPIENT, "delete", "done"] == 1
    assert len(duties.of_recipient(work, RECIPIENT, limit=9)) == 2
