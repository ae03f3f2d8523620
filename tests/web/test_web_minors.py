"""A young person signs up where the operator admits it, and a parent answers."""

import io

import pytest

from consent import preflight
from consent.preflight import NotPermitted
from consent.reasons import Reason
from pds.accounts.roles import Role
from pds.core.settings import Settings
from pds.web import evidence, sessions
from tests.web.conftest import sign_up, weights
from tests.web.portal import PASSWORD


@pytest.fixture
def settings(database_url, tmp_path):
    return Settings.from_environment(
        {
            "INFOBANK_DATA_DIR": str(tmp_path / "data"),
            "INFOBANK_KEY_DIR": str(tmp_path / "keys"),
            "INFOBANK_DATABASE_URL": database_url,
            "INFOBANK_YOUNGEST": "14",
        }
    )


def enter(visitor, born):
    form = visitor.get("/signup").form_to("/signup")
    return visitor.send(
        form,
        login="mei",
        name="Mei",
        birth_date=born,
        password=PASSWORD,
        password_again=PASSWORD,
    )


def deposit(visitor):
    form = visitor.get("/imports/new").form_to("/imports/new")
    return visitor.send(form, file=(io.BytesIO(weights(2)), "w.ndjson"))


def test_who_was_born_when_nobody_can_read_is_told_that(person, monkeypatch):
    """An adult is not told to bring a parent because a profile is damaged."""
    monkeypatch.setattr("pds.accounts.service.adult_from", lambda *_given: None)
    page = person.get("/home")
    assert "We cannot read your date of birth" in page.text
    assert "You need a parent or guardian" not in page.text
    assert "/rights/new/complaint" in page.links


def test_nothing_is_stored_or_given_before_a_parent_is_there(bank, app, portal):
    mei = portal()
    assert enter(mei, "2013-01-01").status_code == 422
    assert enter(mei, "2011-01-01").status_code == 303
    assert "You need a parent or guardian" in mei.get("/home").text
    answer = deposit(mei)
    assert answer.status_code == 403
    assert "has to come to our desk" in answer.text
    assert mei.get("/agents/new").form_to("/agents/new")

    sign_up(bank, "parent")
    for name in ("first", "second"):
        sign_up(bank, name, Role.OPERATOR)
    first, second, parent = portal("first"), portal("second"), portal("parent")
    form = first.get("/operator/agents/new").form_to("/operator/agents/new")
    paper = (io.BytesIO(b"%PDF-1.7"), "register.pdf")
    fields = {"person": "mei", "agent": "parent", "kind": "parent", "proof": paper}
    assert first.send(form, **fields).status_code == 303
    second.send(second.get("/operator/agents").form_to("/proof"))
    second.post(second.get("/operator/agents").form_to("/approve"))

    assert deposit(mei).status_code == 200
    assert "lets Parent decide for you until you are an adult" in (
        mei.get("/agents").text
    )
    parent.post(parent.get("/acting").form_to("/begin"))
    assert "You act for Mei" in parent.get("/home").text
    assert known_from(app, bank, parent).agent_until is not None
    with bank.read() as snap:
        preflight.require_person(snap, known_from(app, bank, parent))
        with pytest.raises(NotPermitted) as caught:
            preflight.require_person(snap, known_from(app, bank, mei))
    assert caught.value.reasons == (Reason.UNDER_AGE,)


def known_from(app, _bank, visitor):
    """Return the evidence that a request of this visitor for consents would leave."""
    found = []

    def keep(response):
        if sessions.current() is not None:
            found.append(evidence.of_visitor())
        return response

    app.after_request_funcs.setdefault(None, []).append(keep)
    visitor.get("/consents")
    app.after_request_funcs[None].remove(keep)
    return found[0]
