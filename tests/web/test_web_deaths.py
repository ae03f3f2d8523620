"""What follows a death, by its pages: the wish, the desk, the heir."""

import io
import re

import pytest

from pds.accounts.roles import Role
from pds.bank.archiving import build_archives
from pds.bank.erasing import finish_erasures
from pds.rights.death.reports import WINDOW
from tests.web.conftest import queue, sign_up

CODE = re.compile(r"(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}")
PDF = b"%PDF-1.7 certificate"
WISH = "/account/last-wish"
DESK = "/operator/deaths"


@pytest.fixture
def desk(bank, portal):
    made = []
    for name in ("first", "second"):
        sign_up(bank, name, Role.OPERATOR)
        made.append(portal(name))
    return made


def reported(staff, person="hanako", paper=PDF):
    form = staff.get(f"{DESK}/new").form_to(f"{DESK}/new")
    sent = (io.BytesIO(paper), "paper.pdf")
    return staff.send(form, person=person, paper=sent)


def wish(person, **fields):
    return person.send(person.get(WISH).form_to("last-wish"), **fields)


def do(staff, step):
    return staff.post(staff.get(DESK).form_to(step))


def frozen(desk):
    assert reported(desk[0]).status_code == 303
    for each in desk:
        each.send(each.get(DESK).form_to("/paper"))
    do(desk[1], "/confirm")


def test_a_wish_is_kept_and_shown_again(person):
    assert wish(person, wish="hand-over", heir="").status_code == 422
    assert wish(person, wish="").status_code == 422
    assert wish(person, wish="hand-over", heir="Umeda Ken").status_code == 303
    assert 'value="Umeda Ken"' in person.get(WISH).response.text
    assert wish(person, wish="erase", heir="").status_code == 303
    assert "Umeda" not in person.get(WISH).response.text


def test_who_lives_sees_the_report_and_puts_it_aside(person, desk):
    reported(desk[0])
    assert "Somebody told us that you have died" in person.get("/home").text
    form = person.get(WISH).form_to("/refuse")
    person.post(form)
    assert person.send(form).status_code == 409
    assert "Nothing waits." in desk[1].get(DESK).text
    form.action = f"{WISH}/reports/01900000-0000-7000-8000-000000000000/refuse"
    assert person.send(form).status_code == 404


def test_every_report_that_waits_is_shown_by_pages(bank, portal, desk, monkeypatch):
    monkeypatch.setattr("pds.web.operator.deaths.PAGE", 2)
    monkeypatch.setattr("pds.web.operator.queues.PAGE", 2)
    for n in range(3):
        sign_up(bank, f"late{n}")
        assert reported(desk[0], person=f"late{n}").status_code == 303
    pages = queue(desk[1], DESK)
    forms = [form for page in pages for form in page.forms if "/confirm" in form.action]
    assert len({form.action for form in forms}) == 3
    assert len(pages) == 2
    last = pages[-1]
    desk[1].send(last.form_to("/paper"))
    desk[1].post(last.form_to("/confirm"))
    wish = queue(desk[1], DESK)[-1].form_to("/wish")
    shown = desk[1].send(wish)
    assert "Wish of the person" in shown.get_data(as_text=True)


def test_a_freeze_shuts_the_person_out_and_lifting_lets_in_again(person, portal, desk):
    reported(desk[0])
    page = desk[0].get(DESK)
    assert "You entered this yourself." in page.text
    assert not any(each.action.endswith("/confirm") for each in page.forms)
    assert desk[1].send(desk[1].get(DESK).form_to("/paper")).data == PDF
    do(desk[1], "/confirm")

    assert person.client.get("/home").status_code == 303
    with pytest.raises(AssertionError):
        portal().log_in("hanako")

    do(desk[0], "/lift")
    portal().log_in("hanako")


def test_the_heir_fetches_the_archive_by_the_code(bank, person, records, portal, desk):
    wish(person, wish="hand-over", heir="Umeda Ken, 1-2-3")
    frozen(desk)
    seen = desk[0].post(desk[0].get(DESK).form_to("/wish"), status=200)
    assert "Umeda Ken, 1-2-3" in seen.text
    do(desk[0], "/ask/hand-over")
    page = desk[1].post(desk[1].get(DESK).form_to("/approve"), status=200)
    code = CODE.search(page.text)[0]
    heir = portal()
    form = heir.get("/heir").form_to("/heir")
    assert "not ready" in heir.post(form, 422, code=code).text

    build_archives(bank)

    answer = heir.send(form, code=code.lower())
    assert answer.content_type == "application/zip"
    assert answer.data[:2] == b"PK"
    assert "opens nothing" in heir.post(form, 422, code="1").text
    assert "Enter the code." in heir.post(form, 422, code="").text


def test_the_erasure_comes_after_the_window_by_two(bank, person, portal, desk, clock):
    frozen(desk)
    assert not any(f.action.endswith("/erase") for f in desk[0].get(DESK).forms)
    clock.advance(WINDOW)
    for staff, name in zip(desk, ("first", "second"), strict=True):
        staff.log_in(name)
    do(desk[0], "/ask/erase")
    page = desk[0].get(DESK)
    assert not any(f.action.endswith("/approve") for f in page.forms)
    (number,) = re.findall(r"/erasure/([0-9a-f-]{36})", page.text)
    form = desk[1].get(DESK).form_to("/approve")
    address = desk[1].send(form).headers["Location"]
    assert address == f"/erasure/{number}"
    assert "Give the heirs" in desk[1].get(address).text
    assert finish_erasures(bank) == 1
    assert "Everything is erased." in portal().get(address).text
    assert "Nothing waits." in desk[0].get(DESK).text
    assert "There is no such person." in reported(desk[0]).text


def test_the_desk_is_told_what_is_wrong(person, desk):
    assert "Choose a PDF" in reported(desk[0], paper=b"text").text
    assert "Fill this in." in reported(desk[0], person="").text
    assert reported(desk[0]).status_code == 303
    assert "a report about this person already" in reported(desk[1]).text
    do(desk[0], "/refuse")
    form = desk[0].get(f"{DESK}/new").form_to("/new")
    form.action = f"{DESK}/01900000-0000-7000-8000-000000000000/confirm"
    assert desk[0].send(form).status_code == 404
