"""What the person reads is what is enforced, in both languages."""

import hashlib
import json
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.canonical import canonical
from consent import notices, wording
from consent.confirmations import PARAGRAPHS, Confirmation, needed
from consent.notice_words import HEADINGS, TEXTS
from consent.terms import (
    Afterwards,
    AfterWithdrawal,
    Benefit,
    DataProvision,
    ProvisionForm,
)
from pds.core.errors import NotFound
from pds.core.vocabulary import (
    DetailLevel,
    categories,
    countries,
    elements,
    purposes,
    questions,
)
from tests.consent.strategies import provisions
from tests.consent.test_countries import FACTS
from tests.consent.world import BANK_PARTY, PROFILE, PROVISION, RECIPIENT

LANGUAGES = ("ja", "en")
DERIVED = {"left_out"}
"""Said by a sentence of its own; follows from purpose, categories and detail."""
ENFORCED = {field.name for field in fields(DataProvision)} - {"offer_id", "question"}
"""The offer stands by its own page; a question is said under its detail level."""


def read(terms, language):
    return {s.term: s.text for s in wording.sentences(terms, language)}


@pytest.mark.parametrize("language", LANGUAGES)
@given(terms=provisions())
def test_every_enforced_term_is_said(language, terms):
    said = wording.sentences(terms, language)
    assert {sentence.term for sentence in said} == ENFORCED | DERIVED
    assert all(sentence.heading and sentence.text for sentence in said)


@pytest.mark.parametrize("language", LANGUAGES)
@given(one=provisions(), other=provisions(), data=st.data())
def test_terms_that_differ_never_read_alike(language, one, other, data):
    name = data.draw(st.sampled_from(sorted(ENFORCED - {"form", "retention_days"})))
    mixed = replace(one, **{name: getattr(other, name)})
    before, after = read(one, language), read(mixed, language)
    changed = {term for term in ENFORCED if before[term] != after[term]}
    differs = spoken(one, name, language) != spoken(mixed, name, language)
    assert changed == ({name} if differs else set())


def spoken(terms, name, language):
    """Return a term as far as one language says it; a benefit has words in each."""
    value = getattr(terms, name)
    if isinstance(value, Benefit):
        return value.kind, getattr(value, language)
    return value


@pytest.mark.parametrize("language", LANGUAGES)
def test_form_and_retention_never_read_alike(language):
    base = replace(PROVISION, retention_days=0)
    texts = {
        tuple(read(terms, language).values())
        for terms in [
            base,
            replace(base, form=ProvisionForm.VIEW_ONLY),
            replace(base, retention_days=1),
            replace(base, retention_days=11),
        ]
    }
    assert len(texts) == 4


def test_the_values_stand_in_the_text():
    ja, en = read(PROVISION, "ja"), read(PROVISION, "en")
    assert "180日" in ja["retention_days"]
    assert "180 days" in en["retention_days"]
    assert "2025年11月1日以降" in ja["window"]
    assert "1 November 2025" in en["window"]
    assert "一日に4回まで" in ja["access"]
    assert "2027年2月21日 12:00" in ja["access"]
    assert "21 February 2027, 12:00 (Japan time)" in en["access"]
    assert ja["categories"] == "歩数、自分で測った値"
    assert "30日以内" in ja["after_withdrawal"]
    assert "毎月の助言" in ja["benefit"]
    assert "Monthly advice" in en["benefit"]
    assert "https://hikari.example/terms" in ja["terms"]


def test_silent_terms_are_said_too():
    bare = replace(
        PROVISION,
        benefit=None,
        after_withdrawal=AfterWithdrawal(Afterwards.NONE),
        country="US",
        onward=("another-inc",),
    )
    en = read(bare, "en")
    assert en["benefit"] == "You get nothing in return."
    assert "keep and use" in en["after_withdrawal"]
    assert "foreign country (United States)" in en["country"]
    assert "another-inc" in en["onward"]
    assert "not allowed" in read(PROVISION, "en")["onward"]


@pytest.mark.parametrize("question", questions.ALL.values(), ids=lambda q: q.id)
def test_a_question_is_said_with_its_days_and_how_often(question):
    terms = replace(PROVISION, detail=DetailLevel.ANSWER, question=question.id)
    ja, en = read(terms, "ja"), read(terms, "en")
    assert question.words.ja.name in ja["detail"]
    assert question.words.ja.explanation in ja["detail"]
    assert question.words.en.name in en["detail"]
    assert f"{question.days}日間" in ja["window"]
    assert f"{question.days} days" in en["window"]
    # The agreed number is four; what is enforced is one.
    assert "一日に1回まで" in ja["access"]
    assert "up to 1 a day" in en["access"]


def test_other_languages_are_not_spoken():
    with pytest.raises(KeyError):
        wording.sentences(PROVISION, "fr")


def test_every_word_of_the_vocabulary_can_be_said():
    for prefix in [*categories.ALL, *categories.GROUPS]:
        for purpose in purposes.ALL:
            terms = replace(PROVISION, categories=(prefix,), purpose=purpose)
            assert categories.words(prefix).ja.name in read(terms, "ja")["categories"]
            assert purposes.get(purpose).words.en.name in read(terms, "en")["purpose"]


