"""Pages of incidents: four eyes, exercises marked, persons see their own part only."""

import json
import re

import pytest

from audit.entry import Entry
from audit.leaf import EventType
from pds.accounts.roles import Role
from pds.bank import incidents as chores
from pds.oversight.incidents.contents import IncidentContent
from tests.web.conftest import RECIPIENT, sign_up

AREA = "/operator/incidents"
NEW = {
    "kind": "incident",
    "title": "Copy lost",
    "knew_at": "2026-11-01T09:00",
    "outline": "A copy was lost.",
    "recipient": "",
    "place": "own",
    "persons": "1",
    "held": ["has_special_care"],
}
NINE = {each.value: f"Known {each.value}" for each in IncidentContent}
TEXT = {"ja": "ご迷惑をおかけしました。", "en": "We are sorry for this."}
MARK = "This is an exercise"


@pytest.fixture
def second(bank, portal):
    """Another one of the staff."""
    sign_up(bank, "second-staff", Role.OPERATOR)
    return portal("second-staff")


@pytest.fixture
def given(bank, hanako, recipient):
    entry = Entry(
        type=EventType.DISCLOSURE_RELEASED,
        subject=hanako,
        recipient=recipient,
        categories=("health.lab",),
        count=1,
        detail={"actor": "genki-app"},
    )
    bank.unit_of_work(lambda work: work.log.record(entry))
    return hanako


def entered(staff, **changed):
    form = staff.get(f"{AREA}/new").form_to("/new")
    form.fields.clear()
    fresh = staff.get(f"{AREA}/new").form_to("/new").fields["csrf_token"]
    answer = staff.post(form, csrf_token=fresh, **{**NEW, **changed})
    return answer.response.headers["Location"]


def send(staff, page, name, status=303, **fields):
    form = staff.get(page).form_to(name)
    return staff.post(form, status, **fields)


def listed(staff, bank, page, **fields):
    said = {"reach": "given", "recipient": RECIPIENT, **fields}
    send(staff, f"{page}/persons", "/persons", **said)
    chores.find_persons(bank)


def told(staff, second, bank, page):
    listed(staff, bank, page)
    send(staff, f"{page}/notice", "/notice", **TEXT)
    send(second, page, "/tell")
    chores.tell_persons(bank)


def test_an_incident_runs_from_the_first_word_to_its_end(
    bank, operator, second, person, given
):
    page = entered(operator)
    shown = operator.get(page).text
    assert "Overdue" in shown
    assert "APPI 26(1)" in shown
    send(operator, f"{page}/contents", "/contents", **NINE)
    assert "Somebody else of the staff reports it." in operator.get(page).text
    for kind, number in (("authority-first", "PPC-1"), ("authority-final", "PPC-2")):
        send(second, page, "/report", to=kind, reference=number)
    send(operator, page, "/step/contain", text="The copy was found.")
    told(operator, second, bank, page)
    send(operator, page, "/step/ask-close", text="Nothing is left.")
    assert "You asked to close it" in operator.get(page).text
    send(second, page, "/step/close")
    assert "Closed" in operator.get(page).text

    way = re.search(
        r"/operator/incidents/[^\"]+/lists/[^\"/]+",
        bytes(operator.get(page).response.data).decode(),
    )
    assert "Not reached yet" in operator.get(way[0]).text
    own = person.get(page.removeprefix("/operator"))
    assert TEXT["en"] in own.text
    assert "Given" in own.text
    send(second, page, "/step/reopen", text="More was found.")
    assert "Under way" in operator.get(page).text


def test_a_person_who_was_not_told_learns_nothing(
    bank, operator, second, portal, given
):
    page = entered(operator)
    own = page.removeprefix("/operator")
    sign_up(bank, "taro")
    for name in ("hanako", "taro"):
        portal(name).get(own, 404)
    told(operator, second, bank, page)
    portal("hanako").get(own)
    portal("taro").get(own, 404)
    portal("taro").get(f"/incidents/{bank.ids.new()}", 404)


