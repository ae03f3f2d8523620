"""Data sets by their pages: the person's switch, the order, the board, the public."""

from datetime import date, timedelta

import pytest

from consent import board
from pds.bank.data_sets import make_data_sets
from pds.core.clock import day_number
from pds.core.ids import OwnerId
from pds.core.vocabulary import categories
from pds.datasets import choices, register
from pds.keys import shredding
from pds.vault.records import RecordDraft
from tests.web.conftest import board_agrees, sign_up

PAGE = "/consents/data-sets"
ORDER = {
    "kind": "anonymised",
    "purpose_ja": "眠りの研究",
    "purpose_en": "Research on sleep",
    "first_month": "2026-09",
    "last_month": "2026-10",
    "k": "10",
}


def test_the_switch_is_off_at_first_and_turns_both_ways(bank, hanako, person):
    page = person.get("/consents")
    assert PAGE in page.links
    assert "It is off." in person.get(PAGE).text

    person.post(person.get(PAGE).form_to(PAGE), answer="allow")
    assert "It is on since" in person.get(PAGE).text
    with bank.read() as snap:
        assert choices.chosen_at(snap, hanako) is not None

    person.post(person.get(PAGE).form_to(PAGE), answer="stop")
    assert "It is off." in person.get(PAGE).text


def test_an_answer_that_is_none_changes_nothing(bank, hanako, person):
    person.post(person.get(PAGE).form_to(PAGE), answer="perhaps")
    with bank.read() as snap:
        assert choices.chosen_at(snap, hanako) is None


def ordered(operator, **changes):
    form = operator.get("/operator/data-sets/new").form_to("/new")
    done = operator.post(form, **ORDER | changes)
    return done.response.headers["Location"]


def approve(bank, member, place):
    address = f"/board/data-set/{place.rpartition('/')[2]}"
    assert address in member.get("/board").links
    form = member.get(address).form_to(address)
    answers = dict.fromkeys(board.QUESTIONS, "looked at")
    member.post(form, result="approved", valid_until="2027-11-01", **answers)
    board_agrees(bank)


def crowd(bank, count=20):
    """Persons who agree, with a night's sleep each, of two lengths."""
    day = day_number(date(2026, 10, 5))

    def deposit(work, owner, hours):
        header = {"concept": "sleep_duration", "unit": "h", "value": hours}
        draft = RecordDraft(
            category="health.sleep",
            first_day=day,
            last_day=day,
            order_in_day=0,
            payload_schema="fhir-r4/Observation",
            sensitivity="health-general",
            source_id=owner,
            dedupe=b"one",
            header=header,
            payload=b"{}",
        )
        import_id = work.ids.new()
        bank.vault.begin_import(
            work, owner, import_id, source_id=owner, media_type="text/x"
        )
        bank.vault.add(work, owner, import_id, [draft])
        choices.allow(work, owner)

    for n in range(count):
        owner = sign_up(bank, f"sleeper{n:02}")
        hours = "6" if n % 2 else "8"
        bank.unit_of_work(lambda work, o=owner, h=hours: deposit(work, OwnerId(o), h))


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kind": "raw"}, "kind"),
        ({"purpose_en": ""}, "purpose_en"),
        ({"first_month": "2026-11"}, "first_month"),
        ({"k": "9"}, "k"),
    ],
)
def test_a_wrong_order_is_refused_at_its_field(operator, wrong, field):
    form = operator.get("/operator/data-sets/new").form_to("/new")
    assert f"#{field}" in operator.post(form, 422, **ORDER | wrong).links


