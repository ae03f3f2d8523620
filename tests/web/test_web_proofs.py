"""The person's record of provision, and what anyone is given to check the log with."""

import base64
import csv
import io
import json
from datetime import timedelta
from uuid import UUID

import pytest

from audit import store
from audit.entry import Entry
from audit.leaf import EventType
from audit.merkle import verify_consistency
from consent import processors
from pds.rights import history
from pds.rights.provisions import COLUMNS, FORMAT, as_csv
from tests.consent.test_processors import FIRM
from tests.web.conftest import RECIPIENT, provision

SEEN = ("staff:viewed", "auditor:viewed", "auditor:unmasked", "agent:viewed")


@pytest.fixture
def happened(bank, hanako, consent):
    """A disclosure, a refusal and a look of each kind."""
    terms = provision(bank.clock.now())
    common = {
        "subject": hanako,
        "recipient": RECIPIENT,
        "purpose": terms.purpose,
        "categories": terms.categories,
        "form": "copy",
        "consent": (UUID(consent), 2),
    }
    denied = {"reasons": "consent.withdrawn recipient.suspended"}

    def act(work):
        work.log.record(Entry(type=EventType.DISCLOSURE_RELEASED, count=1234, **common))
        work.log.record(
            Entry(type=EventType.DISCLOSURE_DENIED, detail=denied, **common)
        )
        for each in SEEN:
            work.log.record(Entry(type=EventType(each), subject=hanako))

    bank.unit_of_work(act)
    return consent


def taken(person, form):
    page = person.get("/copy/disclosures")
    return person.send(page.form_to("/copy/disclosures"), **{"as": form})


def test_the_record_of_provision_can_be_taken_as_json(person, happened, bank):
    answer = taken(person, "json")

    found = json.loads(answer.data)
    assert found["format"] == FORMAT
    assert [each["event"] for each in found["disclosures"]] == [
        *reversed(SEEN),
        "disclosure:denied",
        "disclosure:released",
    ]
    given = found["disclosures"][-1]
    assert given["recipient_name_ja"] == "元気ラボ株式会社"
    assert given["recipient_representative"] == "山田太郎"
    assert given["legal_ground"] == "consent"
    assert (given["consent_id"], given["consent_version"]) == (happened, 2)
    assert (given["count"], given["method"]) == (1234, "copy")
    assert len(given["board_decisions"]) == 2
    with bank.read() as snap:
        leaf = store.leaf_at(snap.connection, given["leaf_index"])
    assert json.loads(leaf.leaf)["id"] == given["leaf_id"]


def test_the_record_names_recipient_and_processor(person, hanako, consent, bank, clock):
    """What a processor handles is given to the recipient all the same (R-05)."""
    made = Entry(
        type=EventType.DISCLOSURE_RELEASED, subject=hanako, recipient=RECIPIENT, count=1
    )
    bank.unit_of_work(lambda work: work.log.record(made))
    clock.advance(timedelta(seconds=1))
    firm = bank.unit_of_work(
        lambda work: processors.enter(work, RECIPIENT, FIRM, actor="o")
    )
    bank.unit_of_work(lambda work: work.log.record(made))
    clock.advance(timedelta(seconds=1))
    bank.unit_of_work(lambda work: processors.end(work, firm, actor="o"))
    bank.unit_of_work(lambda work: work.log.record(made))

    after, within, before = json.loads(taken(person, "json").data)["disclosures"]

    assert (within["recipient_id"], within["processors"]) == (RECIPIENT, FIRM.name_ja)
    assert "processors" not in after
    assert "processors" not in before


def test_the_same_can_be_taken_for_a_spreadsheet(person, happened):
    answer = taken(person, "csv")

    assert answer.data.startswith("\ufeff".encode())
    assert "my-disclosures.csv" in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    same = json.loads(taken(person, "json").data)["disclosures"]
    assert tuple(rows[0]) == COLUMNS
    assert [row["leaf_id"] for row in rows] == [each["leaf_id"] for each in same]
    assert rows[-1]["categories"].split() == same[-1]["categories"]


def test_a_name_is_no_formula_in_a_spreadsheet():
    rows = [{"recipient_name_en": "=HYPERLINK()", "count": "5"}]

    text = b"".join(as_csv(iter([rows]))).decode()

    assert "'=HYPERLINK()" in text
    assert ",5," in text


def test_a_recipient_that_nobody_registered_is_named_by_its_id(person, bank, hanako):
    entry = Entry(
        type=EventType.DISCLOSURE_DENIED, subject=hanako, recipient="gone-away"
    )
    bank.unit_of_work(lambda work: work.log.record(entry))

    (row,) = json.loads(taken(person, "json").data)["disclosures"]

    assert row["recipient_id"] == "gone-away"
    assert "recipient_name_en" not in row


def test_taking_it_is_recorded_and_needs_a_fresh_login(
    person, happened, bank, hanako, clock
):
    taken(person, "json")
    with bank.read() as snap:
        found = history.page(
            snap, bank.keys, hanako, types={EventType.PERSON_EXPORTED}, limit=5
        )
    (entry,) = found.happenings
    assert entry.entry.detail.fields["object"] == "disclosures"

    clock.advance(timedelta(minutes=20))
    page = person.get("/copy/disclosures", 303)

    assert "/login/again" in page.response.headers["Location"]


def test_the_history_says_who_looked_and_where_each_entry_stands(
    person, happened, bank
):
    before = person.get("/disclosures").text
    with bank.read() as snap:
        size = store.size(snap.connection)
        note = bank.signer.sign(size, store.root_at(snap.connection, size))
    bank.unit_of_work(lambda work: store.publish(work.connection, size, note, work.now))
    after = person.get("/disclosures")

    assert "The next checkpoint will cover it." in before
    assert "covered by the checkpoint of" in after.text
    for words in ("Staff of this bank", "An auditor", "Unmasked by an auditor"):
        assert words in after.text
    one = next(link for link in after.links if link.startswith("/disclosures/"))
    assert "covered by the checkpoint of" in person.get(one).text


def test_a_consistency_proof_is_for_anyone(portal, happened, bank):
    with bank.read() as snap:
        size = store.size(snap.connection)
        roots = [store.root_at(snap.connection, each) for each in (3, size)]

    page = portal().client.get(f"/log/proof/consistency?from=3&to={size}")

    hashes = [base64.b64decode(each) for each in page.json["hashes"]]
    assert (page.json["from"], page.json["to"]) == (3, size)
    verify_consistency(3, size, hashes, *roots)


@pytest.mark.parametrize(
    "query", ["", "from=0&to=3", "from=3&to=2", "from=1&to=99999", "from=x&to=2"]
)
def test_sizes_that_the_log_never_had_have_no_proof(portal, happened, query):
    answer = portal().client.get(f"/log/proof/consistency?{query}")

    assert answer.status_code == 404


def test_the_page_that_checks_states_the_key_and_its_limits(portal, bank):
    page = portal().get("/verify")

    assert bank.signer.vkey in page.response.text
    assert "The page comes from us." in page.text
