"""The rights desk: every step of a request, on both databases."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, update

from audit import census_walk, subject
from audit.leaf import EventType
from consent import ledger as consents
from consent.content import Act
from consent.states import ConsentState
from pds.bank.chores import settle_rights
from pds.bank.erasing import erase_account
from pds.core.errors import Conflict, Forbidden, Invalid, NotFound
from pds.core.ids import AccountId
from pds.crypto.errors import EnvelopeError
from pds.datasets import choices
from pds.keys.classes import KeyClass
from pds.keys.restoring import end_generations
from pds.rights import history
from pds.rights.desk import asking, handling, law, ledger, papers, requests
from pds.rights.desk.asking import Agent, Wish
from pds.rights.desk.handling import Answer
from pds.rights.desk.kinds import (
    Authority,
    PaperKind,
    RequestChannel,
    RequestGround,
    RequestKind,
    RequestOutcome,
    RequestState,
    SourceAnswer,
)
from pds.rights.desk.law import RefusalGround
from pds.rights.desk.tables import rights_paper, rights_request
from providers import sources
from tests.disclosure.members import member
from tests.disclosure.world import WEIGHT

WORDS = "The weight of last May is wrong."
PDF = b"%PDF-1.4\nauthority"
VECTOR = Path(__file__).parents[1] / "vectors" / "rights" / "paper.json"
DAYS = 14


def ask(world, owner, kind=RequestKind.CORRECTION, **fields):
    agent = fields.pop("agent", None)
    channel = fields.pop("channel", RequestChannel.PORTAL)
    wish = Wish(kind=kind, **{"text": WORDS, **fields})
    return world.do(
        lambda work: asking.ask(
            work, owner, wish, days=DAYS, agent=agent, channel=channel
        )
    )


def staff(world):
    return AccountId(world.bank.ids.new())


def step(world, act, made, *args, by):
    world.do(lambda work: act(work, made.request_id, *args, by=by))


def give_answer(world, made, given, *, by):
    vault = world.bank.vault
    world.do(lambda work: handling.answer(work, vault, made.request_id, given, by=by))


def in_work(world, owner, kind=RequestKind.CORRECTION, **fields):
    """Return a request that a member of staff works on, and who it is."""
    made, by = ask(world, owner, kind, **fields), staff(world)
    step(world, handling.take, made, by=by)
    return made, by


def now(world, made):
    with world.bank.read() as snap:
        return requests.find(snap, made.request_id)


def steps(world, owner):
    """Return what the person's log says of requests, oldest first."""
    with world.bank.read() as snap:
        own = subject.page(snap, world.bank.keys, owner, limit=200).entries
    return [
        each.detail.fields["reasons"]
        for each in reversed(own)
        if each.leaf["typ"] in {EventType.POLICY_EVENT, EventType.STAFF_VIEWED}
    ]


def granted(text="Done."):
    return Answer(outcome=RequestOutcome.GRANTED, text=text)


def refused(ground=RefusalGround.IS_CORRECT):
    return Answer(outcome=RequestOutcome.REFUSED, refusal=ground, text="No.")


def test_a_correction_goes_to_its_source_and_back(world):
    owner, _login = member(world, records=0)
    by = staff(world)
    source = world.do(
        lambda work: sources.register(work, name_ja="医院", name_en="Clinic")
    )
    made = ask(world, owner)
    assert made.state is RequestState.RECEIVED
    assert made.due_at == world.clock.now() + timedelta(days=DAYS)

    step(world, handling.take, made, by=by)
    step(world, handling.forward, made, source.source_id, "Please look.", by=by)
    assert now(world, made).state is RequestState.FORWARDED
    said = SourceAnswer.NOT_CORRECTED
    step(world, handling.note_source_answer, made, said, "It is right.", by=by)
    give_answer(world, made, refused(), by=by)
    world.do(lambda work: asking.close(work, owner, made.request_id))

    done = now(world, made)
    assert (done.state, done.outcome) == (RequestState.CLOSED, RequestOutcome.REFUSED)
    assert done.source_id == source.source_id
    assert done.source_answer is SourceAnswer.NOT_CORRECTED
    assert steps(world, owner) == [
        "right.received correction",
        "right.taken correction",
        "right.forwarded correction",
        "right.source-answered correction not-corrected",
        "right.answered correction refused appi-34-1",
        "right.closed correction",
    ]
    with world.bank.read() as snap:
        written = papers.every(snap, world.bank.keys, owner, made.request_id)
        assert census_walk.take(snap, world.bank.keys).holds
    assert [(each.kind, each.text) for each in written] == [
        (PaperKind.REQUEST, WORDS),
        (PaperKind.FORWARDED, "Please look."),
        (PaperKind.SOURCE_ANSWER, "It is right."),
        (PaperKind.ANSWER, "No."),
    ]


