"""Recipients, contracts, certificates, board decisions and offers."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent import (
    board,
    certificates,
    classifying,
    contracts,
    offers,
    preflight,
    recipients,
)
from consent.facts import (
    BoardResult,
    BoardSubjectKind,
    ContractState,
    OfferState,
    Standing,
)
from consent.offers import OfferTemplate
from consent.preflight import NotPermitted
from consent.reasons import Reason
from consent.terms import Window
from consent.vetting import onboarding, standings
from pds.core.check_digits import is_corporate_number
from pds.core.errors import Conflict, Invalid, NotFound
from pds.core.ids import BANK, RecipientId
from tests import clearing
from tests.clearing import suspend
from tests.consent.world import (
    CONTRACT,
    DAY,
    NOW,
    PROFILE,
    PROVISION,
    RECIPIENT,
    decision,
)

TEMPLATE = OfferTemplate(
    provision=PROVISION,
    window_days=365,
    validity_days=90,
    title_ja="健康の助言",
    title_en="Health advice",
)


def actions(work):
    return [
        each.prepared.fields.get("reasons")
        for each in work.log.recorded
        if each.prepared.subject == BANK
    ]


def test_a_recipient_starts_as_applied(work):
    recipients.register(work, PROFILE, actor="operator-7")
    found = recipients.get(work, RECIPIENT)
    assert found.profile == PROFILE
    assert found.recipient_id == RECIPIENT
    assert found.standing is Standing.APPLIED
    assert recipients.every(work) == [found]
    leaf = work.log.recorded[-1].prepared
    assert leaf.fields["actor"] == "operator-7"
    assert b'"rcp":"hikari-health"' in b"".join(leaf.leaf_parts)
    assert b"operator-7" not in b"".join(leaf.leaf_parts)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("recipient_id", "Hikari"),
        ("recipient_id", ""),
        ("recipient_id", "a" * 65),
        ("recipient_id", "-a"),
        ("name_ja", ""),
        ("name_en", "x" * 301),
        ("address", "a\nb"),
        ("representative", "\ud800"),
        ("contact", "a\u2028b"),
        ("country", "jp"),
        ("corporate_number", "7000012050003"),
        ("corporate_number", "700001205000"),
    ],
)
def test_a_malformed_profile_is_refused_by_field(work, field, value):
    with pytest.raises(Invalid) as caught:
        recipients.register(work, replace(PROFILE, **{field: value}), actor="o")
    assert caught.value.code == f"recipient.{field}"
    assert recipients.every(work) == []


def test_a_recipient_is_registered_once(work):
    recipients.register(work, PROFILE, actor="o")
    for again in (PROFILE, replace(PROFILE, recipient_id="other")):
        with pytest.raises(Conflict) as caught:
            recipients.register(work, again, actor="o")
        assert caught.value.code == "recipient.known"


STEPS = {
    (Standing.APPLIED, "approve"): Standing.APPROVED,
    (Standing.APPLIED, "end"): Standing.ENDED,
    (Standing.APPROVED, "suspend"): Standing.SUSPENDED,
    (Standing.APPROVED, "end"): Standing.ENDED,
    (Standing.SUSPENDED, "approve"): Standing.APPROVED,
    (Standing.SUSPENDED, "end"): Standing.ENDED,
}
WAYS = {
    Standing.APPLIED: (),
    Standing.APPROVED: ("approve",),
    Standing.SUSPENDED: ("approve", "suspend"),
    Standing.ENDED: ("end",),
}


def act_on(work, step):
    if step == "suspend":
        suspend(work, RECIPIENT)
    else:
        getattr(standings, step)(work, RECIPIENT, actor="o")


@pytest.mark.parametrize("before", Standing)
@pytest.mark.parametrize("act", ["approve", "suspend", "end"])
def test_standing_moves_only_as_listed(work, before, act):
    recipients.register(work, PROFILE, actor="o")
    for step in WAYS[before]:
        act_on(work, step)
    fence = recipients.get(work, RECIPIENT).fence
    after = STEPS.get((before, act))
    if after is None:
        with pytest.raises(Conflict):
            act_on(work, act)
        return
    act_on(work, act)
    found = recipients.get(work, RECIPIENT)
    assert (found.standing, found.fence) == (after, fence + 1)
    assert actions(work)[-1] == f"recipient.{after.value}"


def test_an_unknown_recipient_is_not_found(work):
    for act in (
        lambda: onboarding.approve(work, RECIPIENT, actor="o"),
        lambda: clearing.contract(work, RECIPIENT, CONTRACT),
        lambda: offers.draft(work, RECIPIENT, TEMPLATE, actor="o"),
    ):
        with pytest.raises(NotFound) as caught:
            act()
        assert caught.value.code == "recipient.unknown"


@pytest.mark.parametrize(
    "number", ["7000012050002", "8700110005901", "6000012070001", "1180301018771"]
)
def test_real_corporate_numbers_pass(number):
    assert is_corporate_number(number)


@given(st.integers(0, 10**12 - 1), st.integers(0, 9))
def test_one_check_digit_fits(body, check):
    text = f"{body:012d}"
    fitting = [d for d in range(10) if is_corporate_number(f"{d}{text}")]
    assert len(fitting) == 1
    assert is_corporate_number(f"{check}{text}") is (check == fitting[0])


@given(st.text(max_size=14))
def test_other_texts_are_no_corporate_numbers(text):
    if not (len(text) == 13 and text.isascii() and text.isdigit()):
        assert not is_corporate_number(text)


def test_contracts_have_versions(work, contract_id):
    before = contracts.get(work, contract_id).fence
    shorter = replace(CONTRACT, retention_days=30, purposes=("health.advice",))
    assert clearing.amend(work, contract_id, shorter) == 2
    found = contracts.get(work, contract_id)
    assert (found.version, found.terms) == (2, shorter)
    assert found.fence == before + 3
    contracts.end(work, contract_id, actor="o")
    ended = contracts.get(work, contract_id)
    assert (ended.state, ended.fence) == (ContractState.ENDED, before + 4)
    for act in (
        lambda: contracts.end(work, contract_id, actor="o"),
        lambda: clearing.amend(work, contract_id, CONTRACT),
    ):
        with pytest.raises(Conflict) as caught:
            act()
        assert caught.value.code == "contract.ended"
    assert actions(work)[-2:] == ["contract.signed", "contract.ended"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"purposes": ()}, "contract.empty"),
        ({"categories": ()}, "contract.empty"),
        ({"countries": ()}, "contract.empty"),
        ({"purposes": ("no.such",)}, "vocabulary.unknown-purpose"),
        ({"purposes": ("credit.scoring",)}, "vocabulary.forbidden-purpose"),
        ({"categories": ("no.such",)}, "contract.categories"),
        ({"valid_until": CONTRACT.valid_from}, "contract.valid_until"),
        ({"retention_days": -1}, "contract.retention_days"),
    ],
)
def test_a_broken_contract_is_refused(work, contract_id, change, code):
    with pytest.raises(Invalid) as caught:
        clearing.contract(work, RECIPIENT, replace(CONTRACT, **change))
    assert caught.value.code == code


def test_the_governing_contract_permits_the_terms(work, contract_id):
    budget = replace(CONTRACT, purposes=("household.budget",), categories=("purchase",))
    other = clearing.contract(work, RECIPIENT, budget)
    found = contracts.governing(work, RECIPIENT, PROVISION)
    assert found.contract_id == contract_id
    newest, oldest = contracts.of_recipient(work, RECIPIENT)
    assert (newest.contract_id, oldest.contract_id) == (other, contract_id)
    special = replace(PROVISION, purpose="research.public")
    assert contracts.governing(work, RECIPIENT, special).contract_id == other
    nobody = RecipientId("nobody")
    assert contracts.governing(work, nobody, PROVISION) is None
    with pytest.raises(NotFound):
        contracts.get(work, work.ids.new())


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"kind": "home-made"}, "certificate.kind"),
        ({"number": " "}, "certificate.number"),
        ({"number": "x" * 101}, "certificate.number"),
        ({"valid_until": NOW}, "certificate.valid_until"),
    ],
)
def test_a_broken_certificate_is_refused(work, contract_id, change, code):
    parts = {"kind": "isms", "number": "1", "valid_until": NOW + DAY} | change
    with pytest.raises(Invalid) as caught:
        certificates.add(work, RECIPIENT, actor="o", **parts)
    assert caught.value.code == code


def test_an_unknown_certificate_is_not_ended(work, contract_id):
    with pytest.raises(NotFound):
        certificates.end(work, RECIPIENT, work.ids.new(), actor="o")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"answers": {}}, "board.answers"),
        ({"answers": dict.fromkeys(board.QUESTIONS, " ")}, "board.answers"),
        ({"answers": dict.fromkeys([*board.QUESTIONS, "x"], "y")}, "board.answers"),
        ({"answers": dict.fromkeys(board.QUESTIONS, "y" * 4001)}, "board.too-long"),
        ({"result": BoardResult.APPROVED_WITH_CONDITIONS}, "board.conditions"),
        ({"valid_until": NOW}, "board.valid_until"),
    ],
)
def test_a_decision_answers_every_question(work, change, code):
    broken = decision(BoardSubjectKind.RECIPIENT, RECIPIENT, **change)
    with pytest.raises(Invalid) as caught:
        board.decide(work, broken, actor="board")
    assert caught.value.code == code
    assert board.history(work, BoardSubjectKind.RECIPIENT, RECIPIENT) == []


def test_the_last_decision_counts_and_none_is_lost(at):
    kind = BoardSubjectKind.RECIPIENT
    work, later = at(NOW), at(NOW + DAY)
    undecided = board.current(work, kind, RECIPIENT, version=1)
    assert undecided.result is None
    with pytest.raises(Conflict) as caught:
        board.stop(work, kind, RECIPIENT, actor="board-1")
    assert caught.value.code == "board.undecided"
    conditional = decision(
        kind,
        RECIPIENT,
        result=BoardResult.APPROVED_WITH_CONDITIONS,
        conditions=(board.Condition("年に一度の報告", NOW + 300 * DAY),),
        dissent="少数意見",
    )
    board.decide(work, conditional, actor="board-1")
    stopped = board.stop(later, kind, RECIPIENT, actor="board-2")
    current = board.current(later, kind, RECIPIENT, version=1)
    assert (current.decision_id, current.result) == (stopped, BoardResult.SUSPENDED)
    last, first = board.history(later, kind, RECIPIENT)
    assert first.decision == conditional
    assert (first.decided_by, last.decided_by) == ("board-1", "board-2")
    assert last.decided_at == NOW + DAY
    assert actions(later) == ["board.suspended"]


@pytest.mark.parametrize("kind", list(BoardSubjectKind))
def test_what_needs_a_decision_is_refused_without_one_in_force(at, kind):
    work = at(NOW)

    def refused(moment, version):
        with pytest.raises(Conflict) as caught:
            board.require(at(moment), kind, "some-thing", version)
        return caught.value.code

    assert refused(NOW, 1) == "board.undecided"
    made = board.decide(work, decision(kind, "some-thing"), actor="board")
    assert board.require(work, kind, "some-thing", 1) == made
    assert refused(NOW, 2) == "board.undecided"
    assert refused(NOW + 600 * DAY, 1) == "board.undecided"
    board.stop(work, kind, "some-thing", actor="board")
    assert refused(NOW, 1) == "board.undecided"


def test_questions_have_words():
    assert len(board.QUESTIONS) == 6
    assert all(words.ja.name and words.en.name for words in board.QUESTIONS.values())


def test_an_offer_goes_live_only_with_everything_in_force(work, contract_id):
    offer_id = offers.draft(work, RECIPIENT, TEMPLATE, actor="o")
    with pytest.raises(NotPermitted) as caught:
        offers.go_live(work, offer_id, actor="o")
    assert caught.value.reasons == (Reason.BOARD_MISSING,)
    made = decision(BoardSubjectKind.OFFER, offer_id)
    board.decide(work, made, actor="board")
    offers.go_live(work, offer_id, actor="o")
    found = offers.get(work, offer_id)
    assert (found.state, found.fence) == (OfferState.LIVE, 2)
    with pytest.raises(Conflict) as again:
        offers.go_live(work, offer_id, actor="o")
    assert again.value.code == "offer.live"
    assert preflight.check(work, RECIPIENT, found.instance(NOW)).reasons == ()


def test_a_revised_offer_needs_a_new_decision(work, contract_id):
    offer_id = offers.draft(work, RECIPIENT, TEMPLATE, actor="o")
    made = decision(BoardSubjectKind.OFFER, offer_id)
    board.decide(work, made, actor="board")
    offers.go_live(work, offer_id, actor="o")
    longer = replace(TEMPLATE, window_days=700)
    assert offers.revise(work, offer_id, longer, actor="o") == 2
    found = offers.get(work, offer_id)
    assert (found.state, found.template, found.fence) == (OfferState.DRAFT, longer, 3)
    with pytest.raises(NotPermitted) as caught:
        offers.go_live(work, offer_id, actor="o")
    assert caught.value.reasons == (Reason.BOARD_OTHER_VERSION,)
    assert offers.every(work) == offers.every(work, RECIPIENT) == [found]
    assert offers.every(work, RecipientId("nobody")) == []


def test_an_instance_is_dated_from_the_answer(work, contract_id):
    offer_id = offers.draft(work, RECIPIENT, TEMPLATE, actor="o")
    now = NOW + timedelta(microseconds=5)
    terms = offers.get(work, offer_id).instance(now)
    assert terms.offer_id == offer_id
    assert terms.access.until == NOW + 90 * DAY
    assert terms.window == Window((NOW + timedelta(hours=9) - 365 * DAY).date())
    assert terms.benefit == PROVISION.benefit


def test_an_ended_offer_stays_ended(work, contract_id):
    offer_id = offers.draft(work, RECIPIENT, TEMPLATE, actor="o")
    offers.end(work, offer_id, actor="o")
    for act in (
        lambda: offers.end(work, offer_id, actor="o"),
        lambda: offers.go_live(work, offer_id, actor="o"),
        lambda: offers.revise(work, offer_id, TEMPLATE, actor="o"),
    ):
        with pytest.raises(Conflict) as caught:
            act()
        assert caught.value.code == "offer.ended"
    with pytest.raises(NotFound):
        offers.get(work, work.ids.new())


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"title_ja": ""}, "offer.title"),
        ({"title_en": "x" * 101}, "offer.title"),
        ({"window_days": -1}, "offer.window_days"),
        ({"validity_days": 0}, "offer.validity_days"),
    ],
)
def test_a_broken_offer_is_refused(work, contract_id, change, code):
    with pytest.raises(Invalid) as caught:
        offers.draft(work, RECIPIENT, replace(TEMPLATE, **change), actor="o")
    assert caught.value.code == code


def test_the_class_of_a_recipient_moves_its_fence(work):
    recipients.register(work, PROFILE, recipient_class="wellness", actor="o")
    before = recipients.get(work, RECIPIENT)

    classifying.classify(work, RECIPIENT, "medical", "It runs a clinic", actor="o")

    after = recipients.get(work, RECIPIENT)
    assert (before.recipient_class, after.recipient_class) == ("wellness", "medical")
    assert after.fence > before.fence
    with pytest.raises(Conflict):
        classifying.classify(work, RECIPIENT, "medical", "Again", actor="o")
    with pytest.raises(Invalid):
        classifying.classify(work, RECIPIENT, "nobody", "Why", actor="o")


def test_an_unknown_class_registers_nobody(work):
    with pytest.raises(Invalid):
        recipients.register(work, PROFILE, recipient_class="nobody", actor="o")
    assert recipients.every(work) == []
