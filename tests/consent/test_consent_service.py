"""The acts on a consent, on a real database with real keys."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from audit import person
from consent import board, board_vocabulary, ledger, notices, offers, pairwise, service
from consent.content import Act
from consent.facts import BoardSubjectKind
from consent.offers import OfferTemplate
from consent.preflight import NotPermitted
from consent.reasons import Reason
from consent.states import ConsentState, fold
from consent.tables import consent_current, consent_event
from consent.terms import Access, AccessMode
from pds.core.errors import Conflict, Forbidden, Invalid, NotFound
from pds.core.ids import ConsentId, OwnerId
from pds.core.vocabulary import Sensitivity
from pds.crypto.errors import EnvelopeError
from pds.keys.classes import KeyClass
from pds.keys.errors import KeyUnavailable
from pds.oversight import screens
from tests.clearing import suspend
from tests.consent.world import (
    BANK_PARTY,
    DAY,
    EVIDENCE,
    NOW,
    PROFILE,
    PROVISION,
    RECIPIENT,
    decision,
)

SCREENS = len(screens.definitions())
LISTS = len(board_vocabulary.list_ids())
NARROWED = replace(PROVISION, categories=("health.vital.weight",), retention_days=7)


def code_of(caught):
    return caught.value.code


def test_a_request_gives_nothing_and_waits(work, owner, asked):
    consent = asked.consent
    assert consent.state is ConsentState.REQUESTED
    assert consent.version == consent.terms_version == 1
    assert consent.recipient_id == RECIPIENT
    assert consent.sensitivity is Sensitivity.HEALTH_GENERAL
    assert consent.expires_at == NOW + service.REQUEST_LIFETIME
    assert ledger.get(work, owner, consent.consent_id) == consent
    content = ledger.terms(work, work.keys, consent)
    assert content.provision == PROVISION
    assert (content.act, content.client_id) == (Act.RECIPIENT, "hikari-app")
    assert content.leaf_id == asked.leaf_id
    with pytest.raises(NotFound):
        pairwise.find(work, owner, RECIPIENT)


def test_a_request_that_could_not_be_given_is_not_made(work, owner, contract_id):
    suspend(work, RECIPIENT)
    special = replace(PROVISION, categories=("health.lab",))
    with pytest.raises(NotPermitted) as caught:
        service.request(work, owner, RECIPIENT, special)
    assert caught.value.reasons == (
        Reason.RECIPIENT_SUSPENDED,
        Reason.CONTRACT_CATEGORY,
        Reason.PROFILE_SPECIAL_CARE,
    )
    assert ledger.every(work, owner) == []


def test_an_unknown_recipient_is_refused_with_every_reason(work, owner):
    with pytest.raises(NotPermitted) as caught:
        service.request(work, owner, RECIPIENT, PROVISION)
    assert {reason.gate for reason in caught.value.reasons} == {
        "recipient",
        "contract",
        "certificate",
        "board",
    }


def test_a_yes_keeps_terms_agreement_and_evidence(work, owner, consent_given, notice):
    consent = consent_given.consent
    assert consent.state is ConsentState.GIVEN
    assert consent.expires_at == PROVISION.access.until
    content = ledger.terms(work, work.keys, consent)
    assert content.provision == PROVISION
    assert content.evidence == EVIDENCE
    assert content.agreement.notice == notice
    assert content.agreement.given_at == NOW
    assert content.agreement.profile == "2.2"
    # Recipient, contract and purpose, and each screen on which persons decide.
    assert len(content.agreement.board_decisions) == 3 + LISTS + SCREENS
    assert content.act is Act.PERSON
    assert len(pairwise.find(work, owner, RECIPIENT)) == 22


def test_the_person_may_give_less(work, owner, asked, notice):
    given = service.give(
        work,
        owner,
        asked.consent.consent_id,
        NARROWED,
        notice=notice,
        evidence=EVIDENCE,
    )
    assert ledger.terms(work, work.keys, given.consent).provision == NARROWED


def test_nobody_may_give_more(work, owner, asked, notice):
    more = replace(PROVISION, retention_days=181)
    with pytest.raises(Invalid) as caught:
        service.give(
            work,
            owner,
            asked.consent.consent_id,
            more,
            notice=notice,
            evidence=EVIDENCE,
        )
    assert code_of(caught) == "consent.not-narrower"


def give(work, owner, asked, **changes):
    parts = {"choice": PROVISION, "notice": b"", "evidence": EVIDENCE} | changes
    return service.give(work, owner, asked.consent.consent_id, **parts)


@pytest.mark.parametrize("minutes", [6, -1])
def test_a_yes_needs_a_fresh_login(work, owner, asked, notice, minutes):
    stale = replace(EVIDENCE, auth_time=NOW - timedelta(minutes=minutes))
    with pytest.raises(Forbidden) as caught:
        give(work, owner, asked, notice=notice, evidence=stale)
    assert code_of(caught) == "consent.login-too-old"


def test_a_yes_needs_the_notice_that_was_shown(work, owner, asked, notice):
    with pytest.raises(NotFound) as missing:
        give(work, owner, asked, notice=b"\x00" * 32)
    assert code_of(missing) == "consent.notice-unknown"
    others = [
        notices.compose(NARROWED, PROFILE, BANK_PARTY),
        notices.compose(
            PROVISION, replace(PROFILE, recipient_id="other-inc"), BANK_PARTY
        ),
    ]
    for other in others:
        with pytest.raises(Invalid) as caught:
            give(work, owner, asked, notice=notices.keep(work, other))
        assert code_of(caught) == "consent.other-notice"


def test_minors_cannot_decide_alone(work, owner, asked, notice):
    young = replace(EVIDENCE, adult_from=date(2026, 11, 24))
    with pytest.raises(NotPermitted) as caught:
        give(work, owner, asked, notice=notice, evidence=young)
    assert caught.value.reasons == (Reason.UNDER_AGE,)


def test_a_yes_by_an_agent_is_recorded_as_such(work, owner, asked, notice):
    by_agent = replace(EVIDENCE, agent_until=NOW + DAY)
    given = give(work, owner, asked, notice=notice, evidence=by_agent)
    content = ledger.terms(work, work.keys, given.consent)
    assert content.act is Act.AGENT
    assert content.evidence.agent_until == NOW + DAY


def test_a_yes_is_refused_when_the_rules_changed_meanwhile(work, owner, asked, notice):
    suspend(work, RECIPIENT)
    with pytest.raises(NotPermitted) as caught:
        give(work, owner, asked, notice=notice)
    assert caught.value.reasons == (Reason.RECIPIENT_SUSPENDED,)


def test_an_old_request_cannot_be_given(at, owner, asked, notice):
    later = at(NOW + service.REQUEST_LIFETIME)
    fresh = replace(EVIDENCE, auth_time=later.now)
    with pytest.raises(Conflict) as caught:
        give(later, owner, asked, notice=notice, evidence=fresh)
    assert code_of(caught) == "consent.request-expired"


def test_a_yes_is_given_once(work, owner, asked, consent_given, notice):
    with pytest.raises(Conflict) as caught:
        give(work, owner, asked, notice=notice)
    assert code_of(caught) == "consent.not-possible-now"


def test_narrowing_keeps_what_the_yes_rests_on(at, owner, consent_given):
    later = at(NOW + 3 * DAY)
    consent_id = consent_given.consent.consent_id
    shorter = replace(
        NARROWED, access=Access(AccessMode.ONCE, PROVISION.access.until - DAY)
    )
    step = service.narrow(later, owner, consent_id, shorter, evidence=EVIDENCE)
    content = ledger.terms(later, later.keys, step.consent)
    assert content.provision == shorter
    assert content.agreement.given_at == NOW
    assert step.consent.expires_at == shorter.access.until
    for choice, code in [
        (PROVISION, "consent.not-narrower"),
        (shorter, "consent.not-changed"),
    ]:
        with pytest.raises(Invalid) as caught:
            service.narrow(later, owner, consent_id, choice, evidence=EVIDENCE)
        assert code_of(caught) == code


@pytest.mark.parametrize(
    ("act", "state"),
    [
        (service.refuse, ConsentState.REFUSED),
        (service.defer, ConsentState.DEFERRED),
    ],
)
def test_a_request_can_be_refused_or_put_off(work, owner, asked, act, state):
    step = act(work, owner, asked.consent.consent_id)
    assert step.consent.state is state
    assert step.consent.terms_version == 1
    content = ledger.event(work, work.keys, step.consent, step.consent.version)
    assert content.provision is None


def test_pause_and_resume(work, owner, consent_given):
    consent_id = consent_given.consent.consent_id
    assert service.pause(work, owner, consent_id).consent.state == "paused"
    assert service.resume(work, owner, consent_id).consent.state == "given"


def test_withdrawal_is_final(work, owner, consent_given):
    consent_id = consent_given.consent.consent_id
    step = service.withdraw(work, owner, consent_id)
    assert step.consent.state is ConsentState.WITHDRAWN
    for act in (service.withdraw, service.resume, service.pause, service.refuse):
        with pytest.raises(Conflict):
            act(work, owner, consent_id)


@pytest.mark.parametrize(
    ("act", "state"),
    [
        (service.revoke, ConsentState.REVOKED),
        (service.invalidate, ConsentState.INVALIDATED),
    ],
)
def test_others_end_a_consent_with_a_reason(work, owner, consent_given, act, state):
    consent_id = consent_given.consent.consent_id
    step = act(work, owner, consent_id, actor="operator-1", reason="court order")
    assert step.consent.state is state
    last = ledger.history(work, work.keys, owner, consent_id)[-1]
    assert (last.act, last.actor) == (Act.OPERATOR, "operator-1")
    assert last.reason == "court order"


def test_time_ends_what_is_due_and_nothing_else(at, owner, consent_given):
    consent_id = consent_given.consent.consent_id
    early, late = at(PROVISION.access.until - DAY), at(PROVISION.access.until)
    with pytest.raises(Conflict) as caught:
        service.expire(early, owner, consent_id)
    assert code_of(caught) == "consent.not-due"
    assert ledger.due(early, limit=10) == []
    (due,) = ledger.due(late, limit=10)
    step = service.expire(late, due.owner, due.consent_id)
    assert step.consent.state is ConsentState.EXPIRED
    assert ledger.due(late, limit=10) == []


def test_every_act_bumps_the_fence_and_leaves_a_leaf(work, owner, asked, notice):
    before = person.state(work, owner)
    recorded = len(work.log.recorded)
    give(work, owner, asked, notice=notice)
    service.withdraw(work, owner, asked.consent.consent_id)
    after = person.state(work, owner)
    assert after.fence == before.fence + 2
    given, withdrawn = [each.prepared for each in work.log.recorded[recorded:]]
    assert given.fields["reasons"] == "given"
    assert withdrawn.fields["reasons"] == "withdrawn"
    assert withdrawn.fields["consent_id"] == str(asked.consent.consent_id)
    leaf = b"".join(given.leaf_parts)
    assert b'"pur":"health.advice"' in leaf
    assert b'"rcp":"hikari-health"' in leaf
    assert str(owner).encode() not in leaf
    assert str(asked.consent.consent_id).encode() not in leaf


def test_the_cached_state_is_the_fold_of_the_events(work, owner, asked, notice):
    give(work, owner, asked, notice=notice)
    consent_id = asked.consent.consent_id
    service.pause(work, owner, consent_id)
    service.resume(work, owner, consent_id)
    service.withdraw(work, owner, consent_id)
    events = ledger.events(work, owner, consent_id)
    assert [event.value for event in events] == [
        "requested",
        "given",
        "paused",
        "resumed",
        "withdrawn",
    ]
    current = ledger.get(work, owner, consent_id)
    assert fold(events) is current.state
    history = ledger.history(work, work.keys, owner, consent_id)
    assert [each.event for each in history] == events
    assert (
        [each.version for each in history]
        == [1, 2, 3, 4, 5]
        == [*range(1, current.version + 1)]
    )
    last_terms = [each.version for each in history if each.provision is not None][-1]
    assert current.terms_version == last_terms


def test_each_consent_has_a_key_of_its_own(work, owner, contract_id):
    first = service.request(work, owner, RECIPIENT, PROVISION).consent
    second = service.request(work, owner, RECIPIENT, PROVISION).consent
    assert first.generation != second.generation
    service.refuse(work, owner, first.consent_id)
    work.keys.destroy(work.connection, owner, KeyClass.CONSENT, first.generation)
    with pytest.raises(KeyUnavailable):
        ledger.history(work, work.keys, owner, first.consent_id)
    assert ledger.history(work, work.keys, owner, second.consent_id)


def test_evidence_moved_to_another_place_does_not_open(work, owner, contract_id):
    first = service.request(work, owner, RECIPIENT, PROVISION).consent
    service.refuse(work, owner, first.consent_id)
    one = consent_event.c.version == 1
    envelope = work.connection.execute(
        select(consent_event.c.envelope).where(consent_event.c.version == 2)
    ).scalar()
    work.connection.execute(update(consent_event).where(one).values(envelope=envelope))
    with pytest.raises(EnvelopeError):
        ledger.terms(work, work.keys, first)


def test_nothing_of_the_terms_is_readable_in_the_tables(work, owner, consent_given):
    for table in (consent_event, consent_current):
        for row in work.connection.execute(select(table)):
            text = repr(tuple(row))
            assert "health" not in text.replace(RECIPIENT, "")
            assert "pwd" not in text


def test_another_persons_consent_is_unknown(work, asked):
    with pytest.raises(NotFound) as caught:
        service.refuse(work, OwnerId(work.ids.new()), asked.consent.consent_id)
    assert code_of(caught) == "consent.unknown"
    with pytest.raises(NotFound):
        ledger.event(work, work.keys, asked.consent, 9)
    with pytest.raises(NotFound):
        ledger.get(work, asked.consent.owner, ConsentId(work.ids.new()))


def test_consents_are_listed_newest_first(work, owner, contract_id):
    first = service.request(work, owner, RECIPIENT, PROVISION).consent
    second = service.request(work, owner, RECIPIENT, PROVISION).consent
    service.refuse(work, owner, first.consent_id)
    found = ledger.every(work, owner)
    assert [each.consent_id for each in found] == [
        second.consent_id,
        first.consent_id,
    ]
    waiting = ledger.every(work, owner, states=[ConsentState.REQUESTED])
    assert [each.consent_id for each in waiting] == [second.consent_id]
    of_state = ledger.of_recipient(work, RECIPIENT, state=ConsentState.REFUSED)
    assert [each.consent_id for each in of_state] == [first.consent_id]
    assert ledger.of_recipient(work, RECIPIENT) == []


def live_offer(work):
    template = OfferTemplate(
        provision=PROVISION,
        window_days=365,
        validity_days=90,
        title_ja="健康の助言",
        title_en="Health advice",
    )
    offer_id = offers.draft(work, RECIPIENT, template, actor="operator")
    board.decide(work, decision(BoardSubjectKind.OFFER, offer_id), actor="board")
    offers.go_live(work, offer_id, actor="operator")
    return offers.get(work, offer_id)


def test_a_request_stays_within_the_offer(work, owner, contract_id):
    instance = live_offer(work).instance(NOW)
    step = service.request(work, owner, RECIPIENT, instance)
    assert step.consent.state is ConsentState.REQUESTED
    wider = replace(instance, retention_days=181)
    with pytest.raises(Invalid) as caught:
        service.request(work, owner, RECIPIENT, wider)
    assert code_of(caught) == "consent.wider-than-offer"


def test_a_yes_remembers_the_version_of_the_offer(work, owner, contract_id):
    instance = live_offer(work).instance(NOW)
    asked = service.request(work, owner, RECIPIENT, instance)
    shown = notices.keep(work, notices.compose(instance, PROFILE, BANK_PARTY))
    given = give(work, owner, asked, choice=instance, notice=shown)
    content = ledger.terms(work, work.keys, given.consent)
    assert content.agreement.offer_version == 1
    assert len(content.agreement.board_decisions) == 4 + LISTS + SCREENS