def test_an_exercise_is_marked_on_every_page_and_tells_nobody(
    bank, operator, second, auditor, person, given
):
    page = entered(operator, kind="exercise")
    told(operator, second, bank, page)
    send(second, page, "/publish")
    way = re.search(r"[^\"]+/lists/[^\"/]+(?=\")", operator.get(page).response.text)
    for address in (
        page,
        *(f"{page}/{e}" for e in ("facts", "contents", "persons")),
        way[0],
    ):
        assert MARK in operator.get(address).text
    assert MARK in auditor.get(page.replace("/operator", "/auditor")).text
    assert "訓練" in operator.client.get(f"{page}/report.txt").text
    person.get(page.removeprefix("/operator"), 404)
    assert TEXT["en"] not in person.get("/announcements").text
    assert "Exercise" in operator.get(AREA).text


def test_what_is_published_is_read_by_everybody(bank, operator, second, portal):
    page = entered(operator)
    send(operator, f"{page}/notice", "/notice", **TEXT)
    send(second, page, "/publish")
    assert TEXT["en"] in portal().get("/announcements").text
    assert TEXT["ja"] in portal(language="ja").get("/announcements").text


def test_auditors_and_board_read_and_cannot_act(operator, auditor, member):
    page = entered(operator)
    for reader, area in ((auditor, "/auditor"), (member, "/board")):
        assert "Copy lost" in reader.get(f"{area}/incidents").text
        shown = reader.get(page.replace("/operator", area))
        assert "A copy was lost." in shown.text
        assert [each.action for each in shown.forms if "incidents" in each.action] == []
        report = page.replace("/operator", area) + "/report.json"
        said = json.loads(reader.client.get(report).data)
        assert said["title"] == "Copy lost"
        reader.get(page, 403)
        reader.get(report.replace(".json", ".exe"), 404)


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"knew_at": "yesterday"},
        {"knew_at": "2021-11-01T09:00"},
        {"knew_at": "2199-11-01T09:00"},
        {"persons": "-1"},
        {"place": "moon"},
        {"kind": ""},
        {"recipient": "nobody"},
        {"held": ["is_certified"]},
        {"title": "4111111111111111"},
    ],
)
def test_what_is_wrong_in_a_form_is_said_and_nothing_is_kept(operator, wrong):
    form = operator.get(f"{AREA}/new").form_to("/new")
    operator.post(form, 422, **{**NEW, **wrong})
    assert "None yet." in operator.get(AREA).text


def test_wrong_words_in_later_forms_change_nothing(bank, operator, second):
    page = entered(operator)
    send(operator, f"{page}/facts", "/facts", 422, persons="many")
    send(operator, f"{page}/facts", "/facts", persons="2", place="recipient")
    send(operator, f"{page}/contents", "/contents", 422, cause="4111111111111111")
    send(operator, f"{page}/contents", "/contents", 422, cause="x" * 4001)
    send(operator, f"{page}/notice", "/notice", 422)
    send(operator, f"{page}/notice", "/notice", 422, ja="", en="x")
    send(operator, f"{page}/notice", "/notice", 422, ja="4111111111111111", en="x")
    send(operator, f"{page}/persons", "/persons", 422, reach="all")
    send(operator, f"{page}/persons", "/persons", 422, since="soon")
    days = {"since": "2026-11-02", "until": "2026-11-01"}
    send(operator, f"{page}/persons", "/persons", 422, **days)
    send(operator, page, "/step/contain", text="")
    assert "Enter a text" in operator.get(page).text
    form = operator.get(page).form_to("/step/contain")
    form.action = form.action.replace("contain", "delete")
    operator.post(form, 404, text="x")
    listed(operator, bank, page, since="2026-11-01", until="2026-11-30")
    way = re.search(r"incident_id|lists", operator.get(page).response.text)
    assert way is None
    send(operator, f"{page}/contents", "/contents", outline="Known.")
    send(second, page, "/report", to="moon", reference="")
    assert "Choose one." in second.get(page).text


def test_a_list_of_another_incident_is_not_shown(bank, operator, second, given):
    page, other = entered(operator), entered(operator)
    told(operator, second, bank, page)
    way = re.search(r"/lists/[^\"/]+(?=\")", operator.get(page).response.text)[0]
    operator.get(page + way)
    operator.get(other + way, 404)


def test_late_reports_are_in_the_numbers(operator, portal):
    entered(operator)
    said = portal().client.get("/metrics").text
    assert "infobank_incidents_overdue 1.0" in said
    assert "infobank_incidents_open 1.0" in said