def test_only_a_correction_is_sent_on(world):
    owner, _login = member(world, records=0)
    by, made = staff(world), ask(world, owner, RequestKind.STOP_USE)
    step(world, handling.take, made, by=by)
    with pytest.raises(Conflict):
        step(world, handling.forward, made, world.bank.ids.new(), "x", by=by)


def test_what_an_agent_asks_waits_for_two_of_staff(world):
    owner, _login = member(world, records=0)
    first, second = staff(world), staff(world)
    agent = Agent(kind=Authority.STATUTORY, name="Sekiguchi Jiro", proof=PDF)
    made = ask(world, owner, agent=agent, channel=RequestChannel.AGENT)
    assert made.state is RequestState.CHECKING

    for too_early in (handling.take, handling.admit):
        with pytest.raises(Conflict):
            step(world, too_early, made, by=second)
    with pytest.raises(Conflict):
        give_answer(world, made, granted(), by=first)
    step(world, handling.read_papers, made, by=first)
    with pytest.raises(Conflict, match="not opened"):
        step(world, handling.check, made, by=first)
    step(world, handling.read_paper, made, 3, by=first)
    step(world, handling.check, made, by=first)
    for again in (handling.check, handling.admit):
        with pytest.raises(Conflict):
            step(world, again, made, by=first)
    with pytest.raises(Conflict, match="not opened"):
        step(world, handling.admit, made, by=second)
    step(world, handling.read_papers, made, by=second)
    step(world, handling.read_paper, made, 3, by=second)
    step(world, handling.admit, made, by=second)

    assert now(world, made).state is RequestState.RECEIVED
    with world.bank.read() as snap:
        written = papers.every(snap, world.bank.keys, owner, made.request_id)
        document = papers.one(snap, world.bank.keys, owner, made.request_id, 3)
    assert [each.kind for each in written] == [
        PaperKind.REQUEST,
        PaperKind.AGENT,
        PaperKind.PROOF,
    ]
    assert (document.content, document.media_type) == (PDF, "application/pdf")


def test_what_is_not_proven_is_refused(world):
    owner, _login = member(world, records=0)
    made = ask(world, owner, channel=RequestChannel.COUNTER)
    given = refused(RefusalGround.NOT_PROVEN)
    give_answer(world, made, given, by=staff(world))
    assert now(world, made).state is RequestState.ANSWERED


def test_a_link_that_was_checked_needs_no_proof(world):
    owner, _login = member(world, records=0)
    link = world.bank.ids.new()
    agent = Agent(kind=Authority.VOLUNTARY, name="Jiro", link_id=link)
    made = ask(world, owner, agent=agent, channel=RequestChannel.AGENT)
    assert (made.state, made.agent_link_id) == (RequestState.RECEIVED, link)


@pytest.mark.parametrize("proof", [b"", b"<html>", b"%PDF-" + bytes(5_000_000)])
def test_a_proof_that_is_none_is_refused(world, proof):
    agent = Agent(kind=Authority.VOLUNTARY, name="Jiro", proof=proof)
    with pytest.raises(Invalid, match="PDF"):
        ask(world, member(world, records=0)[0], agent=agent)


