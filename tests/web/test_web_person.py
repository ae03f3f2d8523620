"""A person's pages: home, data, imports, consents, disclosures, copy."""

import io
import json
from datetime import timedelta
from uuid import UUID

import pytest

from audit.entry import Entry
from audit.leaf import EventType
from audit.receipt_check import verify_receipt
from consent import ledger
from consent.oauth import grants
from consent.states import ConsentState
from pds.rights import history
from pds.web import uploads
from tests.web.conftest import RECIPIENT, provision, sign_up, weight, weights

NOT_MINE = "01900000-0000-7000-8000-000000000000"


def older(page):
    """The address of the next page of a list; language links keep the place, too."""
    found = [x for x in page.links if "after=" in x and "lang=" not in x]
    return found[0] if found else ""


def upload(person, content, name="data.ndjson", kind="application/fhir+ndjson"):
    form = person.get("/imports/new").form_to("/imports/new")
    data = {**form.fields, "file": (io.BytesIO(content), name, kind)}
    return person.client.post(
        form.action, data=data, headers=person.headers | {"Accept-Language": "en"}
    )


@pytest.fixture
def disclosures(bank, hanako, consent):
    """Three disclosures and a denial in the log of hanako."""
    terms = provision(bank.clock.now())
    common = {
        "subject": hanako,
        "recipient": RECIPIENT,
        "purpose": terms.purpose,
        "categories": terms.categories,
        "form": "copy",
        "consent": (UUID(consent), 2),
    }

    def act(work):
        for count in (5, 6, 7):
            released = EventType.DISCLOSURE_RELEASED
            work.log.record(Entry(type=released, count=count, **common))
        denied = {"reasons": "consent.withdrawn recipient.suspended"}
        work.log.record(
            Entry(type=EventType.DISCLOSURE_DENIED, detail=denied, **common)
        )

    bank.unit_of_work(act)


def test_home_says_who_can_see_what_and_who_looked(person, records, disclosures):
    page = person.get("/home")

    assert "1 organisation can see some of your data now." in page.text
    assert "Genki Lab Inc. In force Points: 100 points a month" in page.text
    assert "You have 120 records here. You brought in the last ones on" in page.text
    assert "Genki Lab Inc. 3 times (18 records) 1 time" in page.text
    assert "No consent ends within 30 days" in page.text
    assert "Receipts given to recipients 3" in page.text


def test_home_of_somebody_who_shares_nothing_says_so(person):
    page = person.get("/home")

    assert "Nobody can see any of your data." in page.text
    assert "Nobody has asked for your data in the last 30 days." in page.text
    assert "You have given nothing so far" in page.text


def test_home_names_what_ends_soon(person, consent, clock):
    page = person.get(f"/consents/{consent}/narrow")
    soon = (clock.now() + timedelta(days=20)).date().isoformat()
    form = page.form_to("/narrow")
    person.post(form, category="health.vital.weight", last_day=soon)

    assert "Genki Lab Inc.: your consent ends at" in person.get("/home").text


def test_home_looks_back_thirty_days(person, disclosures, clock, portal):
    clock.advance(timedelta(days=31))

    page = portal("hanako").get("/home")

    assert "Nobody has asked for your data in the last 30 days." in page.text
    assert "Not used" in page.text


def test_data_is_shown_by_keyset_page_and_category(person, records):
    first = person.get("/data")
    second = person.get(older(first))
    third = person.get(older(second))

    def ids(page):
        return [link for link in page.links if link.startswith("/data/records/")]

    shown = ids(first) + ids(second) + ids(third)
    assert [len(ids(page)) for page in (first, second, third)] == [50, 50, 20]
    assert len(set(shown)) == 120
    assert older(third) == ""


def test_only_the_chosen_category_is_shown(person, records):
    page = person.get("/data?category=health.vital.weight")
    none = person.get("/data?category=health.vital.height")

    assert [link for link in page.links if link.startswith("/data/records/")]
    assert not [link for link in none.links if link.startswith("/data/records/")]


