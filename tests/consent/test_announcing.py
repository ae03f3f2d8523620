"""Told first, then judged again: objection, lapse, carrying out, end of the mandate."""

from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from uuid import UUID

import pytest

from consent import (
    amending,
    announcing,
    board,
    carrying_out,
    classifying,
    instruction_register,
    judgement_search,
    judgements,
    ledger,
    mandates,
    notices,
    objection_time,
    objection_window,
    offers,
    processors,
    receipts,
    recipients,
    service,
)
from consent.amending import Yes
from consent.announcing import Manner
from consent.content import Act
from consent.facts import BoardSubjectKind
from consent.instructions import Stance
from consent.judgement import JudgementOutcome, JudgementReason
from consent.judgements import JudgementState
from consent.offers import OfferTemplate
from consent.preflight import NotPermitted
from consent.states import ConsentState
from pds.accounts import service as accounts
from pds.bank.inspection import judgements as inspection
from pds.bank.inspection.finding import Wrong
from pds.core.errors import Conflict, NotFound
from pds.crypto.statement import StatementKey
from pds.rights import mandate
from tests import clearing
from tests.board import reclassify
from tests.consent.entrusting import instruction
from tests.consent.test_mandates import published
from tests.consent.test_processors import FIRM
from tests.consent.world import (
    BANK_PARTY,
    CONTRACT,
    DAY,
    EVIDENCE,
    NOW,
    PROVISION,
    RECIPIENT,
    decision,
)
from tests.fakes import FrozenClock

MANNER = Manner(BANK_PARTY, timedelta(hours=72))
BORN = date(1980, 5, 5)


@pytest.fixture(autouse=True)
def _of_age(monkeypatch):
    # Subjects of these tests have no account, so their age is said here.
    monkeypatch.setattr(
        accounts, "adult_from", lambda _snap, _keys, _owner: date(1998, 5, 5)
    )


@pytest.fixture
def offer(work, contract_id):
    reclassify(work, RECIPIENT, "wellness")
    template = OfferTemplate(
        provision=PROVISION,
        window_days=300,
        validity_days=90,
        title_ja="助言",
        title_en="Advice",
    )
    made = offers.draft(work, RECIPIENT, template, actor="o")
    decided = decision(BoardSubjectKind.OFFER, str(made))
    board.decide(work, decided, actor="board")
    offers.go_live(work, made, actor="o")
    return made


@pytest.fixture
def entrusting(work, owner, offer):
    """A person who has a mandate and allows what is offered."""
    published(work)
    mandates.accept(work, owner, 1, EVIDENCE)
    instruction_register.save(work, owner, instruction())
    return owner


@pytest.fixture
def announced(work, entrusting):
    assert announcing.look(work, entrusting, MANNER) == 1
    (found,) = judgements.waiting(work, entrusting)
    return found


class Counting:
    """The time that really passes, as one process counts it."""

    def __init__(self, at):
        self._at = at
        self._seconds = 0.0
        self._last = None

    def after(self, work, step):
        """Let time pass; return a unit of work behind it."""
        self._beat(work)
        self._seconds += step.total_seconds()
        then = self._at(work.now + step)
        self._beat(then)
        return then

    def _beat(self, work):
        self._last = objection_time.beat(
            work, UUID(int=3), self._last, lambda: self._seconds
        )


@pytest.fixture
def counting(at):
    return Counting(at)


@pytest.fixture
def later(work, announced, counting):
    return counting.after(work, 3 * DAY)


def test_what_is_given_is_announced_first_as_a_request(work, announced):
    assert announced.outcome is JudgementOutcome.GIVE
    assert announced.due_at == NOW + 3 * DAY
    current = ledger.get(work, announced.owner, announced.consent_id)
    assert current.state is ConsentState.REQUESTED
    assert judgements.holds(work, work.keys, announced)
    with pytest.raises(Conflict):
        carrying_out.carry_out(work, announced, MANNER)
    # The same offer is not judged twice on the same instructions.
    assert announcing.look(work, announced.owner, MANNER) == 0


def test_a_clock_that_jumps_cuts_no_time_to_object_short(at, work, counting, announced):
    counting.after(work, DAY)
    jumped = at(NOW + 5 * DAY)
    assert objection_window.due(jumped, limit=5) == []
    found = judgements.get(jumped, announced.owner, announced.judgement_id)
    with pytest.raises(Conflict):
        carrying_out.carry_out(jumped, found, MANNER)

    counting.after(jumped, 2 * DAY - timedelta(minutes=1))
    assert objection_window.due(at(NOW + 9 * DAY), limit=5) == []
    then = counting.after(jumped, timedelta(minutes=1))
    (due,) = objection_window.due(then, limit=5)
    assert carrying_out.carry_out(then, due, MANNER) is JudgementState.GIVEN


