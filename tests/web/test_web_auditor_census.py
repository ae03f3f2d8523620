"""The census by a button, on a log that is whole and on one that is not."""

import pytest
from sqlalchemy import text

from pds.web.auditor import census


def taken(auditor, status=200):
    return auditor.post(auditor.get("/auditor").form_to("/census"), status)


@pytest.mark.usefixtures("consent")
def test_a_whole_log_is_somebodys(auditor):
    page = taken(auditor)

    assert "Every entry is somebody's, and none is missing." in page.text
    assert "Differences" not in page.text


def test_what_was_taken_out_is_named_without_its_person(auditor, bank, consent, hanako):
    def cheat(work):
        work.connection.execute(text("DROP TRIGGER log_detail_no_delete"))
        work.connection.execute(
            text("DELETE FROM log_detail WHERE owner_id = :owner AND i = 1"),
            {"owner": hanako.bytes},
        )

    bank.unit_of_work(cheat)

    page = taken(auditor)

    assert "Something does not hold." in page.text
    assert "The detail is missing or cannot be opened." in page.text
    assert str(hanako) not in page.response.text


def test_a_log_too_long_for_a_request_is_refused(auditor, monkeypatch):
    monkeypatch.setattr(census, "MOST_ENTRIES", 0)

    page = taken(auditor, 422)

    assert "The operator's command has no limit." in page.text
