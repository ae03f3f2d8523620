"""The vocabulary is complete, strict, and says what the formats say."""

import copy
import json
from itertools import groupby
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.question_meaning import meaning
from pds.core.errors import Invalid
from pds.core.vocabulary import (
    DetailLevel,
    Sensitivity,
    categories,
    purposes,
    questions,
    recipient_classes,
    words,
)
from providers.formats.measurements import CONCEPTS

MEANINGS = json.loads(
    Path(__file__)
    .parents[1]
    .joinpath("vectors", "vocabulary", "question-meanings.json")
    .read_text(encoding="utf-8")
)

VERSION_1 = [
    "health.vital.blood-pressure",
    "health.vital.heart-rate",
    "health.vital.temperature",
    "health.vital.oxygen",
    "health.vital.weight",
    "health.vital.height",
    "health.vital.bmi",
    "health.vital.waist",
    "health.activity.steps",
    "health.activity.exercise",
    "health.sleep",
    "health.nutrition",
    "health.lab",
    "health.checkup",
    "health.medication",
    "health.immunization",
    "health.allergy",
    "health.condition",
    "health.procedure",
    "health.document",
    "purchase.receipt",
    "purchase.sensitive",
    "profile.basic",
]

KEY_CLASSES = {
    "health.vital": 16,
    "health.activity": 17,
    "health.sleep": 18,
    "health.nutrition": 19,
    "health.lab": 20,
    "health.checkup": 21,
    "health.medication": 22,
    "health.immunization": 23,
    "health.allergy": 24,
    "health.condition": 25,
    "health.procedure": 26,
    "health.document": 27,
    "purchase.receipt": 28,
    "purchase.sensitive": 29,
    "profile.basic": 30,
}

SPECIAL_CARE = {
    "health.lab",
    "health.checkup",
    "health.medication",
    "health.condition",
    "health.allergy",
    "health.procedure",
    "health.document",
    "health.immunization",
    "purchase.sensitive",
}


def test_version_1_has_exactly_the_categories_of_the_formats():
    assert list(categories.ALL) == VERSION_1
    assert categories.VERSION == 1


def test_key_classes_are_frozen_per_family():
    for category in categories.ALL.values():
        family = [p for p in KEY_CLASSES if words.is_prefix(p, category.id)]
        assert [KEY_CLASSES[p] for p in family] == [category.key_class]


def test_no_two_families_share_a_key_class():
    pairs = sorted((c.key_class, c.sensitivity) for c in categories.ALL.values())
    for _, members in groupby(pairs, key=lambda pair: pair[0]):
        assert len({sensitivity for _, sensitivity in members}) == 1


def test_sensitivity_follows_the_law():
    special = {
        c.id
        for c in categories.ALL.values()
        if c.sensitivity is Sensitivity.SPECIAL_CARE
    }
    assert special == SPECIAL_CARE
    assert categories.get("purchase.receipt").sensitivity is Sensitivity.GENERAL
    assert all(
        c.sensitivity is Sensitivity.HEALTH_GENERAL
        for c in categories.match("health.vital")
    )


def test_sensitivity_numbers_are_frozen():
    assert [s.level for s in Sensitivity] == [0, 1, 2, 3]
    assert [Sensitivity.of_level(n) for n in range(4)] == list(Sensitivity)
    with pytest.raises(ValueError, match="no sensitivity 4"):
        Sensitivity.of_level(4)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_entry_has_words(language):
    entries = [c.words for c in categories.ALL.values()]
    entries += [p.words for p in purposes.ALL.values()]
    entries += [*categories.GROUPS.values(), *purposes.FORBIDDEN.values()]
    names = [entry[language].name for entry in entries]
    assert all(names)
    assert len(set(names)) == len(names)
    assert all(entry[language].explanation.endswith(("。", ".")) for entry in entries)


def test_every_group_stands_above_categories():
    for prefix in categories.GROUPS:
        assert prefix not in categories.ALL
        assert categories.match(prefix)
        assert categories.words(prefix) is categories.GROUPS[prefix]
    assert categories.words("health.lab") is categories.get("health.lab").words


def test_every_prefix_that_a_grant_may_name_has_words():
    for category_id in categories.ALL:
        parts = category_id.split(".")
        for size in range(1, len(parts)):
            assert categories.words(".".join(parts[:size]))


def test_mappings_use_known_namespaces():
    for category in categories.ALL.values():
        assert category.dpv
        assert all(term.startswith("pd:") for term in category.dpv)
        assert category.detail_levels[0] is DetailLevel.RECORD
        is_health = category.id.startswith(("health.", "profile."))
        assert bool(category.fhir_resources) is is_health


def test_match_keeps_whole_segments():
    assert [c.id for c in categories.match("health.activity")] == [
        "health.activity.steps",
        "health.activity.exercise",
    ]
    assert categories.match("health.act") == ()
    assert categories.match("") == ()
    assert len(categories.match("health")) == 20


def test_a_prefix_does_not_grow_with_later_versions():
    assert categories.match("health", as_of=0) == ()
    assert categories.expand(["health"], as_of=0) == ()


def test_expand_names_each_category_once():
    found = categories.expand(["health.vital", "health", "purchase.receipt"])
    assert len(found) == len(set(found)) == 21


@given(st.text(max_size=40))
def test_unknown_words_match_nothing(text):
    assert all(words.is_prefix(text, c.id) for c in categories.match(text))