def test_what_is_answered_at_once_is_closed_at_once(world):
    owner, _login = member(world, records=0)
    wish = Wish(kind=RequestKind.DATA)
    made = world.do(lambda work: asking.answered_at_once(work, owner, wish))
    assert (made.state, made.outcome) == (RequestState.CLOSED, RequestOutcome.GRANTED)
    assert not made.is_overdue(world.clock.now() + timedelta(days=1))
    assert [each.split()[0] for each in steps(world, owner)] == [
        "right.received",
        "right.answered",
        "right.closed",
    ]


def test_stopping_the_provision_ends_every_consent_at_once(world):
    owner, _login = member(world)
    party = world.consented(owner=owner)
    assert party.get().status_code == 200

    count = world.do(
        lambda work: asking.stop_provision(work, owner, RequestGround.HARM)
    )

    assert count == 1
    assert party.get().status_code == 401
    with world.bank.read() as snap:
        (consent,) = consents.every(snap, owner)
        (made,) = requests.of_person(snap, owner)
    assert consent.state is ConsentState.WITHDRAWN
    assert (made.kind, made.ground) == (
        RequestKind.STOP_PROVISION,
        RequestGround.HARM,
    )


def test_what_an_agent_stops_is_told_as_the_agents_act(world):
    owner, _login = member(world)
    world.consented(owner=owner)
    agent = Agent(kind=Authority.VOLUNTARY, link_id=world.bank.ids.new())
    who = f"agent:{agent.link_id}"

    world.do(
        lambda work: asking.stop_provision(
            work, owner, RequestGround.NONE, agent=agent, actor=who
        )
    )

    with world.bank.read() as snap:
        (consent,) = consents.every(snap, owner)
        (made,) = requests.of_person(snap, owner)
        events = consents.history(snap, world.bank.keys, owner, consent.consent_id)
    assert (events[-1].act, events[-1].actor) == (Act.AGENT, who)
    assert made.agent_link_id == agent.link_id
    assert made.channel is RequestChannel.AGENT


def test_staff_read_only_behind_an_entry_that_the_person_sees(world):
    owner, _login = member(world, records=0)
    by, made = staff(world), ask(world, owner)
    number = made.request_id
    read = partial(handling.read_papers, request_id=number, by=by)
    (paper,) = world.do(read)
    one = world.do(partial(handling.read_paper, request_id=number, no=1, by=by))
    assert paper.text == one.text == WORDS
    assert steps(world, owner)[1:] == ["right.viewed"] * 2
    with pytest.raises(NotFound):
        world.do(partial(handling.read_paper, request_id=number, no=9, by=by))
    assert steps(world, owner)[1:] == ["right.viewed"] * 2


def test_stopping_the_use_pauses_every_consent_in_the_answer_itself(world):
    owner, _login = member(world)
    party = world.consented(owner=owner)
    world.do(lambda work: choices.allow(work, owner))
    made, by = in_work(world, owner, RequestKind.STOP_USE)

    give_answer(world, made, granted(), by=by)

    assert party.get().status_code == 403
    with world.bank.read() as snap:
        (consent,) = consents.every(snap, owner)
        event = consents.history(snap, world.bank.keys, owner, consent.consent_id)[-1]
        assert choices.chosen_at(snap, owner) is None
    assert (event.act, event.actor) == (Act.OPERATOR, f"operator:{by}")
    assert consent.state is ConsentState.PAUSED
    assert now(world, made).state is RequestState.ANSWERED
    assert steps(world, owner)[-3:] == [
        "right.answered stop-use granted",
        "data-sets.stopped",
        "right.carried-out stop-use",
    ]


def test_stopping_the_provision_at_the_desk_revokes_every_consent(world):
    owner, _login = member(world)
    party = world.consented(owner=owner)
    made, by = in_work(world, owner, RequestKind.STOP_PROVISION)
    give_answer(world, made, granted(), by=by)
    assert party.get().status_code == 401
    with world.bank.read() as snap:
        (consent,) = consents.every(snap, owner)
    assert consent.state is ConsentState.REVOKED


