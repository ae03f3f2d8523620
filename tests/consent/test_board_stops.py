"""Whatever the board stops, nothing that was permitted before goes on (G-03, G-05).

One case for each kind of thing that the board can stop; a new kind without a case
fails. What provision rests on denies at once; and every stop moves a fence, so that no
permit which was made before it commits after it.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pytest

from consent import (
    board,
    board_items,
    board_vocabulary,
    board_votes,
    facts_store,
    fences,
    mandates,
    notices,
    offer_rules,
    offers,
    preflight,
    profile_list,
    service,
)
from consent.board_items import Definition
from consent.engine import decide
from consent.facts import BoardResult, BoardSubjectKind, DisclosureRequest
from consent.offers import OfferTemplate
from consent.profile import PROFILE_2_2, CertificationProfile
from consent.terms import Window
from pds.core.vocabulary import DetailLevel
from pds.core.vocabulary.dataset_rules import DataSetKind
from pds.datasets import register
from pds.datasets.orders import Order
from pds.oversight import screens
from tests.consent.test_mandates import published
from tests.consent.test_profile_list import LIST, written
from tests.consent.world import (
    BANK_PARTY,
    EVIDENCE,
    NOW,
    PROFILE,
    PROVISION,
    RECIPIENT,
    decision,
)

KIND = BoardSubjectKind
HEALTH = CertificationProfile("3.0-health")
QUESTION = "steps.mean-8000"


@dataclass
class Case:
    """A thing that lives: its id, the consent that rests on it, and what it lets be."""

    subject_id: str
    provision: Any = PROVISION
    profile: CertificationProfile = PROFILE_2_2
    lets: Any = None
    version: int = 1


def approved(work, kind, subject_id, version=1):
    board.decide(work, decision(kind, subject_id, version), actor="board")
    return str(subject_id)


def mandate(work, owner):
    mandates.accept(work, owner, published(work), EVIDENCE)
    return Case("1")


def offer(work, _owner):
    template = OfferTemplate(
        provision=PROVISION,
        window_days=365,
        validity_days=90,
        title_ja="歩数",
        title_en="Steps",
    )
    made = offers.draft(work, RECIPIENT, template, actor="o")
    approved(work, KIND.OFFER, made)
    offers.go_live(work, made, actor="o")
    return Case(str(made), offers.get(work, made).instance(NOW))


def question(_work, _owner):
    terms = replace(
        PROVISION,
        categories=("health.activity.steps",),
        detail=DetailLevel.ANSWER,
        question=QUESTION,
        window=Window(date(2026, 1, 1), None),
    )
    return Case(board_vocabulary.question_ids()[QUESTION], terms)


def profile(work, _owner):
    document = written(categories=[*LIST["categories"]])
    made = profile_list.load(work, profile_list.read(document), actor="o")
    approved(work, KIND.PROFILE, made)

    def lets(work):
        return profile_list.admitted(work, HEALTH).special_care

    return Case(made, profile=HEALTH, lets=lets)


def data_set(work, _owner):
    wish = Order(
        kind=DataSetKind.ANONYMISED,
        purpose_ja="研究のため",
        purpose_en="For research",
        first_month="2026-09",
        last_month="2026-10",
        k=5,
    )
    made = register.order(work, wish, floor=5, actor="staff")
    approved(work, KIND.DATA_SET, made)
    return Case(str(made), lets=lambda work: register.is_approved(work, made))


def rule(position, in_force):
    def made(work, _owner):
        offer_rules.enter(work)
        text = offer_rules.DEFINITIONS[position]
        return Case(approved(work, text.kind, text.subject_id), lets=in_force)

    return made


def default(work, _owner):
    text = Definition(
        kind=KIND.DEFAULT, name="x", title={"ja": "x", "en": "x"}, document={}
    )
    approved(work, KIND.DEFAULT, board_items.register(work, text))
    return Case(text.subject_id, lets=lambda work: in_force(work, text))


def in_force(work, text):
    decided = board.current(work, text.kind, text.subject_id, version=1)
    return board.is_in_force(decided, work.now)


def screen(_work, _owner):
    def lets(work):
        return not preflight.check(work, RECIPIENT, PROVISION).reasons

    return Case(screens.definitions()[0].subject_id, lets=lets)


CASES = {
    KIND.RECIPIENT: [lambda _work, _owner: Case(RECIPIENT)],
    KIND.CONTRACT: [lambda _work, _owner: Case("")],
    KIND.OFFER: [offer],
    KIND.QUESTION: [question],
    KIND.PURPOSE: [
        lambda _work, _owner: Case(board_vocabulary.purpose_ids()[PROVISION.purpose])
    ],
    KIND.VOCABULARY: [
        lambda _work, _owner, each=each: Case(each)
        for each in board_vocabulary.list_ids().values()
    ],
    KIND.MANDATE_TERMS: [mandate],
    KIND.PROFILE: [profile],
    KIND.DATA_SET: [data_set],
    KIND.SCREEN: [screen],
    KIND.SCORING_RULE: [rule(0, offer_rules.scoring)],
    KIND.RANKING_RULE: [rule(1, offer_rules.ordering)],
    KIND.DEFAULT: [default],
}


def consented(work, owner, terms):
    asked = service.request(work, owner, RECIPIENT, terms).consent.consent_id
    notice = notices.keep(work, notices.compose(terms, PROFILE, BANK_PARTY))
    service.give(work, owner, asked, terms, notice=notice, evidence=EVIDENCE)
    return asked


def test_every_kind_that_can_be_stopped_has_a_case():
    assert set(CASES) == set(KIND) - board_votes.NOT_STOPPED


@pytest.mark.parametrize(
    ("kind", "make"),
    [(kind, make) for kind, found in CASES.items() for make in found],
    ids=[kind.value for kind, found in CASES.items() for _ in found],
)
def test_what_is_stopped_permits_nothing_more(work, owner, contract_id, kind, make):
    case = make(work, owner)
    subject_id = case.subject_id or str(contract_id)
    consent_id = consented(work, owner, case.provision)
    asked = DisclosureRequest(recipient_id=RECIPIENT, detail=case.provision.detail)

    def loaded():
        return facts_store.load(
            work, work.keys, owner, consent_id, profile=case.profile
        )

    def permits():
        if case.lets is not None:
            return bool(case.lets(work))
        # Whoever asks has no token in this world: all other gates are open.
        found = getattr(decide(asked, loaded(), work.now), "reasons", ())
        return {each.gate for each in found} <= {"grant", "token", "client"}

    before = loaded()
    assert permits()
    stopped = decision(kind, subject_id, case.version, result=BoardResult.SUSPENDED)
    board.decide(work, stopped, actor="board")

    assert not permits()
    after = fences.fences(work, owner, before)
    assert after != before.fences