def test_unknown_ids_are_refused_with_their_code():
    for act, code in [
        (lambda: categories.get("health.nothing"), "vocabulary.unknown-category"),
        (lambda: categories.words("nothing"), "vocabulary.unknown-category"),
        (lambda: purposes.get("nothing"), "vocabulary.unknown-purpose"),
        (lambda: purposes.get("credit.scoring"), "vocabulary.forbidden-purpose"),
    ]:
        with pytest.raises(Invalid) as caught:
            act()
        assert caught.value.code == code


def test_ceilings_cover_known_categories_and_the_longest_prefix_wins():
    for purpose in purposes.ALL.values():
        assert purpose.ceilings
        assert all(term.startswith("dpv:") for term in purpose.dpv)
        for ceiling in purpose.ceilings:
            assert categories.match(ceiling.prefix)
            assert ceiling.detail_levels
    advice = purposes.get("health.advice")
    assert advice.ceiling("health.vital.weight").prefix == "health.vital"
    assert advice.ceiling("health.nutrition").prefix == "health"
    assert purposes.get("household.budget").ceiling("health.sleep") is None


def test_no_purpose_is_also_forbidden():
    assert not set(purposes.ALL) & set(purposes.FORBIDDEN)


def test_detail_levels_are_ordered_by_what_they_show():
    record, day, month, answer = DetailLevel
    assert all(level.is_within(record) for level in DetailLevel)
    assert month.is_within(day)
    assert not day.is_within(month)
    assert not answer.is_within(day)
    assert answer.is_within(answer)


def broken(document, path, value):
    changed = copy.deepcopy(document)
    place = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return changed


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("categories", 0, "key_class"), 15),
        (("categories", 0, "key_class"), 256),
        (("categories", 0, "since"), 2),
        (("categories", 1, "id"), "health.vital.blood-pressure"),
        (("categories", 0, "sensitivity"), "secret"),
        (("categories", 0, "detail_levels"), ["week"]),
        (("categories", 0, "words", "ja", "name"), " "),
        (("categories", 0, "words", "fr"), {"name": "x", "explanation": "y"}),
    ],
)
def test_a_broken_category_is_refused(path, value):
    document = words.read_file("categories.json")
    with pytest.raises(ValueError):  # noqa: PT011 - any of several sentences
        categories.read(broken(document, path, value))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("questions", 1, "id"), "steps.mean-8000"),
        (("questions", 0, "since"), 2),
        (("questions", 0, "version"), 0),
        (("questions", 0, "category"), "health.vital"),
        (("questions", 0, "days"), 0),
        (("questions", 0, "days"), 367),
        (("questions", 0, "rule", "kind"), "guess"),
        (("questions", 0, "rule", "currency"), "JPY"),
        (("questions", 0, "rule"), {"kind": "any-record", "at_least": 1}),
    ],
)
def test_a_broken_question_is_refused(path, value):
    document = words.read_file("questions.json")
    with pytest.raises(ValueError):  # noqa: PT011 - any of several sentences
        questions.read(broken(document, path, value))


def test_every_question_can_be_answered_from_what_it_reads():
    for question in questions.ALL.values():
        concept = CONCEPTS.get(question.rule.concept)
        assert "answer" in categories.get(question.category).detail_levels
        assert concept is None or concept.category == question.category
        assert bool(concept) is bool(question.rule.concept)


def test_no_question_ever_asks_something_else():
    """Who wants another rule adds a question to list and vector; no line changes."""
    written = words.read_file("questions.json")["questions"]
    assert {each["id"]: meaning(each) for each in written} == MEANINGS


def test_an_unknown_question_is_refused_with_its_code():
    assert questions.get("steps.mean-8000").days == 30
    with pytest.raises(Invalid) as caught:
        questions.get("steps.mean-9000")
    assert caught.value.code == "vocabulary.unknown-question"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("purposes", 1, "id"), "health.advice"),
        (("purposes", 0, "since"), 2),
        (("purposes", 0, "beneficiary"), "nobody"),
        (("purposes", 0, "ceilings", 0, "validity_days"), 0),
        (("purposes", 0, "ceilings", 1, "prefix"), "health"),
        (("purposes", 0, "has_significant_effect"), True),
        (("purposes", 7, "has_significant_effect"), False),
        (("purposes", 7, "logic", "en"), " "),
    ],
)
def test_a_broken_purpose_is_refused(path, value):
    document = words.read_file("purposes.json")
    with pytest.raises(ValueError):  # noqa: PT011 - any of several sentences
        purposes.read(broken(document, path, value))


def test_a_member_said_twice_is_refused(monkeypatch, tmp_path):
    (tmp_path / "twice.json").write_text('{"version": 1, "version": 1}')
    monkeypatch.setattr(words, "files", lambda _package: tmp_path)
    with pytest.raises(ValueError, match="said twice"):
        words.read_file("twice.json")


RECIPIENT_CLASSES = [
    "medical",
    "pharmacy",
    "insurer",
    "research",
    "public-body",
    "finance",
    "retail",
    "wellness",
    "education",
    "other",
]


def test_every_recipient_is_in_a_class_that_stays():
    assert list(recipient_classes.ALL) == RECIPIENT_CLASSES
    assert recipient_classes.get("medical").words["ja"].name == "医療機関"
    with pytest.raises(Invalid):
        recipient_classes.get("nobody")


def test_classes_of_recipients_are_read_strictly():
    item = words.read_file("recipient_classes.json")["recipient_classes"][-1]
    for wrong in ([item, item], [{**item, "since": 2}], []):
        with pytest.raises(ValueError, match=r"class|twice"):
            recipient_classes.read({"version": 1, "recipient_classes": wrong})
