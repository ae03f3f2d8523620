"""The auditor's page of what recipients sent back and what of it is wrong."""

import pytest

from pds.core.ids import RecipientId
from pds.oversight import finding_list, sent_back
from pds.oversight.receipt_finding import Mismatch
from pds.oversight.sent_back import Judged, finding_digest


def finding(content, mismatch=Mismatch.FORGED):
    return Judged(finding_digest(content), finding=mismatch, content=content)


@pytest.fixture
def send(bank, recipient):
    def sent(*judged):
        bank.unit_of_work(
            lambda work: sent_back.keep(
                work, RecipientId(str(recipient)), judged, actor="app"
            )
        )

    return sent


def test_without_findings_the_page_says_so(auditor, send):
    send(Judged(b"d" * 32, index=0))

    page = auditor.get("/auditor/receipts")

    assert "Recipients have sent back 1 receipt." in page.text
    assert "Nothing that was sent back is wrong." in page.text


def test_findings_are_listed_and_what_was_sent_is_not(auditor, send):
    send(*(finding(b"secret", each) for each in [Mismatch.DIFFERS]))
    send(finding(b"noise", Mismatch.UNREADABLE), finding(b"f", Mismatch.NOT_IN_LOG))

    page = auditor.get("/auditor/receipts")

    assert "The recipient received something else." in page.text
    assert "It cannot be read." in page.text
    assert "has no such entry" in page.text
    assert finding_digest(b"secret").hex()[:16] in page.text
    assert "secret" not in page.text
    assert auditor.get("/auditor").text


def test_a_long_list_goes_on(auditor, send, monkeypatch):
    monkeypatch.setattr(finding_list, "PAGE", 2)
    send(*(finding(b"%d" % n) for n in range(3)))

    first = auditor.get("/auditor/receipts")
    rest = auditor.get("/auditor/receipts?before=2")

    oldest = finding_digest(b"0").hex()[:16]
    assert oldest not in first.text
    assert "/auditor/receipts?before=2" in first.links
    assert oldest in rest.text


@pytest.mark.parametrize("before", ["x", "-1", "9" * 16, "\u0663"])
def test_a_place_that_is_none_is_refused(auditor, before):
    auditor.get(f"/auditor/receipts?before={before}", 422)
