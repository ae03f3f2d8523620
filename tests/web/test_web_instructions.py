"""The pages of standing instructions: tried before they are kept, ended at once."""

import re
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from werkzeug.datastructures import MultiDict

from audit.leaf import EventType
from consent import board, class_changes, instruction_register, ledger, offers
from consent.facts import BoardSubjectKind
from consent.instructions import Stance
from consent.offers import OfferTemplate
from consent.states import ConsentState
from pds.accounts import messages
from pds.accounts.message_kinds import MessageTopic
from pds.bank import entrusting
from pds.core.ids import ConsentId
from pds.rights import history
from tests.board import reclassify
from tests.web.conftest import RECIPIENT, decision, provision

ALLOW = {
    "stance": "allow",
    "recipient_classes": "wellness",
    "purposes": "health.advice",
    "categories": ["health.vital.blood-pressure", "health.vital.weight"],
    "detail": "record",
    "window_days": "365",
    "retention_days": "30",
    "validity_days": "90",
    "forms": "copy",
}
NEVER = {"stance": "never", "recipient_classes": "wellness"}


@pytest.fixture
def offer(bank, recipient):
    def act(work):
        reclassify(work, RECIPIENT, "wellness")
        template = OfferTemplate(
            provision=provision(work.now),
            window_days=100,
            validity_days=80,
            title_ja="毎日の助言",
            title_en="Advice every day",
        )
        made = offers.draft(work, RECIPIENT, template, actor="test")
        until = work.now + timedelta(days=100)
        decided = decision(BoardSubjectKind.OFFER, str(made), until)
        board.decide(work, decided, actor="test")
        offers.go_live(work, made, actor="test")
        return made

    return bank.unit_of_work(act)


def send(visitor, form, status, step, **fields):
    sent = {"csrf_token": form.fields["csrf_token"], "step": step, **fields}
    if "until" not in fields and sent.get("stance") == "allow":
        sent["until"] = form.fields["until"]
    data = MultiDict()
    for name, value in sent.items():
        for each in value if isinstance(value, list) else [value]:
            data.add(name, each)
    answer = visitor.client.post(form.action, data=data, headers=visitor.headers)
    return visitor._judged(answer, status)


def tried(visitor, status=200, **fields):
    form = visitor.get("/instructions/new").form_to("/instructions/new")
    return form, send(visitor, form, status, "preview", **fields)


def held(bank, owner):
    with bank.read() as snap:
        return instruction_register.current(snap, bank.keys, owner).instructions


def test_an_instruction_is_tried_first_and_then_kept(person, bank, hanako, offer):
    assert "You have said nothing yet" in person.get("/instructions").text
    form, page = tried(person, **ALLOW)

    assert "Advice every day" in page.text
    assert "You are asked" in page.text
    assert "You have not entrusted decisions to the bank." in page.text
    assert held(bank, hanako) == ()
    send(person, form, 303, "save", **ALLOW)

    (kept,) = held(bank, hanako)
    assert kept.stance is Stance.ALLOW
    assert kept.bounds.retention_days == 30
    shown = person.get("/instructions").text
    assert "Wellness services: some of it allowed" in shown
    assert "Allow: Blood pressure, Weight" in shown
    assert "“Allow” does nothing as long as" in shown


def test_never_refuses_what_is_offered_and_can_end_consents(
    person, bank, hanako, consent, offer
):
    form, page = tried(person, **NEVER)
    assert "It is refused" in page.text
    assert "Consents that this stops" in page.text
    assert consent in page.response.text

    send(person, form, 303, "save", **NEVER, end=[consent, "x"])

    with bank.read() as snap:
        found = ledger.get(snap, hanako, ConsentId(UUID(consent)))
    assert found.state is ConsentState.WITHDRAWN
    assert "Never give: Everything" in person.get("/instructions").text


