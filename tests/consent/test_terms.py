"""Terms obey their rules, read strictly, and narrowing never widens."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from importlib.resources import files
from uuid import UUID

import jsonschema
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from consent import rar
from consent.terms import (
    Access,
    AccessMode,
    Afterwards,
    AfterWithdrawal,
    InvalidTerms,
    ProvisionForm,
    TermsDocument,
    Window,
)
from pds.core.errors import Invalid
from pds.core.vocabulary import DetailLevel, categories, purposes
from tests.consent.strategies import days, provisions

SCHEMA = json.loads(files("consent").joinpath("schemas", rar.SCHEMA).read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

SAMPLE = {
    "type": "data_provision",
    "version": 1,
    "offer_id": "01938e6a-0000-7000-8000-000000000001",
    "purpose": "health.advice",
    "categories": ["health.vital", "health.activity.steps"],
    "detail": "record",
    "window": {"from": "2025-11-01", "until": "2026-10-31"},
    "access": {
        "mode": "recurring",
        "max_per_day": 4,
        "until": "2027-03-31T15:00:00Z",
    },
    "form": "copy",
    "retention_days": 180,
    "after_withdrawal": {"action": "delete", "within_days": 30},
    "onward": [],
    "country": "JP",
    "benefit": {"kind": "insight", "ja": "毎月の助言", "en": "Monthly advice"},
    "terms": {"uri": "https://r.example/terms", "sha256": "0" * 64},
}


def changed(path, value):
    whole = json.loads(json.dumps(SAMPLE))
    place = whole
    for step in path[:-1]:
        place = place[step]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return whole


def test_the_sample_is_read_and_lists_are_sorted():
    terms = rar.parse(SAMPLE)
    assert terms.categories == ("health.activity.steps", "health.vital")
    assert terms.access.until == datetime(2027, 3, 31, 15, tzinfo=UTC)
    assert terms.offer_id == UUID("01938e6a-0000-7000-8000-000000000001")
    assert rar.parse(rar.serialise(terms)) == terms


@given(provisions())
def test_what_is_written_is_read_back_and_is_valid(terms):
    written = json.loads(json.dumps(rar.serialise(terms)))
    VALIDATOR.validate(written)
    assert rar.parse(written) == terms


@given(provisions(), st.uuids(), st.integers(1, 99))
def test_the_granted_object_names_consent_and_version(terms, consent_id, version):
    written = rar.granted(terms, consent_id, version)
    assert rar.parse_granted(written) == (terms, consent_id, version)
    with pytest.raises(InvalidTerms):
        rar.parse(written)


REFUSED_BY_BOTH = [
    (("type",), "data-provision", "type"),
    (("version",), 2, "version"),
    (("version",), "1", "version"),
    (("version",), True, "version"),
    (("version",), ..., "version"),
    (("extra",), 1, ""),
    (("offer_id",), "01938E6A-0000-7000-8000-000000000001", "offer_id"),
    (("offer_id",), None, "offer_id"),
    (("purpose",), "Health.Advice", "purpose"),
    (("purpose",), 7, "purpose"),
    (("categories",), [], "categories"),
    (("categories",), "health", "categories"),
    (("categories",), [["health"]], "categories"),
    (("categories",), ["health.vital", "health.vital"], "categories"),
    (("categories",), ["health.vital"] * 33, "categories"),
    (("detail",), "everything", "detail"),
    (("detail",), ["record"], "detail"),
    (("detail",), "answer", "question"),
    (("window",), {}, "window.from"),
    (("window",), [], "window"),
    (("window", "from"), "2025-1-1", "window.from"),
    (("window", "from"), 20250101, "window.from"),
    (("window", "to"), "2026-01-01", "window"),
    (("access", "mode"), "always", "access.mode"),
    (("access", "mode"), "once", "access.max_per_day"),
    (("access", "until"), "2027-03-31T15:00:00+00:00", "access.until"),
    (("access", "until"), "2027-03-31T15:00:00.000Z", "access.until"),
    (("access", "until"), ..., "access.until"),
    (("access", "max_per_day"), 0, "access.max_per_day"),
    (("access", "max_per_day"), 1.5, "access.max_per_day"),
    (("access", "max_per_day"), True, "access.max_per_day"),
    (("form",), "view-only", "retention_days"),
    (("form",), "fax", "form"),
    (("retention_days",), -1, "retention_days"),
    (("retention_days",), "30", "retention_days"),
    (("retention_days",), 36501, "retention_days"),
    (("after_withdrawal",), {"action": "delete"}, "after_withdrawal.within_days"),
    (("after_withdrawal", "action"), "none", "after_withdrawal.within_days"),
    (("after_withdrawal", "within_days"), 0, "after_withdrawal.within_days"),
    (("onward",), ["x", "x"], "onward"),
    (("onward",), None, "onward"),
    (("onward",), ["Some Company"], "onward"),
    (("country",), "jp", "country"),
    (("country",), "JPN", "country"),
    (("terms",), ..., "terms"),
    (("terms", "sha256"), "0" * 63, "terms.sha256"),
    (("terms", "sha256"), "A" * 64, "terms.sha256"),
    (("terms", "uri"), "javascript:alert(1)", "terms.uri"),
    (("terms", "uri"), "https://r.example/a b", "terms.uri"),
    (("benefit", "ja"), "", "benefit.ja"),
    (("benefit", "en"), "x" * 501, "benefit.en"),
    (("benefit", "kind"), "prize", "benefit.kind"),
    (("benefit", "value"), 5, "benefit"),
]


@pytest.mark.parametrize(("path", "value", "where"), REFUSED_BY_BOTH)
def test_schema_and_reader_refuse_the_same(path, value, where):
    whole = changed(path, value)
    assert not VALIDATOR.is_valid(whole)
    with pytest.raises(InvalidTerms) as caught:
        rar.parse(whole)
    assert caught.value.path == where
    assert caught.value.code == "consent.invalid-terms"


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        (("purpose",), "health.advice\n", "purpose"),
        (("purpose",), "health.unknown", "purpose"),
        (("purpose",), "credit.scoring", "purpose"),
        (("categories",), ["health.vitality"], "categories"),
        (("categories",), ["health.vital", "health"], "categories"),
        (("question",), "steps.enough", "question"),
        (("window", "from"), "2025-02-30", "window.from"),
        (("window", "until"), "2025-10-31", "window.until"),
        (("access", "until"), "2027-02-30T00:00:00Z", "access.until"),
        (("benefit", "ja"), "a\u2028b", "benefit.ja"),
        (("benefit", "ja"), "a\nb", "benefit.ja"),
        (("benefit", "ja"), "\ud800", "benefit.ja"),
    ],
)
def test_the_reader_also_knows_the_vocabulary_and_the_calendar(path, value, where):
    with pytest.raises(InvalidTerms) as caught:
        rar.parse(changed(path, value))
    assert caught.value.path == where


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*SAMPLE, "from", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(json_values)
def test_foreign_values_are_refused_and_nothing_else_happens(value):
    with pytest.raises(InvalidTerms):
        rar.parse(value)


@given(st.sampled_from(sorted(SAMPLE)), json_values)
def test_a_member_replaced_is_refused_or_read_exactly(name, value):
    whole = {**SAMPLE, name: value}
    try:
        terms = rar.parse(whole)
    except InvalidTerms:
        return
    assert VALIDATOR.is_valid(whole)
    written = rar.serialise(terms)
    assert written == {**whole, "categories": written["categories"]}


@pytest.mark.parametrize("purpose", purposes.FORBIDDEN)
def test_no_forbidden_purpose_can_be_asked_for(purpose):
    with pytest.raises(InvalidTerms) as caught:
        rar.parse({**SAMPLE, "purpose": purpose})
    assert "forbidden" in str(caught.value)


def test_a_reviewed_question_can_be_asked():
    asked = {**SAMPLE, "detail": "answer", "question": "steps.mean-8000"}
    terms = rar.parse(asked)
    assert terms.question == "steps.mean-8000"
    assert rar.parse(rar.serialise(terms)) == terms


@pytest.mark.parametrize("value", [None, [], "x", 1])
def test_a_granted_object_is_an_object(value):
    with pytest.raises(InvalidTerms):
        rar.parse_granted(value)


@given(provisions())
def test_order_is_reflexive(terms):
    assert terms.is_within(terms)
    assert terms.narrow(terms) is terms


@st.composite
def chains(draw):
    """A provision and another that changes a few of its fields."""
    one, other = draw(provisions()), draw(provisions())
    names = draw(
        st.sets(
            st.sampled_from(
                ["categories", "detail", "window", "access", "after_withdrawal"]
            )
        )
    )
    return one, replace(one, **{name: getattr(other, name) for name in names})


@given(chains(), st.data())
def test_order_is_antisymmetric_and_transitive(pair, data):
    one, other = pair
    if one.is_within(other) and other.is_within(one):
        assert one == other
    third = data.draw(st.sampled_from([one, other, data.draw(chains())[1]]))
    if one.is_within(other) and other.is_within(third):
        assert one.is_within(third)


@given(chains(), st.sampled_from(sorted(categories.ALL)), days)
def test_narrowing_never_widens(pair, category, day):
    one, other = pair
    assume(other.is_within(one))
    narrowed = one.narrow(other)
    assert one.covers(category) or not narrowed.covers(category)
    assert narrowed.access.until <= one.access.until
    assert narrowed.retention_days <= one.retention_days
    shown = narrowed.window
    if shown.first <= day and (shown.last is None or day <= shown.last):
        assert one.window.first <= day
        assert one.window.last is None or day <= one.window.last


NARROWER = [
    {"categories": ("health.vital.weight",)},
    {"detail": DetailLevel.DAY},
    {"detail": DetailLevel.MONTH},
    {"window": Window(date(2026, 1, 1), date(2026, 10, 31))},
    {"window": Window(date(2025, 11, 1), date(2025, 11, 1))},
    {"access": Access(AccessMode.ONCE, datetime(2027, 3, 31, 15, tzinfo=UTC))},
    {"access": Access(AccessMode.RECURRING, datetime(2027, 3, 1, tzinfo=UTC), 4)},
    {"access": Access(AccessMode.RECURRING, datetime(2027, 3, 1, tzinfo=UTC), 1)},
    {"retention_days": 0},
    {"retention_days": 0, "form": ProvisionForm.VIEW_ONLY},
    {"after_withdrawal": AfterWithdrawal(Afterwards.DELETE, 7)},
]
WIDER = [
    {"categories": ("health",)},
    {"categories": ("health.activity", "health.vital")},
    {"categories": ("health.vital", "purchase.receipt")},
    {"window": Window(date(2025, 10, 31), date(2026, 10, 31))},
    {"window": Window(date(2025, 11, 1))},
    {"window": Window(date(2025, 11, 1), date(2026, 11, 1))},
    {"access": Access(AccessMode.RECURRING, datetime(2027, 3, 31, 15, tzinfo=UTC))},
    {"access": Access(AccessMode.RECURRING, datetime(2027, 3, 1, tzinfo=UTC), 5)},
    {"access": Access(AccessMode.ONCE, datetime(2028, 1, 1, tzinfo=UTC))},
    {"retention_days": 181},
    {"after_withdrawal": AfterWithdrawal(Afterwards.DELETE, 31)},
    {"after_withdrawal": AfterWithdrawal(Afterwards.STOP_USE)},
    {"onward": ("someone",)},
    {"purpose": "health.care"},
    {"country": "US"},
    {"offer_id": None},
    {"benefit": None},
    {"terms": TermsDocument("https://r.example/terms", "1" * 64)},
]


@pytest.mark.parametrize("change", NARROWER)
def test_the_person_may_narrow(change):
    terms = rar.parse(SAMPLE)
    narrowed = replace(terms, **change)
    assert terms.narrow(narrowed) == narrowed
    with pytest.raises(Invalid):
        narrowed.narrow(terms)


@pytest.mark.parametrize("change", WIDER)
def test_nobody_may_widen(change):
    terms = rar.parse(SAMPLE)
    with pytest.raises(Invalid) as caught:
        terms.narrow(replace(terms, **change))
    assert caught.value.code == "consent.not-narrower"


def test_one_fetch_does_not_become_many():
    once = Access(AccessMode.ONCE, datetime(2027, 1, 1, tzinfo=UTC))
    many = Access(AccessMode.RECURRING, datetime(2027, 1, 1, tzinfo=UTC))
    assert once.is_within(many)
    assert not many.is_within(once)
    assert Access(AccessMode.RECURRING, many.until, 3).is_within(many)


def test_view_only_does_not_become_a_copy():
    terms = replace(rar.parse(SAMPLE), retention_days=0)
    viewed = replace(terms, form=ProvisionForm.VIEW_ONLY)
    assert viewed.is_within(terms)
    assert not terms.is_within(viewed)
