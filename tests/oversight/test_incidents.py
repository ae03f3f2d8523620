"""Incidents: steps, four eyes, persons found from the log and told once (A-18)."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import select, update

from audit.entry import Entry
from audit.leaf import EventType
from audit.subject import page
from pds.accounts import messages, service
from pds.accounts.logins import PEPPER
from pds.accounts.service import SignUp
from pds.bank import incidents as chores
from pds.bank.erasing import erase_account
from pds.bank.inspection import incidents as inspection
from pds.bank.inspection.finding import Wrong
from pds.core.errors import Conflict, Forbidden, Invalid, NotFound
from pds.core.ids import OwnerId
from pds.crypto.errors import EnvelopeError
from pds.oversight.incidents import (
    acts,
    contents,
    delivery,
    document,
    notices,
    persons,
    register,
)
from pds.oversight.incidents.contents import IncidentContent
from pds.oversight.incidents.facts import Facts, IncidentPlace
from pds.oversight.incidents.incident import IncidentState
from pds.oversight.incidents.judging import IncidentDuty, IncidentReport
from pds.oversight.incidents.notices import Draft
from pds.oversight.incidents.persons import ListState
from pds.oversight.incidents.question import IncidentReach, Question
from pds.oversight.incidents.register import Wish
from pds.oversight.incidents.steps import IncidentStep
from pds.oversight.incidents.tables import incident, incident_list, incident_step
from tests.web.conftest import BORN

A, B = "operator:a", "operator:b"
S, R = IncidentState, IncidentReport
GRAVE = Facts(place=IncidentPlace.OWN, persons=2, has_special_care=True)
SLIGHT = Facts(place=IncidentPlace.OWN, persons=2)
DRAFT = Draft(ja="ご迷惑をおかけしました。", en="We are sorry.")
NINE = {each.value: f"Known: {each.value}." for each in IncidentContent}
LEAKED = Question(reach=IncidentReach.GIVEN, recipient="genki-lab")


def person(bank, name):
    pepper = bank.secret(PEPPER)
    wish = SignUp(login=name, password_hash="-", name=name, birth_date=BORN)
    return OwnerId(bank.unit_of_work(lambda work: service.sign_up(work, pepper, wish)))


def given(bank, owner, *, recipient="genki-lab", actor="genki-app", kind="health.lab"):
    entry = Entry(
        type=EventType.DISCLOSURE_RELEASED,
        subject=owner,
        recipient=recipient,
        categories=(kind,),
        count=1,
        detail={"actor": actor},
    )
    bank.unit_of_work(lambda work: work.log.record(entry))


@pytest.fixture
def people(bank):
    found = [person(bank, name) for name in ("hanako", "taro", "jiro")]
    for owner in found[:2]:
        given(bank, owner)
    given(bank, found[2], recipient="other-lab", actor="other-app")
    return found


def do(bank, act, *args, **named):
    return bank.unit_of_work(lambda work: act(work, *args, **named))


def opened(bank, facts=GRAVE, *, actor=A, **changed):
    wish = Wish(title="Copy lost", knew_at=bank.clock.now(), facts=facts)
    return do(bank, register.enter, replace(wish, **changed), actor=actor)


def get(bank, number):
    with bank.read() as snap:
        return register.get(snap, bank.keys, number)


def listed(bank, number, question=LEAKED):
    list_id = do(bank, persons.ask, number, question, actor=A)
    chores.find_persons(bank)
    with bank.read() as snap:
        return persons.get(snap, list_id)


def owners(bank, found):
    with bank.read() as snap:
        pages = [
            persons.page(snap, bank.keys, found.list_id, no)
            for no in range(1, found.pages + 1)
        ]
    return {each for part in pages for each in part}


def told(bank, owner):
    with bank.read() as snap:
        return messages.page(snap, bank.keys, owner)


def entries(bank, owner):
    with bank.read() as snap:
        own = page(snap, bank.keys, owner).entries
    return [each.detail.fields.get("reasons") for each in own]


def report(bank, number, to, reference, *, actor):
    written = get(bank, number).last(IncidentStep.WRITTEN)
    seen = written.no if written else 0
    do(bank, acts.report, number, to, reference, seen=seen, actor=actor)


def draft(bank, number):
    return do(bank, notices.draft, number, DRAFT, actor=A).steps[-1].no


def tell(bank, number, found):
    seen = draft(bank, number)
    do(bank, notices.tell, number, found.list_id, seen=seen, actor=B)


def test_a_grave_incident_goes_through_every_state_with_a_second_of_staff(bank, people):
    number = opened(bank)
    assert get(bank, number).state is S.OPEN
    do(bank, acts.write, number, {"outline": "A copy was lost."}, actor=A)
    with pytest.raises(Forbidden):
        report(bank, number, R.AUTHORITY_FIRST, "1", actor=A)
    with pytest.raises(Conflict):
        report(bank, number, R.AUTHORITY_FINAL, "1", actor=B)
    report(bank, number, R.AUTHORITY_FIRST, "PPC-1", actor=B)
    do(bank, acts.contain, number, "The copy was found.", actor=A)
    assert get(bank, number).state is S.CONTAINED
    with pytest.raises(Invalid):
        report(bank, number, R.AUTHORITY_FINAL, "2", actor=B)
    do(bank, acts.write, number, NINE, actor=A)
    report(bank, number, R.AUTHORITY_FINAL, "PPC-2", actor=B)
    assert get(bank, number).state is S.REPORTED
    assert get(bank, number).open_duties == (IncidentDuty.PERSONS,)
    with pytest.raises(Conflict):
        do(bank, acts.ask_close, number, "Done.", actor=A)

    tell(bank, number, listed(bank, number))
    chores.tell_persons(bank)
    do(bank, acts.ask_close, number, "Done.", actor=A)
    with pytest.raises(Forbidden):
        do(bank, acts.close, number, actor=A)
    do(bank, acts.close, number, actor=B)

    found = get(bank, number)
    assert found.state is S.CLOSED
    assert [each.no for each in found.steps] == list(range(1, len(found.steps) + 1))
    with pytest.raises(Conflict):
        do(bank, acts.assess, number, SLIGHT, actor=A)
    do(bank, acts.reopen, number, "More was found.", actor=A)
    assert get(bank, number).state is S.OPEN


def test_what_happened_after_the_wish_to_close_has_to_be_seen_again(bank):
    number = opened(bank, SLIGHT)
    do(bank, acts.contain, number, "Stopped.", actor=A)
    with pytest.raises(Conflict):
        do(bank, acts.contain, number, "Again.", actor=A)
    with pytest.raises(Conflict):
        do(bank, acts.close, number, actor=B)
    do(bank, acts.ask_close, number, "Nothing is due.", actor=A)
    do(bank, acts.assess, number, GRAVE, actor=A)
    with pytest.raises(Conflict):
        do(bank, acts.close, number, actor=B)
    assert get(bank, number).open_duties == (
        IncidentDuty.AUTHORITY,
        IncidentDuty.PERSONS,
    )


def test_reports_that_are_late_are_red_in_doctor_and_numbers(bank, clock):
    number = opened(bank)
    opened(bank, is_exercise=True)
    with bank.read() as snap:
        assert register.numbers(snap) == register.Numbers(1, 0, 0)
        (check,) = inspection.checks(snap.connection, clock)
        assert "no report due" in check.ask()
    clock.advance(timedelta(days=4))
    with bank.read() as snap:
        assert register.numbers(snap) == register.Numbers(1, 1, 0)
        (check,) = inspection.checks(snap.connection, clock)
        with pytest.raises(Wrong, match="urgent"):
            check.ask()
    clock.advance(timedelta(days=2))
    with bank.read() as snap:
        assert register.numbers(snap) == register.Numbers(1, 1, 1)
        (check,) = inspection.checks(snap.connection, clock)
        with pytest.raises(Wrong, match="overdue"):
            check.ask()
        assert [e.is_overdue(snap.now) for e in register.every(snap)] == [True, True]
        assert register.opened_between(snap, None, None) == 1
        assert register.opened_between(snap, snap.now, None) == 0
        assert register.opened_between(snap, None, snap.now) == 1
    do(bank, acts.write, number, NINE, actor=A)
    report(bank, number, R.AUTHORITY_FIRST, "late", actor=B)
    with bank.read() as snap:
        assert register.numbers(snap).overdue == 0


@pytest.mark.parametrize(
    ("question", "who"),
    [
        (LEAKED, {0, 1}),
        (replace(LEAKED, recipient="other-lab"), {2}),
        (Question(reach=IncidentReach.GIVEN, actor="other-app"), {2}),
        (Question(reach=IncidentReach.GIVEN, category="health"), {0, 1, 2}),
        (Question(reach=IncidentReach.GIVEN, category="purchase"), set()),
        (Question(reach=IncidentReach.LOOKED_AT, actor="7"), {0}),
        (Question(reach=IncidentReach.LOOKED_AT, actor="8"), set()),
        (Question(reach=IncidentReach.STORED, source="hospital"), {1}),
        (
            replace(LEAKED, until=datetime(2020, 1, 1, tzinfo=UTC)),
            set(),
        ),
    ],
)
def test_persons_are_found_by_what_the_log_says(bank, people, question, who):
    look = Entry(
        type=EventType.STAFF_VIEWED, subject=people[0], detail={"actor": "operator:7"}
    )
    kept = Entry(
        type=EventType.RECORD_WRITTEN,
        subject=people[1],
        source="hospital",
        categories=("health.lab",),
    )
    for entry in (look, kept):
        do(bank, lambda work, entry: work.log.record(entry), entry)
    found = listed(bank, opened(bank), question)

    assert found.state is ListState.FOUND
    assert owners(bank, found) == {people[each] for each in who}
    assert (found.persons, found.unresolved) == (len(who), 0)
    with bank.read() as snap:
        assert persons.asked(snap, bank.keys, found.list_id) == question


def test_everybody_is_told_once_however_often_a_worker_is_killed(
    bank, people, monkeypatch
):
    monkeypatch.setattr(persons, "PAGE", 1)
    number = opened(bank)
    found = listed(bank, number)
    assert found.pages == 2
    approve = partial(do, bank, notices.tell, number, found.list_id)
    with pytest.raises(Conflict):
        approve(seen=3, actor=B)
    old, seen = draft(bank, number), draft(bank, number)
    with pytest.raises(Conflict):
        approve(seen=old, actor=B)
    with pytest.raises(Forbidden):
        approve(seen=seen, actor=A)
    approve(seen=seen, actor=B)
    with pytest.raises(Conflict):
        approve(seen=seen, actor=B)
    with bank.read() as snap:
        before = persons.get(snap, found.list_id)

    # One page, then the worker dies; another took the same page from an old look.
    assert do(bank, notices.go_on, before)
    assert do(bank, notices.go_on, before)
    with bank.read() as snap:
        assert persons.get(snap, found.list_id).place == 1
    chores.tell_persons(bank)
    chores.tell_persons(bank)

    for owner in people[:2]:
        (said,) = told(bank, owner)
        assert said.text == {"ja": DRAFT.ja, "en": DRAFT.en}
        assert said.link == f"/incidents/{number}"
        assert entries(bank, owner).count(notices.TOLD) == 1
    assert told(bank, people[2]) == []
    with bank.read() as snap:
        after = persons.get(snap, found.list_id)
        assert (after.state, after.told, after.gone) == (ListState.DONE, 2, 0)
        counted = delivery.count(snap, bank.keys, after)
        assert (counted.told, counted.read, counted.not_reached) == (2, 0, 2)
    do(bank, messages.mark_read, people[0])
    with bank.read() as snap:
        counted = delivery.count(snap, bank.keys, after)
    assert (counted.read, counted.not_reached) == (1, 1)


def test_who_is_gone_is_counted_and_the_text_can_be_published(bank, people):
    number = opened(bank)
    found = listed(bank, number)
    erase_account(bank, people[0])
    tell(bank, number, found)
    chores.tell_persons(bank)
    with bank.read() as snap:
        after = persons.get(snap, found.list_id)
    assert (after.told, after.gone) == (1, 1)
    seen = get(bank, number).last(IncidentStep.DRAFTED).no
    with pytest.raises(Forbidden):
        do(bank, notices.publish, number, seen=seen, actor=A)
    done = do(bank, notices.publish, number, seen=seen, actor=B)
    assert done.steps[-1].said["text"] == {"ja": DRAFT.ja, "en": DRAFT.en}


def test_an_exercise_runs_every_step_and_tells_nobody(bank, people):
    number = opened(bank, is_exercise=True)
    found = listed(bank, number)
    tell(bank, number, found)
    chores.tell_persons(bank)

    with bank.read() as snap:
        after = persons.get(snap, found.list_id)
        assert delivery.count(snap, bank.keys, after).told == 2
    assert after.state is ListState.DONE
    for owner in people:
        assert told(bank, owner) == []
        assert notices.TOLD not in entries(bank, owner)
    found = get(bank, number)
    assert "訓練" in document.as_text(found)
    assert json.loads(document.as_json(found, [after]))["is_exercise"] is True


@pytest.mark.parametrize("table", [incident, incident_list])
def test_an_exercise_cannot_become_real_nor_the_other_way(bank, people, table):
    number = opened(bank, is_exercise=True)
    found = listed(bank, number)
    tell(bank, number, found)
    do(bank, lambda work: work.connection.execute(update(table).values(is_exercise=0)))
    chores.tell_persons(bank)
    assert [told(bank, owner) for owner in people] == [[], [], []]
    if table is incident:
        with pytest.raises(EnvelopeError):
            get(bank, number)


def test_a_step_that_is_missing_or_changed_is_seen(bank):
    number = opened(bank)
    do(bank, acts.contain, number, "Stopped.", actor=A)
    c = incident_step.c
    swap = update(incident_step).where(c.no == 2).values(step="closed")
    do(bank, lambda work: work.connection.execute(swap))
    with pytest.raises(EnvelopeError):
        get(bank, number)
    gone = incident_step.delete().where(c.no == 1)
    do(bank, lambda work: work.connection.execute(gone))
    with pytest.raises(EnvelopeError):
        get(bank, number)


def test_of_two_steps_at_once_one_meets_a_conflict(bank):
    number = opened(bank)

    def late(work):
        row = incident.c
        back = update(incident).where(row.incident_id == number).values(steps=0)
        work.connection.execute(back)
        acts.contain(work, number, "Stopped.", actor=A)

    with pytest.raises(Conflict, match="meanwhile"):
        bank.unit_of_work(late)


def test_the_report_says_the_nine_contents_in_both_forms(bank):
    number = opened(bank)
    do(bank, acts.write, number, NINE, actor=A)
    report(bank, number, R.AUTHORITY_FIRST, "PPC-1", actor=B)
    found = get(bank, number)
    text = document.as_text(found)
    assert all(f"{no}. " in text for no in range(1, 10))
    assert "訓練" not in text
    said = json.loads(document.as_json(found, []))
    assert said["contents"] == NINE
    assert [each["made_at"] is None for each in said["terms"]] == [False, True]
    assert contents.missing(said["contents"]) == ()


@pytest.mark.parametrize(
    "said", [{"outline": "x" * 4001}, {"surprise": "x"}, {"cause": "4111111111111111"}]
)
def test_texts_that_are_too_long_or_hold_numbers_are_refused(bank, said):
    number = opened(bank)
    with pytest.raises(Invalid):
        do(bank, acts.write, number, said, actor=A)


def test_what_cannot_be_is_refused(bank, clock):
    with pytest.raises(Invalid):
        opened(bank, title="")
    with pytest.raises(Invalid):
        opened(bank, title="x" * 201)
    with pytest.raises(Invalid):
        opened(bank, knew_at=clock.now() + timedelta(seconds=1))
    with pytest.raises(Invalid):
        opened(bank, knew_at=datetime(2020, 1, 1, tzinfo=UTC))
    with pytest.raises(Invalid):
        replace(LEAKED, since=clock.now(), until=clock.now())
    with bank.read() as snap:
        assert snap.connection.execute(select(incident)).all() == []
    with pytest.raises(NotFound):
        get(bank, bank.ids.new())
    with bank.read() as snap, pytest.raises(NotFound):
        persons.get(snap, bank.ids.new())
    number = opened(bank)
    with pytest.raises(Conflict):
        do(bank, acts.reopen, number, "x", actor=A)
    with pytest.raises(Conflict):
        report(bank, number, R.BOARD, "x", actor=B)
    only = partial(do, bank, acts.ask_close, number, "x")
    with pytest.raises(Conflict):
        only(actor=A)


def test_what_happened_at_a_recipient_is_found_by_it(bank):
    number = opened(bank, recipient_id="genki-lab")
    opened(bank, recipient_id="genki-lab", is_exercise=True)
    with bank.read() as snap:
        (found,) = register.of_recipient(snap, "genki-lab")
        assert found.incident_id == number
        assert register.of_recipient(snap, "other-lab") == []
        assert not register.is_certified(snap)
