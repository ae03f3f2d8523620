"""The operator composes an offer under the ceilings and sees it as persons will."""

from datetime import timedelta

import pytest

from consent import audience, offers
from consent.facts import BoardSubjectKind, OfferState
from consent.terms import BenefitKind
from tests.web.conftest import RECIPIENT, decision
from tests.web.test_web_offers import approve, publish, template

NEW = f"/operator/recipients/{RECIPIENT}/offers/new?purpose=health.advice"
FILLED = {
    "title_ja": "体重の計画",
    "title_en": "A plan for your weight",
    "category": ["health.vital.weight"],
    "detail": "day",
    "window_days": "180",
    "validity_days": "90",
    "mode": "recurring",
    "max_per_day": "4",
    "way": "copy",
    "retention_days": "30",
    "after": "delete",
    "within_days": "7",
    "terms_uri": "https://genki.example/terms",
    "terms_sha256": "ab" * 32,
    "benefit_kind": "points",
    "benefit_ja": "100ポイント",
    "condition_ja": "毎月の記録",
    "due_ja": "翌月10日",
    "benefit_en": "100 points",
    "condition_en": "a record each month",
    "due_en": "the 10th of the next month",
}


@pytest.fixture
def form(operator, recipient):
    return operator.get(NEW).form_to("/offers/new")


@pytest.fixture
def blank(operator, recipient):
    page = operator.get(NEW)
    return next(
        each
        for each in page.forms
        if each.method == "post" and "title_ja" in each.fields
    )


def only_offer(bank):
    with bank.read() as snap:
        (found,) = offers.every(snap)
    return found


def test_the_form_says_the_ceilings_of_the_purpose(operator, recipient):
    page = operator.get(NEW)
    assert "The most that may be asked for this purpose" in page.text
    assert "730 1095 96 730" in page.text


def test_a_draft_is_entered_and_shown_as_a_person_sees_it(bank, operator, blank):
    page = operator.follow(operator.post(blank, **FILLED))
    assert "The draft is entered." in page.text
    assert "As a person will see it" in page.text
    benefit = (
        "Points: 100 points (condition: a record each month; when: the 10th of the"
        " next month)"
    )
    assert benefit in page.text
    made = only_offer(bank)
    assert made.state is OfferState.DRAFT
    assert made.template.provision.benefit.kind is BenefitKind.POINTS


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("validity_days", "731"),
        ("window_days", "1096"),
        ("max_per_day", "97"),
        ("retention_days", "731"),
    ],
)
def test_what_is_above_a_ceiling_is_refused_at_entry(
    bank, operator, blank, field, value
):
    page = operator.post(blank, 422, **FILLED | {field: value})
    assert f"#{field}" in page.links
    with bank.read() as snap:
        assert offers.every(snap) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title_ja", ""),
        ("category", []),
        ("detail", "everything"),
        ("detail", "answer"),
        ("question", "unknown"),
        ("mode", "once"),
        ("within_days", ""),
        ("country", "Japan"),
        ("terms_uri", "http://genki.example"),
        ("terms_sha256", "ab"),
        ("benefit_kind", "gold"),
        ("condition_en", ""),
        ("retention_days", "many"),
    ],
)
def test_a_form_that_says_no_whole_terms_enters_nothing(
    bank, operator, blank, field, value
):
    assert operator.post(blank, 422, **FILLED | {field: value}).text
    with bank.read() as snap:
        assert offers.every(snap) == []


def test_a_draft_goes_live_with_the_board_and_ends(bank, operator, blank):
    page = operator.follow(operator.post(blank, **FILLED))
    refused = operator.follow(operator.post(page.form_to("/publish")))
    assert only_offer(bank).state is OfferState.DRAFT
    assert "ethics board" in refused.text
    until, made = bank.clock.now() + timedelta(days=200), only_offer(bank)
    approved = decision(BoardSubjectKind.OFFER, str(made.offer_id), until)
    bank.unit_of_work(lambda work: approve(work, approved))
    live = operator.follow(operator.post(page.form_to("/publish")))
    assert only_offer(bank).state is OfferState.LIVE
    operator.post(live.form_to("/end"))
    assert only_offer(bank).state is OfferState.ENDED


def test_a_revision_is_a_new_draft_with_its_changes_in_words(bank, operator, recipient):
    made = bank.unit_of_work(lambda work: publish(work, template(work.now)))
    here = f"/operator/offers/{made}"
    page = operator.get(f"{here}/revise")
    form = next(each for each in page.forms if "title_ja" in each.fields)
    form.fields["category"] = ["health.vital.weight"]
    changed = {"retention_days": "20", **part("condition"), **part("due")}
    selected = {"detail": "record", "mode": "recurring", "way": "copy"}
    chosen = {"after": "delete", "benefit_kind": "points"}
    after = operator.follow(operator.post(form, **changed, **selected, **chosen))
    assert "They erase it within 20 days of receiving it." in after.text
    assert only_offer(bank).version == 2
    assert only_offer(bank).state is OfferState.DRAFT


def part(name):
    return {f"{name}_ja": "毎月", f"{name}_en": "monthly"}


def test_benefits_come_back_into_their_fields(bank, operator, blank):
    operator.post(blank, **FILLED)
    page = operator.get(f"/operator/offers/{only_offer(bank).offer_id}/revise")
    form = next(each for each in page.forms if "title_ja" in each.fields)
    for name in ("benefit_ja", "condition_ja", "due_ja", "benefit_en", "due_en"):
        assert form.fields[name] == FILLED[name]


def test_the_board_sees_what_a_person_will_see(bank, member, recipient):
    made = bank.unit_of_work(lambda work: publish(work, template(work.now)))
    board_page = member.get(f"/board/offer/{made}")
    assert "They erase it within 30 days of receiving it." in board_page.text
    assert "What the bank has checked" in board_page.text


def test_the_audience_is_said_in_round_numbers(bank, operator, blank):
    page = operator.follow(operator.post(blank, **FILLED))
    few = operator.follow(operator.post(page.form_to("/audience")))
    assert "Fewer than 20 persons. Estimates left today: 9" in few.text
    bank.unit_of_work(lambda work: audience.note(work, {"health.vital.weight": 47}))
    many = operator.follow(operator.post(page.form_to("/audience")))
    assert "At least 40 persons. Estimates left today: 8" in many.text
    for _ in range(9):
        last = operator.follow(operator.post(page.form_to("/audience")))
    assert "All estimates of today for this recipient were made." in last.text


def test_an_offer_without_benefit_says_so(bank, operator, blank):
    page = operator.follow(operator.post(blank, **FILLED | {"benefit_kind": "none"}))
    assert "You get nothing in return." in page.text
    assert only_offer(bank).template.provision.benefit is None


def test_an_unknown_step_or_purpose_changes_nothing(operator, blank):
    blank.fields["purpose"] = "marketing.secret"
    assert operator.post(blank, 404, **FILLED)
