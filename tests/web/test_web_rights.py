"""The rights desk by its pages: person, staff, auditor."""

import csv
from datetime import timedelta
from io import BytesIO, StringIO

import pytest

from pds.accounts.roles import Role
from providers import sources
from tests.web.conftest import sign_up
from tests.web.test_web_agents import acting

PDF = b"%PDF-1.4\nauthority"
WORDS = "The hospital wrote a wrong weight."


def ask(person, kind="correction", **fields):
    form = person.get(f"/rights/new/{kind}").form_to(f"/new/{kind}")
    done = person.post(form, **{"text": WORDS, **fields})
    return done.response.headers["Location"]


def desk(address):
    return f"/operator{address}"


def press(visitor, address, ending, status=303, **fields):
    return visitor.post(visitor.get(address).form_to(ending), status, **fields)


@pytest.fixture
def second(bank, portal):
    sign_up(bank, "staff2", Role.OPERATOR)
    return portal("staff2")


def test_everything_that_can_be_asked_is_explained(person):
    page = person.get("/rights")
    for words in ("See my data", "Complain", "03-6457-9849", "within 14 days"):
        assert words in page.text
    for link in [each for each in page.links if each.startswith("/rights/new/")]:
        assert "without delay" in person.get(link).text
    assert person.client.get("/rights/new/anything").status_code == 404


def test_what_software_can_answer_is_answered_at_once(person):
    data = person.get("/rights/new/data-disclosure").form_to("/data-disclosure")
    lists = person.get("/rights/new/provision-disclosure")
    first = person.post(data, way="file").response.headers["Location"]
    again = person.post(data, way="file").response.headers["Location"]
    other = person.post(lists.form_to("/provision-disclosure"), way="file")

    assert first == again == "/copy/archives"
    assert "Waiting" in person.get(first).text
    assert other.response.headers["Location"] == "/copy/disclosures"
    assert person.get("/rights").text.count("Done as asked") == 2


def test_papers_by_post_need_an_address_and_go_to_the_desk(person, operator):
    form = person.get("/rights/new/data-disclosure").form_to("/data-disclosure")
    assert "#text" in person.post(form, 422, way="paper").links
    assert "#way" in person.post(form, 422, way="pigeon").links
    address = person.post(form, way="paper", text="1-1 Chiyoda").response.headers[
        "Location"
    ]
    assert "On paper" in person.get(address).text
    assert "On paper" in operator.get(desk(address)).text


@pytest.mark.usefixtures("consent")
def test_stopping_the_provision_ends_all_consents(person):
    page = person.get("/rights/new/stop-provision")
    assert "1 consent ends at once." in page.text
    form = page.form_to("/stop-provision")
    assert "#sure" in person.post(form, 422, ground="none").links
    assert "#ground" in person.post(form, 422, sure="sure").links
    done = person.follow(person.post(form, ground="none", sure="sure"))
    assert "1 consent has ended." in done.text
    assert "You withdrew" in person.get("/consents").text


def test_a_correction_from_the_person_to_the_answer(bank, person, operator, auditor):
    source = bank.unit_of_work(
        lambda work: sources.register(work, name_ja="医院", name_en="Clinic")
    )
    address = ask(person)
    here = desk(address)
    assert WORDS in person.get(address).text
    shut = operator.get(here)
    assert WORDS not in shut.text

    read = operator.post(shut.form_to("/read"), 200)
    assert WORDS in read.text
    assert "Staff of this bank read" in person.get("/disclosures").text
    press(operator, here, "/take")
    press(operator, here, "/forward", 422, source="", forwarded="")
    press(
        operator,
        here,
        "/forward",
        source=str(source.source_id),
        forwarded="Look, please",
    )
    assert "Clinic" in person.get(address).text
    press(operator, here, "/source-answer", 422, said="perhaps")
    press(operator, here, "/source-answer", said="not-corrected", source_text="Right.")
    press(operator, here, "/answer", 422, outcome="refused", refusal="", answer="No.")
    press(operator, here, "/answer", 422, outcome="", refusal="", answer="")
    press(
        operator,
        here,
        "/answer",
        outcome="refused",
        refusal="appi-34-1",
        answer="It is right.",
    )
    page = person.get(address)
    for words in ("It is right.", "(article 34(1))", "Right.", "Complain to us"):
        assert words in page.text
    person.post(page.form_to("/close"))
    assert "No request waits." in operator.get("/operator/rights").text
    ledger = auditor.get("/auditor/rights")
    assert "(article 34(1))" in ledger.text
    assert "It is right." not in ledger.text


