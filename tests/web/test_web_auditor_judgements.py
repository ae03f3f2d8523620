"""An auditor makes entrusted judgements again, one or the newest of all (D-06)."""

import hashlib

import pytest
from sqlalchemy import update

from audit.canonical import canonical, parse_canonical
from consent import judgement_search, judgements
from consent.judgement_tables import judgement
from pds.core.errors import NotFound
from pds.oversight import rejudging
from tests.web.test_web_instructions import offer, tried  # noqa: F401
from tests.web.test_web_judgements import announced as _announced
from tests.web.test_web_mandate import terms  # noqa: F401

announced = _announced
SEEN = "An auditor made a judgement of the bank about you again"


def change(bank, **values):
    """Let somebody change rows behind the bank's back."""
    act = update(judgement).values(values)
    bank.unit_of_work(lambda work: work.connection.execute(act))


@pytest.fixture
def page(auditor, announced):
    """The page of the newest judgement, reached from the auditor's home."""
    assert "/auditor/judgements" in auditor.get("/auditor").links
    listed = auditor.get("/auditor/judgements")
    here = f"/auditor/judgements/{announced.judgement_id}"
    assert here in listed.links
    return auditor.get(here)


def test_one_judgement_is_made_again_with_its_inputs_as_hashes(
    auditor,
    person,
    bank,
    announced,
    page,
):
    assert announced.hash.hex() in page.text
    assert SEEN not in person.get("/disclosures").text

    shown = auditor.post(page.form_to(str(announced.judgement_id)), 200)

    assert "The same comes out" in shown.text
    assert "All of it lies within the person's instructions." in shown.text
    assert "your instructions" not in shown.text
    with bank.read() as snap:
        written = parse_canonical(judgements.written(snap, bank.keys, announced))
    for each in (written["proposal"], written["facts"]):
        assert hashlib.sha256(canonical(each)).hexdigest() in shown.text
    assert bank.pseudonyms.of(announced.owner) in shown.text
    assert "hanako" not in shown.text
    assert written["facts"]["adult_from"] not in shown.text
    assert SEEN in person.get("/disclosures").text


@pytest.mark.parametrize("values", [{"outcome": "refuse"}, {"hash": bytes(32)}])
def test_what_was_changed_does_not_hold(
    auditor,
    bank,
    announced,
    page,
    values,
):
    change(bank, **values)
    shown = auditor.post(page.form_to(str(announced.judgement_id)), 200)
    assert "The same does not come out" in shown.text


def test_the_newest_are_counted_and_their_number_is_bounded(
    auditor,
    person,
    bank,
    announced,
    monkeypatch,
):
    form = auditor.get("/auditor/judgements").form_to("/judgements")
    for wrong in ("", "0", "201", "1e9", "-1"):
        assert "from 1 to 200" in auditor.post(form, 422, count=wrong).text
    assert (
        "Every judgement comes out the same."
        in auditor.post(form, 200, count="200").text
    )
    change(bank, outcome="refuse")
    assert "Not every judgement" in auditor.post(form, 200, count="1").text
    change(bank, envelope=b"x")
    assert "Not every record can be opened" in auditor.post(form, 200, count="1").text
    # Counting shows nobody, so it is no look.
    assert SEEN not in person.get("/disclosures").text
    with bank.read() as snap:
        monkeypatch.setattr(rejudging, "MOST", 0)
        assert rejudging.count(snap, bank.keys, 5) == rejudging.Counts(0, 0, 0)


def test_rules_that_nobody_knows_are_said(
    auditor,
    bank,
    announced,
    page,
    monkeypatch,
):
    monkeypatch.setattr("consent.judgement_record.RULES", {})
    shown = auditor.post(page.form_to(str(announced.judgement_id)), 200)
    assert "does not know the rules" in shown.text


def test_who_is_no_auditor_sees_none_and_a_wrong_number_is_none(
    person,
    operator,
    auditor,
    bank,
    announced,
):
    for visitor in (person, operator):
        visitor.get("/auditor/judgements", 403)
        visitor.get(f"/auditor/judgements/{announced.judgement_id}", 403)
    auditor.get(f"/auditor/judgements/{announced.owner}", 404)
    with bank.read() as snap, pytest.raises(NotFound):
        judgement_search.find(snap, announced.owner)
