"""Answers to reviewed questions: yes, no or unknown, and nothing else."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from consent import board_vocabulary
from consent.facts import BoardSubjectKind
from consent.preflight import NotPermitted
from consent.terms import Window
from pds.core.clock import tokyo_day
from pds.core.vocabulary import DetailLevel, questions
from pds.disclosure.answering import answer_to
from pds.disclosure.preview import preview
from pds.disclosure.sums import Sum
from pds.vault.records import RecordDraft
from tests.board import stop
from tests.consent.world import PROVISION
from tests.disclosure.sums import RECEIPT, STEPS, counted, opened, pressure, receipt
from tests.disclosure.world import SOURCE

WALKED = "steps.mean-8000"
VECTORS = json.loads(
    Path("tests/vectors/disclosure/answers.json").read_text(encoding="utf-8")
)


def steps(values):
    """Return sums of so many days, one record each."""
    return [
        opened(n, STEPS, 20700 + n, counted("steps", "{steps}", str(value)))
        for n, value in enumerate(values)
    ]


def slept(values):
    return [
        opened(n, "health.sleep", 20700 + n, counted("sleep_duration", "h", value))
        for n, value in enumerate(values)
    ]


def paid(days, each):
    return [
        opened(n, RECEIPT, 20700 + n, {}, receipt(each), "receipt/1")
        for n in range(days)
    ]


def measured(days):
    return [
        opened(n, "health.vital.blood-pressure", 20700 + n // 2, pressure("1", "1"))
        for n in range(days * 2)
    ]


@pytest.mark.parametrize(
    ("question", "records", "expected"),
    [
        (WALKED, steps([8000] * 20), "yes"),
        (WALKED, steps([8000] * 19 + [7999]), "no"),
        (WALKED, steps([16000] * 10 + [0] * 10), "yes"),
        (WALKED, steps([90000] * 19), "unknown"),
        (WALKED, [], "unknown"),
        ("sleep.mean-7-hours", slept(["7.00"] * 20), "yes"),
        ("sleep.mean-7-hours", slept(["7"] * 20 + ["6.99"]), "no"),
        ("exercise.600-minutes", [], "unknown"),
        ("pressure.measured-20-days", measured(20), "yes"),
        ("pressure.measured-20-days", measured(19), "no"),
        ("pressure.measured-20-days", [], "no"),
        ("checkup.within-a-year", [opened(1, "health.checkup", 20700, {})], "yes"),
        ("checkup.within-a-year", [], "unknown"),
        ("spending.90000-yen", paid(10, "9000"), "yes"),
        ("spending.90000-yen", paid(10, "8999"), "no"),
        ("spending.90000-yen", paid(9, "90000"), "unknown"),
    ],
)
def test_a_rule_answers(question, records, expected):
    found = Sum()
    for record in records:
        found.add(record)

    assert answer_to(questions.get(question).rule, found) == expected


def deposit(world, owner, days, value):
    """Store a record of steps for each of the days before today, and for today."""
    today = tokyo_day(world.clock.now())
    drafts = [
        RecordDraft(
            category=STEPS,
            first_day=today - age,
            last_day=today - age,
            order_in_day=0,
            payload_schema="fhir-r4/Observation",
            sensitivity="health-general",
            source_id=SOURCE,
            dedupe=f"walk {age}".encode(),
            header=counted("steps", "{steps}", value),
            payload=b'{"resourceType":"Observation"}',
        )
        for age in range(days + 1)
    ]

    def add(work):
        made = work.ids.new()
        vault = world.bank.vault
        vault.begin_import(work, owner, made, source_id=SOURCE, media_type="text/x")
        vault.add(work, owner, made, drafts)

    world.do(add)


def asking(world, owner, **changes):
    return world.consented(
        owner=owner,
        **{
            "categories": (STEPS,),
            "detail": DetailLevel.ANSWER,
            "question": WALKED,
            **changes,
        },
    )


@pytest.mark.parametrize(("value", "expected"), [("8000", "yes"), ("7999", "no")])
def test_preview_page_and_stream_give_the_same_answer(world, value, expected):
    owner = world.person(0)
    deposit(world, owner, 40, value)
    party = asking(world, owner)
    terms = terms_of(world)
    with world.bank.read() as snap:
        shown = preview(
            snap, world.bank.selector, owner, party.organisation.recipient_id, terms
        )

    page = party.get()
    world.clock.advance(timedelta(days=1))
    party.token = party.new_token()
    lines = party.stream().data.splitlines()

    row = VECTORS["row"].replace("yes", expected).encode()
    assert [kind.rows for kind in shown.kinds] == [[row]]
    assert b'"records":[' + row + b"]}" in page.data
    assert lines[1:-1] == [row]
    assert page.json["next"] is None
    # Thirty days up to yesterday, not today's and not older ones.
    assert shown.count == 30
    released = party.history()[-1]
    assert released.entry.detail.fields["n"] == "1"


def terms_of(world):
    first = (world.clock.now() - timedelta(days=300)).date()
    return replace(
        PROVISION,
        categories=(STEPS,),
        detail=DetailLevel.ANSWER,
        question=WALKED,
        window=Window(first),
    )


def test_an_answer_is_given_once_a_day_and_for_no_other_days(world):
    party = asking(world, world.person(0))
    day = world.clock.now().date() - timedelta(days=9)

    narrowed = party.get(query={"from": day})
    first = party.get()
    again = party.get()

    assert narrowed.json["reasons"] == ["question.other-days"]
    assert first.json["records"][0]["payload"]["answer"] == "unknown"
    assert again.json["reasons"] == ["ceiling.too-often"]


def test_a_question_that_the_board_stops_is_answered_no_more(lone):
    kind, text = BoardSubjectKind.QUESTION, board_vocabulary.question_ids()[WALKED]
    party = asking(lone, lone.person(0))
    lone.do(lambda work: stop(work, kind, text))
    with pytest.raises(NotPermitted) as refused:
        asking(lone, lone.person(0))

    assert refused.value.reasons == ("board.suspended",)
    assert party.get().json["reasons"] == ["board.suspended"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"categories": ("health.activity",)}, "question.other-data"),
        ({"window": None}, "question.other-days"),
    ],
)
def test_terms_that_do_not_fit_the_question_are_refused(world, changes, reason):
    if "window" in changes:
        changes = {"window": Window(world.clock.now().date() - timedelta(days=3))}
    with pytest.raises(NotPermitted) as refused:
        asking(world, world.person(0), **changes)

    assert reason in refused.value.reasons


def test_no_question_about_special_care_data_is_answered_in_profile_2_2(world):
    with pytest.raises(NotPermitted) as refused:
        asking(
            world,
            world.person(0),
            categories=("health.checkup",),
            question="checkup.within-a-year",
            window=Window((world.clock.now() - timedelta(days=400)).date()),
        )

    assert "profile.special-care" in refused.value.reasons


def test_agents_who_may_not_look_see_no_answer(world):
    with world.bank.read() as snap:
        shown = preview(
            snap,
            world.bank.selector,
            world.person(0),
            world.shared.recipient_id,
            terms_of(world),
            rows=0,
        )

    assert [kind.rows for kind in shown.kinds] == [[]]
