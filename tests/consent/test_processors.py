"""Processors of recipients and of the bank (R-04, R-05, S-09)."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from consent import certificates, notices, preflight, processors, recipients
from consent.modes import RecipientMode
from consent.notices import TEMPLATE
from consent.processors import ProcessorProfile
from consent.reasons import Reason
from pds.core.errors import Conflict, Invalid, NotFound
from pds.core.ids import RecipientId
from pds.core.vocabulary.words import LANGUAGES
from tests.consent.world import BANK_PARTY, DAY, NOW, PROFILE, PROVISION, RECIPIENT

FIRM = ProcessorProfile(
    name_ja="株式会社かさね計算",
    name_en="Kasane Computing Inc.",
    corporate_number="8700110005901",
    country="JP",
    task_ja="記録の保管",
    task_en="keeping of records",
    categories=("health.vital",),
    contract_day=date(2026, 10, 1),
)


@pytest.fixture
def firm(work, contract_id):
    return processors.enter(work, RECIPIENT, FIRM, actor="o")


def certify(work, firm, whose=RECIPIENT):
    return certificates.add(
        work,
        whose,
        kind="isms",
        number="1",
        valid_until=NOW + 90 * DAY,
        actor="o",
        processor_id=firm,
    )


def reasons(work):
    return set(preflight.check(work, RECIPIENT, PROVISION).reasons)


def notice(snap, provision=PROVISION):
    return notices.of_now(snap, RECIPIENT, provision, BANK_PARTY)


def test_via_processor_permits_only_with_a_certified_one_in_force(
    at, work, contract_id
):
    all_of_it = replace(FIRM, categories=("health",))
    firm = processors.enter(work, RECIPIENT, all_of_it, actor="o")
    mode = RecipientMode.VIA_PROCESSOR
    recipients.set_mode(work, RECIPIENT, mode, "It is small.", actor="o")
    assert reasons(work) == {Reason.CERTIFICATE_MISSING}
    certify(work, firm)
    assert not reasons(work)
    assert Reason.CERTIFICATE_EXPIRED in reasons(at(NOW + 90 * DAY))
    fence = recipients.get(work, RECIPIENT).fence

    processors.end(at(NOW + DAY), firm, actor="o")

    assert reasons(at(NOW + DAY)) == {Reason.CERTIFICATE_EXPIRED}
    assert recipients.get(work, RECIPIENT).fence > fence
    with pytest.raises(Conflict) as caught:
        certify(work, firm)
    assert caught.value.code == "processor.ended"


def test_via_processor_asks_for_one_that_handles_each_kind_of_data(work, contract_id):
    mode = RecipientMode.VIA_PROCESSOR
    recipients.set_mode(work, RECIPIENT, mode, "It is small.", actor="o")
    steps = replace(FIRM, categories=("health.activity",))
    certify(work, processors.enter(work, RECIPIENT, steps, actor="o"))

    assert reasons(work) == {Reason.CERTIFICATE_MISSING}
    number = "2000012010019"
    vital = replace(FIRM, categories=("health.vital",), corporate_number=number)
    other = processors.enter(work, RECIPIENT, vital, actor="o")
    assert reasons(work) == {Reason.CERTIFICATE_MISSING}
    certify(work, other)
    assert reasons(work) == set()
    processors.end(work, other, actor="o")
    assert reasons(work) == {Reason.CERTIFICATE_EXPIRED}


def test_a_certificate_needs_its_own_holder(work, firm):
    for whose, holder in ((None, firm), (RECIPIENT, work.ids.new())):
        with pytest.raises(NotFound) as caught:
            certify(work, holder, whose)
        assert caught.value.code == "processor.unknown"
    with pytest.raises(NotFound):
        certify(work, None, None)


def test_the_bank_has_processors_of_its_own(work, firm):
    mine = processors.enter(work, None, FIRM, actor="o")
    held = certify(work, mine, None)

    assert [each.processor_id for each in processors.of(work, None)] == [mine]
    assert processors.get(work, mine).recipient_id is None
    assert [c.certificate_id for c in certificates.of_processor(work, mine)] == [held]
    assert certificates.of_processor(work, firm) == []
    assert {each.processor_id for each in processors.every(work)} == {firm, mine}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name_ja": " "}, "name_ja"),
        ({"task_en": "a\nb"}, "task_en"),
        ({"country": "jp"}, "country"),
        ({"country": "ZZ"}, "country"),
        ({"corporate_number": "8700110005902"}, "corporate_number"),
        ({"corporate_number": ""}, "corporate_number"),
        ({"corporate_number": "1", "country": "US"}, "corporate_number"),
        ({"categories": ()}, "categories"),
        ({"categories": ("nothing",)}, "categories"),
        ({"contract_day": NOW.date() + timedelta(days=2)}, "contract_day"),
    ],
)
def test_what_is_malformed_is_refused(work, contract_id, change, field):
    with pytest.raises(Invalid) as caught:
        processors.enter(work, RECIPIENT, replace(FIRM, **change), actor="o")
    assert caught.value.code == f"processor.{field}"
    assert processors.of(work, RECIPIENT) == []


def test_one_is_in_force_once_and_ends_once(at, work, firm):
    with pytest.raises(Conflict):
        processors.enter(work, RECIPIENT, FIRM, actor="o")
    with pytest.raises(NotFound):
        processors.enter(work, RecipientId("nobody"), FIRM, actor="o")
    processors.end(at(NOW + DAY), firm, actor="o")
    for act in (processors.end, processors.checked):
        with pytest.raises(Conflict):
            act(at(NOW + DAY), firm, actor="o")
    again = processors.enter(at(NOW + 2 * DAY), RECIPIENT, FIRM, actor="o")
    found = {each.processor_id: each for each in processors.of(work, RECIPIENT)}
    assert found[firm].was_in_force(NOW)
    assert not found[firm].was_in_force(NOW + DAY)
    assert not found[again].was_in_force(NOW + DAY)
    with pytest.raises(NotFound):
        processors.end(work, work.ids.new(), actor="o")


def test_a_foreign_one_may_have_no_corporate_number(work, contract_id):
    foreign = replace(FIRM, country="US", corporate_number="")
    for _twice in range(2):
        processors.enter(work, RECIPIENT, foreign, actor="o")
    assert "（アメリカ合衆国）" in notice(work).body.decode()


def test_one_abroad_stops_terms_that_say_japan(at, work, contract_id):
    foreign = replace(FIRM, country="US", corporate_number="")
    made = processors.enter(work, RECIPIENT, foreign, actor="o")
    assert reasons(work) == {Reason.COUNTRY_UNSAID}
    processors.end(work, made, actor="o")
    assert reasons(work) == set()
    other = replace(foreign, categories=("health.sleep",))
    processors.enter(work, RECIPIENT, other, actor="o")
    assert reasons(work) == set()


def test_a_check_counts_for_a_year(at, work, firm):
    assert processors.get(work, firm).check_by > NOW + 364 * DAY
    processors.checked(at(NOW + 300 * DAY), firm, actor="o")
    assert processors.get(work, firm).check_by > NOW + 664 * DAY


def test_a_notice_names_who_would_handle_the_data(work, firm):
    made = notice(work)

    for language in LANGUAGES:
        ids = [part.id for part in made.paragraphs(language)]
        assert ids[ids.index("onward") + 1] == "processors"
        (part,) = [p for p in made.paragraphs(language) if p.id == "processors"]
        for said in (
            FIRM.names[language],
            FIRM.tasks[language],
            FIRM.corporate_number,
        ):
            assert said in part.text
    assert made.content["template"] == TEMPLATE
    (told,) = made.content["processors"]
    assert told == json.loads(json.dumps(told))
    assert told["contract_day"] == "2026-10-01"
    assert notices.get(work, notices.keep(work, made)) == made


def test_a_notice_names_nobody_who_handles_other_data(at, work, firm):
    steps = replace(PROVISION, categories=("health.activity.steps",))
    assert notice(work, steps).content["template"] == TEMPLATE
    processors.end(work, firm, actor="o")
    alone = notices.compose(PROVISION, PROFILE, BANK_PARTY)
    assert notice(work) == alone
