"""Standing instructions: axes, bounds, what is refused at entry, how they are kept."""

import re
from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given, settings

from audit.canonical import canonical, parse_canonical
from consent import instruction_record, instruction_register, service
from consent.counterpart import Counterpart, PastClass
from consent.instruction_register import InstructionEvent
from consent.instruction_tables import instruction_set
from consent.instructions import Bound, Stance, check, forbids, stance_for
from consent.preflight import NotPermitted
from consent.reasons import Reason
from consent.terms import ProvisionForm
from pds.core.clock import to_millis
from pds.core.errors import Conflict, Invalid, NotFound, Unavailable
from pds.core.ids import uuid7
from pds.core.vocabulary import (
    DetailLevel,
    Sensitivity,
    categories,
    purposes,
    recipient_classes,
)
from pds.keys.classes import KeyClass
from tests.board import reclassify
from tests.consent.entrusting import BOUNDS, TERMS, instruction, sets
from tests.consent.world import DAY, EVIDENCE, NOW, PROVISION, RECIPIENT

WELLNESS = Counterpart("hikari-health", "wellness")
_LISTS = "Lists are sorted and name a thing once."
_EFFECT = "It is never entrusted (X-12)."
_CARE = "It is never entrusted (X-01)."
_BOUNDED = "What is allowed has bounds."
_RANGE = "The days are out of range."


@pytest.mark.parametrize(
    ("changes", "bound"),
    [
        ({"detail": DetailLevel.MONTH}, Bound.DETAIL),
        ({"window_days": 386}, Bound.WINDOW),
        ({"retention_days": 179}, Bound.RETENTION),
        ({"validity_days": 89}, Bound.VALIDITY),
        ({"forms": (ProvisionForm.VIEW_ONLY,)}, Bound.FORM),
        ({"countries": ("US",)}, Bound.COUNTRY),
        ({"sensitivity": Sensitivity.GENERAL}, Bound.SENSITIVITY),
    ],
)
def test_each_bound_is_broken_by_itself_at_its_edge(changes, bound):
    health = Sensitivity.HEALTH_GENERAL
    exact = replace(BOUNDS, window_days=387, retention_days=180, validity_days=90)
    assert list(exact.broken(TERMS, health, NOW)) == []
    assert list(replace(exact, **changes).broken(TERMS, health, NOW)) == [bound]


def test_an_allow_covers_only_what_it_names_and_what_was_known():
    allow = instruction()
    assert allow.concerns(WELLNESS, "health.advice")
    assert not allow.concerns(Counterpart("hikari-health", "medical"), "health.advice")
    assert not allow.concerns(WELLNESS, "health.care")
    assert allow.covers("health.vital.weight")
    assert not allow.covers("health.vital")
    assert not replace(allow, vocabulary=0).covers("health.vital.weight")
    single = replace(allow, recipient_classes=(), recipients=("hikari-health",))
    assert single.concerns(Counterpart("hikari-health", "medical"), "health.advice")
    nobody = replace(allow, recipient_classes=(), purposes=(), categories=())
    assert not nobody.concerns(WELLNESS, "health.advice")
    assert not nobody.covers("health.vital.weight")


def test_an_empty_axis_of_never_means_everything_and_what_comes_later():
    never = instruction(
        Stance.NEVER, recipient_classes=(), purposes=(), categories=(), vocabulary=0
    )
    assert never.concerns(Counterpart("anybody", "other"), "health.care")
    assert never.covers("health.vital.weight")
    assert never.covers("something.new")
    insurers = replace(never, recipient_classes=("insurer",))
    assert not insurers.concerns(WELLNESS, "health.care")
    purpose = replace(never, purposes=("health.care",))
    assert not purpose.concerns(WELLNESS, "health.advice")


def test_never_holds_until_its_end():
    never = instruction(Stance.NEVER, until=NOW + DAY)
    names = ["health.vital.weight"]

    def found(now):
        return forbids([never], WELLNESS, "health.advice", names, now)

    assert found(NOW + DAY / 2) == [never]
    assert found(NOW + DAY) == []
    assert forbids([never], WELLNESS, "health.advice", ["health.sleep"], NOW) == []
    ask = instruction(Stance.ASK)
    assert forbids([ask], WELLNESS, "health.advice", names, NOW) == []