def test_a_consent_that_is_not_ticked_stays_and_is_denied(
    person, bank, hanako, consent, offer
):
    form, _page = tried(person, **NEVER)
    send(person, form, 303, "save", **NEVER)
    with bank.read() as snap:
        (found,) = ledger.every(snap, hanako)
    assert found.state is ConsentState.GIVEN


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"stance": ""}, "stance"),
        ({"recipient_classes": []}, "recipient_classes"),
        ({"purposes": []}, "purposes"),
        ({"purposes": "insurance.assessment"}, "purposes"),
        ({"categories": "health.lab"}, "categories"),
        ({"forms": []}, "window_days"),
        ({"window_days": "many"}, "window_days"),
        ({"until": "2036-01-01"}, "until"),
        ({"until": "soon"}, "until"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(person, changes, field):
    _form, page = tried(person, 422, **ALLOW | changes)
    assert f"#{field}" in page.links


def test_an_instruction_is_changed_and_ended(person, bank, hanako, recipient):
    form, _page = tried(person, **NEVER, recipients=RECIPIENT)
    send(person, form, 303, "save", **NEVER, recipients=RECIPIENT)
    (kept,) = held(bank, hanako)
    here = f"/instructions/{kept.instruction_id}"
    form = person.get(here).form_to(here)
    page = send(person, form, 200, "preview", stance="ask", categories="health.sleep")
    assert "Ask me" in page.text
    send(person, form, 303, "save", stance="ask", categories="health.sleep")

    (changed,) = held(bank, hanako)
    assert (changed.instruction_id, changed.version) == (kept.instruction_id, 2)
    assert changed.stance is Stance.ASK
    end = person.get("/instructions").form_to("/end")
    person.post(end)
    assert held(bank, hanako) == ()
    past = person.get("/instructions/history").text
    assert re.search("Ended.*Changed.*Instructed", past)
    assert "Genki Lab Inc." in past
    person.post(end, 404)
    person.get(here, 404)


def test_home_reminds_of_what_ends(person, bank, hanako, clock):
    form, _page = tried(person, **ALLOW)
    send(person, form, 303, "save", **ALLOW)
    assert "or has ended" not in person.get("/home").text

    def shorten(work):
        (kept,) = held(bank, hanako)
        soon = replace(kept, until=work.now + timedelta(days=3))
        instruction_register.save(work, hanako, soon)

    bank.unit_of_work(shorten)
    assert "1 ends within 30 days or has ended" in person.get("/home").text
    form = person.get(f"/instructions/{held(bank, hanako)[0].instruction_id}")
    assert "Change an instruction" in form.text


def test_making_needs_a_fresh_login_and_ending_does_not(person, bank, hanako, clock):
    form, _page = tried(person, **NEVER)
    send(person, form, 303, "save", **NEVER)
    end = person.get("/instructions").form_to("/end")
    clock.advance(timedelta(minutes=21))
    answer = person.client.get("/instructions/new", headers=person.headers)
    assert "/login/again" in answer.headers["Location"]
    person.post(end)
    assert held(bank, hanako) == ()


def move(bank):
    # Whoever was put into the first class is told of that before.
    entrusting.tell_of_classes(bank)
    bank.unit_of_work(lambda work: reclassify(work, RECIPIENT, "retail"))


def test_a_change_of_class_is_told_and_gets_round_nothing(
    person, bank, hanako, consent, offer
):
    form, _page = tried(person, **NEVER)
    send(person, form, 303, "save", **NEVER)
    move(bank)
    assert entrusting.tell_of_classes(bank) == 1
    assert entrusting.tell_of_classes(bank) == 0

    home = person.get("/home").text
    assert "Genki Lab Inc. was Wellness services and is now" in home
    shown = person.get("/instructions").text
    assert "What you said of the class before still holds for it." in shown
    assert "Genki Lab Inc. was put into another class" in person.get("/messages").text
    with bank.read() as snap:
        inbox = messages.page(snap, bank.keys, hanako)
    topics = [each.topic for each in inbox]
    assert topics.count(MessageTopic.CLASS_CHANGED) == 2
    with bank.read() as snap:
        kinds = [EventType.POLICY_EVENT]
        told = history.page(snap, bank.keys, hanako, types=kinds, limit=9)
    said = [each.entry.detail.fields["reasons"] for each in told.happenings]
    assert said.count("instruction.class-changed") == 2
    _form, page = tried(person, **NEVER)
    assert "Consents that this stops" in page.text


def test_whoever_names_neither_class_is_not_told(person, bank, hanako, offer):
    named = NEVER | {"recipient_classes": "finance"}
    form, _page = tried(person, **named)
    send(person, form, 303, "save", **named)
    move(bank)
    assert entrusting.tell_of_classes(bank) == 0
    with bank.read() as view:
        assert class_changes.pending(view) is None
    assert "another class" not in person.get("/home").text


def test_many_persons_are_told_in_turns(person, bank, hanako, offer, monkeypatch):
    form, _page = tried(person, **NEVER)
    send(person, form, 303, "save", **NEVER)
    move(bank)
    monkeypatch.setattr(entrusting, "_MOST", 1)
    assert entrusting.tell_of_classes(bank) == 1
    with bank.read() as view:
        assert class_changes.pending(view).announced_to == hanako
    assert entrusting.tell_of_classes(bank) == 0
    with bank.read() as view:
        assert class_changes.pending(view) is None