def test_the_ledger_as_a_file_names_nobody(bank, person, auditor, hanako, monkeypatch):
    assert "Nobody has asked for anything." in auditor.get("/auditor/rights").text
    ask(person)
    form = auditor.get("/auditor/rights").form_to("/auditor/rights")
    sent = auditor.send(form)
    (row,) = csv.DictReader(StringIO(sent.text.removeprefix("\ufeff")))
    assert row["kind"] == "correction"
    assert row["state"] == "received"
    assert row["pseudonym"] == bank.pseudonyms.of(hanako)
    assert WORDS not in sent.text
    assert str(hanako) not in sent.text
    assert "under a pseudonym" in person.get("/disclosures").text
    assert "#to" in auditor.post(form, 422, **{"from": "2027-01-02", "to": "x"}).links
    monkeypatch.setattr("pds.rights.desk.ledger.MOST", 0)
    assert "#from" in auditor.post(form, 422).links
    assert auditor.client.get("/auditor/rights?before=x").status_code == 422


def test_the_ledger_has_pages(person, auditor, monkeypatch):
    monkeypatch.setattr("pds.rights.desk.ledger.PAGE", 1)
    monkeypatch.setattr("pds.rights.desk.ledger.page.__defaults__", (1,))
    for _ in range(2):
        ask(person)
    page = auditor.get("/auditor/rights")
    (older,) = [each for each in page.links if "before=" in each]
    assert "/auditor/rights" in auditor.get(older).links


def test_who_is_late_is_told_in_red(bank, clock, person, portal, operator, auditor):
    address = ask(person)
    clock.advance(timedelta(days=15))
    assert "Late" in portal("hanako").get("/rights").text
    assert "We are late." in portal("hanako").get(address).text
    assert "Some answers are late." in portal("staff").get("/operator/rights").text
    assert "The answer is late." in portal("staff").get(desk(address)).text
    assert "Late" in portal("auditor").get("/auditor/rights").text


def test_an_agents_request_needs_two_of_staff(person, operator, second):
    form = operator.get("/operator/rights/new").form_to("/rights/new")
    fields = {
        "login": "hanako",
        "kind": "erasure",
        "text": WORDS,
        "agent_kind": "statutory",
        "agent_name": "Jiro",
    }

    def sent(**changed):
        return {**fields, "proof": (BytesIO(PDF), "proof.pdf"), **changed}

    for name, value in [
        ("login", "nobody-here"),
        ("kind", "gossip"),
        ("agent_name", ""),
        ("proof", (BytesIO(b""), "")),
        ("proof", (BytesIO(b"<html>"), "proof.pdf")),
    ]:
        assert f"#{name}" in operator.post(form, 422, **sent(**{name: value})).links
    here = operator.post(form, **sent()).response.headers["Location"]
    mine = here.removeprefix("/operator")
    assert "did not come from your own login" in person.get(mine).text

    assert "Open every document first." in press(operator, here, "/check", 409).text
    read = operator.post(operator.get(here).form_to("/read"), 200)
    operator.send(read.form_to("/papers/3"))
    press(operator, here, "/check")
    assert "Somebody else has to admit it." in operator.get(here).text
    read = second.post(second.get(here).form_to("/read"), 200)
    fetched = second.send(read.form_to("/papers/3"))
    assert fetched.data == PDF
    assert fetched.headers["Content-Disposition"].startswith("attachment")
    press(second, here, "/admit")
    assert "Has arrived" in person.get(mine).text
    assert "A document of 18 bytes" in person.get(mine).text


def test_a_letter_needs_no_document(person, operator):
    form = operator.get("/operator/rights/new").form_to("/rights/new")
    done = operator.post(
        form, login="hanako", kind="complaint", text=WORDS, agent_kind="nobody"
    )
    mine = done.response.headers["Location"].removeprefix("/operator")
    page = person.get(mine)
    assert "By letter or telephone" in page.text
    person.post(page.form_to("/take-back"))
    assert "Taken back" in person.get(mine).text


def test_nobody_sees_the_request_of_somebody_else(bank, person, portal, auditor):
    address = ask(person)
    sign_up(bank, "jiro")
    other = portal("jiro")
    assert other.client.get(address).status_code == 404
    for path in ("/operator/rights", desk(address), "/auditor/rights"):
        assert other.client.get(path).status_code == 403
    assert auditor.client.get(desk(address)).status_code == 403


def test_a_request_about_a_record_names_it(bank, person, portal, operator, records):
    shown = person.get("/data")
    link = next(each for each in shown.links if each.startswith("/data/records/"))
    number = link.rpartition("/")[2]
    form = person.get(f"/rights/new/correction?record={number}").form_to("/correction")
    here = person.post(form, text=WORDS).response.headers["Location"]
    assert number in operator.get(desk(here)).text
    sign_up(bank, "jiro")
    other = portal("jiro")
    wrong = other.get("/rights/new/correction").form_to("/correction")
    assert other.send(wrong, text=WORDS, record=number).status_code == 404
    assert other.send(wrong, text=WORDS, record="x").status_code == 404