@pytest.mark.parametrize(
    ("changes", "code", "says"),
    [
        ({"until": None}, "until", "What is allowed ends within the term."),
        ({"until": NOW}, "until", "The end is past."),
        ({"until": NOW + 366 * DAY}, "until", "What is allowed ends within the term."),
        ({"recipient_classes": ()}, "recipients", "Nobody is named."),
        ({"recipient_classes": ("nobody",)}, "recipients", "A class is unknown."),
        ({"recipient_classes": ("wellness", "medical")}, "lists", _LISTS),
        ({"recipients": tuple(f"r{n:02}" for n in range(51))}, "lists", _LISTS),
        ({"purposes": ()}, "purposes", "No purpose is named."),
        ({"purposes": ("nothing",)}, "purposes", "A purpose is unknown."),
        ({"purposes": ("insurance.assessment",)}, "significant", _EFFECT),
        ({"categories": ()}, "categories", "No category is named."),
        ({"categories": ("nothing",)}, "categories", "A category is unknown."),
        ({"categories": ("health",)}, "special-care", _CARE),
        ({"categories": ("health.lab",)}, "special-care", _CARE),
        ({"bounds": None}, "bounds", _BOUNDED),
        ({"bounds": replace(BOUNDS, forms=())}, "bounds", _BOUNDED),
        ({"bounds": replace(BOUNDS, countries=())}, "bounds", _BOUNDED),
        ({"bounds": replace(BOUNDS, window_days=-1)}, "bounds", _RANGE),
        ({"bounds": replace(BOUNDS, retention_days=36_501)}, "bounds", _RANGE),
        (
            {"bounds": replace(BOUNDS, sensitivity=Sensitivity.SPECIAL_CARE)},
            "special-care",
            _CARE,
        ),
        (
            {"stance": Stance.NEVER, "until": None},
            "bounds",
            "Only what is allowed has bounds.",
        ),
    ],
)
def test_what_may_not_be_instructed_is_refused_at_entry(changes, code, says):
    with pytest.raises(Invalid, match=f"^{re.escape(says)}$") as caught:
        check(replace(instruction(), **changes), NOW)
    assert caught.value.code == f"instruction.{code}"


def test_what_lies_exactly_on_a_bound_may_be_instructed():
    every = tuple(sorted(recipient_classes.ALL))
    fifty = tuple(f"r{n:02}" for n in range(50))
    edge = replace(BOUNDS, window_days=36_500, retention_days=0, validity_days=36_500)
    check(instruction(recipient_classes=every, recipients=fifty, bounds=edge), NOW)
    check(instruction(Stance.NEVER, purposes=tuple(sorted(purposes.ALL))), NOW)


def test_one_cell_of_the_axes_says_the_strictest_that_holds():
    allow, ask = instruction(), instruction(Stance.ASK, 2)
    never = instruction(Stance.NEVER, 3, until=NOW + DAY)

    def cell(*found, category="health.vital.weight", purpose="health.advice", at=NOW):
        return stance_for(found, WELLNESS, purpose, category, at)

    assert cell() is Stance.ASK
    assert cell(allow) is Stance.ALLOW
    assert cell(allow, ask) is Stance.ASK
    assert cell(allow, ask, never) is Stance.NEVER
    assert cell(allow, never, at=NOW + DAY) is Stance.ALLOW
    assert cell(allow, category="health.sleep") is Stance.ASK
    assert cell(allow, purpose="health.care") is Stance.ASK


def test_never_and_ask_need_no_bounds_and_no_end():
    check(instruction(Stance.NEVER, categories=("health.lab",)), NOW)
    check(instruction(Stance.ASK, recipient_classes=(), purposes=()), NOW)
    check(instruction(until=NOW + 365 * DAY), NOW)
    with pytest.raises(Invalid):
        check(instruction(Stance.NEVER, bounds=BOUNDS), NOW)
    with pytest.raises(Invalid):
        check(instruction(Stance.NEVER, until=NOW - DAY), NOW)


@settings(max_examples=30)
@given(sets)
def test_a_set_is_written_the_same_whatever_its_order(found):
    written = instruction_record.encode(found)
    assert instruction_record.encode(reversed(found)) == written
    read = instruction_record.decode(written)
    assert sorted(read, key=lambda i: i.instruction_id) == sorted(
        found, key=lambda i: i.instruction_id
    )


def test_a_set_of_a_later_program_is_refused():
    later = parse_canonical(instruction_record.encode([instruction()])) | {"v": 2}
    with pytest.raises(Unavailable):
        instruction_record.decode(canonical(later))


@pytest.fixture
def account(work, owner):
    work.keys.create(work.connection, owner, KeyClass.ACCOUNT, now=work.now)
    return owner