def test_the_erasure_of_a_record_deletes_it_in_the_answer_itself(world):
    owner, _login = member(world)
    vault = world.bank.vault
    with world.bank.read() as snap:
        records = vault.page(snap, owner, categories=[WEIGHT], limit=9).records
    record_id = UUID(bytes=records[0].record_id)
    for _ in range(2):
        # The second finds nothing to delete any more.
        made, by = in_work(world, owner, RequestKind.ERASURE, record_id=record_id)
        give_answer(world, made, granted(), by=by)
        assert now(world, made).state is RequestState.ANSWERED
    with world.bank.read() as snap:
        assert vault.count(snap, owner, categories=[WEIGHT]) == {WEIGHT: 2}
        with pytest.raises(NotFound):
            vault.get(snap, owner, record_id)
        assert census_walk.take(snap, world.bank.keys).holds


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (RequestKind.COMPLAINT, None),
        (RequestKind.ERASURE, None),
        (RequestKind.STOP_USE, RefusalGround.NO_BREACH_OF_USE),
    ],
)
def test_what_staff_have_to_do_is_a_promise_until_they_say_what_they_did(
    lone, kind, given
):
    owner, _login = member(lone, records=0)
    made, by = in_work(lone, owner, kind)
    outcome = RequestOutcome.PARTLY if given else RequestOutcome.GRANTED
    answer = Answer(outcome=outcome, refusal=given, text="We will.")
    give_answer(lone, made, answer, by=by)
    waits = now(lone, made)
    assert (waits.state, waits.answered_at) == (RequestState.PROMISED, None)
    with lone.bank.read() as snap:
        assert [each.request_id for each in handling.queue(snap)] == [made.request_id]
    lone.clock.advance(timedelta(days=DAYS, seconds=1))
    assert waits.is_overdue(lone.clock.now())

    step(lone, handling.carry_out, made, "We did.", by=by)

    done = now(lone, made)
    assert (done.state, done.answered_at) == (RequestState.ANSWERED, lone.clock.now())
    assert done.is_overdue(lone.clock.now())
    assert steps(lone, owner)[-1] == f"right.carried-out {kind}"
    with lone.bank.read() as snap:
        written = papers.every(snap, lone.bank.keys, owner, made.request_id)
    assert [each.text for each in written[1:]] == ["We will.", "We did."]
    with pytest.raises(Conflict):
        step(lone, handling.carry_out, made, "Again.", by=by)


def test_a_refusal_and_an_open_request_are_no_promise(world):
    owner, _login = member(world, records=0)
    made, by = in_work(world, owner)
    with pytest.raises(Conflict):
        step(world, handling.carry_out, made, "Done.", by=by)
    give_answer(world, made, refused(), by=by)
    with pytest.raises(Conflict):
        step(world, handling.carry_out, made, "Done.", by=by)


def test_nothing_that_was_written_stands_in_the_tables(world):
    owner, _login = member(world, records=0)
    agent = Agent(kind=Authority.STATUTORY, name="Sekiguchi Jiro", proof=PDF)
    ask(world, owner, agent=agent)
    with world.bank.read() as snap:
        for table in (rights_request, rights_paper):
            mine = select(table).where(table.c.owner_id == owner)
            text = str(snap.connection.execute(mine).all())
            for word in (WORDS, "Jiro", "authority"):
                assert word not in text


def test_a_paper_opens_only_where_it_was_put(world):
    owner, _login = member(world, records=0)
    first, second = ask(world, owner), ask(world, owner)
    c = rights_paper.c
    with world.bank.read() as snap:
        envelope = snap.connection.execute(
            select(c.envelope).where(c.request_id == first.request_id)
        ).scalar_one()

    def change(made, **values):
        statement = update(rights_paper).where(c.request_id == made.request_id)
        world.do(lambda work: work.connection.execute(statement.values(**values)))

    change(second, envelope=envelope)
    change(first, kind=PaperKind.ANSWER)
    for made in (first, second):
        with world.bank.read() as snap, pytest.raises(EnvelopeError):
            papers.every(snap, world.bank.keys, owner, made.request_id)


