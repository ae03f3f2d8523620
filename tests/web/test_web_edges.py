"""Rare states of pages: damage, gone organisations, offers, odd values."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import create_engine, text

from audit.entry import Entry
from audit.errors import VerificationError
from audit.leaf import EventType
from consent import offers
from consent.offers import OfferTemplate
from pds.accounts.roles import Role
from pds.core.errors import NotFound
from pds.oversight import clients as register_of_clients
from pds.oversight import verification
from pds.oversight.honest import Tally
from pds.rights import history, proofs
from pds.web.forms import Form
from pds.web.portal.names import recipient_names, source_names
from pds.web.portal.summaries import _text, value_of
from tests.web.conftest import RECIPIENT, provision, sign_up

NOBODY = UUID("01900000-0000-7000-8000-000000000000")


def damage(bank, index):
    """Change a stored leaf, as somebody with the database could."""
    engine = create_engine(bank.settings.database_url)
    with engine.begin() as connection:
        connection.execute(text("DROP TRIGGER IF EXISTS log_leaf_no_update"))
        connection.execute(
            text("UPDATE log_leaf SET leaf = x'7b7d' WHERE idx = :index"),
            {"index": index},
        )
    engine.dispose()


def test_a_damaged_log_still_shows_the_auditor_everything_else(auditor, consent, bank):
    damage(bank, 2)

    listed = auditor.get("/auditor/log")
    one = auditor.get("/auditor/log/2")

    assert "Damaged" in listed.text
    assert "Damaged" in one.text
    assert auditor.get("/auditor")


def test_a_damaged_entry_is_told_to_the_person(person, consent, bank, hanako):
    with bank.read() as snap:
        page = history.page(snap, bank.keys, hanako, types=set(EventType), limit=1)
    damage(bank, page.happenings[0].entry.index)

    shown = person.get("/disclosures", 500)

    assert "does not hold together" in shown.text


def test_an_empty_log_cannot_be_taken_away(auditor, monkeypatch):
    def nothing(*_args):
        raise VerificationError("No checkpoint was published yet.")

    monkeypatch.setattr(verification.export, "export", nothing)

    page = auditor.get("/auditor/export", 409)
    checked = auditor.post(auditor.get("/auditor").form_to("/verify"), 200)

    assert "No checkpoint was published yet." in page.text
    assert "Something does not hold." in checked.text


def test_before_the_first_checkpoint_there_is_none(portal, monkeypatch):
    monkeypatch.setattr("pds.web.log.store.latest_checkpoint", lambda _: None)

    visitor = portal()

    assert visitor.client.get("/log/checkpoint").status_code == 404
    assert "Witnesses outside that signed the log 0" in visitor.get("/").text


def test_organisations_that_are_gone_speak_by_their_id(app, bank):
    with app.test_request_context(), bank.read() as snap:
        assert recipient_names(snap, ["gone", ""]) == {"gone": "gone"}
        assert source_names(snap, [NOBODY]) == {NOBODY: str(NOBODY)}


def test_the_board_reads_an_offer_in_words(member, recipient, bank):
    terms = provision(bank.clock.now())

    def act(work):
        template = OfferTemplate(
            provision=terms,
            window_days=90,
            validity_days=60,
            title_ja="健康の助言",
            title_en="Advice for your health",
        )
        return offers.draft(work, RECIPIENT, template, actor="test")

    offer = bank.unit_of_work(act)

    page = member.get(f"/board/offer/{offer}")

    assert "Advice for your health" in page.text
    assert "100 points a month" in page.text


def test_keys_are_replaced_only_for_ones_own_client(bank, recipient):
    from consent.oauth.errors import InvalidClient  # noqa: PLC0415 - only here

    with pytest.raises(InvalidClient):
        bank.unit_of_work(
            lambda work: register_of_clients.replace_keys(
                work, recipient, "nobody", {"keys": []}, actor="test"
            )
        )


def test_a_proof_under_a_fresh_checkpoint_is_signed_at_once(bank, hanako, monkeypatch):
    monkeypatch.setattr(proofs.store, "checkpoint_covering", lambda *_: None)

    with bank.read() as snap:
        page = history.page(snap, bank.keys, hanako, types=set(EventType), limit=1)
        entry = page.happenings[0].entry
        proof = proofs.build(snap, bank.signer, entry)

    assert bank.settings.log_origin.encode() in proof


def test_what_waits_for_its_place_has_no_proof(bank, hanako):
    with bank.read() as snap:
        page = history.page(snap, bank.keys, hanako, types=set(EventType), limit=1)
        entry = page.happenings[0].entry
        waiting = type(entry)(entry.gen, entry.i, None, None, b"", {}, entry.detail)

        with pytest.raises(NotFound):
            proofs.build(snap, bank.signer, waiting)
    assert history.Happening(waiting, None).type is None


def test_history_follows_the_generations_back(bank, hanako, clock):
    def write(work):
        work.log.record(Entry(type=EventType.PERSON_EXPORTED, subject=hanako, count=1))

    bank.unit_of_work(write)
    clock.moment += timedelta(days=100)
    bank.unit_of_work(write)

    with bank.read() as snap:
        page = history.page(
            snap, bank.keys, hanako, types={EventType.PERSON_EXPORTED}, limit=9
        )
        found = [
            history.find(snap, bank.keys, hanako, each.entry.id)
            for each in page.happenings
        ]
    assert [each.gen for each in found] == [2, 1]


def test_the_tally_goes_on_where_it_stopped(bank, hanako, monkeypatch):
    monkeypatch.setattr("pds.oversight.honest._MOST_AT_ONCE", 1)
    tally = Tally()

    with bank.read() as snap:
        claims = [tally.claim(snap) for _ in range(5)]

    assert claims[0].counted_to == 1
    assert claims[-1].counted_to == claims[-1].size


def test_values_without_a_number_are_said_in_words(app):
    with app.test_request_context("/?lang=en"):
        assert value_of({"value_code": "P", "text": "positive"}) == "positive"
        assert value_of({"value_code": "x"}) == "x"
        assert value_of({"text": "not readable"}) == "not readable"
        assert value_of({}) == ""
        assert value_of({"value": "5", "unit": "mg", "comparator": "<"}) == "<5 mg"
        parts = [{"value": "5", "unit": "mg"}, {"value": "7", "unit": "Cel"}]
        assert value_of({"components": parts}) == "5 mg / 7 ℃"
    assert _text({"name": "Shop"}) == "Shop"


def test_a_form_reads_no_number_out_of_bounds(app):
    with app.test_request_context(method="POST", data={"days": "12x", "long": "a" * 9}):
        form = Form()

        assert form.whole_number("days", least=3, most=9, needed="Days.") == 3
        form.text("long", longest=5)

        assert form.errors["days"] == "Days."
        assert "long" in form.errors


def test_a_password_that_is_far_too_long_is_refused_unhashed(portal):
    visitor = portal()
    form = visitor.get("/login").form_to("/login")

    page = visitor.post(form, 422, login="x", password="p" * 201)

    assert "#password" in page.links


def test_equal_refusals_are_counted_and_are_no_records(person, hanako, bank):
    said = {"reasons": "consent.withdrawn"}
    denied = Entry(
        type=EventType.DISCLOSURE_DENIED,
        subject=hanako,
        recipient=RECIPIENT,
        count=3,
        detail=said,
    )
    bank.unit_of_work(lambda work: work.log.record(denied))

    listed = person.get("/disclosures")
    link = next(each for each in listed.links if each.startswith("/disclosures/"))

    assert "Refused 3 times: You withdrew the consent." in listed.text
    assert "Records 0" in person.get(link).text


def test_who_acts_for_a_recipient_comes_to_its_console(bank, recipient, portal):
    sign_up(bank, "coach", Role.RECIPIENT)

    visitor = portal("coach")
    page = visitor.follow(visitor.get("/", 303))

    assert "Programs and their keys" in page.text
    assert "/api/v1/openapi.json" in page.links