def test_an_unreadable_place_in_the_list_is_refused(person, records):
    assert "What you entered breaks a rule." in person.get("/data?after=x", 422).text
    person.get("/disclosures?after=x", 422)


def test_a_record_is_shown_as_it_is_stored(person, records):
    listed = person.get("/data")
    link = next(each for each in listed.links if each.startswith("/data/records/"))

    page = person.get(link)

    assert "Body weight" in page.headings
    assert "71.9 kg" in page.text
    assert '"resourceType": "Observation"' in page.text


def test_nobody_sees_the_record_of_another_person(bank, person, records, portal):
    listed = person.get("/data")
    link = next(each for each in listed.links if each.startswith("/data/records/"))
    sign_up(bank, "taro")

    portal("taro").get(link, 404)


def test_an_upload_says_what_became_of_each_item(person):
    content = weights(2) + b'\n{"resourceType": "Spaceship"}\n'

    answer = upload(person, content)

    assert answer.status_code == 200
    assert "Left out" in answer.text
    assert "PHR-" in answer.text
    assert "line 3" in answer.text


def test_the_same_file_twice_stores_nothing_twice(person, hanako, bank):
    upload(person, weights(3))
    again = upload(person, weights(3))

    assert "There already" in again.text
    with bank.read() as snap:
        counts = bank.vault.count(snap, hanako, categories=("health.vital.weight",))
    assert counts == {"health.vital.weight": 3}


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"\xff\xfe not text", 422),
        (b"{", 422),
        (b'{"resourceType": "Spaceship"}', 422),
        (b"", 422),
    ],
)
def test_a_bad_file_is_refused_and_nothing_is_stored(person, content, status):
    answer = upload(person, content, "data.json", "application/json")

    assert answer.status_code in {status, 415}
    assert "Nothing of the file was stored." in answer.text


def test_a_file_that_is_too_large_is_refused(person, bank):
    answer = upload(person, b"x" * (bank.settings.max_upload_bytes + 1))

    assert answer.status_code == 413
    assert "larger than the service accepts" in answer.text


def test_a_request_far_too_large_is_cut_off(person, app):
    form = person.get("/account/close").form_to("/account/close")
    app.config["MAX_CONTENT_LENGTH"] = 100

    answer = person.send(form, note="x" * 200)

    assert answer.status_code == 413


def test_only_who_is_logged_in_may_send_as_much_as_an_archive(portal, person, settings):
    much = b"PK\x03\x04" + b"x" * (settings.max_upload_bytes + uploads.FORM)
    form = person.get("/imports/new").form_to("/imports/new")

    assert upload(person, much).status_code == 422
    stranger = portal()
    answer = stranger.client.post(
        "/imports/new", data={**form.fields, "file": (io.BytesIO(much), "my-data.zip")}
    )
    assert answer.status_code == 413
    too_much = b"PK\x03\x04" + b"x" * settings.max_archive_bytes
    refused = upload(person, too_much)
    assert refused.status_code == 413
    assert "larger than the service accepts" in refused.text


def test_a_remark_is_said_in_the_language_of_the_page(person):
    person.get("/imports/new?lang=ja")
    answer = upload(person, b"{bad", "data.json", "application/json")

    assert "文字またはJSONとして読み取れません。" in answer.text
    assert "Bad JSON at line 1" in answer.text


def test_an_upload_without_a_file_is_refused(person):
    form = person.get("/imports/new").form_to("/imports/new")

    assert "Choose a file." in person.post(form, 422).text


def test_an_import_that_stored_nothing_has_nothing_to_take_back(person):
    upload(person, weights(1))
    upload(person, weights(1))

    listed = person.get("/imports")
    (link,) = (each for each in listed.links if each.endswith("/undo"))

    assert "1 record of " in person.get(link).text


def test_an_import_can_be_taken_back_once(person, records):
    listed = person.get("/imports")
    ask = person.get(next(link for link in listed.links if link.endswith("/undo")))
    form = ask.form_to("/undo")

    done = person.follow(person.post(form))
    again = person.post(form, 404)

    assert "120 records were taken back." in done.text
    assert "Taken back" in done.text
    assert "taken back already" in again.text


