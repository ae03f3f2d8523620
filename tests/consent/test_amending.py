"""Renewing and changing a consent: a fresh yes, a notice, a history (N-13, D-08)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from consent import amending, ledger, notices, reminders, service
from consent.amending import Yes
from consent.content import Act
from consent.preflight import NotPermitted
from consent.reminders import Reminder
from consent.states import ConsentEvent, ConsentState
from consent.terms import Access, AccessMode, Window
from pds.core.clock import tokyo_day
from pds.core.errors import Conflict, Forbidden, Invalid
from tests.clearing import suspend
from tests.consent.world import BANK_PARTY, DAY, EVIDENCE, NOW, PROVISION, RECIPIENT

LATER = NOW + 80 * DAY
NARROWED = replace(PROVISION, categories=("health.vital.weight",))


def yes(now=LATER, **changes):
    known = replace(EVIDENCE, auth_time=now - timedelta(minutes=1))
    said = Yes(at=now, read=b"", bank=BANK_PARTY, evidence=known)
    return replace(said, **changes)


def renew(work, owner, consent_id, said):
    """Renew after reading what the page would show."""
    current = ledger.get(work, owner, consent_id)
    terms = amending.renewal(work, work.keys, current, said.at)
    return amending.renew(
        work, owner, consent_id, replace(said, read=shown(work, terms))
    )


def amend(work, owner, consent_id, choice, said):
    """Change after reading what the page would show."""
    current = ledger.get(work, owner, consent_id)
    most = amending.reach(work, work.keys, current, said.at)
    said = replace(said, read=shown(work, most))
    return amending.amend(work, owner, consent_id, choice, said)


def shown(work, terms):
    return notices.of_now(work, RECIPIENT, terms, BANK_PARTY).hash


def code_of(kind, act):
    with pytest.raises(kind) as caught:
        act()
    return caught.value.code


@pytest.fixture
def consent_id(consent_given):
    return consent_given.consent.consent_id


def test_a_renewal_is_a_yes_to_the_same_terms_for_another_term(at, owner, consent_id):
    work = at(LATER)
    step = renew(work, owner, consent_id, yes())
    said = ledger.terms(work, work.keys, step.consent)
    assert step.consent.state is ConsentState.GIVEN
    assert step.consent.expires_at == LATER + 90 * DAY
    assert said.event is ConsentEvent.RENEWED
    assert said.agreement.given_at == LATER
    assert said.provision.window == Window(date(2025, 11, 1) + timedelta(days=80))
    shown = notices.get(work, said.agreement.notice)
    assert shown.provision == said.provision
    assert len(ledger.history(work, work.keys, owner, consent_id)) == 3


def test_what_was_taken_back_stays_away_when_renewed(at, owner, consent_id):
    service.narrow(at(NOW + DAY), owner, consent_id, NARROWED, evidence=EVIDENCE)
    work = at(LATER)
    step = renew(work, owner, consent_id, yes())
    said = ledger.terms(work, work.keys, step.consent)
    assert said.provision.categories == ("health.vital.weight",)


def test_a_change_may_widen_up_to_what_was_asked(at, owner, consent_id):
    service.narrow(at(NOW + DAY), owner, consent_id, NARROWED, evidence=EVIDENCE)
    work, then = at(NOW + 2 * DAY), NOW + 2 * DAY
    current = ledger.get(work, owner, consent_id)
    most = amending.reach(work, work.keys, current, then)
    assert most.categories == PROVISION.categories
    step = amend(work, owner, consent_id, most, yes(then))
    said = ledger.terms(work, work.keys, step.consent)
    assert (said.event, said.provision) == (ConsentEvent.AMENDED, most)
    assert (said.act, said.agreement.given_at) == (Act.PERSON, then)
    assert notices.get(work, said.agreement.notice).provision == most


def test_a_change_never_goes_beyond_what_was_asked(at, owner, consent_id):
    work = at(NOW + DAY)
    wider = replace(PROVISION, retention_days=PROVISION.retention_days + 1)
    change = lambda: amend(work, owner, consent_id, wider, yes(NOW + DAY))  # noqa: E731
    assert code_of(Invalid, change) == "consent.not-narrower"


def test_another_notice_than_the_one_that_was_read_renews_nothing(
    at, owner, consent_id
):
    work = at(LATER)
    said = yes(read=shown(work, PROVISION))
    act = lambda: amending.renew(work, owner, consent_id, said)  # noqa: E731
    assert code_of(Conflict, act) == "consent.notice-changed"
    assert ledger.get(work, owner, consent_id).version == 2


def test_a_change_has_to_change_something(at, owner, consent_id):
    work = at(NOW)
    same = lambda: amend(work, owner, consent_id, PROVISION, yes(NOW))  # noqa: E731
    assert code_of(Invalid, same) == "consent.same-terms"


def test_an_old_login_changes_nothing(at, owner, consent_id):
    work = at(LATER)
    stale = yes(evidence=EVIDENCE)
    act = lambda: renew(work, owner, consent_id, stale)  # noqa: E731
    assert code_of(Forbidden, act) == "consent.login-too-old"
    assert ledger.get(work, owner, consent_id).version == 2


def test_nothing_is_renewed_that_could_not_be_given(at, owner, consent_id):
    work = at(LATER)
    suspend(work, "hikari-health")
    with pytest.raises(NotPermitted):
        renew(work, owner, consent_id, yes())


@pytest.mark.parametrize("ending", ["paused", "withdrawn", "over"])
def test_only_a_consent_in_force_is_renewed(at, owner, consent_id, ending):
    if ending == "paused":
        service.pause(at(NOW), owner, consent_id)
    elif ending == "withdrawn":
        service.withdraw(at(NOW), owner, consent_id)
    now = NOW + 91 * DAY if ending == "over" else LATER
    act = lambda: renew(at(now), owner, consent_id, yes(now))  # noqa: E731
    assert code_of(Conflict, act) == "consent.not-possible-now"


def test_a_single_fetch_is_not_renewed():
    once = replace(PROVISION, access=Access(AccessMode.ONCE, NOW + 9 * DAY))
    act = lambda: amending.renewed(once, NOW, LATER)  # noqa: E731
    assert code_of(Conflict, act) == "consent.not-recurring"


def test_a_window_with_an_end_does_not_move():
    closed = replace(PROVISION, window=Window(date(2025, 1, 1), date(2025, 2, 1)))
    assert amending.renewed(closed, NOW, LATER).window == closed.window


def test_the_bank_alone_lifts_its_own_pause(at, owner, consent_id):
    service.suspend(at(NOW), owner, consent_id, actor="o", reason="looked into")
    act = lambda: service.resume(at(NOW), owner, consent_id)  # noqa: E731
    assert code_of(Conflict, act) == "consent.paused-by-bank"
    assert service.lift(at(NOW), owner, consent_id, actor="o").consent.state == "given"
    service.pause(at(NOW), owner, consent_id)
    assert service.resume(at(NOW), owner, consent_id).consent.state == "given"


@pytest.mark.parametrize(
    ("ends_in", "used_before", "given_before", "expected"),
    [
        (31, 0, 10, ()),
        (30, 0, 10, (Reminder.ENDS_SOON,)),
        (200, None, 89, ()),
        (200, None, 90, (Reminder.UNUSED,)),
        (200, 89, 300, ()),
        (200, 90, 300, (Reminder.UNUSED,)),
        (200, 120, 10, ()),
        (9, None, 99, (Reminder.ENDS_SOON, Reminder.UNUSED)),
    ],
)
def test_reminders_come_in_time(ends_in, used_before, given_before, expected):
    now = datetime(2026, 11, 23, 3, tzinfo=UTC)
    used = None if used_before is None else tokyo_day(now) - used_before
    found = reminders.reasons(
        expires_at=now + ends_in * DAY,
        given_at=now - given_before * DAY,
        used_on=used,
        now=now,
    )
    assert tuple(found) == expected


def test_an_unused_consent_is_remembered(at, owner, consent_id):
    work = at(NOW + 89 * DAY)
    found = reminders.of_owner(work, work.keys, owner)
    assert [(each.consent.consent_id, each.why) for each in found] == [
        (consent_id, (Reminder.ENDS_SOON,))
    ]
    assert reminders.of_owner(at(NOW + 91 * DAY), work.keys, owner) == []
