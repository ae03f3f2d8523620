"""Facts about foreign countries: rows, counted for a year at most (Z-01, Z-03)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from consent import (
    board,
    countries,
    facts_store,
    ledger,
    notices,
    preflight,
    recipients,
    service,
)
from consent.confirmations import Confirmation
from consent.country_facts import CountryFacts, CountryState, Ground
from consent.facts import (
    BoardSubjectKind,
    DisclosureRequest,
    Facts,
    RecipientFacts,
    Standing,
)
from consent.preflight import NotPermitted
from consent.reasons import Reason
from consent.receipt_record import Parties, record
from consent.recipient_gates import country
from consent.tables import recipient
from pds.core.errors import Invalid, NotFound
from pds.core.ids import RecipientId
from pds.core.vocabulary import countries as vocabulary
from pds.disclosure.validity import holds_until
from tests import clearing
from tests.consent.world import (
    BANK_PARTY,
    CONTRACT,
    DAY,
    EVIDENCE,
    NOW,
    PROFILE,
    PROVISION,
    RECIPIENT,
    decision,
)

FACTS = CountryFacts(
    country="US",
    ground=Ground.CONSENT,
    system_ja="包括的な法律はなく、分野ごとの法律がある。",
    system_en="There is no general law; there are laws for single fields.",
    measures_ja="暗号化し、日本の法律と同じ安全管理をする。",
    measures_en="It encrypts the data and protects it as Japanese law asks.",
    checked_at=NOW - DAY,
    valid_until=NOW + 300 * DAY,
)
ABROAD = replace(PROVISION, country="US")


@pytest.fixture
def abroad(work, contract_id):
    """A contract that permits the United States."""
    clearing.amend(work, contract_id, replace(CONTRACT, countries=("JP", "US")))
    board.decide(
        work, decision(BoardSubjectKind.CONTRACT, contract_id, 2), actor="board"
    )


def reasons(work):
    return set(preflight.check(work, RECIPIENT, ABROAD).reasons)


def test_a_country_needs_facts_that_count(work, at, owner, abroad):
    assert reasons(work) == {Reason.COUNTRY_UNKNOWN}
    with pytest.raises(NotPermitted):
        service.request(work, owner, RECIPIENT, ABROAD)

    countries.record(work, RECIPIENT, FACTS, actor="o")

    assert reasons(work) == set()
    assert countries.current(work, RECIPIENT, "US") == FACTS
    assert countries.current(work, RECIPIENT, "DE") is None
    later = at(FACTS.valid_until)
    assert Reason.COUNTRY_EXPIRED in reasons(later)
    assert countries.current(later, RECIPIENT, "US") is None


def test_terms_are_not_believed_that_hide_where_a_recipient_is(work, owner, abroad):
    countries.record(work, RECIPIENT, FACTS, actor="o")
    work.connection.execute(update(recipient).values(country="US"))

    with pytest.raises(NotPermitted) as caught:
        service.request(work, owner, RECIPIENT, PROVISION)

    assert caught.value.reasons == (Reason.COUNTRY_UNSAID,)
    assert reasons(work) == set()


def test_the_last_row_counts_and_rows_stay(work, abroad):
    countries.record(work, RECIPIENT, FACTS, actor="o")
    anew = replace(FACTS, measures_en="More than before.", ground=Ground.EQUIVALENT)
    countries.record(work, RECIPIENT, anew, actor="o")
    fence = recipients.get(work, RECIPIENT).fence

    countries.end(work, RECIPIENT, "US", actor="p")

    assert recipients.get(work, RECIPIENT).fence == fence + 1
    found = countries.history(work, RECIPIENT)
    assert [each.no for each in found] == [1, 2, 3]
    assert [each.facts for each in found[:2]] == [FACTS, anew]
    assert found[2].facts == replace(anew, valid_until=NOW)
    assert found[2].recorded_by == "p"
    assert reasons(work) == {Reason.COUNTRY_EXPIRED}
    with pytest.raises(NotFound) as caught:
        countries.end(work, RECIPIENT, "US", actor="p")
    assert caught.value.code == "country.unknown"


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("country", "JP"),
        ("country", "XX"),
        ("ground", Ground.DESIGNATED),
        ("system_ja", " "),
        ("system_en", "two\nlines"),
        ("measures_ja", ""),
        ("measures_en", "x" * 1001),
        ("checked_at", NOW + timedelta(milliseconds=1)),
        ("valid_until", NOW),
        ("valid_until", FACTS.checked_at + 366 * DAY + timedelta(milliseconds=1)),
    ],
)
def test_facts_that_tell_too_little_are_refused(work, abroad, member, value):
    with pytest.raises(Invalid) as caught:
        countries.record(work, RECIPIENT, replace(FACTS, **{member: value}), actor="o")
    assert caught.value.code == f"country.{member}"
    assert countries.history(work, RECIPIENT) == []


def test_nobody_else_has_a_country(work, abroad):
    with pytest.raises(NotFound):
        countries.record(work, RecipientId("nobody"), FACTS, actor="o")


def test_countries_have_names_in_both_languages():
    assert len(vocabulary.ALL) == 249
    assert vocabulary.name("US", "ja") == "アメリカ合衆国"
    assert vocabulary.name("US", "en") == "United States"
    assert vocabulary.name("XX", "ja") == "XX"
    assert vocabulary.HOME not in vocabulary.FOREIGN


@pytest.mark.parametrize(
    "codes", [["JP", "DE"], ["JP", "JP"], ["DE"], ["JP", "QQ"]], ids=str
)
def test_a_broken_list_is_refused(codes):
    with pytest.raises(ValueError, match=r"\."):
        vocabulary.read({"countries": codes})


def give(work, owner, facts, confirmed=tuple(Confirmation)):
    """Say yes to the terms by a notice that tells of these facts."""
    asked = service.request(work, owner, RECIPIENT, ABROAD)
    notice = notices.compose(ABROAD, PROFILE, BANK_PARTY, country=facts)
    return service.give(
        work,
        owner,
        asked.consent.consent_id,
        ABROAD,
        notice=notices.keep(work, notice),
        evidence=replace(EVIDENCE, confirmed=confirmed),
    )


def test_a_yes_tells_what_counts_now_and_confirms_it(work, owner, abroad):
    countries.record(work, RECIPIENT, FACTS, actor="o")
    anew = replace(FACTS, measures_en="Less than before.")
    for told in (None, anew):
        with pytest.raises(Invalid) as caught:
            give(work, owner, told)
        assert caught.value.code == "consent.other-notice"
    for confirmed in ((), (Confirmation.SPECIAL_CARE,)):
        with pytest.raises(Invalid) as caught:
            give(work, owner, FACTS, confirmed)
        assert caught.value.code == "consent.unconfirmed"

    given = give(work, owner, FACTS, (Confirmation.CROSS_BORDER,)).consent

    history = ledger.history(work, work.keys, owner, given.consent_id)
    parties = Parties(subject="urn:x", bank=BANK_PARTY, recipient=PROFILE)
    process = record(history, parties, "en")["dpv:hasProcess"][0]
    asked, answered = process["dpv:hasConsentStatus"]
    assert "ib:confirmed" not in asked
    assert answered["ib:confirmed"] == ["cross-border"]


def test_what_lapses_after_the_yes_stops(work, at, owner, abroad):
    countries.record(work, RECIPIENT, FACTS, actor="o")
    given = give(work, owner, FACTS).consent
    before = facts_store.load(work, work.keys, owner, given.consent_id)
    countries.end(work, RECIPIENT, "US", actor="o")

    after = facts_store.load(work, work.keys, owner, given.consent_id)

    assert before.fences != after.fences
    request = DisclosureRequest(recipient_id=RECIPIENT)
    assert not list(country(request, before, work.now))
    assert list(country(request, after, work.now)) == [Reason.COUNTRY_EXPIRED]


def test_equal_are_only_the_countries_that_the_law_names(work, abroad):
    named = replace(FACTS, country="FR", ground=Ground.DESIGNATED)
    countries.record(work, RECIPIENT, named, actor="o")
    assert [each.facts.country for each in countries.history(work, RECIPIENT)] == ["FR"]


def test_facts_of_a_country_are_a_limit_of_the_decision():
    state = CountryState("US", NOW + DAY)
    approved = RecipientFacts(recipient_id=RECIPIENT, standing=Standing.APPROVED)
    far = replace(approved, cleared_until=NOW + 9 * DAY)
    assert holds_until(Facts(recipient=far, country=state)) == NOW + DAY
