"""What a person reads is what runs: text ⊆ enforced, and enforced ⊆ text.

Sentences are parsed back into claims (`tests.disclosure.spoken`); the same claims are
found by asking the filter itself: the gates, the selection, the bytes that are cut, and
the object that binds the recipient. Both have to be equal.
"""

from dataclasses import fields, replace
from datetime import date, timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent import gates, notices, rar, recipient_gates, wording
from consent.ceilings import fetches_per_day
from consent.country_facts import HandledAbroad
from consent.engine import Permit, decide
from consent.extent import extent
from consent.facts import ConsentFacts, DisclosureRequest
from consent.reasons import Reason
from consent.selection import Selection, covered, select
from consent.states import ConsentState
from consent.terms import (
    AccessMode,
    Afterwards,
    BenefitKind,
    DataProvision,
    ProvisionForm,
    Window,
)
from pds.core.vocabulary import (
    DetailLevel,
    categories,
    countries,
    elements,
    questions,
)
from pds.disclosure.minimising import minimise
from providers.payload import write
from tests.consent.strategies import provisions
from tests.consent.test_engine import GOOD
from tests.consent.test_processors import FIRM
from tests.consent.world import BANK_PARTY, PROFILE
from tests.disclosure.spoken import Claims, parse

LANGUAGES = ("ja", "en")
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
GIVEN_AT = GOOD.consent.given_at
CLAIM_OF = {
    "categories": "categories",
    "first_day": "first_day",
    "last_day": "last_day",
    "detail": "detail",
    "form": "form",
    "question": "question",
    "purpose": "purpose",
    "retention_days": "retention_days",
    "fetches_per_day": "max_per_day",
    "is_once": "mode",
}
"""The claim behind each member of selection and permit that touches a person."""
UNSAID = {
    "selection": "its members are compared one by one",
    "sensitivity": "follows from the categories",
    "counts": "a cursor of one fetch is that fetch",
    "consent_id": "names the consent",
    "consent_version": "names the consent",
    "contract_id": "names what it rests on; the notice says that there is one",
    "contract_version": "names what it rests on",
    "board_decisions": "names what it rests on",
    "rule_version": "names the rules",
}
OF_TERMS = {
    Reason.CATEGORY_OUTSIDE: "categories",
    Reason.WINDOW_OUTSIDE: "first_day",
    Reason.PERIOD_CUT: "detail",
    Reason.DETAIL_OUTSIDE: "detail",
    Reason.FORM_OUTSIDE: "form",
    Reason.CONTRACT_PURPOSE: "purpose",
    Reason.CONTRACT_CATEGORY: "categories",
    Reason.CONTRACT_RETENTION: "retention_days",
    Reason.CONTRACT_ONWARD: "onward",
    Reason.CONTRACT_COUNTRY: "country",
    Reason.COUNTRY_UNKNOWN: "country",
    Reason.COUNTRY_EXPIRED: "country",
    Reason.COUNTRY_UNSAID: "country",
    Reason.PURPOSE_UNKNOWN: "purpose",
    Reason.CEILING_MISSING: "categories",
    Reason.CEILING_VALIDITY: "until",
    Reason.CEILING_WINDOW: "first_day",
    Reason.CEILING_FREQUENCY: "max_per_day",
    Reason.CEILING_RETENTION: "retention_days",
    Reason.CEILING_DETAIL: "detail",
    Reason.USED_UP: "mode",
    Reason.TOO_OFTEN: "max_per_day",
    Reason.QUESTION_UNKNOWN: "question",
    Reason.QUESTION_OTHER_DATA: "categories",
    Reason.QUESTION_OTHER_DAYS: "looks_back",
    Reason.CONSENT_EXPIRED: "until",
}
"""The claim that each reason about terms enforces."""
ABOUT_TERMS = ("contract", "country", "ceiling", "question")


@st.composite
def anything(draw):
    """Terms of every level of detail, answers among them."""
    terms = draw(provisions())
    if draw(st.integers(0, 4)):
        return terms
    asked = draw(st.sampled_from(sorted(questions.ALL)))
    return replace(
        terms,
        detail=DetailLevel.ANSWER,
        question=asked,
        categories=(questions.get(asked).category,),
        window=Window(terms.window.first),
    )


def facts_of(terms):
    agreed = ConsentFacts(
        consent_id=UUID(int=1),
        version=1,
        state=ConsentState.GIVEN,
        recipient_id="wellness-lab",
        terms=terms,
        given_at=GIVEN_AT,
        expires_at=terms.access.until,
        vocabulary=categories.VERSION,
    )
    contract = replace(
        GOOD.contract, categories=("health", "profile", "purchase"), retention_days=4000
    )
    return replace(GOOD, consent=agreed, contract=contract)


def asked(**changes):
    return DisclosureRequest(recipient_id="wellness-lab", **changes)