def test_withdrawing_ends_the_consent_and_its_authorisations(
    person, consent, bank, hanako
):
    def authorise(work):
        return grants.create(
            work,
            owner=hanako,
            consent_id=UUID(consent),
            client_id="genki-app",
            recipient_id=RECIPIENT,
            is_recurring=True,
            expires_at=provision(work.now).access.until,
        )

    grant = bank.unit_of_work(authorise)
    page = person.get(f"/consents/{consent}")
    ask = person.get(next(link for link in page.links if link.endswith("/withdraw")))
    form = ask.form_to("/withdraw")

    done = person.follow(person.post(form))

    assert "Your consent is withdrawn." in done.text
    assert "It is being told that your consent has ended." in done.text
    assert "It has to delete what it received by" in done.text
    with bank.read() as snap:
        assert ledger.get(snap, hanako, UUID(consent)).state is ConsentState.WITHDRAWN
        found = grants.find(snap, hanako, grant.grant_id)
        assert not found.is_alive(snap.now)
    person.post(form, 409)
    person.get(f"/consents/{consent}/withdraw", 409)


def test_a_consent_can_be_narrowed_and_never_widened(person, consent, bank, hanako):
    page = person.get(f"/consents/{consent}/narrow")
    form = page.form_to("/narrow")

    done = person.follow(person.post(form, category="health.vital.weight"))
    wider = person.post(form, 422, category="health.lab")

    assert "Your consent is narrower from now on." in done.text
    assert wider.title.startswith("Error: ")
    with bank.read() as snap:
        current = ledger.get(snap, hanako, UUID(consent))
        terms = ledger.terms(snap, bank.keys, current).provision
    assert terms.categories == ("health.vital.weight",)


def test_narrowing_to_the_same_is_refused(person, consent):
    first = person.get(f"/consents/{consent}/narrow").form_to("/narrow")
    person.post(first, category="health.vital.weight")
    form = person.get(f"/consents/{consent}/narrow").form_to("/narrow")

    page = person.post(form, 422, category="health.vital.weight")

    assert "Nothing was taken back." in page.text


def test_another_persons_consent_does_not_exist(bank, consent, portal):
    sign_up(bank, "taro")
    taro = portal("taro")

    for path in ("", "/withdraw", "/narrow", "/receipt", "/receipt/read"):
        taro.get(f"/consents/{consent}{path}", 404)


def test_consents_are_listed_in_words(person, consent):
    page = person.get("/consents")

    assert "Genki Lab Inc." in page.text
    assert "In force (1)" in page.text
    assert "100 points a month" in person.get(f"/consents/{consent}").text
    ask = person.get(f"/consents/{consent}/withdraw")
    person.post(ask.form_to("/withdraw"))
    assert "Ended (1)" in person.get("/consents").text


def test_the_receipt_can_be_read_in_words(person, consent, portal):
    page = person.get(f"/consents/{consent}/receipt/read")
    japanese = portal("hanako", "ja").get(f"/consents/{consent}/receipt/read")

    assert page.headings == ["Consent receipt: Genki Lab Inc."]
    assert "Corporate number 7000012050002" in page.text
    assert "They erase it within 30 days of receiving it." in page.text
    assert "Doing nothing is not consent." in page.text
    assert f"{consent} (version 2)" in page.text
    assert "何もしないことは同意になりません。" in japanese.text


def test_the_signed_receipt_is_handed_out(person, consent):
    answer = person.client.get(f"/consents/{consent}/receipt")

    assert answer.status_code == 200
    assert answer.text.count(".") == 2
    assert "attachment" in answer.headers["Content-Disposition"]


def test_disclosures_are_the_log_entry_for_entry(person, disclosures):
    page = person.get("/disclosures")

    shown = {link for link in page.links if link.startswith("/disclosures/")}
    assert len(shown) == 4
    detail = person.get(min(shown))
    assert "Given" in detail.headings
    assert "Records 5" in detail.text
    assert "You withdrew the consent. The recipient is suspended." in page.text


