"""The engine gives a permit only through every gate and names every reason."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent import gates
from consent.country_facts import CountryState, HandledAbroad
from consent.engine import RULE_VERSION, Deny, Permit, decide
from consent.facts import (
    OF_PROVISION,
    BoardFacts,
    BoardResult,
    CertificateFacts,
    ConsentFacts,
    ContractFacts,
    ContractState,
    DisclosureRequest,
    Facts,
    GrantFacts,
    KeyFacts,
    OfferFacts,
    OfferState,
    PersonFacts,
    RecipientFacts,
    Standing,
)
from consent.instructions import Stance, StandingInstruction
from consent.modes import RecipientMode
from consent.profile import CertificationProfile
from consent.reasons import Reason
from consent.states import ConsentState
from consent.terms import (
    Access,
    AccessMode,
    Afterwards,
    AfterWithdrawal,
    DataProvision,
    ProvisionForm,
    TermsDocument,
    Window,
)
from consent.texts import TextFacts
from pds.core.vocabulary import DetailLevel, Sensitivity, categories

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)
DAY = timedelta(days=1)
CONSENT, OFFER = UUID(int=1), UUID(int=2)
CONTRACT, DECISION = UUID(int=3), UUID(int=4)
VITAL = ("health.vital",)
WEIGHT = frozenset({"health.vital.weight"})

TERMS = DataProvision(
    purpose="health.advice",
    categories=VITAL,
    detail=DetailLevel.RECORD,
    window=Window(date(2025, 11, 1)),
    access=Access(AccessMode.RECURRING, NOW + 90 * DAY, 4),
    form=ProvisionForm.COPY,
    retention_days=180,
    after_withdrawal=AfterWithdrawal(Afterwards.DELETE, 30),
    country="JP",
    terms=TermsDocument("https://r.example/terms", "0" * 64),
    offer_id=OFFER,
)
CONSENT_FACTS = ConsentFacts(
    consent_id=CONSENT,
    version=2,
    state=ConsentState.GIVEN,
    recipient_id="wellness-lab",
    terms=TERMS,
    given_at=NOW - DAY,
    expires_at=NOW + 90 * DAY,
    offer_version=1,
)
BOARD = tuple(
    BoardFacts(
        kind=kind,
        version=1,
        decision_id=DECISION,
        decided_version=1,
        result=BoardResult.APPROVED,
        valid_until=NOW + 300 * DAY,
    )
    for kind in OF_PROVISION
)
GOOD = Facts(
    consent=CONSENT_FACTS,
    grant=GrantFacts(
        grant_id="g",
        consent_id=CONSENT,
        recipient_id="wellness-lab",
        is_active=True,
        client_is_active=True,
        token_is_active=True,
        token_expires_at=NOW + timedelta(minutes=5),
    ),
    recipient=RecipientFacts(
        recipient_id="wellness-lab",
        standing=Standing.APPROVED,
        cleared_until=NOW + 100 * DAY,
    ),
    contract=ContractFacts(
        contract_id=CONTRACT,
        version=3,
        state=ContractState.IN_FORCE,
        purposes=frozenset({"health.advice"}),
        categories=("health.activity", "health.vital"),
        countries=frozenset({"JP"}),
        valid_from=NOW - 30 * DAY,
        valid_until=NOW + 300 * DAY,
        retention_days=365,
        may_reprovide=False,
    ),
    certificates=(CertificateFacts(kind="isms", valid_until=NOW + DAY),),
    board=BOARD,
    text=TextFacts(),
    offer=OfferFacts(offer_id=OFFER, version=1, state=OfferState.LIVE),
    person=PersonFacts(adult_from=date(2008, 4, 1)),
    keys=KeyFacts(consent_is_open=True),
)
OF_PROCESSOR = CertificateFacts(
    kind="isms",
    valid_until=NOW + DAY,
    processor_id=UUID(int=7),
    categories=GOOD.consent.terms.categories,
)
ASK = DisclosureRequest(recipient_id="wellness-lab")


def abroad(state):
    """Return facts of terms under which data is handled in the United States."""
    terms = replace(TERMS, country="US")
    return replace(
        GOOD,
        consent=replace(CONSENT_FACTS, terms=terms),
        contract=replace(GOOD.contract, countries=frozenset({"JP", "US"})),
        country=state,
    )


US = HandledAbroad("US", ("health.vital",))
SLEEP_US = HandledAbroad("US", ("health.sleep",))


def established(facts, country):
    """Return facts whose recipient is established in a country."""
    return replace(facts, recipient=replace(facts.recipient, country=country))


def consent(**changes):
    return replace(GOOD, consent=replace(CONSENT_FACTS, **changes))


def terms(**changes):
    return consent(terms=replace(TERMS, **changes))


def part(name, **changes):
    return replace(GOOD, **{name: replace(getattr(GOOD, name), **changes)})


def board(**changes):
    return replace(GOOD, board=(*BOARD[1:], replace(BOARD[0], **changes)))


def answer(**changes):
    """Facts of a consent to the answer of a question about steps."""
    agreed = {
        "categories": ("health.activity.steps",),
        "detail": DetailLevel.ANSWER,
        "question": "steps.mean-8000",
    }
    return terms(**{**agreed, **changes})


def used(found, times):
    return replace(found, uses_today=times, was_used=True)


def special(facts, **changes):
    agreed = replace(TERMS, categories=("health.lab",), **changes)
    return replace(
        facts,
        consent=replace(CONSENT_FACTS, terms=agreed),
        contract=replace(GOOD.contract, categories=("health", "purchase")),
    )


R = Reason


def never(**changes):
    made = StandingInstruction(
        instruction_id=UUID(int=9),
        version=1,
        stance=Stance.NEVER,
        recipient_classes=(),
        recipients=(),
        purposes=(),
        categories=(),
        vocabulary=1,
        made_at=NOW - DAY,
    )
    return replace(made, **changes)


SCENARIOS = [
    (ASK, replace(GOOD, consent=None), {R.CONSENT_MISSING}),
    (ASK, consent(state=ConsentState.REQUESTED), {R.CONSENT_OPEN}),
    (ASK, consent(state=ConsentState.DEFERRED), {R.CONSENT_OPEN}),
    (ASK, consent(state=ConsentState.REFUSED), {R.CONSENT_REFUSED}),
    (ASK, consent(state=ConsentState.PAUSED), {R.CONSENT_PAUSED}),
    (ASK, consent(state=ConsentState.WITHDRAWN), {R.CONSENT_WITHDRAWN}),
    (ASK, consent(state=ConsentState.REVOKED), {R.CONSENT_REVOKED}),
    (ASK, consent(state=ConsentState.EXPIRED), {R.CONSENT_EXPIRED}),
    (ASK, consent(state=ConsentState.INVALIDATED), {R.CONSENT_INVALIDATED}),
    (ASK, consent(expires_at=NOW), {R.CONSENT_EXPIRED}),
    (
        ASK,
        terms(access=Access(AccessMode.RECURRING, NOW)),
        {R.CONSENT_EXPIRED},
    ),
    (ASK, consent(recipient_id="other"), {R.CONSENT_OTHER_RECIPIENT}),
    (replace(ASK, categories=("health.sleep",)), GOOD, {R.CATEGORY_OUTSIDE}),
    (
        replace(ASK, categories=("health.vital.weight", "health.lab")),
        GOOD,
        {R.CATEGORY_OUTSIDE},
    ),
    (replace(ASK, categories=("health",)), GOOD, {R.CATEGORY_OUTSIDE}),
    (replace(ASK, categories=("no.such",)), GOOD, {R.CATEGORY_OUTSIDE}),
    (replace(ASK, categories=()), GOOD, {R.CATEGORY_OUTSIDE}),
    (replace(ASK, first_day=date(2025, 10, 31)), GOOD, {R.WINDOW_OUTSIDE}),
    (
        replace(ASK, first_day=date(2026, 2, 2), last_day=date(2026, 2, 1)),
        GOOD,
        {R.WINDOW_OUTSIDE},
    ),
    (
        replace(ASK, last_day=date(2026, 1, 2)),
        terms(window=Window(date(2025, 11, 1), date(2026, 1, 1))),
        {R.WINDOW_OUTSIDE},
    ),
    (
        replace(ASK, detail=DetailLevel.RECORD),
        terms(detail=DetailLevel.DAY),
        {R.DETAIL_OUTSIDE},
    ),
    (
        replace(ASK, first_day=date(2026, 2, 2), last_day=date(2026, 2, 2)),
        terms(detail=DetailLevel.MONTH),
        {R.PERIOD_CUT},
    ),
    (
        ASK,
        terms(form=ProvisionForm.VIEW_ONLY, retention_days=0),
        {R.FORM_OUTSIDE},
    ),
    (ASK, replace(GOOD, grant=None), {R.GRANT_MISSING}),
    (ASK, part("grant", is_active=False), {R.GRANT_REVOKED}),
    (ASK, part("grant", token_is_active=False), {R.TOKEN_REVOKED}),
    (ASK, part("grant", token_expires_at=NOW), {R.TOKEN_EXPIRED}),
    (ASK, part("grant", client_is_active=False), {R.CLIENT_SUSPENDED}),
    (ASK, part("grant", recipient_id="other"), {R.GRANT_OTHER_RECIPIENT}),
    (ASK, part("grant", consent_id=UUID(int=9)), {R.GRANT_OTHER_CONSENT}),
    (ASK, replace(GOOD, recipient=None), {R.RECIPIENT_MISSING}),
    (ASK, part("recipient", recipient_id="other"), {R.RECIPIENT_MISSING}),
    (ASK, part("recipient", standing=Standing.APPLIED), {R.RECIPIENT_NOT_APPROVED}),
    (ASK, part("recipient", standing=Standing.SUSPENDED), {R.RECIPIENT_SUSPENDED}),
    (ASK, part("recipient", standing=Standing.ENDED), {R.RECIPIENT_ENDED}),
    (ASK, part("recipient", cleared_until=None), {R.RECIPIENT_NOT_CLEARED}),
    (ASK, part("recipient", cleared_until=NOW), {R.RECIPIENT_NOT_CLEARED}),
    (ASK, part("recipient", mode=RecipientMode.VIEW_ONLY), {R.RECIPIENT_VIEW_ONLY}),
    (
        replace(ASK, form=ProvisionForm.VIEW_ONLY),
        replace(part("recipient", mode=RecipientMode.VIEW_ONLY), certificates=()),
        set(),
    ),
    (
        ASK,
        part("recipient", mode=RecipientMode.NON_IDENTIFYING),
        {R.RECIPIENT_NON_IDENTIFYING},
    ),
    (
        replace(ASK, detail=DetailLevel.MONTH),
        replace(part("recipient", mode=RecipientMode.NON_IDENTIFYING), certificates=()),
        {R.RECIPIENT_NON_IDENTIFYING},
    ),
    (
        ASK,
        part("recipient", mode=RecipientMode.VIA_PROCESSOR),
        {R.CERTIFICATE_MISSING},
    ),
    (
        ASK,
        replace(
            part("recipient", mode=RecipientMode.VIA_PROCESSOR),
            certificates=(OF_PROCESSOR,),
        ),
        set(),
    ),
    (
        ASK,
        replace(
            part("recipient", mode=RecipientMode.VIA_PROCESSOR),
            certificates=(replace(OF_PROCESSOR, categories=("purchase",)),),
        ),
        {R.CERTIFICATE_MISSING},
    ),
    (ASK, replace(GOOD, certificates=(OF_PROCESSOR,)), {R.CERTIFICATE_MISSING}),
    (ASK, replace(GOOD, contract=None), {R.CONTRACT_MISSING}),
    (ASK, part("contract", state=ContractState.DRAFT), {R.CONTRACT_NOT_IN_FORCE}),
    (ASK, part("contract", state=ContractState.ENDED), {R.CONTRACT_NOT_IN_FORCE}),
    (ASK, part("contract", valid_from=NOW + DAY), {R.CONTRACT_NOT_YET}),
    (ASK, part("contract", valid_until=NOW), {R.CONTRACT_EXPIRED}),
    (ASK, part("contract", purposes=frozenset()), {R.CONTRACT_PURPOSE}),
    (
        ASK,
        part("contract", categories=("health.vital.weight",)),
        {R.CONTRACT_CATEGORY},
    ),
    (ASK, part("contract", countries=frozenset({"US"})), {R.CONTRACT_COUNTRY}),
    (ASK, part("contract", retention_days=179), {R.CONTRACT_RETENTION}),
    (ASK, terms(onward=("another",)), {R.CONTRACT_ONWARD}),
    (ASK, replace(GOOD, certificates=()), {R.CERTIFICATE_MISSING}),
    (
        ASK,
        replace(
            GOOD, certificates=(CertificateFacts(kind="isms", valid_until=NOW),) * 2
        ),
        {R.CERTIFICATE_EXPIRED},
    ),
    (ASK, replace(GOOD, board=()), {R.BOARD_MISSING}),
    (ASK, board(result=None), {R.BOARD_MISSING}),
    (ASK, board(valid_until=None), {R.BOARD_MISSING}),
    (ASK, board(result=BoardResult.REJECTED), {R.BOARD_REJECTED}),
    (ASK, board(result=BoardResult.SUSPENDED), {R.BOARD_SUSPENDED}),
    (ASK, board(valid_until=NOW), {R.BOARD_EXPIRED}),
    (ASK, board(version=2), {R.BOARD_OTHER_VERSION}),
    (ASK, board(result=None, bridged_until=NOW), {R.BOARD_MISSING}),
    (ASK, board(result=None, bridged_until=NOW + DAY), set()),
    (
        ASK,
        board(result=BoardResult.REJECTED, bridged_until=NOW + DAY),
        {R.BOARD_REJECTED},
    ),
    (ASK, replace(GOOD, text=None), {R.TEXT_UNKNOWN}),
    (ASK, part("text", is_known=False), {R.TEXT_UNKNOWN}),
    (ASK, part("text", is_known=False, goes_on_until=NOW), {R.TEXT_UNKNOWN}),
    (ASK, part("text", is_known=False, goes_on_until=NOW + DAY), set()),
    (ASK, part("text", purposes=frozenset({"health.advice"})), {R.TEXT_CHANGED}),
    (ASK, part("text", purposes=frozenset({"household.budget"})), set()),
    (ASK, part("text", categories=WEIGHT), {R.TEXT_CHANGED}),
    (ASK, part("text", categories=frozenset({"health.lab"})), set()),
    (
        replace(ASK, categories=("health.vital.bmi",)),
        part("text", waiting=WEIGHT),
        set(),
    ),
    (ASK, part("text", waiting=WEIGHT), {R.TEXT_UNDECIDED}),
    (ASK, part("text", waiting=WEIGHT, goes_on_until=NOW), {R.TEXT_UNDECIDED}),
    (ASK, part("text", waiting=WEIGHT, goes_on_until=NOW + DAY), set()),
    (ASK, replace(GOOD, offer=None), {R.OFFER_MISSING}),
    (ASK, part("offer", offer_id=UUID(int=9)), {R.OFFER_MISSING}),
    (ASK, part("offer", version=2), {R.OFFER_OTHER_VERSION}),
    (ASK, part("offer", state=OfferState.ENDED), {R.OFFER_NOT_LIVE}),
    (ASK, part("offer", state=OfferState.DRAFT), {R.OFFER_NOT_LIVE}),
    (
        ASK,
        terms(purpose="no.such"),
        {R.PURPOSE_UNKNOWN, R.CONTRACT_PURPOSE},
    ),
    (
        ASK,
        terms(purpose="household.budget"),
        {R.CEILING_MISSING, R.CONTRACT_PURPOSE},
    ),
    (ASK, answer(question="no.such"), {R.QUESTION_UNKNOWN}),
    (ASK, answer(question="sleep.mean-7-hours"), {R.QUESTION_OTHER_DATA}),
    (
        ASK,
        answer(categories=("health.activity.steps", "health.vital.weight")),
        {R.QUESTION_OTHER_DATA},
    ),
    (
        ASK,
        answer(window=Window(date(2026, 11, 1))),
        {R.QUESTION_OTHER_DAYS},
    ),
    (
        ASK,
        answer(window=Window(date(2025, 11, 1), date(2026, 12, 31))),
        {R.QUESTION_OTHER_DAYS},
    ),
    (replace(ASK, first_day=date(2026, 11, 2)), answer(), {R.QUESTION_OTHER_DAYS}),
    (replace(ASK, last_day=date(2026, 11, 2)), answer(), {R.QUESTION_OTHER_DAYS}),
    (ASK, replace(answer(), board=BOARD[:3]), {R.BOARD_MISSING}),
    (ASK, replace(answer(), consent=used(answer().consent, 1)), {R.TOO_OFTEN}),
    (ASK, consent(given_at=NOW - 641 * DAY), {R.CEILING_VALIDITY}),
    (ASK, terms(window=Window(date(2020, 1, 1))), {R.CEILING_WINDOW}),
    (
        ASK,
        terms(access=Access(AccessMode.RECURRING, NOW + DAY, 97)),
        {R.CEILING_FREQUENCY},
    ),
    (
        ASK,
        terms(retention_days=731),
        {R.CEILING_RETENTION, R.CONTRACT_RETENTION},
    ),
    (
        ASK,
        terms(purpose="wellness.reward", categories=("health.activity",)),
        {R.CEILING_DETAIL, R.CEILING_WINDOW, R.CONTRACT_PURPOSE},
    ),
    (
        ASK,
        special(terms(), detail=DetailLevel.DAY),
        {R.CEILING_DETAIL, R.PROFILE_SPECIAL_CARE},
    ),
    (
        ASK,
        terms(access=Access(AccessMode.ONCE, NOW + DAY)),
        set(),
    ),
    (
        ASK,
        consent(
            was_used=True,
            terms=replace(TERMS, access=Access(AccessMode.ONCE, NOW + DAY)),
        ),
        {R.USED_UP},
    ),
    (ASK, consent(uses_today=4, was_used=True), {R.TOO_OFTEN}),
    (replace(ASK, continues=True), consent(uses_today=4, was_used=True), set()),
    (ASK, special(GOOD), {R.PROFILE_SPECIAL_CARE}),
    (
        ASK,
        replace(
            special(GOOD),
            profile=CertificationProfile("3.0-health", frozenset({"health.lab"})),
        ),
        set(),
    ),
    (ASK, replace(GOOD, person=None), {R.AGE_UNKNOWN}),
    (ASK, part("person", adult_from=None), {R.AGE_UNKNOWN}),
    (ASK, abroad(None), {R.COUNTRY_UNKNOWN}),
    (ASK, abroad(CountryState("DE", NOW + DAY)), {R.COUNTRY_UNKNOWN}),
    (ASK, abroad(CountryState("US", NOW)), {R.COUNTRY_EXPIRED}),
    (ASK, abroad(CountryState("US", NOW + DAY)), set()),
    (ASK, part("recipient", is_in_default=True), {R.DUTY_OVERDUE}),
    (ASK, part("recipient", country="US"), {R.COUNTRY_UNSAID}),
    (ASK, part("recipient", handled_abroad=(US,)), {R.COUNTRY_UNSAID}),
    (ASK, part("recipient", handled_abroad=(SLEEP_US,)), set()),
    (ASK, established(abroad(CountryState("US", NOW + DAY)), "US"), set()),
    (ASK, established(abroad(CountryState("US", NOW + DAY)), "DE"), {R.COUNTRY_UNSAID}),
    (ASK, part("person", adult_from=date(2026, 11, 24)), {R.UNDER_AGE}),
    (ASK, part("person", adult_from=date(2026, 11, 23)), set()),
    (ASK, part("person", agent_until=NOW), {R.AGENT_ENDED}),
    (ASK, part("person", agent_until=NOW + DAY), set()),
    (ASK, replace(GOOD, keys=None), {R.CONSENT_KEY_GONE}),
    (ASK, part("keys", consent_is_open=False), {R.CONSENT_KEY_GONE}),
    (ASK, part("keys", destroyed_classes=frozenset({16})), {R.DATA_KEY_GONE}),
    (ASK, part("keys", destroyed_classes=frozenset({20})), set()),
    (ASK, replace(GOOD, instructions=(never(),)), {R.INSTRUCTION_NEVER}),
    (ASK, replace(GOOD, instructions=(never(purposes=("health.care",)),)), set()),
    (
        ASK,
        replace(GOOD, instructions=(never(purposes=("health.advice",)),)),
        {R.INSTRUCTION_NEVER},
    ),
    (
        ASK,
        replace(GOOD, recipient=None, instructions=(never(),)),
        {R.RECIPIENT_MISSING},
    ),
    (ASK, replace(GOOD, consent=None, instructions=(never(),)), {R.CONSENT_MISSING}),
    (ASK, replace(GOOD, instructions=(never(until=NOW),)), set()),
    (ASK, replace(GOOD, instructions=(never(stance=Stance.ALLOW),)), set()),
    (
        replace(ASK, categories=("health.vital.weight",)),
        replace(GOOD, instructions=(never(categories=("health.vital.bmi",)),)),
        set(),
    ),
]


@pytest.mark.parametrize(("request_", "facts", "expected"), SCENARIOS)
def test_one_thing_wrong_is_named_and_nothing_else(request_, facts, expected):
    decision = decide(request_, facts, NOW)
    if expected:
        assert isinstance(decision, Deny)
        assert set(decision.reasons) == expected
    else:
        assert isinstance(decision, Permit)


def test_public_research_never_gets_special_care_data():
    facts = replace(
        special(GOOD),
        profile=CertificationProfile("3.0-health", frozenset({"health.lab"})),
    )
    facts = replace(
        facts,
        contract=replace(facts.contract, purposes=frozenset({"research.public"})),
        consent=replace(
            facts.consent,
            terms=replace(facts.consent.terms, purpose="research.public"),
        ),
    )
    decision = decide(ASK, facts, NOW)
    assert set(decision.reasons) == {
        R.PROFILE_NOT_OWN_BENEFIT,
        R.CEILING_FREQUENCY,
    }


def test_prohibited_data_is_never_given(monkeypatch):
    worst = replace(
        categories.get("health.vital.weight"), sensitivity=Sensitivity.PROHIBITED
    )
    monkeypatch.setattr(gates, "covered", lambda _request, _consent: (worst,))
    assert R.PROFILE_PROHIBITED in decide(ASK, GOOD, NOW).reasons


def test_every_reason_has_its_scenario():
    seen = {reason for _, _, expected in SCENARIOS for reason in expected}
    own = {R.PROFILE_NOT_OWN_BENEFIT, R.PROFILE_PROHIBITED}
    # Said of an emergency card, which no consent of an engine's facts is about.
    of_cards = {R.GLASS_NOT_MEDICAL, R.GLASS_UNREVIEWED}
    assert seen | own | of_cards == set(Reason)


def test_a_question_is_answered_once_a_day():
    permit = decide(ASK, answer(), NOW)
    assert permit.selection.question == "steps.mean-8000"
    assert permit.fetches_per_day == 1


def test_a_permit_says_exactly_what_may_go():
    ask = replace(
        ASK,
        categories=("health.vital.weight", "health.vital.bmi"),
        first_day=date(2026, 1, 1),
        last_day=date(2026, 1, 31),
        detail=DetailLevel.MONTH,
    )
    permit = decide(ask, GOOD, NOW)
    assert permit.selection.categories == ("health.vital.bmi", "health.vital.weight")
    assert permit.selection.first_day == date(2026, 1, 1)
    assert permit.selection.last_day == date(2026, 1, 31)
    assert permit.selection.detail is DetailLevel.MONTH
    assert permit.selection.sensitivity is Sensitivity.HEALTH_GENERAL
    assert (permit.consent_id, permit.consent_version) == (CONSENT, 2)
    assert (permit.contract_id, permit.contract_version) == (CONTRACT, 3)
    assert permit.board_decisions == (DECISION,) * len(OF_PROVISION)
    assert permit.fetches_per_day == 4
    assert (permit.is_once, permit.counts) == (False, True)
    assert permit.rule_version == RULE_VERSION


def test_without_wishes_the_permit_is_the_whole_consent():
    selection = decide(ASK, GOOD, NOW).selection
    assert selection.categories == tuple(
        sorted(c.id for c in categories.match("health.vital"))
    )
    assert (selection.first_day, selection.last_day) == (date(2025, 11, 1), None)
    assert selection.form is ProvisionForm.COPY
    assert selection.question is None


def test_a_once_only_permit_says_so():
    facts = terms(access=Access(AccessMode.ONCE, NOW + DAY))
    permit = decide(ASK, facts, NOW)
    assert permit.is_once
    assert permit.fetches_per_day == 96


def test_a_later_category_is_not_in_an_old_consent():
    decision = decide(ASK, consent(vocabulary=0), NOW)
    assert R.CATEGORY_OUTSIDE in decision.reasons


GOOD_PARTS = [facts for _, facts, expected in SCENARIOS if not expected]
FIELDS = [
    "consent",
    "grant",
    "recipient",
    "contract",
    "certificates",
    "board",
    "offer",
    "person",
    "keys",
    "profile",
]


@st.composite
def mixed_facts(draw):
    """Facts put together from any scenarios, part by part."""
    sources = [facts for _, facts, _ in SCENARIOS]
    return Facts(
        **{
            name: getattr(draw(st.sampled_from(sources) | st.just(GOOD)), name)
            for name in FIELDS
        }
    )


requests = st.sampled_from([request for request, _, _ in SCENARIOS]) | st.just(ASK)
moments = st.sampled_from([NOW, NOW - 400 * DAY, NOW + 80 * DAY, NOW + 4000 * DAY])


@given(requests, mixed_facts(), moments)
def test_the_answer_is_total_and_complete(request_, facts, now):
    decision = decide(request_, facts, now)
    every = {r for gate in gates.GATES for r in gate(request_, facts, now)}
    if isinstance(decision, Deny):
        assert set(decision.reasons) == every != set()
        assert len(set(decision.reasons)) == len(decision.reasons)
        assert decision.text.split(" ") == [r.value for r in decision.reasons]
    else:
        assert every == set()


@given(requests, mixed_facts(), moments, st.randoms())
def test_the_order_of_the_gates_does_not_matter(request_, facts, now, shuffler):
    shuffled = list(gates.GATES)
    shuffler.shuffle(shuffled)
    assert decide(request_, facts, now, gates=shuffled) == decide(request_, facts, now)


@given(requests, mixed_facts(), moments)
def test_a_permit_lies_within_the_consent(request_, facts, now):
    decision = decide(request_, facts, now)
    if isinstance(decision, Deny):
        return
    agreed, selection = facts.consent.terms, decision.selection
    assert selection.categories
    assert all(agreed.covers(category) for category in selection.categories)
    assert selection.first_day >= agreed.window.first
    assert selection.detail.is_within(agreed.detail)
    assert facts.consent.state is ConsentState.GIVEN
    assert facts.recipient.standing is Standing.APPROVED
    assert facts.contract.state is ContractState.IN_FORCE
    assert now < facts.consent.expires_at
    assert all(
        categories.get(c).sensitivity is not Sensitivity.SPECIAL_CARE
        or c in facts.profile.special_care
        for c in selection.categories
    )


@pytest.mark.parametrize("name", [n for n in FIELDS if n != "profile"])
def test_no_permit_without_a_fact(name):
    empty = () if name in {"certificates", "board"} else None
    assert isinstance(decide(ASK, replace(GOOD, **{name: empty}), NOW), Deny)


def test_no_permit_from_nothing():
    decision = decide(ASK, Facts(), NOW)
    assert {reason.gate for reason in decision.reasons} == {
        "consent",
        "grant",
        "recipient",
        "contract",
        "certificate",
        "board",
        "person",
        "key",
    }


def test_reasons_come_in_the_order_of_the_register():
    decision = decide(ASK, Facts(), NOW)
    register = list(Reason)
    positions = [register.index(reason) for reason in decision.reasons]
    assert positions == sorted(positions)
    everything = list(gates.GATES)
    random.Random(7).shuffle(everything)
    assert decide(ASK, Facts(), NOW, gates=everything) == decision