def test_what_no_process_has_counted_is_never_due(at, announced):
    much_later = at(NOW + 6 * DAY)
    assert objection_window.due(much_later, limit=5) == []
    with pytest.raises(Conflict):
        carrying_out.carry_out(much_later, announced, MANNER)


def test_the_doctor_tells_what_two_processes_keep_from_being_counted(
    at, work, announced
):
    """Two whose beats lie further apart than the lease take the row in turns."""
    beats = {1: None, 2: None}

    def doctor(then):
        (check,) = inspection.checks(then.connection, FrozenClock(then.now))
        return check.ask()

    for turn in range(1, 25):
        seconds, number = turn * 4 * 3600, 1 + turn % 2
        then = at(NOW + timedelta(seconds=seconds))
        beats[number] = objection_time.beat(
            then, UUID(int=number), beats[number], partial(float, seconds)
        )
    assert objection_time.counted(then) == 0
    assert objection_window.due(then, limit=5) == []
    assert "no announcement" in doctor(at(announced.due_at + DAY))
    with pytest.raises(Wrong, match="1 announcements wait"):
        doctor(at(announced.due_at + DAY + timedelta(seconds=1)))

    announcing.object_to(then, announced.owner, announced.judgement_id)
    assert "no announcement" in doctor(at(NOW + 9 * DAY))


def test_an_objection_ends_it(work, later, announced):
    announcing.object_to(work, announced.owner, announced.judgement_id)

    assert (
        judgements.get(work, announced.owner, announced.judgement_id).state
        is JudgementState.OBJECTED
    )
    current = ledger.get(work, announced.owner, announced.consent_id)
    assert current.state is ConsentState.REFUSED
    assert objection_window.due(later, limit=5) == []
    with pytest.raises(Conflict):
        carrying_out.carry_out(later, announced, MANNER)
    with pytest.raises(Conflict):
        announcing.object_to(later, announced.owner, announced.judgement_id)
    assert announcing.look(later, announced.owner, MANNER) == 0


def test_after_the_time_the_bank_gives_with_evidence(later, announced):
    owner = announced.owner
    (due,) = objection_window.due(later, limit=5)
    assert due.judgement_id == announced.judgement_id

    done = carrying_out.carry_out(later, announced, MANNER)

    assert done is JudgementState.GIVEN
    current = ledger.get(later, owner, announced.consent_id)
    assert current.state is ConsentState.GIVEN
    said = ledger.terms(later, later.keys, current)
    assert (said.act, said.actor) == (Act.MANDATE, "bank")
    standing = mandates.standing(later, owner)
    assert said.agreement.mandate_id == standing.mandate_id
    assert said.evidence.auth_time == EVIDENCE.auth_time
    assert said.provision.window.first == (NOW + 3 * DAY - 300 * DAY).date()
    second = judgements.last(later, owner, announced.offer_id)
    assert second.follows == announced.judgement_id
    assert said.evidence.entrusted.judgement_id == second.judgement_id
    record = judgements.written(later, later.keys, second)
    assert said.evidence.entrusted.record.encode() == record
    assert judgements.holds(later, later.keys, second)
    assert announcing.given(later, owner) == [announced.consent_id]
    with pytest.raises(Conflict):
        announcing.object_to(later, owner, announced.judgement_id)


def test_the_notice_is_kept_at_the_announcement_and_given_under(later, announced):
    told = judgements.opened(later, later.keys, announced)
    shown = notices.get(later, told.notice)
    assert shown.provision == told.proposal.terms

    carrying_out.carry_out(later, announced, MANNER)

    current = ledger.get(later, announced.owner, announced.consent_id)
    said = ledger.terms(later, later.keys, current)
    assert said.agreement.notice == told.notice
    second = judgements.last(later, announced.owner, announced.offer_id)
    assert judgements.opened(later, later.keys, second).notice == told.notice


def in_another_class(work, _contract_id, _owner):
    reclassify(work, RECIPIENT, "medical")


def under_another_contract(work, contract_id, _owner):
    terms = replace(CONTRACT, retention_days=300)
    number = clearing.amend(work, contract_id, terms)
    decided = decision(BoardSubjectKind.CONTRACT, contract_id, number)
    board.decide(work, decided, actor="board")


def by_another_decision(work, _contract_id, _owner):
    decided = decision(BoardSubjectKind.RECIPIENT, RECIPIENT, 2)
    board.decide(work, decided, actor="board")


