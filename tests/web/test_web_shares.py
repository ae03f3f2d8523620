"""Links to a doctor by pages: made, opened, seen, cut; without script."""

import json
import re
from html import unescape

from pds.disclosure.health_links import shlink
from pds.web import fhir_words
from tests.web.portal import Portal

WEIGHT = "health.vital.weight"
FORM = {
    "label": "Green Clinic",
    "categories": WEIGHT,
    "days": "3650",
    "hours": "24",
    "openings": "1",
}


def made(person, **changes):
    form = person.get("/shares/new").form_to("/shares/new")
    page = person.post(form, 200, **{**FORM, **changes})
    found = re.search(r"<textarea[^>]*>([^<]+)</textarea>", page.response.text)
    assert found, page.text
    return page, unescape(found[1])


def first_link(person):
    found = person.get("/shares").links
    return next(each for each in found if each.startswith("/shares/0"))


def opened(app, address, status=200, **fields):
    doctor = Portal(app.test_client())
    form = doctor.get("/share").form_to("/share")
    sent = {"link": address, "recipient": "Dr. Sato", "passcode": "", **fields}
    return doctor.post(form, status, **sent)


def test_a_person_makes_a_link_and_a_doctor_opens_it(app, person, records):
    page, address = made(person, passcode="482913", named="yes")

    assert "<svg" in page.response.text
    assert address.partition("#")[0].endswith("/share")
    assert "shlink:/" in address
    assert "Green Clinic" in person.get("/shares").text
    wrong = opened(app, address, 401, passcode="000000")
    assert "Attempts left: 4" in wrong.text
    assert opened(app, address, 401).headings
    shown = opened(app, address, passcode="482913")
    assert "Hanako" in shown.text
    again = opened(app, address, 404, passcode="482913")
    assert shlink.read(address).label == "Green Clinic"
    assert again.headings
    link = first_link(person)
    assert "Dr. Sato" in person.get(link).text


def test_a_link_is_cut_by_its_page(app, person, records):
    _page, address = made(person)
    link = first_link(person)
    person.post(person.get(link).form_to("/cut"))
    assert opened(app, address, 404).headings


def test_complaints_stand_beside_their_fields(person, records):
    form = person.get("/shares/new").form_to("/shares/new")
    for changes in (
        {"categories": ""},
        {"label": ""},
        {"passcode": "123"},
        {"categories": "health.lab"},
        {"hours": "5"},
    ):
        assert person.post(form, 422, **{**FORM, **changes}).faults == []


def test_a_foreign_or_broken_link_costs_no_opening(app, person, records):
    _page, address = made(person)
    link = shlink.read(address)
    other = shlink.write(shlink.Shlink(
        url=link.url, key=bytes(32), label="", expires_at=None, needs_passcode=False
    ))  # fmt: skip
    far = shlink.write(shlink.Shlink(
        url="https://elsewhere.example/x", key=link.key, label="", expires_at=None,
        needs_passcode=False,
    ))  # fmt: skip
    assert opened(app, "nothing", 422).headings
    assert opened(app, other, 422).headings
    assert opened(app, far, 404).headings
    assert opened(app, "", 422).headings
    assert opened(app, address).headings


def test_resources_are_said_in_words(app):
    bundle = {"entry": [{"resource": each} for each in (
        {"resourceType": "Patient", "name": [{"text": "山田"}],
         "birthDate": "1980-05-05"},
        {"resourceType": "Observation", "code": {"coding": [{"display": "BP"}]},
         "effectivePeriod": {"start": "2026-01-02T03:04"}, "component": [
             {"valueQuantity": {"value": 120, "code": "mm[Hg]"}},
             {"valueCodeableConcept": {"text": "low"}}]},
        {"resourceType": "MedicationStatement", "dosage": [{"text": "1 T"}],
         "medicationCodeableConcept": {"text": "Aspirin"}},
        {"resourceType": "Basic"},
        {"resourceType": "AllergyIntolerance", "code": {"text": "卵"},
         "valueString": "high"},
    )]}  # fmt: skip
    with app.test_request_context(headers={"Accept-Language": "en"}):
        rows = fhir_words.rows_of(bundle)
    assert [(r.what, r.value, r.when) for r in rows] == [
        ("The person", "山田", "1980-05-05"),
        ("BP", "120 mmHg / low", "2026-01-02"),
        ("Aspirin", "1 T", ""),
        ("Basic", "", ""),
        ("卵", "high", ""),
    ]
    assert json.loads(rows[0].exact)["birthDate"] == "1980-05-05"
