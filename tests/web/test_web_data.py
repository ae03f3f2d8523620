"""The list of a person's records: narrowed, paged, and hostile to no one."""

import json
from datetime import date
from urllib.parse import urlencode
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from pds.intake import plan
from pds.intake import service as intake
from pds.web.portal import filters
from providers import sources
from tests.web.conftest import sign_up, weight, weights

TODAY = date(2026, 5, 31)


def ids(page):
    return [link for link in page.links if link.startswith("/data/records/")]


def older(page):
    found = [x for x in page.links if "after=" in x and "lang=" not in x]
    return found[0] if found else ""


def deposit(bank, owner, content, source_id=None):
    more = {} if source_id is None else {"source_id": source_id}
    kind = "application/fhir+ndjson"
    read = plan.read(content, kind, now=bank.clock.now(), **more)
    return intake.run(bank.vault, bank, owner, read)


@pytest.fixture
def clinic(bank, hanako, records) -> UUID:
    """A clinic that brought 60 more weights, on the same days."""
    added = bank.unit_of_work(
        lambda work: sources.register(work, name_ja="緑医院", name_en="Midori Clinic")
    )
    deposit(bank, hanako, weights(60), added.source_id)
    return added.source_id


def test_records_stand_under_their_day(person, records):
    page = person.get("/data")

    assert "Thursday, April 30, 2026 Body weight 71.9 kg" in page.text
    assert len(ids(page)) == 50


def test_days_narrow_the_list_and_stay_through_its_pages(person, records):
    first = person.get("/data?from=2026-01-10&to=2026-03-20")
    second = person.get(older(first))

    assert len(ids(first)) + len(ids(second)) == 70
    assert older(second) == ""
    assert "from=2026-01-10" in older(first)
    assert "Saturday, January 10, 2026" in second.text
    assert "January 9, 2026" not in second.text


def test_a_source_narrows_the_list_and_stays_through_its_pages(person, clinic):
    first = person.get(f"/data?source={clinic}")
    second = person.get(older(first))

    assert len(ids(first)) + len(ids(second)) == 60
    assert "Weight and body fat · Midori Clinic" in first.text
    assert "Weight and body fat · Your own upload" not in first.text + second.text


def test_the_source_is_asked_only_where_there_are_several(person, records):
    assert "All sources" not in person.get("/data").text


def test_filters_go_together(person, clinic):
    asked = urlencode(
        {
            "category": "health.vital",
            "source": clinic,
            "from": "2026-02-01",
            "to": "2026-02-28",
        }
    )

    assert len(ids(person.get(f"/data?{asked}"))) == 28


def test_a_quick_range_reaches_back_from_today(person, records, bank):
    page = person.get("/data?range=30d")

    assert 'href="/data?range=30d" aria-current="page"' in page.response.text
    assert [x for x in page.links if x == "/data"]


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        ("from=2026-13-01", "Enter a day as year, month and day"),
        ("to=tomorrow", "Enter a day as year, month and day"),
        ("from=2026-02-02&to=2026-02-01", "The last day lies before the first day."),
        ("category=health.vital.souls", "Choose categories from the list."),
        ("category=%3Cscript%3E", "Choose categories from the list."),
        ("source=x", "None of your records came from there."),
        ("source=" + "9" * 5000, "None of your records came from there."),
        (f"source={UUID(int=5)}", "None of your records came from there."),
        ("range=century", "Choose one of the ranges."),
        ("category=health.lab&" * 2000, "Choose categories from the list."),
        ("from=%00", "Enter a day as year, month and day"),
    ],
)
def test_junk_is_complained_about_beside_its_field(person, records, asked, complaint):
    page = person.get(f"/data?{asked}", 422)

    assert page.title.startswith("Error: ")
    assert complaint in page.text
    assert "<script" not in page.response.text
    assert ids(page) == []


def test_a_cursor_of_another_person_shows_only_ones_own(bank, person, records, portal):
    taro = sign_up(bank, "taro")
    deposit(bank, taro, weight(1, "2026-01-05", "99.5").encode())

    page = portal("taro").get(older(person.get("/data")))

    assert len(ids(page)) == 1
    assert "99.5 kg" in page.text


def test_a_cursor_goes_with_any_filter(person, records):
    after = older(person.get("/data")).split("after=")[1]

    page = person.get(f"/data?from=2026-01-01&to=2026-01-31&after={after}")

    assert len(ids(page)) == 31


def test_labels_of_a_payload_are_text_and_nothing_else(bank, person, hanako):
    bad = json.loads(weight(1, "2026-02-02", "70"))
    bad["code"]["coding"] = [
        {"system": "urn:x", "code": "w", "display": "<script>weight(1)</script>"}
    ]
    deposit(bank, hanako, json.dumps(bad).encode())

    listed = person.get("/data")
    shown = person.get(ids(listed)[0])

    assert "&lt;script&gt;weight(1)" in listed.response.text
    assert "<script>weight" not in listed.response.text + shown.response.text


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["category", "source", "from", "to", "range", "after"]),
            st.text(max_size=30) | st.sampled_from(["2026-01-01", "health", "30d"]),
        ),
        max_size=8,
    )
)
def test_whatever_is_sent_is_read_or_complained_about(app_for_reading, sent):
    with app_for_reading.test_request_context("/data?lang=en"):
        asked, form = filters.read(MultiDict(sent), [], TODAY)
        again, _ = filters.read(_as_sent(asked), [], TODAY)

    if form.is_good:
        assert again == asked
        assert not (asked.first and asked.last) or asked.first <= asked.last


def _as_sent(asked):
    found = MultiDict()
    for name, value in asked.arguments().items():
        for each in value if isinstance(value, list) else [value]:
            found.add(name, str(each))
    return found


@pytest.fixture(scope="module")
def app_for_reading():
    """An application that only translates."""
    from flask import Flask  # noqa: PLC0415 - the one user

    from pds.web import languages  # noqa: PLC0415 - the one user

    app = Flask("reading")
    app.config["SECRET_KEY"] = "only for a test"
    languages.install(app)
    return app


def test_a_known_measure_is_named_in_the_language_of_the_page(person, records, portal):
    assert "Body weight 71.9 kg" in person.get("/data").text
    assert "体重 71.9 kg" in portal("hanako", language="ja").get("/data").text