def with_a_processor(work, _contract_id, _owner):
    processors.enter(work, RECIPIENT, FIRM, actor="o")


def by_another_instruction(work, _contract_id, owner):
    (allow,) = instruction_register.current(work, work.keys, owner).instructions
    instruction_register.save(work, owner, replace(allow, recipients=(RECIPIENT,)))


CHANGES = [
    in_another_class,
    under_another_contract,
    by_another_decision,
    with_a_processor,
    by_another_instruction,
]


@pytest.mark.parametrize("changed", CHANGES)
def test_what_is_not_as_announced_is_announced_anew(
    work, counting, contract_id, entrusting, changed
):
    (allow,) = instruction_register.current(work, work.keys, entrusting).instructions
    wide = replace(allow, recipient_classes=("medical", "wellness"))
    instruction_register.save(work, entrusting, wide)
    announcing.look(work, entrusting, MANNER)
    (announced,) = judgements.waiting(work, entrusting)
    later = counting.after(work, MANNER.window)
    changed(later, contract_id, entrusting)

    state = carrying_out.carry_out(later, announced, MANNER)

    assert state is JudgementState.LAPSED
    before = ledger.get(later, entrusting, announced.consent_id)
    assert before.state is ConsentState.REVOKED
    (anew,) = judgements.waiting(later, entrusting)
    assert anew.follows == announced.judgement_id
    assert anew.due_at == later.now + MANNER.window
    assert judgements.holds(later, later.keys, anew)
    assert announcing.look(later, entrusting, MANNER) == 0
    with pytest.raises(Conflict):
        carrying_out.carry_out(later, anew, MANNER)

    latest = counting.after(later, MANNER.window)
    state = carrying_out.carry_out(latest, anew, MANNER)
    assert state is JudgementState.GIVEN
    current = ledger.get(latest, entrusting, anew.consent_id)
    said = ledger.terms(latest, latest.keys, current)
    told = judgements.opened(latest, latest.keys, anew)
    assert said.agreement.notice == told.notice


@pytest.fixture
def wide(work, entrusting):
    """What is announced to somebody who allows both classes of the recipient."""
    (allow,) = instruction_register.current(work, work.keys, entrusting).instructions
    wider = replace(allow, recipient_classes=("medical", "wellness"))
    instruction_register.save(work, entrusting, wider)
    announcing.look(work, entrusting, MANNER)
    (found,) = judgements.waiting(work, entrusting)
    return found


def test_what_lapsed_by_a_change_of_class_is_judged_once_the_board_has_decided(
    work, counting, wide
):
    owner = wide.owner
    later = counting.after(work, MANNER.window)
    last = board.history(later, BoardSubjectKind.RECIPIENT, RECIPIENT)[0].decision
    classifying.classify(later, RECIPIENT, "medical", "Looked at", actor="o")

    assert carrying_out.carry_out(later, wide, MANNER) is JudgementState.LAPSED
    told = judgements.last(later, owner, wide.offer_id)
    assert told.state is JudgementState.TOLD
    assert announcing.look(later, owner, MANNER) == 0
    number = recipients.get(later, RECIPIENT).class_no
    board.decide(later, replace(last, subject_version=number), actor="board")

    assert announcing.look(later, owner, MANNER) == 1
    (anew,) = judgements.waiting(later, owner)
    assert anew.outcome is JudgementOutcome.GIVE
    assert announcing.look(later, owner, MANNER) == 0


def test_what_was_told_is_judged_again_in_another_class(work, entrusting, offer):
    ask = instruction(Stance.ASK, 2, purposes=())
    instruction_register.save(work, entrusting, ask)
    announcing.look(work, entrusting, MANNER)
    assert announcing.look(work, entrusting, MANNER) == 0

    reclassify(work, RECIPIENT, "medical")

    assert announcing.look(work, entrusting, MANNER) == 1
    assert announcing.look(work, entrusting, MANNER) == 0


def test_another_word_of_the_bank_is_told_anew(later, announced):
    moved = replace(MANNER, party=replace(BANK_PARTY, contact="0120-111-111"))

    state = carrying_out.carry_out(later, announced, moved)

    assert state is JudgementState.LAPSED
    (anew,) = judgements.waiting(later, announced.owner)
    first, second = (
        judgements.opened(later, later.keys, each) for each in (announced, anew)
    )
    assert first.notice != second.notice
    assert "0120-111-111" in notices.get(later, second.notice).body.decode()


