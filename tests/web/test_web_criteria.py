"""Pages of the criteria: the auditor's matrix and the operator's documents (E-10)."""

import io
import json
from datetime import timedelta

from audit.leaf import EventType
from audit.subject import page as entries
from pds.core.ids import BANK
from pds.oversight.criteria.criterion import CURRENT

WISH = {
    "title": "Security policy, version 3",
    "keeper": "Security officer",
    "valid_until": "2030-03-31",
}


def send(operator, form, content=b"We keep doors shut.", **changed):
    values = WISH | changed | {"paper": (io.BytesIO(content), "policy.txt")}
    return operator.send(form, **values)


def test_every_item_is_two_clicks_from_the_auditors_home(auditor):
    home = auditor.get("/auditor")
    assert "/auditor/criteria" in home.links
    matrix = auditor.get("/auditor/criteria")
    for name in CURRENT.all:
        assert f"/auditor/criteria/{name}" in matrix.links
    assert "Wording not verified" in matrix.text


def test_the_matrix_is_narrowed_by_chapter_and_status(auditor):
    one = auditor.get("/auditor/criteria?chapter=Z")
    assert "/auditor/criteria/Z-01" in one.links
    assert "/auditor/criteria/A-01" not in one.links
    gaps = auditor.get("/auditor/criteria?status=not-built")
    assert "/auditor/criteria/K-10" in gaps.links
    assert "/auditor/criteria/G-05" not in gaps.links
    assert "No item fits." in auditor.get("/auditor/criteria?chapter=Q").text


def test_an_item_shows_evidence_control_and_what_is_missing(auditor):
    live = auditor.get("/auditor/criteria/C-04")
    assert "releases afterwards" in live.text
    assert "/consents" in live.text
    assert "Not written in this form." in auditor.get("/auditor/criteria/K-10").text
    auditor.get("/auditor/criteria/Q-01", status=404)


def test_a_document_is_kept_and_opened_by_the_auditor(operator, auditor, bank):
    listed = operator.get("/operator/criteria")
    assert "/operator/criteria/S-01" in listed.links
    form = operator.get("/operator/criteria/S-01").form_to("/criteria/S-01")
    assert send(operator, form).status_code == 303
    seen = auditor.get("/auditor/criteria/S-01")
    assert "Security policy, version 3" in seen.text
    opening = next(f for f in seen.forms if "/documents/" in f.action)
    got = auditor.send(opening)
    assert got.data == b"We keep doors shut."
    assert "attachment" in got.headers["Content-Disposition"]
    own = operator.get("/operator/criteria/S-01")
    mine = next(f for f in own.forms if "/documents/" in f.action)
    assert operator.send(mine).data == got.data
    with bank.read() as snap:
        told = [
            each.detail.fields["reasons"]
            for each in entries(snap, bank.keys, BANK).entries
            if each.leaf and each.leaf["typ"] == EventType.POLICY_EVENT
        ]
    assert told.count("criterion-document.opened") == 2
    assert "criterion-document.kept" in told


def test_a_document_that_does_not_fit_is_refused_in_words(operator):
    form = operator.get("/operator/criteria/S-01").form_to("/criteria/S-01")
    for content, changed, word in (
        (b"", {}, "Choose a file."),
        (b"\x00\x01", {}, "PDF, PNG, JPEG"),
        (b"ok", {"valid_until": "2001-01-01"}, "The last day is past"),
        (b"ok", {"title": "4111 1111 1111 1111"}, "card number"),
    ):
        answer = send(operator, form, content, **changed)
        assert answer.status_code == 422
        assert word in answer.text
    operator.get("/operator/criteria/S-05", status=404)


def test_the_matrix_as_files(auditor):
    document = json.loads(auditor.client.get("/auditor/criteria/file.json").data)
    assert [each["id"] for each in document["criteria"]] == list(CURRENT.all)
    table = auditor.client.get("/auditor/criteria/file.csv")
    assert table.content_type.startswith("text/csv")
    assert table.data.decode("utf-8-sig").startswith("id,status,kind")


def test_the_certification_is_shown_while_it_is_in_date(
    operator, person, portal, clock
):
    form = operator.get("/operator/criteria/E-07").form_to("/criteria/E-07")
    assert "Certified information bank" not in portal().get("/").text
    assert "holds no certification" in portal().get("/rules").text
    too_long = send(operator, form, title="No. 0", valid_until="2030-03-31")
    assert too_long.status_code == 422
    kept = send(operator, form, title="Normal, No. 0", valid_until="2027-03-31")
    assert kept.status_code == 303
    assert "Certified information bank: Normal, No. 0" in portal().get("/").text
    assert "Certified information bank: Normal, No. 0" in person.get("/home").text
    assert "Normal, No. 0" in portal().get("/rules").text
    clock.advance(timedelta(days=365))
    assert "Certified information bank" not in portal().get("/").text
    assert "holds no certification" in portal().get("/rules").text