def compose(**changes):
    return notices.compose(replace(PROVISION, **changes), PROFILE, BANK_PARTY)


def test_a_notice_has_every_heading_in_both_languages():
    notice = compose()
    for language in LANGUAGES:
        paragraphs = notice.paragraphs(language)
        apart = {name for names in PARAGRAPHS.values() for name in names}
        always = [name for name in HEADINGS[language] if name not in apart]
        assert [p.id for p in paragraphs] == always
        assert all(p.heading and p.text for p in paragraphs)
        assert not any("{" in p.text for p in paragraphs)
    assert list(HEADINGS["ja"]) == list(HEADINGS["en"])
    assert list(TEXTS["ja"]) == list(TEXTS["en"])


def test_a_notice_says_all_terms_in_the_words_of_the_terms():
    notice = compose()
    for language in LANGUAGES:
        said = {sentence.text for sentence in wording.sentences(PROVISION, language)}
        assert said <= {p.text for p in notice.paragraphs(language)}


def test_a_notice_names_the_parties():
    text = "".join(p.text for p in compose().paragraphs("ja"))
    for part in (
        PROFILE.name_ja,
        PROFILE.address,
        PROFILE.representative,
        PROFILE.corporate_number,
        PROFILE.contact,
        BANK_PARTY.name_ja,
        BANK_PARTY.contact,
    ):
        assert part in text


def test_braces_in_names_are_only_braces():
    odd = replace(PROFILE, name_ja="{bank} 株式会社 {0}")
    notice = notices.compose(PROVISION, odd, BANK_PARTY)
    assert "{bank} 株式会社 {0}" in notice.paragraphs("ja")[0].text


def test_the_hash_is_that_of_the_canonical_bytes():
    notice = compose()
    assert notice.body == canonical(json.loads(notice.body))
    assert notice.hash == hashlib.sha256(notice.body).digest()
    assert notice.content["template"] == "consent-notice/5"
    assert notice.provision == PROVISION
    assert notice.recipient_id == RECIPIENT


@given(provisions(), provisions())
def test_other_terms_have_another_notice(one, other):
    first = notices.compose(one, PROFILE, BANK_PARTY)
    second = notices.compose(other, PROFILE, BANK_PARTY)
    assert (first.hash == second.hash) is (one == other)


def test_a_notice_is_kept_once_by_its_hash(work):
    notice = compose()
    with pytest.raises(NotFound) as caught:
        notices.get(work, notice.hash)
    assert caught.value.code == "consent.notice-unknown"
    assert notices.keep(work, notice) == notices.keep(work, notice) == notice.hash
    assert notices.get(work, notice.hash) == notice


@pytest.mark.parametrize("language", LANGUAGES)
@given(one=provisions(), other=provisions())
def test_what_is_filtered_alike_and_only_that_reads_alike(language, one, other):
    """Text ⊆ enforced and enforced ⊆ text, by the selection that the filter reads."""
    mixed = replace(one, purpose=other.purpose, categories=other.categories)
    said = [read(terms, language)["left_out"] for terms in (one, mixed)]
    filtered = [
        {
            group.id
            for each in categories.expand(terms.categories)
            for group in elements.ALL.values()
            if terms.detail is DetailLevel.RECORD
            and group.is_left_out(terms.purpose, each.id)
        }
        for terms in (one, mixed)
    ]
    assert (said[0] == said[1]) is (filtered[0] == filtered[1])


@given(terms=provisions(), is_known=st.booleans())
def test_grave_things_are_explained_exactly_where_they_are(terms, is_known):
    facts = replace(FACTS, country=terms.country) if is_known else None
    country = facts if terms.country != "JP" else None
    notice = notices.compose(terms, PROFILE, BANK_PARTY, country=country)
    assert (notice.abroad is not None) is (country is not None)
    for language in LANGUAGES:
        texts = {p.id: p.text for p in notice.paragraphs(language)}
        for each, names in PARAGRAPHS.items():
            assert (set(names) <= set(texts)) is (each in needed(terms))
            assert bool(set(names) & set(texts)) is (each in needed(terms))
        if Confirmation.CROSS_BORDER in needed(terms):
            name = countries.name(terms.country, language)
            assert name in texts["location"]
            assert texts["country_name"] == name
            told = texts["country_system"], texts["country_measures"]
            assert (
                told
                == (
                    getattr(FACTS, f"system_{language}"),
                    getattr(FACTS, f"measures_{language}"),
                )
            ) is is_known


def test_a_decision_is_explained_with_a_human_to_ask():
    notice = compose(purpose="insurance.assessment")
    for language in LANGUAGES:
        texts = {p.id: p.text for p in notice.paragraphs(language)}
        logic = purposes.get("insurance.assessment").logic[language]
        assert logic in texts["decision"]
        assert PROFILE.contact in texts["human_contact"]