def test_what_was_announced_without_a_notice_is_told_anew(work, counting, announced):
    told = judgements.opened(work, work.keys, announced)
    bare = replace(told, judgement_id=work.ids.new(), notice=None)
    judgements.settle(work, announced, JudgementState.LAPSED, actor="bank")
    judgements.keep(
        work,
        announced.owner,
        bare,
        JudgementState.ANNOUNCED,
        consent_id=announced.consent_id,
        due_at=announced.due_at,
    )
    (found,) = judgements.waiting(work, announced.owner)
    later = counting.after(work, MANNER.window)

    assert carrying_out.carry_out(later, found, MANNER) is JudgementState.LAPSED
    (anew,) = judgements.waiting(later, announced.owner)
    assert (anew.follows, anew.due_at) == (found.judgement_id, NOW + 6 * DAY)


def test_never_said_meanwhile_lets_it_lapse(work, later, announced):
    owner = announced.owner
    instruction_register.save(work, owner, instruction(Stance.NEVER, 2))

    assert carrying_out.carry_out(later, announced, MANNER) is JudgementState.LAPSED

    current = ledger.get(later, owner, announced.consent_id)
    assert current.state is ConsentState.REVOKED
    second = judgements.last(later, owner, announced.offer_id)
    assert second.outcome is JudgementOutcome.REFUSE
    assert judgements.opened(later, later.keys, second).judgement.reasons == (
        JudgementReason.NEVER,
    )


@pytest.mark.parametrize("what", ["ended", "revised", "answered"])
def test_an_offer_that_is_not_the_same_any_more_lapses(
    work, later, announced, offer, what
):
    if what == "ended":
        offers.end(work, offer, actor="o")
    elif what == "revised":
        before = offers.get(work, offer).template
        offers.revise(work, offer, before, actor="o")
    else:
        from consent import service  # noqa: PLC0415 - one case alone needs it

        service.refuse(work, announced.owner, announced.consent_id)
    assert carrying_out.carry_out(later, announced, MANNER) is JudgementState.LAPSED


def test_what_needs_the_person_is_told_and_judged_anew_on_new_instructions(
    work, entrusting, offer
):
    instruction_register.save(work, entrusting, instruction(Stance.ASK, 2, purposes=()))
    assert announcing.look(work, entrusting, MANNER) == 1
    (told,) = judgements.every(work, entrusting)
    assert (told.state, told.outcome) == (JudgementState.TOLD, JudgementOutcome.ASK)
    assert announcing.look(work, entrusting, MANNER) == 0
    (_allow, ask) = sorted(
        instruction_register.current(work, work.keys, entrusting).instructions,
        key=lambda each: each.stance.value,
    )
    instruction_register.end(work, entrusting, ask.instruction_id)
    assert announcing.look(work, entrusting, MANNER) == 1
    assert len(judgements.waiting(work, entrusting)) == 1


def test_an_offer_that_no_instruction_bears_on_is_not_judged(work, owner, offer):
    published(work)
    mandates.accept(work, owner, 1, EVIDENCE)
    instruction_register.save(work, owner, instruction(recipient_classes=("medical",)))
    assert announcing.look(work, owner, MANNER) == 0
    assert judgements.every(work, owner) == []


def test_without_a_mandate_nothing_is_announced(work, owner, offer):
    instruction_register.save(work, owner, instruction())
    assert announcing.look(work, owner, MANNER) == 1
    (told,) = judgements.every(work, owner)
    assert told.outcome is JudgementOutcome.ASK


def test_the_end_of_the_mandate_ends_what_the_bank_gave(work, later, announced):
    owner = announced.owner
    carrying_out.carry_out(later, announced, MANNER)

    mandate.end(later, owner)

    current = ledger.get(later, owner, announced.consent_id)
    assert current.state is ConsentState.WITHDRAWN
    assert announcing.given(later, owner) == []


def test_the_end_of_the_mandate_lets_announcements_lapse(work, announced):
    mandate.end(work, announced.owner)

    assert judgements.waiting(work, announced.owner) == []
    current = ledger.get(work, announced.owner, announced.consent_id)
    assert current.state is ConsentState.REVOKED


def test_judgements_are_found_sealed_and_forgotten(work, announced):
    owner = announced.owner
    assert b"wellness" not in announced.envelope
    with pytest.raises(NotFound):
        judgements.get(work, owner, UUID(int=1))
    nobody = (bytes(16), bytes(16))
    assert judgement_search.after(work, nobody, limit=5) == [announced]
    here = (owner.bytes, announced.judgement_id.bytes)
    assert judgement_search.after(work, here, limit=5) == []
    forged = replace(announced, hash=bytes(32))
    assert not judgements.holds(work, work.keys, forged)
    judgements.put_off(work, announced, NOW + 9 * DAY)
    assert judgements.waiting(work, owner)[0].due_at == NOW + 9 * DAY
    judgements.forget(work, owner)
    assert judgements.every(work, owner) == []


