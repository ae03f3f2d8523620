"""The engine on the very edge of each bound, where one step decides."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from consent.engine import Deny, Permit, decide
from consent.modes import RecipientMode
from consent.reasons import Reason
from consent.states import ConsentEvent, ConsentState, following
from consent.terms import Access, AccessMode, Window
from pds.core.errors import Conflict
from pds.core.vocabulary import DetailLevel
from tests.consent.test_engine import (
    ASK,
    CONSENT_FACTS,
    DAY,
    GOOD,
    NOW,
    TERMS,
    consent,
    part,
    terms,
)

FIRST, LAST = date(2025, 11, 1), date(2026, 1, 1)
CLOSED = terms(window=Window(FIRST, LAST))
FARTHEST = date(2026, 11, 23) - timedelta(days=1095)
"""First day of the longest window that a yes given today may open."""
AFTER_MIDNIGHT = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
"""Half past midnight of 23 November in Tokyo, still the 22nd in UTC."""


def reasons(request, facts, now=NOW):
    decision = decide(request, facts, now)
    return set(decision.reasons) if isinstance(decision, Deny) else set()


@pytest.mark.parametrize(
    ("request_", "facts"),
    [
        (replace(ASK, first_day=FIRST, last_day=FIRST), GOOD),
        (replace(ASK, last_day=LAST), CLOSED),
        (replace(ASK, first_day=LAST, last_day=LAST), CLOSED),
        (ASK, CLOSED),
        (ASK, part("contract", valid_from=NOW)),
        (ASK, part("contract", retention_days=TERMS.retention_days)),
        (ASK, terms(retention_days=365)),
        (ASK, consent(given_at=NOW + 90 * DAY - 730 * DAY)),
        (ASK, consent(given_at=NOW, terms=replace(TERMS, window=Window(FARTHEST)))),
        (ASK, terms(access=Access(AccessMode.RECURRING, NOW + DAY, 96))),
    ],
)
def test_what_lies_exactly_on_a_bound_may_go(request_, facts):
    assert reasons(request_, facts) == set()


def test_days_are_those_of_tokyo():
    grown_up = part("person", adult_from=date(2026, 11, 23))
    assert reasons(ASK, grown_up, AFTER_MIDNIGHT) == set()
    agreed = replace(TERMS, window=Window(FARTHEST))
    assert reasons(ASK, consent(given_at=AFTER_MIDNIGHT, terms=agreed)) == set()
    agreed = replace(TERMS, window=Window(FARTHEST - DAY))
    too_far = consent(given_at=AFTER_MIDNIGHT, terms=agreed)
    assert reasons(ASK, too_far) == {Reason.CEILING_WINDOW}


def test_a_category_without_ceiling_hides_nothing_about_the_others():
    agreed = replace(
        TERMS,
        purpose="household.budget",
        categories=("health.vital.weight", "purchase.receipt"),
        window=Window(date(2015, 1, 1)),
    )
    found = reasons(ASK, consent(terms=agreed))
    assert {Reason.CEILING_MISSING, Reason.CEILING_WINDOW} <= found


def test_a_permit_says_what_was_agreed():
    agreed = replace(
        TERMS,
        categories=("health.vital.blood-pressure",),
        detail=DetailLevel.ANSWER,
        question="pressure.measured-20-days",
    )
    permit = decide(ASK, GOOD, NOW)
    assert isinstance(permit, Permit)
    assert permit.purpose == permit.selection.purpose == TERMS.purpose
    assert permit.retention_days == TERMS.retention_days
    assert permit.contract_version == GOOD.contract.version
    assert permit.consent_version == CONSENT_FACTS.version
    asked = decide(replace(ASK, categories=None), consent(terms=agreed), NOW)
    assert isinstance(asked, Permit)
    assert asked.selection.question == "pressure.measured-20-days"


@pytest.mark.parametrize("absent", ["consent", "contract"])
def test_without_consent_or_contract_there_is_no_permit_whatever_was_asked(absent):
    facts = replace(GOOD, **{absent: None})
    assert decide(ASK, facts, NOW, gates=()) == Deny(())


@pytest.mark.parametrize(
    ("state", "text"),
    [
        (None, "paused cannot follow nothing."),
        (ConsentState.WITHDRAWN, "paused cannot follow withdrawn."),
    ],
)
def test_a_refused_step_says_from_where_to_where(state, text):
    with pytest.raises(Conflict, match=text):
        following(state, ConsentEvent.PAUSED)


def test_the_longest_validity_is_measured_from_the_yes():
    late = consent(given_at=NOW + 90 * DAY - 730 * DAY - timedelta(seconds=1))
    assert reasons(ASK, late) == {Reason.CEILING_VALIDITY}


@pytest.mark.parametrize("detail", list(DetailLevel)[:3])
def test_however_coarse_a_persons_data_does_not_go_where_nobody_is_named(detail):
    agreed = terms(detail=detail)
    uncertified = replace(GOOD.recipient, mode=RecipientMode.NON_IDENTIFYING)
    found = reasons(ASK, replace(agreed, recipient=uncertified))
    assert Reason.RECIPIENT_NON_IDENTIFYING in found
