"""Audit events of real acts: they keep the profiles and name nobody."""

import json

import pytest

from audit import store
from audit.leaf import EventType, parse_leaf
from audit.subject import page
from consent import pairwise
from pds.bank.event_taking import audit_events
from pds.core.errors import Invalid, Unavailable
from pds.oversight import event_export
from pds.oversight.bundle.period import Period
from tests.disclosure.balp import BALP, PROFILES, broken


def taken(world, kind=EventType.AUDITOR_VIEWED, since=None, **options):
    period = Period(since=since)
    with audit_events(
        world.bank, period, kind=kind, actor="auditor:x", **options
    ) as at:
        return [json.loads(line) for line in at.read_bytes().splitlines()]


@pytest.fixture
def events(world):
    """Events of a page, a stream, a withdrawal, a refusal and a look."""
    since = world.clock.now()
    party = world.consented()
    assert party.get().status_code == 200
    assert party.stream().status_code == 200
    taken(world, since=since)
    party.withdraw()
    party.get()
    found = taken(world, since=since)
    name = world.bank.pseudonyms.of(party.owner)
    return party, [each for each in found if name in json.dumps(each)]


def detail(event, name):
    told = [x for each in event["entity"] for x in each.get("detail", ())]
    return next((x["valueString"] for x in told if x["type"] == name), None)


def counts_of_looks(party):
    bank = party.world.bank
    with bank.read() as snap:
        own = page(snap, bank.keys, party.owner).entries
    looks = [each for each in own if each.leaf["typ"] == "auditor:viewed"]
    return [int(each.detail.fields["n"]) for each in reversed(looks)]


def test_every_entry_of_a_person_names_the_pseudonym(events, world):
    party, _ = events
    with world.bank.read() as snap:
        own = page(snap, world.bank.keys, party.owner, limit=500).entries

    kinds = {each.leaf["typ"] for each in own}
    assert {"disclosure:released", "disclosure:completed", "disclosure:denied"} <= kinds
    assert {each.pseudonym for each in own} == {world.bank.pseudonyms.of(party.owner)}


def profile(event):
    return event["meta"]["profile"][0].removeprefix(f"{BALP}IHE.BasicAudit.")


def test_every_event_keeps_the_rules_of_its_profile(events):
    _, found = events

    assert [each["id"] for each in found if broken(each)] == []
    assert [broken(each) for each in found if broken(each)] == []
    assert {name for x in found for name in x.get("meta", {}).get("profile", ())} == (
        PROFILES.keys()
    )


def test_each_event_leads_to_its_entry_in_the_log(events):
    party, found = events

    with party.world.bank.read() as snap:
        for each in found:
            stored = store.leaf_at(snap.connection, int(detail(each, "log-index")))
            leaf = parse_leaf(stored.leaf)
            assert leaf["id"] == each["id"] == detail(each, "log-entry")


def test_a_disclosure_says_who_gave_what_to_whom_and_why(events):
    party, found = events
    first = next(x for x in found if profile(x) == "PrivacyDisclosure.Source")

    source, destination, requestor, person = first["agent"]
    assert source["who"]["identifier"]["value"] == party.world.bank.signer.verifier.name
    organisation = party.organisation
    assert destination["who"]["identifier"]["value"] == organisation.client_id
    assert requestor["who"]["identifier"]["value"] == organisation.recipient_id
    assert requestor["requestor"] is True
    assert person["who"] == first["entity"][0]["what"]
    assert first["purposeOfEvent"][0]["coding"][0]["code"] == "health.advice"
    assert detail(first, "count") == "3"
    assert "health.vital.weight" in detail(first, "categories")
    consent = first["entity"][2]["what"]["identifier"]["value"]
    assert consent == str(party.consent_id)


def test_a_yes_is_a_permit_and_a_withdrawal_or_refusal_is_none(events):
    _, found = events
    decided = [x for x in found if x["type"]["code"] == "110113" and "meta" in x]

    outcomes = [(each["outcomeDesc"], each["outcome"]) for each in decided]
    assert ("given", "0") in outcomes
    assert ("withdrawn", "8") in outcomes
    assert any(
        reason.startswith("consent.") and code == "8" for reason, code in outcomes
    )
    assert "requested" not in dict(outcomes)


def test_events_name_nobody_and_show_no_sealed_field(events):
    party, found = events
    everything = json.dumps(found)

    assert str(party.owner) not in everything
    with party.world.bank.read() as snap:
        known = pairwise.find(snap, party.owner, party.organisation.recipient_id)
    assert known not in everything
    assert "127.0.0.1" not in everything


def test_a_look_is_recorded_for_each_person_and_is_an_event_of_the_next_export(events):
    party, found = events
    looks = [each for each in found if profile(each) == "PatientRead"]

    assert len(looks) == 1
    assert looks[0]["outcomeDesc"] == "auditor.exported"
    assert looks[0]["agent"][2]["who"]["identifier"]["value"] == "auditor:x"
    assert counts_of_looks(party) == [4, 7]


def test_an_entry_whose_person_cannot_be_found_says_so_and_claims_no_profile(
    lone, monkeypatch
):
    party = lone.consented()
    party.get()
    monkeypatch.setattr(event_export.whose, "find", lambda *_, **__: {})

    found = taken(lone)

    assert found
    for each in found:
        assert "meta" not in each
        assert broken(each) == []
    given = [each for each in found if each["type"]["code"] == "110106"]
    assert detail(given[0], "person") == "cannot be found any more"
    assert counts_of_looks(party) == []


def test_what_cannot_be_recorded_is_not_handed_out(lone, monkeypatch):
    lone.consented().get()

    def fail(*_args, **_options):
        raise Unavailable("test.full")

    monkeypatch.setattr(event_export, "record", fail)
    with pytest.raises(Unavailable):
        taken(lone)


def test_too_long_a_period_is_refused(lone):
    lone.consented()
    with pytest.raises(Invalid):
        taken(lone, most=1)