def test_the_receipt_names_mandate_judgement_and_instructions(work, later, announced):
    carrying_out.carry_out(later, announced, MANNER)
    consent_id, owner = announced.consent_id, announced.owner
    history = ledger.history(later, later.keys, owner, consent_id)
    key = StatementKey(bytes(32))
    text = receipts.issue(
        later,
        later.keys,
        key,
        owner,
        consent_id,
        bank=BANK_PARTY,
        receipt_id=UUID(int=9),
        language="ja",
    )
    claims = receipts.verify(text, key.public)

    assert claims["v"] == receipts.MANDATE_VERSION
    assert claims["mandate_id"] == str(mandates.standing_id(later, owner))
    (allowed,) = instruction_register.current(later, later.keys, owner).instructions
    applied = [{"id": str(allowed.instruction_id), "version": allowed.version}]
    assert claims["entrusted"]["instructions"] == applied
    judged = judgements.get(later, owner, UUID(claims["entrusted"]["judgement_id"]))
    assert judged.follows == announced.judgement_id
    assert receipts.agrees(later, owner, history, BANK_PARTY, claims)
    before = {k: v for k, v in claims.items() if k not in ("mandate_id", "entrusted")}
    assert receipts.agrees(later, owner, history, BANK_PARTY, before | {"v": 1})
    assert not receipts.agrees(later, owner, history, BANK_PARTY, before)


def own_yes(work, found):
    """Answer what the bank has announced, as the person."""
    asked = judgements.opened(work, work.keys, found).proposal.terms
    shown = notices.of_now(work, RECIPIENT, asked, BANK_PARTY)
    evidence = replace(EVIDENCE, auth_time=work.now)
    notice = notices.keep(work, shown)
    service.give(
        work, found.owner, found.consent_id, asked, notice=notice, evidence=evidence
    )


def test_an_own_yes_before_the_time_stays(work, later, announced):
    own_yes(work, announced)

    assert carrying_out.carry_out(later, announced, MANNER) is JudgementState.LAPSED
    current = ledger.get(later, announced.owner, announced.consent_id)
    assert current.state is ConsentState.GIVEN
    mandate.end(later, announced.owner)
    current = ledger.get(later, announced.owner, announced.consent_id)
    assert current.state is ConsentState.GIVEN


def test_an_objection_takes_no_own_yes_away(work, announced):
    owner = announced.owner
    assert announcing.stoppable(work, owner) == [announced]
    own_yes(work, announced)
    assert announcing.stoppable(work, owner) == []

    state = announcing.object_to(work, owner, announced.judgement_id)

    assert state is JudgementState.LAPSED
    kept = judgements.get(work, owner, announced.judgement_id)
    assert kept.state is JudgementState.LAPSED
    current = ledger.get(work, owner, announced.consent_id)
    assert current.state is ConsentState.GIVEN


def test_what_the_person_renewed_is_not_the_banks_any_more(later, announced):
    owner = announced.owner
    carrying_out.carry_out(later, announced, MANNER)
    fresh = replace(EVIDENCE, auth_time=later.now)
    current = ledger.get(later, owner, announced.consent_id)
    terms = amending.renewal(later, later.keys, current, later.now)
    read = notices.of_now(later, RECIPIENT, terms, BANK_PARTY).hash
    said = Yes(at=later.now, read=read, bank=BANK_PARTY, evidence=fresh)
    amending.renew(later, owner, announced.consent_id, said)

    assert announcing.given(later, owner) == []
    mandate.end(later, owner)
    current = ledger.get(later, owner, announced.consent_id)
    assert current.state is ConsentState.GIVEN


def test_a_renewal_is_no_way_around_never(later, announced):
    owner = announced.owner
    carrying_out.carry_out(later, announced, MANNER)
    never = instruction(instruction_id=later.ids.new(), stance=Stance.NEVER)
    instruction_register.save(later, owner, never)
    fresh = replace(EVIDENCE, auth_time=later.now)
    current = ledger.get(later, owner, announced.consent_id)
    terms = amending.renewal(later, later.keys, current, later.now)
    read = notices.of_now(later, RECIPIENT, terms, BANK_PARTY).hash
    said = Yes(at=later.now, read=read, bank=BANK_PARTY, evidence=fresh)
    with pytest.raises(NotPermitted):
        amending.renew(later, owner, announced.consent_id, said)