def denies(gate, reason, facts, request=None, now=GIVEN_AT):
    return reason in set(
        gate(request or asked(form=facts.consent.terms.form), facts, now)
    )


def enforced(terms, language):
    """Return the claims that would be true of what runs, by running it."""
    facts = facts_of(terms)
    picked = select(asked(form=terms.form), facts.consent)
    bound = rar.serialise(terms)
    after = bound["after_withdrawal"]
    benefit = bound.get("benefit")
    return Claims(
        purpose=picked.purpose,
        categories=frozenset(c for c in categories.ALL if _goes(c, facts))
        | set(picked.categories),
        detail=picked.detail,
        question=picked.question,
        left_out=_cut(picked),
        first_day=_edge(facts, picked.first_day, -DAY),
        last_day=_last(facts, picked),
        looks_back=questions.get(picked.question).days if picked.question else None,
        mode=_mode(facts),
        until=_end(facts),
        max_per_day=_most(facts),
        form=_form(facts),
        retention_days=_retention(facts),
        after=(Afterwards(after["action"]), after.get("within_days")),
        onward=_onward(facts, bound),
        country=_country(facts),
        benefit=(BenefitKind(benefit["kind"]), benefit[language]) if benefit else None,
        document=(bound["terms"]["uri"], bound["terms"]["sha256"]),
    )


def _goes(category, facts):
    form = facts.consent.terms.form
    request = asked(categories=(category,), form=form)
    is_in = not denies(extent, Reason.CATEGORY_OUTSIDE, facts, request)
    assert is_in is (category in select(asked(form=form), facts.consent).categories)
    return is_in


def _cut(picked):
    if picked.detail is not DetailLevel.RECORD:
        return frozenset({"records"})
    whole = write({name: 1 for g in elements.ALL.values() for name in g.members})
    kept = [minimise(whole, picked.purpose, each) for each in picked.categories]
    return frozenset(
        group.id
        for group in elements.ALL.values()
        if any(b'"%b":' % group.members[0].encode() not in body for body in kept)
    )


def _edge(facts, day, beyond):
    """Check that a day is the edge of what the gate lets through, and return it."""
    inside = asked(first_day=day, last_day=day, form=facts.consent.terms.form)
    outside = replace(inside, first_day=min(day, day + beyond), last_day=day + beyond)
    outside = replace(outside, last_day=max(day, day + beyond))
    assert not denies(extent, Reason.WINDOW_OUTSIDE, facts, inside)
    assert denies(extent, Reason.WINDOW_OUTSIDE, facts, outside)
    return day


def _last(facts, picked):
    if picked.last_day is not None:
        return _edge(facts, picked.last_day, DAY)
    far = asked(last_day=date(2999, 1, 1), form=facts.consent.terms.form)
    assert not denies(extent, Reason.WINDOW_OUTSIDE, facts, far)
    return None


def _mode(facts):
    used = replace(facts, consent=replace(facts.consent, was_used=True))
    is_once = denies(gates.frequency, Reason.USED_UP, used)
    return AccessMode.ONCE if is_once else AccessMode.RECURRING


def _end(facts):
    end = facts.consent.expires_at
    assert not denies(gates.consent, Reason.CONSENT_EXPIRED, facts, now=end - SECOND)
    assert denies(gates.consent, Reason.CONSENT_EXPIRED, facts, now=end)
    return end


def _most(facts):
    """Return the agreed most fetches of a day; None if the ceiling alone counts."""
    chosen = covered(asked(), facts.consent)
    limit = fetches_per_day(facts.consent.terms, chosen)
    agreed = facts.consent.terms.access.max_per_day
    if _mode(facts) is AccessMode.ONCE:
        return agreed
    if limit is None:  # no ceiling, so nothing goes
        return 1 if facts.consent.terms.question else agreed
    full = replace(facts, consent=replace(facts.consent, uses_today=limit))
    room = replace(facts, consent=replace(facts.consent, uses_today=limit - 1))
    assert denies(gates.frequency, Reason.TOO_OFTEN, full)
    assert not denies(gates.frequency, Reason.TOO_OFTEN, room)
    if facts.consent.terms.question is not None:
        return limit
    free = replace(facts.consent.terms.access, max_per_day=None)
    ceiling = fetches_per_day(replace(facts.consent.terms, access=free), chosen)
    assert limit == (ceiling if agreed is None else min(agreed, ceiling))
    return agreed


def _form(facts):
    is_viewed = denies(extent, Reason.FORM_OUTSIDE, facts, asked())
    return ProvisionForm.VIEW_ONLY if is_viewed else ProvisionForm.COPY


def _retention(facts):
    days = facts.consent.terms.retention_days
    for allowed in (days, days - 1):
        under = replace(facts, contract=replace(facts.contract, retention_days=allowed))
        gate, reason = recipient_gates.contract_extent, Reason.CONTRACT_RETENTION
        assert denies(gate, reason, under) is (allowed < days)
    assert rar.serialise(facts.consent.terms)["retention_days"] == days
    return days


