"""Unmasking through the pages: asked, approved by another, told once, seen."""

import pytest

from audit import store
from audit.leaf import parse_leaf
from tests.web.portal import token_in


@pytest.fixture
def asked(auditor, bank, consent):
    with bank.read() as snap:
        stored = store.leaves(snap.connection, 0, store.size(snap.connection))
    index = next(
        each.index for each in stored if parse_leaf(each.leaf)["typ"] == "consent:event"
    )
    answer = send(auditor, "/auditor/unmask", index=index, reason="incident")
    assert answer.headers["Location"] == "/auditor/unmask"


def send(visitor, path, **fields):
    form = token_in(visitor.client.get("/account", headers=visitor.headers).text)
    return visitor.client.post(
        path, data={"csrf_token": form, **fields}, headers=visitor.headers
    )


@pytest.mark.usefixtures("asked")
def test_who_it_is_is_told_once_after_another_approved(
    auditor, operator, person, hanako
):
    waits = operator.get("/approvals")
    assert "There is an incident." in waits.text
    assert str(hanako) not in waits.response.text
    operator.post(waits.form_to("/approve"))
    use = auditor.get("/auditor/unmask").form_to("/use")

    told = auditor.post(use, 200)
    again = auditor.post(use, 409)

    assert "Hanako" in told.text
    assert "Hanako" not in again.text
    assert "because of an incident" in person.get("/disclosures").text


@pytest.mark.usefixtures("asked")
def test_what_the_board_refuses_is_not_offered(auditor, member):
    member.post(member.get("/approvals").form_to("/refuse"))

    page = auditor.get("/auditor/unmask")

    assert "Not approved" in page.text
    assert not [form for form in page.forms if form.action.endswith("/use")]


def test_what_has_no_entry_or_no_person_cannot_be_asked(auditor, recipient):
    def asks(**fields):
        return send(auditor, "/auditor/unmask", **fields).status_code

    assert asks(index="999999", reason="incident") == 404
    assert asks(index="x", reason="incident") == 404
    assert asks(index="0", reason="curiosity") == 404
    assert asks(index="0", reason="incident") == 409