def test_an_agent_with_the_scope_asks_by_the_link(bank, person, portal, operator):
    sign_up(bank, "haruko")
    helper = portal("haruko")
    begun = acting(person, helper, "rights")
    assert begun.response.headers["Location"] == "/rights"

    mine = ask(helper)
    wish = helper.get("/rights/new/data-disclosure").form_to("/data-disclosure")
    files = helper.post(wish, way="file").response.headers["Location"]

    assert "Has arrived" in person.get(mine).text
    assert "Somebody whom the person authorised" in person.get(mine).text
    assert "Somebody works on it" not in person.get(files).text
    press(operator, desk(files), "/take")
    assert "Somebody works on it" in helper.get(files).text
    helper.post(helper.get(mine).form_to("/take-back"))
    assert "Taken back" in person.get(mine).text
    helper.post(helper.get("/acting").form_to("/stop"))
    assert helper.client.get(mine).status_code == 404


def test_an_agent_without_the_scope_sees_no_request(bank, person, portal):
    sign_up(bank, "haruko")
    helper = portal("haruko")
    acting(person, helper, "view")
    helper.get("/rights", status=403)


def test_an_agent_ends_all_consents_only_with_both_scopes(
    bank, hanako, person, portal, consent
):
    sign_up(bank, "haruko")
    helper = portal("haruko")
    acting(person, helper, "rights")
    form = helper.get("/rights/new/stop-provision").form_to("/stop-provision")
    refused = helper.post(form, 403, ground="none", sure="sure")
    assert "has not allowed" in refused.text
    assert "In force" in person.get("/consents").text
    assert "/account/close" not in helper.get("/rights").links
    helper.get("/account/close", status=403)


def test_what_is_granted_is_shown_as_done_only_when_it_is(person, operator):
    mine = ask(person, "erasure", ground="none")
    here = desk(mine)
    press(operator, here, "/take")
    assert "the record that is named is deleted at once" in operator.get(here).text
    press(operator, here, "/answer", outcome="granted", refusal="", answer="We will.")
    page = person.get(mine)
    assert "Granted, not carried out yet" in page.text
    assert "Done as asked" not in page.text
    assert "#done" in press(operator, here, "/carry-out", 422, done="").links
    press(operator, here, "/carry-out", done="Both letters are burnt.")
    page = person.get(mine)
    for words in ("Done as asked", "Carried out at", "Both letters are burnt."):
        assert words in page.text
    assert "Granted, not carried out yet" not in page.text


def test_a_granted_correction_opens_the_record_to_the_person(
    bank, hanako, person, operator, records, monkeypatch
):
    monkeypatch.setattr("pds.rights.own_records.is_own", lambda _record: False)
    shown = person.get("/data")
    link = next(each for each in shown.links if each.startswith("/data/records/"))
    assert "We granted it." not in person.get(link).text
    number = link.rpartition("/")[2]
    form = person.get(f"/rights/new/correction?record={number}").form_to("/correction")
    mine = person.post(form, text=WORDS).response.headers["Location"]
    here = desk(mine)
    press(operator, here, "/take")
    press(operator, here, "/answer", outcome="granted", refusal="", answer="Yes.")
    assert "The person may correct the record now" in operator.get(here).text
    (way,) = [each for each in person.get(mine).links if each.endswith("/correct")]
    record = person.get(way.removesuffix("/correct"))
    assert "We granted it. You can correct the record now" in record.text
    assert way in record.links
    person.post(person.get(way).form_to("/correct"))
    assert "Done as asked" in person.get(mine).text


def test_an_agent_sees_no_complaint_but_the_own(bank, person, portal, operator):
    sign_up(bank, "haruko")
    helper = portal("haruko")
    acting(person, helper, "rights")
    about = ask(person, "complaint", text="My agent is rude.")
    other = ask(person, "correction")
    mine = ask(helper, "complaint", text="Nobody answers.")

    page = helper.get("/rights")
    assert about not in page.links
    assert {other, mine} <= set(page.links)
    assert helper.client.get(about).status_code == 404
    assert "Nobody answers." in helper.get(mine).text
    for step in ("take-back", "close"):
        form = helper.get(mine).form_to("/take-back")
        form.action = f"{about}/{step}"
        assert helper.send(form).status_code == 404
    assert {about, mine} <= set(person.get("/rights").links)
    assert "My agent is rude." in person.get(about).text


def test_the_queue_of_the_desk_has_pages(person, operator, clock, monkeypatch):
    monkeypatch.setattr("pds.rights.desk.handling.PAGE", 2)
    made = [desk(ask(person, "complaint")) for _ in range(3)]
    clock.advance(timedelta(seconds=1))
    made += [desk(ask(person, "complaint")) for _ in range(2)]
    page, seen, addresses = operator.get("/operator/rights"), [], []
    for _ in range(3):
        seen += [each for each in page.links if each in made]
        addresses += [
            each for each in page.links if "after=" in each and "lang" not in each
        ][:1]
        if len(addresses) == 2 and len(seen) == 5:
            break
        page = operator.get(addresses[-1])
    # Those of one moment follow by their numbers.
    made = sorted(made[:3]) + sorted(made[3:])
    assert seen == made
    assert len(addresses) == 2
    assert "/operator/rights" in page.links
    assert operator.client.get("/operator/rights?after=x").status_code == 404
    press(operator, made[1], "/take")
    assert made[2] in operator.get(addresses[0]).links