def test_of_two_who_answer_at_once_one_meets_a_conflict(world):
    owner, _login = member(world, records=0)
    made = ask(world, owner)
    step(world, handling.take, made, by=staff(world))

    def answer(by):
        try:
            give_answer(world, made, granted(), by=by)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(answer, [staff(world) for _ in range(4)]))
    assert done.count(True) == 1
    assert [s for s in steps(world, owner) if s.startswith("right.answered")] == [
        "right.answered correction granted"
    ]


def test_the_person_takes_back_what_is_not_answered(world):
    owner, _login = member(world, records=0)
    stranger, _other = member(world, records=0)
    made = ask(world, owner)
    with pytest.raises(NotFound):
        world.do(lambda work: asking.take_back(work, stranger, made.request_id))
    world.do(lambda work: asking.take_back(work, owner, made.request_id))
    done = now(world, made)
    assert done.state is RequestState.TAKEN_BACK
    assert not done.is_overdue(done.due_at + timedelta(days=9))
    for act in (asking.take_back, asking.close):
        with pytest.raises(Conflict):
            world.do(partial(act, owner=owner, request_id=made.request_id))
    with world.bank.read() as snap, pytest.raises(NotFound):
        requests.find(snap, world.bank.ids.new())


@pytest.mark.parametrize("kind", RequestKind)
def test_a_refusal_names_an_article_that_fits(kind):
    fits = law.GROUNDS[kind]
    assert RefusalGround.NOT_PROVEN in fits
    for outcome in (RequestOutcome.PARTLY, RequestOutcome.REFUSED):
        for ground in (None, *RefusalGround):
            given = Answer(outcome=outcome, refusal=ground)
            if ground in fits:
                given.check(kind)
            else:
                with pytest.raises(Invalid):
                    given.check(kind)
    Answer(outcome=RequestOutcome.GRANTED).check(kind)
    with pytest.raises(Invalid):
        Answer(outcome=RequestOutcome.GRANTED, refusal=fits[0]).check(kind)


def test_a_ground_is_for_stopping_and_a_text_has_an_end(world):
    owner, _login = member(world, records=0)
    with pytest.raises(Invalid):
        ask(world, owner, RequestKind.COMPLAINT, ground=RequestGround.HARM)
    with pytest.raises(Invalid):
        ask(world, owner, text="x" * 4_001)
    made = ask(world, owner, RequestKind.ERASURE, ground=RequestGround.UNNEEDED)
    assert made.ground is RequestGround.UNNEEDED


def test_the_queue_has_the_most_urgent_first_and_tells_the_late(lone):
    owner, _login = member(lone, records=0)
    first = ask(lone, owner)
    lone.clock.advance(timedelta(days=1))
    second = ask(lone, owner)
    lone.clock.advance(timedelta(days=DAYS - 1, seconds=1))
    with lone.bank.read() as snap:
        found = handling.queue(snap)
        late = [each.is_overdue(snap.now) for each in found]
    assert [each.request_id for each in found] == [first.request_id, second.request_id]
    assert late == [True, False]


def test_the_ledger_tells_by_pseudonym_and_nothing_that_was_written(lone):
    owner, _login = member(lone, records=0)
    made = [ask(lone, owner) for _ in range(3)]
    by = staff(lone)
    step(lone, handling.take, made[0], by=by)
    give_answer(lone, made[0], refused(), by=by)
    with lone.bank.read() as snap:
        newest = ledger.page(snap, None, 2)
        older = ledger.page(snap, newest[-1].request_id, 2)
    ids = [each.request_id for each in (*newest, *older)]
    assert ids == sorted((each.request_id for each in made), reverse=True)

    def taken(since=None, until=None):
        take = partial(ledger.take, since=since, until=until, actor="auditor:x")
        content = lone.do(lambda work: take(work, lone.bank.pseudonyms))
        return content.decode()

    text = taken()

    head, *rows = text.removeprefix("\ufeff").splitlines()
    assert head == ",".join(ledger.COLUMNS)
    assert len(rows) == 3
    assert "correction,portal,,none,answered,,refused,appi-34-1," in text
    assert lone.bank.pseudonyms.of(owner) in rows[0]
    for word in (WORDS, str(owner), owner.hex):
        assert word not in text
    with lone.bank.read() as snap:
        looks = history.page(
            snap, lone.bank.keys, owner, types=[EventType.AUDITOR_VIEWED], limit=9
        )
    assert [each.reasons for each in looks.happenings] == [("right.exported",)]
    moment = lone.clock.now()
    assert len(taken(until=moment).splitlines()) == 1
    assert len(taken(since=moment + timedelta(days=1)).splitlines()) == 1
    assert len(taken(moment, moment + timedelta(days=1)).splitlines()) == 4