def test_instructions_are_made_changed_ended_and_their_history_is_kept(work, account):
    assert instruction_register.current(work, work.keys, account).version == 0
    made = instruction_register.save(work, account, instruction(vocabulary=0))
    assert made.instruction_id != UUID(int=1)
    assert (made.version, made.vocabulary, made.made_at) == (1, categories.VERSION, NOW)
    changed = instruction_register.save(
        work, account, replace(made, purposes=("household.budget",))
    )
    found = instruction_register.current(work, work.keys, account)
    assert found.instructions == (changed,)
    assert (found.version, changed.version) == (2, 2)
    assert found.get(made.instruction_id) == changed

    ended = instruction_register.end(work, account, made.instruction_id)

    assert ended == changed
    assert instruction_register.current(work, work.keys, account).instructions == ()
    past = instruction_register.history(work, work.keys, account)
    assert [(each.no, each.event) for each in past] == [
        (3, InstructionEvent.ENDED),
        (2, InstructionEvent.CHANGED),
        (1, InstructionEvent.MADE),
    ]
    assert past[2].instruction == made
    with pytest.raises(NotFound):
        instruction_register.end(work, account, made.instruction_id)


def test_what_is_instructed_is_sealed_and_can_be_forgotten(work, account):
    instruction_register.save(work, account, instruction(Stance.NEVER))
    row = work.connection.execute(instruction_set.select()).one()
    assert b"health" not in bytes(row.envelope)
    assert row.judge_at is None
    instruction_register.forget(work, account)
    assert instruction_register.history(work, work.keys, account) == []


def test_the_bank_looks_for_whom_something_is_allowed(at, work, account):
    instruction_register.save(work, account, instruction())
    assert instruction_register.due(work, limit=5) == [account]
    instruction_register.look_again(work, account, NOW + DAY)
    assert instruction_register.due(work, limit=5) == []
    assert instruction_register.due(at(NOW + DAY), limit=5) == [account]


def test_there_is_an_end_to_how_many(work, account, monkeypatch):
    monkeypatch.setattr(instruction_register, "MOST", 1)
    made = instruction_register.save(work, account, instruction(Stance.NEVER))
    instruction_register.save(work, account, replace(made, purposes=()))
    with pytest.raises(Conflict):
        instruction_register.save(work, account, instruction(Stance.ASK))


def test_never_refuses_a_yes_of_the_person_too(work, account, asked, notice):
    never = instruction(Stance.NEVER, recipient_classes=("other",), purposes=())
    said = instruction_register.save(work, account, never)

    def give():
        return service.give(
            work,
            account,
            asked.consent.consent_id,
            PROVISION,
            notice=notice,
            evidence=EVIDENCE,
        )

    with pytest.raises(NotPermitted) as caught:
        give()
    assert caught.value.reasons == (Reason.INSTRUCTION_NEVER,)
    # Another class is no way around it, whatever the board decides about that.
    reclassify(work, RECIPIENT, "wellness")
    with pytest.raises(NotPermitted) as caught:
        give()
    assert caught.value.reasons == (Reason.INSTRUCTION_NEVER,)
    instruction_register.end(work, account, said.instruction_id)
    assert give().consent.version == 2


MOVED = Counterpart("hikari-health", "retail", (PastClass("wellness", NOW),))
BEFORE = uuid7(to_millis(NOW - DAY), bytes(10))
AFTER = uuid7(to_millis(NOW) + 1, bytes(10))


@pytest.mark.parametrize("stance", [Stance.NEVER, Stance.ASK])
def test_what_holds_back_goes_with_a_recipient_into_another_class(stance):
    said = instruction(stance, instruction_id=BEFORE)
    assert said.concerns(MOVED, "health.advice")
    assert said.follows(MOVED)
    # A change of the instruction later does not shorten what it was first said of.
    changed = replace(said, version=2, made_at=NOW + DAY)
    assert changed.concerns(MOVED, "health.advice")
    later = instruction(stance, instruction_id=AFTER)
    assert not later.concerns(MOVED, "health.advice")
    assert not later.follows(MOVED)
    assert not said.follows(WELLNESS)


def test_what_gives_holds_for_who_is_of_the_class_now():
    assert not instruction(instruction_id=BEFORE).concerns(MOVED, "health.advice")
    retail = instruction(instruction_id=BEFORE, recipient_classes=("retail",))
    assert retail.concerns(MOVED, "health.advice")


@settings(max_examples=40)
@given(sets)
def test_no_change_of_class_takes_a_never_away(instructions):
    for purpose in purposes.ALL:
        for category in categories.ALL:
            cell = purpose, category, NOW
            if stance_for(instructions, WELLNESS, *cell) is Stance.NEVER:
                assert stance_for(instructions, MOVED, *cell) is Stance.NEVER
