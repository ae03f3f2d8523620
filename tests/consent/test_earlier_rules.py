"""Decisions of an earlier version of the rules, run again."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from consent.counterpart import PastClass
from consent.earlier_rules import GATES_OF
from consent.engine import RULE_VERSION, Deny, Permit, decide
from consent.facts import CertificateFacts
from consent.instructions import Stance
from consent.modes import RecipientMode
from consent.reasons import Reason
from pds.core.vocabulary import DetailLevel
from tests.consent.entrusting import instruction
from tests.consent.test_engine import ASK, DAY, GOOD, NOW, abroad, part


def test_every_version_has_its_gates():
    assert sorted(GATES_OF) == list(range(1, RULE_VERSION + 1))
    for gates in GATES_OF.values():
        assert isinstance(decide(ASK, GOOD, NOW, gates=gates), Permit)


def test_in_the_first_version_no_agent_answered_for_the_young():
    young = part("person", adult_from=date(2030, 1, 1), agent_until=NOW + DAY)
    assert isinstance(decide(ASK, young, NOW), Permit)
    before = decide(ASK, young, NOW, gates=GATES_OF[1])
    assert before == Deny((Reason.UNDER_AGE,))
    alone = part("person", adult_from=date(2030, 1, 1))
    assert decide(ASK, alone, NOW, gates=GATES_OF[1]) == decide(ASK, alone, NOW)


def test_in_the_first_version_a_month_could_be_cut():
    cut = replace(ASK, first_day=date(2026, 1, 2), detail=DetailLevel.MONTH)
    assert decide(cut, GOOD, NOW) == Deny((Reason.PERIOD_CUT,))
    assert isinstance(decide(cut, GOOD, NOW, gates=GATES_OF[1]), Permit)


def test_before_the_third_version_criteria_and_modes_did_not_count():
    lapsed = part("recipient", cleared_until=NOW, mode=RecipientMode.VIEW_ONLY)
    assert decide(ASK, lapsed, NOW) == Deny(
        (Reason.RECIPIENT_NOT_CLEARED, Reason.RECIPIENT_VIEW_ONLY)
    )
    assert isinstance(decide(ASK, lapsed, NOW, gates=GATES_OF[2]), Permit)
    for certificates, reason in (
        ((), Reason.CERTIFICATE_MISSING),
        ((CertificateFacts(kind="isms", valid_until=NOW),), Reason.CERTIFICATE_EXPIRED),
    ):
        without = replace(lapsed, certificates=certificates)
        assert decide(ASK, without, NOW, gates=GATES_OF[2]) == Deny((reason,))


def test_before_the_sixth_version_terms_were_believed_about_the_country():
    elsewhere = part("recipient", country="US")
    assert decide(ASK, elsewhere, NOW) == Deny((Reason.COUNTRY_UNSAID,))
    assert isinstance(decide(ASK, elsewhere, NOW, gates=GATES_OF[5]), Permit)


def test_before_the_fifth_version_nothing_was_known_of_countries():
    assert decide(ASK, abroad(None), NOW) == Deny((Reason.COUNTRY_UNKNOWN,))
    assert isinstance(decide(ASK, abroad(None), NOW, gates=GATES_OF[4]), Permit)


def test_before_version_7_a_never_did_not_go_with_a_recipient():
    never = instruction(Stance.NEVER, categories=(), purposes=())
    past = (PastClass("wellness", NOW),)
    moved = replace(GOOD.recipient, recipient_class="retail", past_classes=past)
    facts = replace(GOOD, recipient=moved, instructions=(never,))
    assert isinstance(decide(ASK, facts, NOW, gates=GATES_OF[6]), Permit)
    assert decide(ASK, facts, NOW) == Deny((Reason.INSTRUCTION_NEVER,))
    nobody = replace(facts, recipient=None)
    assert isinstance(decide(ASK, nobody, NOW, gates=GATES_OF[6]), Deny)


def test_before_version_9_an_overdue_duty_stopped_nothing():
    facts = replace(GOOD, recipient=replace(GOOD.recipient, is_in_default=True))
    assert isinstance(decide(ASK, facts, NOW, gates=GATES_OF[8]), Permit)
    assert decide(ASK, facts, NOW) == Deny((Reason.DUTY_OVERDUE,))


@pytest.mark.parametrize("level", [DetailLevel.MONTH, DetailLevel.ANSWER])
def test_before_version_8_coarse_data_went_to_who_may_know_nobody(level):
    coarse = replace(ASK, detail=level)
    facts = part("recipient", mode=RecipientMode.NON_IDENTIFYING)
    for version in range(3, 8):
        found = decide(coarse, facts, NOW, gates=GATES_OF[version])
        assert Reason.RECIPIENT_NON_IDENTIFYING not in getattr(found, "reasons", ())
        fine = decide(ASK, facts, NOW, gates=GATES_OF[version])
        assert fine == Deny((Reason.RECIPIENT_NON_IDENTIFYING,))
    for version in (8, 9):
        found = decide(coarse, facts, NOW, gates=GATES_OF[version])
        assert Reason.RECIPIENT_NON_IDENTIFYING in found.reasons


def test_before_version_8_any_certified_processor_was_enough():
    held = CertificateFacts(
        kind="isms", valid_until=NOW + DAY, processor_id=UUID(int=5)
    )
    facts = part("recipient", mode=RecipientMode.VIA_PROCESSOR)
    for until, before in ((NOW + DAY, ()), (NOW, (Reason.CERTIFICATE_EXPIRED,))):
        other = replace(facts, certificates=(replace(held, valid_until=until),))
        for version in range(3, 8):
            found = decide(ASK, other, NOW, gates=GATES_OF[version])
            assert getattr(found, "reasons", ()) == before
        for version in (8, 9):
            found = decide(ASK, other, NOW, gates=GATES_OF[version])
            assert found == Deny((Reason.CERTIFICATE_MISSING,))
    bare = replace(facts, certificates=())
    found = decide(ASK, bare, NOW, gates=GATES_OF[7])
    assert found == Deny((Reason.CERTIFICATE_MISSING,))
