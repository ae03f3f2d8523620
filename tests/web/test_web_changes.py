"""Correcting and deleting one's own records by their pages."""

import json

import pytest

from pds.intake import plan
from pds.intake import service as intake
from pds.web.portal import editing
from providers import payload, sources
from tests.web.conftest import weights

pytestmark = pytest.mark.usefixtures("records")


def record(person):
    links = person.get("/data").links
    return next(each for each in links if each.startswith("/data/records/"))


def test_a_number_is_corrected_and_the_page_shows_it(person, auditor):
    here = record(person)
    form = person.get(f"{here}/correct").form_to("/correct")
    assert form.fields["valueQuantity-value"] == "71.9"

    for wrong in ("", "heavy", "1e9", "０"):
        page = person.post(form, 422, **{"valueQuantity-value": wrong})
        assert "#valueQuantity-value" in page.links
    done = person.follow(person.post(form, **{"valueQuantity-value": "61.50"}))

    assert "The record is corrected." in done.text
    assert '"value": "61.50"' in done.response.text.replace("&#34;", '"')
    assert "Done as asked" in person.get("/rights").text
    assert "Have something corrected" in auditor.get("/auditor/rights").text


def test_what_the_readers_refuse_is_told_at_the_field(person):
    form = person.get(f"{record(person)}/correct").form_to("/correct")
    page = person.post(form, 422, effectiveDateTime="yesterday")
    assert "#valueQuantity-value" in page.links
    other = person.post(form, 422, effectiveDateTime="")
    assert "#effectiveDateTime" in other.links


def test_a_day_is_corrected_too(person):
    here = record(person)
    form = person.get(f"{here}/correct").form_to("/correct")
    person.post(form, effectiveDateTime="2026-02-02")
    assert "2 February 2026" in person.get(here).text.replace(
        "February 2, 2026", "2 February 2026"
    )


def test_a_record_is_deleted(person):
    here = record(person)
    person.post(person.get(f"{here}/delete").form_to("/delete"))
    assert person.client.get(here).status_code == 404
    assert record(person) != here


def test_what_came_from_somebody_else_is_asked_of_the_source(bank, hanako, person):
    source = bank.unit_of_work(
        lambda work: sources.register(work, name_ja="医院", name_en="Clinic")
    )
    content = weights(1).replace(b"2026-01-01", b"2026-06-30")
    read = plan.read(
        content,
        "application/fhir+ndjson",
        now=bank.clock.now(),
        source_id=source.source_id,
    )
    intake.run(bank.vault, bank, hanako, read)
    here = record(person)
    page = person.get(here)
    assert not [each for each in page.links if each.startswith(f"{here}/")]
    (ask,) = [each for each in page.links if "/rights/new/correction" in each]
    assert "the record that you have just seen" in person.get(ask).text
    for path in ("/correct", "/delete"):
        assert person.client.get(here + path).status_code == 409


def test_fields_of_other_records(app):
    content = payload.parse(
        json.dumps(
            {
                "component": [
                    {
                        "code": {"coding": [{"display": "Systolic"}]},
                        "valueQuantity": {"value": 120, "code": "mm[Hg]"},
                    },
                    {"code": {}, "valueQuantity": {"value": 80}},
                    {"code": {"text": "nothing"}},
                ],
                "valueString": "fine",
                "note": [{"text": "after lunch"}],
                "lines": [{"description": "tea"}, {}],
            }
        )
    )
    with app.test_request_context(headers={"Accept-Language": "en"}):
        fields = editing.fields(content)
    assert [(each.label, each.value) for each in fields] == [
        ("Systolic (mm[Hg])", "120"),
        ("Value", "80"),
        ("Result", "fine"),
        ("Note", "after lunch"),
        ("Goods", "tea"),
    ]
    for each in fields:
        editing.put(content, each, "7" if each.is_number else "new")
    assert payload.write(content).count(b'"new"') == 3