def test_a_period_with_too_many_requests_is_refused(lone, monkeypatch):
    owner, _login = member(lone, records=0)
    monkeypatch.setattr(ledger, "MOST", 1)
    for _ in range(2):
        ask(lone, owner)
    take = partial(ledger.take, since=None, until=None, actor="auditor:x")
    with pytest.raises(Invalid):
        lone.do(lambda work: take(work, lone.bank.pseudonyms))


def test_answers_are_closed_and_old_requests_deleted_in_time(lone):
    owner, _login = member(lone, records=0)
    by, made = staff(lone), ask(lone, owner)
    step(lone, handling.take, made, by=by)
    give_answer(lone, made, refused(), by=by)
    settle_rights(lone.bank)
    assert now(lone, made).state is RequestState.ANSWERED
    lone.clock.advance(requests.CLOSES_AFTER)
    settle_rights(lone.bank)
    assert now(lone, made).state is RequestState.CLOSED

    before = lone.clock.now() + timedelta(seconds=1)
    with lone.bank.read() as snap:
        (old,) = requests.due_to_delete(snap, before)
    lone.do(lambda work: requests.delete_one(work, old))
    with lone.bank.read() as snap:
        assert requests.of_person(snap, owner) == []
        assert papers.every(snap, lone.bank.keys, owner, made.request_id) == []


def test_a_clock_that_runs_ahead_deletes_no_request(lone):
    owner, _login = member(lone, records=0)
    made = ask(lone, owner)
    lone.do(lambda work: asking.take_back(work, owner, made.request_id))
    lone.clock.advance(timedelta(days=4 * 366))
    settle_rights(lone.bank)
    assert now(lone, made).state is RequestState.TAKEN_BACK


def test_erasure_takes_requests_and_papers_along(world):
    owner, _login = member(world, records=0)
    made = ask(world, owner)
    erase_account(world.bank, owner)
    with world.bank.read() as snap:
        assert requests.of_person(snap, owner) == []
    with pytest.raises(Forbidden):
        ask(world, owner)
    with world.bank.read() as snap, pytest.raises(NotFound):
        requests.find(snap, made.request_id)


def test_the_vector_of_a_paper():
    for each in json.loads(VECTOR.read_text())["papers"]:
        kind, content = PaperKind(each["kind"]), bytes.fromhex(each["content"])
        text = papers.plaintext(kind, each["media_type"], content)
        assert text.hex() == each["plaintext"]


@pytest.mark.parametrize("left", ["much-used", "none"])
def test_a_paper_after_a_restore_is_sealed_under_another_key(world, left):
    """Nothing is sealed again under a key that a copy was put back with."""
    owner, _login = member(world, records=0)
    made = ask(world, owner)
    if left == "none":
        world.do(
            lambda work: work.keys.retire(work.connection, owner, KeyClass.ACCOUNT)
        )
    else:
        world.do(lambda work: end_generations(work.connection))
    world.do(
        lambda work: papers.write(
            work, owner, made.request_id, PaperKind.REQUEST, "And of June."
        )
    )
    with world.bank.read() as snap:
        kept = papers.every(snap, world.bank.keys, owner, made.request_id)
        mine = rights_paper.c.owner_id == owner
        query = select(rights_paper.c.generation).where(mine)
        query = query.order_by(rights_paper.c.no)
        under = snap.connection.execute(query).scalars().all()
    assert [each.text for each in kept] == [WORDS, "And of June."]
    assert under[1] == under[0] + 1