def test_the_pages_of_one_fetch_are_one_happening(person, hanako, bank, consent):
    released = EventType.DISCLOSURE_RELEASED
    common = {"subject": hanako, "recipient": RECIPIENT, "purpose": "health.advice"}

    def act(work):
        for count in (100, 100, 64):
            given = (UUID(consent), 2)
            work.log.record(Entry(type=released, count=count, consent=given, **common))

    bank.unit_of_work(act)
    page = person.get("/disclosures")

    assert "Given 264 records" in page.text
    assert "3 entries of the log" in page.text
    proofs = [link for link in page.links if link.startswith("/log/proof/")]
    assert len(set(proofs)) == 3


def test_the_history_can_be_had_of_one_recipient(person, hanako, bank, disclosures):
    seen = Entry(type=EventType.STAFF_VIEWED, subject=hanako)
    bank.unit_of_work(lambda work: work.log.record(seen))

    everybody = person.get("/disclosures")
    alone = person.get(f"/disclosures?recipient={RECIPIENT}")
    stranger = person.get("/disclosures?recipient=nobody")

    assert "Seen by staff" in everybody.text
    assert "Seen by staff" not in alone.text
    assert "Given 7 records" in alone.text
    assert "Seen by staff" in stranger.text


def test_each_entry_has_a_proof_that_verifies(person, disclosures, bank):
    page = person.get("/disclosures")
    shown = [link for link in page.links if link.startswith("/disclosures/")]
    links = person.get(shown[0]).links

    answer = person.client.get(next(x for x in links if x.startswith("/log/proof/")))

    checked = verify_receipt(answer.data, [bank.signer.verifier])
    assert checked.leaf["typ"] == "disclosure:denied"
    assert checked.opened["reasons"] == "consent.withdrawn recipient.suspended"


def test_nobody_gets_the_proof_of_another_person(bank, person, disclosures, portal):
    page = person.get("/disclosures")
    links = person.get(
        next(link for link in page.links if link.startswith("/disclosures/"))
    ).links
    proof = next(link for link in links if link.startswith("/log/proof/"))
    sign_up(bank, "taro")

    taro = portal("taro")

    taro.get(proof, 404)
    taro.get(f"/log/proof/{NOT_MINE}", 404)


@pytest.mark.parametrize("place", ["1.99", "9.0", "0.0", "x", "1"])
def test_an_entry_that_is_not_there_is_not_found(person, place):
    assert person.client.get(f"/disclosures/{place}").status_code in {404, 422}


def test_a_copy_holds_every_record_and_stands_in_the_log(person, records, bank, hanako):
    form = person.get("/copy").form_to("/copy")

    answer = person.send(form)

    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert lines[0] == {"format": "infobank-export/1", "records": records}
    assert len(lines) == records + 1
    assert lines[1]["payload"]["resourceType"] == "Observation"
    assert b'"value":71.9}' in answer.data
    with bank.read() as snap:
        found = history.page(
            snap,
            bank.keys,
            hanako,
            types={EventType.PERSON_EXPORTED},
            limit=5,
        )
    assert [each.count for each in found.happenings] == [records]


def test_a_record_with_many_values_names_them_all(person):
    panel = json.loads(weight(1, "2026-02-02", "1"))
    del panel["valueQuantity"]
    panel["code"]["coding"][0] |= {"code": "85354-9", "display": "Blood pressure"}
    panel["component"] = [
        {
            "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
            "valueQuantity": {
                "value": value,
                "unit": "mmHg",
                "system": "http://unitsofmeasure.org",
                "code": "mm[Hg]",
            },
        }
        for code, value in (("8480-6", 121), ("8462-4", 79))
    ]

    upload(person, json.dumps(panel).encode(), "one.json", "application/fhir+json")

    assert "121/79 mmHg" in person.get("/data").text