def test_from_order_to_the_published_file(bank, clock, operator, member, portal):
    crowd(bank)
    assert "No data set was ordered yet." in operator.get("/operator/data-sets").text
    assert "No data set has been made yet." in portal().get("/data-sets").text
    here = ordered(operator)
    assert "Waits for the ethics board" in operator.get(here).text
    approve(bank, member, here)
    assert make_data_sets(bank) == 1

    page = operator.get(here)
    taken = operator.send(page.form_to("/file"))
    assert taken.content_type == "application/x-ndjson"
    public = f"/data-sets/{here.rpartition('/')[2]}"
    shown = portal().get(public)
    assert "has been given to nobody" in shown.text
    assert "mean hours of sleep a day" in shown.text

    operator.post(page.form_to("/announce"))
    assert "not before" in portal().get(public).text
    assert "Announced" in portal().get("/data-sets").text
    clock.advance(timedelta(days=7))
    visitor = portal()
    assert f"{public}/file" in visitor.get(public).links
    assert visitor.client.get(f"{public}/file").data == taken.data
    assert "Can be downloaded" in visitor.get("/data-sets").text

    operator.log_in("staff")
    operator.post(operator.get(here).form_to("/take-down"))
    assert "not given any more" in visitor.get(public).text
    assert "Not given any more" in visitor.get("/data-sets").text
    operator.post(operator.get(here).form_to("/delete"))
    assert "Deleted" in operator.get(here).text


def test_a_pseudonymised_set_has_no_way_out(bank, operator, member, portal):
    crowd(bank)
    here = ordered(operator, kind="pseudonymised")
    approve(bank, member, here)
    assert make_data_sets(bank) == 1

    page = operator.get(here)
    assert "has no way to do it" in page.text
    assert not [form for form in page.forms if form.action.endswith("/announce")]
    public = f"/data-sets/{here.rpartition('/')[2]}"
    assert "stays inside the bank" in portal().get(public).text
    assert portal().client.get(f"{public}/file").status_code == 404
    # The address that announces an anonymised set refuses this kind.
    form = page.form_to("/delete")
    form.action = f"{here}/announce"
    assert operator.send(form).status_code == 403
    assert "Inside this bank" in portal().get("/data-sets").text


def test_the_person_finds_each_reading_in_the_log(bank, operator, member, portal):
    crowd(bank)
    approve(bank, member, ordered(operator))
    make_data_sets(bank)
    page = portal("sleeper00").get("/disclosures")
    assert "to make a data set without names" in page.text


def test_staff_see_why_a_set_was_not_made(bank, clock, operator, member, monkeypatch):
    few, stuck = ordered(operator), ordered(operator)
    approve(bank, member, few)
    make_data_sets(bank)
    assert "No group had enough persons." in operator.get(few).text

    monkeypatch.setattr("pds.datasets.choices.some", lambda *_given: 1 / 0)
    approve(bank, member, stuck)
    for _ in range(register.MOST_ATTEMPTS + 1):
        make_data_sets(bank)
        clock.advance(register.LEASE)
    operator.log_in("staff")
    assert "was tried five times" in operator.get(stuck).text
    assert "Not made" in operator.get("/operator/data-sets").text


def test_staff_see_how_much_could_not_be_read(bank, operator, member):
    crowd(bank, 24)
    spoiled = choices_of(bank)[0]
    bank.unit_of_work(
        lambda work: shredding.shred(
            work.connection,
            work.keys,
            spoiled,
            lambda key: key.key_class == categories.get("health.sleep").key_class,
        )
    )
    here = ordered(operator)
    approve(bank, member, here)
    assert make_data_sets(bank) == 1
    assert "Records: 1, persons: 0" in operator.get(here).text


def choices_of(bank):
    with bank.read() as snap:
        return choices.some(snap, None, 100)


def test_what_was_not_made_has_no_public_page(bank, operator, portal):
    here = ordered(operator)
    name = here.rpartition("/")[2]
    assert portal().client.get(f"/data-sets/{name}").status_code == 404
    with bank.read() as snap:
        assert [str(each.data_set_id) for each in register.every(snap)] == [name]


def test_the_board_may_stop_a_set(bank, operator, member):
    crowd(bank)
    here = ordered(operator)
    approve(bank, member, here)
    make_data_sets(bank)
    address = f"/board/data-set/{here.rpartition('/')[2]}"
    member.post(member.get(f"{address}/stop").form_to("/stop"))
    assert not [form for form in operator.get(here).forms if "/file" in form.action]
