"""What a person reads where the details of entries were destroyed."""

import csv
import io
import json
from datetime import timedelta

import pytest
from sqlalchemy import update

from audit import retention
from audit.entry import Entry
from audit.leaf import EventType
from pds.bank.retiring import destroy_details
from pds.keys.classes import KeyClass
from pds.keys.tables import owner_key


@pytest.fixture
def gone(bank, hanako):
    """Hanako's first audit key was destroyed; the session of before still stands."""
    seen = Entry(type=EventType.STAFF_VIEWED, subject=hanako)
    bank.unit_of_work(lambda work: work.log.record(seen))
    of_hanako = (owner_key.c.owner_id == hanako, owner_key.c["class"] == KeyClass.AUDIT)
    bank.unit_of_work(
        lambda work: work.connection.execute(
            update(owner_key)
            .where(*of_hanako)
            .values(destroy_after=work.now - timedelta(seconds=1))
        )
    )
    assert destroy_details(bank) == 1


def test_the_list_says_what_was_destroyed(person, gone):
    page = person.get("/disclosures")

    assert "Details of older entries were destroyed on" in page.text
    assert "remain in the log" in page.text


def test_an_old_address_says_it_too(person, gone):
    page = person.get("/disclosures/1.1", 410)

    assert "The details of this entry are gone" in page.text
    assert "Details of older entries were destroyed on" in page.text


def test_an_entry_that_never_was_is_not_found(person, gone):
    person.get("/disclosures/9.1", 404)


def test_the_record_of_provision_says_where_it_ends(person, gone, bank, hanako):
    page = person.get("/copy/disclosures")
    assert "Details of older entries were destroyed on" in page.text

    taken = person.send(page.form_to("/copy/disclosures"), **{"as": "json"})

    last = json.loads(taken.data)["disclosures"][-1]
    assert (last["event"], last["reasons"]) == ("key:event", ["retention.over"])
    with bank.read() as snap:
        told = retention.newest(snap, bank.keys, hanako)
    assert last["count"] == told.total
    sheet = person.send(page.form_to("/copy/disclosures"), **{"as": "csv"})
    rows = list(csv.DictReader(io.StringIO(sheet.data.decode("utf-8-sig"))))
    assert rows[-1]["reasons"] == "retention.over"


def test_where_nothing_was_destroyed_nothing_is_said(person):
    page = person.get("/copy/disclosures")

    assert "were destroyed" not in page.text
    taken = person.send(page.form_to("/copy/disclosures"), **{"as": "json"})
    assert json.loads(taken.data)["disclosures"] == []


def test_the_keys_to_count_with_say_which_one_is_gone(person, gone):
    page = person.get("/log/handles")

    assert "This key was destroyed when its time was over" in page.text
    taken = person.send(page.form_to("/log/handles"))
    assert taken.status_code == 200