def _onward(facts, bound):
    gate, reason = recipient_gates.contract_extent, Reason.CONTRACT_ONWARD
    assert denies(gate, reason, facts) is bool(bound.get("onward"))
    return tuple(bound.get("onward", ()))


def _country(facts):
    """Return the one country that neither contract nor register is against."""
    gate, reason = recipient_gates.contract_extent, Reason.CONTRACT_COUNTRY
    (found,) = [
        each
        for each in ("JP", "US", "DE")
        if not denies(gate, reason, _contracted(facts, each))
    ]
    for elsewhere in {"US", "DE"} - {found}:
        assert denies(
            recipient_gates.established,
            Reason.COUNTRY_UNSAID,
            _established(facts, elsewhere),
        )
    is_abroad = found != countries.HOME
    gate = recipient_gates.country
    assert denies(gate, Reason.COUNTRY_UNKNOWN, facts) is is_abroad
    return found


def _contracted(facts, country):
    return replace(
        facts, contract=replace(facts.contract, countries=frozenset({country}))
    )


def _established(facts, country):
    return replace(facts, recipient=replace(facts.recipient, country=country))


@pytest.mark.parametrize("language", LANGUAGES)
@given(terms=anything())
def test_the_sentences_are_what_runs_and_what_runs_is_in_the_sentences(language, terms):
    said = {each.term: each.text for each in wording.sentences(terms, language)}
    assert parse(said, language) == enforced(terms, language)


@pytest.mark.parametrize("language", LANGUAGES)
@given(terms=anything())
def test_the_notice_has_the_same_sentences(language, terms):
    made = notices.compose(terms, PROFILE, BANK_PARTY)
    texts = {each.id: each.text for each in made.paragraphs(language)}
    said = {term: texts[name] for name, term in notices._OF_TERMS.items()}
    assert parse(said, language) == enforced(terms, language)
    assert made.provision == terms


@pytest.mark.parametrize("language", LANGUAGES)
@given(terms=anything(), where=st.sampled_from(["JP", "US", "DE"]))
def test_a_processor_is_named_exactly_if_it_touches_the_data(language, terms, where):
    firm = replace(FIRM, country=where, categories=("health.vital",))
    facts = facts_of(terms)
    abroad = (HandledAbroad(where, firm.categories),) if where != "JP" else ()
    facts = replace(facts, recipient=replace(facts.recipient, handled_abroad=abroad))
    handling = notices.touching([SimpleNamespace(profile=firm)], terms)

    made = notices.compose(terms, PROFILE, BANK_PARTY, handling)

    texts = {each.id: each.text for each in made.paragraphs(language)}
    said = getattr(firm, f"name_{language}") in texts.get("processors", "")
    place = countries.name(where, language) in texts.get("processors", "")
    chosen = covered(asked(form=terms.form), facts.consent)
    touches = not set(chosen).isdisjoint(categories.expand(firm.categories))
    assert said is place is touches
    hidden = touches and where not in ("JP", terms.country)
    gate, reason = recipient_gates.established, Reason.COUNTRY_UNSAID
    assert denies(gate, reason, facts) is hidden


def test_a_permit_and_its_selection_have_nothing_that_is_not_said():
    names = {f.name for kind in (Selection, Permit) for f in fields(kind)}
    assert names == CLAIM_OF.keys() | UNSAID.keys()
    assert set(CLAIM_OF.values()) <= {f.name for f in fields(Claims)}


def test_every_reason_about_terms_enforces_a_claim():
    about = {each for each in Reason if each.gate in ABOUT_TERMS}
    papers = {
        Reason.CONTRACT_MISSING,
        Reason.CONTRACT_NOT_IN_FORCE,
        Reason.CONTRACT_NOT_YET,
        Reason.CONTRACT_EXPIRED,
    }
    outside = {each for each in Reason if each.value.endswith("-outside")}
    assert about - papers | outside <= OF_TERMS.keys()
    assert set(OF_TERMS.values()) <= {f.name for f in fields(Claims)}


def test_every_member_of_terms_is_claimed():
    names = {each.name for each in fields(DataProvision)}
    renamed = {
        "window": {"first_day", "last_day", "looks_back"},
        "access": {"mode", "until", "max_per_day"},
        "after_withdrawal": {"after"},
        "terms": {"document"},
        "offer_id": set(),  # names the page on which it stands
    }
    claimed = {name for each in names for name in renamed.get(each, {each})}
    assert claimed | {"left_out"} == {each.name for each in fields(Claims)}


def test_a_permit_carries_what_was_said():
    permit = decide(asked(), GOOD, GIVEN_AT)
    terms = GOOD.consent.terms
    assert permit.retention_days == terms.retention_days
    assert permit.is_once is (terms.access.mode is AccessMode.ONCE)
    assert permit.selection == select(asked(), GOOD.consent)
