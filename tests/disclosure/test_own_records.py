"""Records of one's own: corrected and deleted, on both databases."""

import hashlib
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import select

from audit import census_walk, person, subject
from audit.leaf import EventType
from pds.core.errors import Conflict, NotFound
from pds.intake import plan
from pds.intake import service as intake
from pds.rights import own_records
from pds.rights.desk import requests
from pds.rights.desk.kinds import RequestKind, RequestState
from pds.vault.errors import VaultInvalid
from pds.vault.records import RecordState
from pds.vault.tables import vault_record
from tests.disclosure.members import member
from tests.disclosure.test_rights_desk import give_answer, granted, in_work, now
from tests.disclosure.world import SOURCE, STEPS, WEIGHT
from tests.web.conftest import weight, weights

FHIR = "application/fhir+ndjson"


def owner_with_records(world, count=2):
    owner, _login = member(world, records=0)
    read = plan.read(weights(count), FHIR, now=world.clock.now())
    intake.run(world.bank.vault, world.bank, owner, read)
    return owner, read.records[0].draft


def page(world, owner):
    with world.bank.read() as snap:
        return world.bank.vault.page(snap, owner, categories=[WEIGHT], limit=9).records


def heavier(draft):
    return replace(draft, payload=draft.payload.replace(b"60.0", b"61.5"))


def correct(world, owner, record_id, draft):
    vault = world.bank.vault
    return world.do(
        lambda work: own_records.correct(work, vault, owner, record_id, draft)
    )


def delete(world, owner, record_id):
    vault = world.bank.vault
    world.do(lambda work: own_records.delete(work, vault, owner, record_id))


def first_id(world, owner):
    return UUID(bytes=page(world, owner)[-1].record_id)


def fence(world, owner):
    with world.bank.read() as snap:
        return person.state(snap, owner).fence


def newest(world, owner):
    with world.bank.read() as snap:
        own = subject.page(snap, world.bank.keys, owner, limit=1).entries[0]
        assert census_walk.take(snap, world.bank.keys).holds
    return own


def digest(payload):
    return hashlib.sha256(payload).hexdigest()


def test_a_correction_is_another_version_with_both_digests_in_the_log(lone):
    owner, draft = owner_with_records(lone)
    record_id, before = first_id(lone, owner), fence(lone, owner)

    assert correct(lone, owner, record_id, heavier(draft)) == 2

    found = page(lone, owner)[-1]
    assert found.version == 2
    assert UUID(bytes=found.record_id) == record_id
    assert b"61.5" in found.payload
    assert fence(lone, owner) > before
    entry = newest(lone, owner)
    assert entry.leaf["typ"] == EventType.RECORD_WRITTEN
    assert entry.leaf["cats"] == [WEIGHT]
    assert entry.detail.fields["reasons"] == "corrected"
    assert entry.detail.fields["object"] == (
        f"record:{record_id} old:{digest(draft.payload)}"
        f" new:{digest(heavier(draft).payload)}"
    )
    with lone.bank.read() as snap:
        (made,) = requests.of_person(snap, owner)
    assert (made.kind, made.state) == (RequestKind.CORRECTION, RequestState.CLOSED)
    assert str(made.request_id) == entry.detail.fields["request_id"]


def test_the_file_does_not_bring_the_old_version_back(world):
    owner, draft = owner_with_records(world)
    correct(world, owner, first_id(world, owner), heavier(draft))
    again = plan.read(weights(2), FHIR, now=world.clock.now())
    assert intake.run(world.bank.vault, world.bank, owner, again).duplicate == 2
    assert len(page(world, owner)) == 2


def test_a_deleted_record_leaves_a_tombstone(lone):
    owner, draft = owner_with_records(lone)
    record_id, before = first_id(lone, owner), fence(lone, owner)
    correct(lone, owner, record_id, heavier(draft))

    delete(lone, owner, record_id)

    assert record_id.bytes not in [each.record_id for each in page(lone, owner)]
    assert fence(lone, owner) == before + 2
    entry = newest(lone, owner)
    assert entry.detail.fields["reasons"] == "deleted"
    assert " new:" not in entry.detail.fields["object"]
    c = vault_record.c
    with lone.bank.read() as snap:
        states = snap.connection.execute(
            select(c.state).where(c.record_id == record_id).order_by(c.version)
        ).scalars()
        assert list(states) == [
            RecordState.SUPERSEDED,
            RecordState.SUPERSEDED,
            RecordState.DELETED,
        ]
    for act in (delete, lambda *a: correct(*a, heavier(draft))):
        with pytest.raises(NotFound):
            act(lone, owner, record_id)


def test_what_came_from_somebody_else_is_not_changed_here(world):
    owner, _login = member(world, records=1)
    _other, draft = owner_with_records(world)
    record_id, before = first_id(world, owner), fence(world, owner)
    for act in (delete, lambda *a: correct(*a, heavier(draft))):
        with pytest.raises(Conflict):
            act(world, owner, record_id)
    assert fence(world, owner) == before


def test_a_granted_correction_is_carried_out_by_the_persons_own_version(lone):
    owner, draft = owner_with_records(lone, 1)
    theirs = replace(draft, source_id=SOURCE, dedupe=b"theirs")
    vault = lone.bank.vault

    def deliver(work):
        import_id = work.ids.new()
        vault.begin_import(
            work, owner, import_id, source_id=SOURCE, media_type="text/x"
        )
        vault.add(work, owner, import_id, [theirs])

    lone.do(deliver)
    record_id = next(
        UUID(bytes=each.record_id)
        for each in page(lone, owner)
        if each.source_id == SOURCE
    )
    made, by = in_work(lone, owner, record_id=record_id)
    with pytest.raises(Conflict):
        correct(lone, owner, record_id, heavier(draft))
    give_answer(lone, made, granted(), by=by)
    assert now(lone, made).state is RequestState.PROMISED

    assert correct(lone, owner, record_id, heavier(draft)) == 2

    done = now(lone, made)
    assert done.state is RequestState.ANSWERED
    entry = newest(lone, owner)
    assert entry.detail.fields["request_id"] == str(made.request_id)
    assert entry.leaf["src"] == str(SOURCE)
    with lone.bank.read() as snap:
        found = vault.get(snap, owner, record_id)
        assert len(requests.of_person(snap, owner)) == 1
    assert own_records.is_own(found)


def test_a_correction_keeps_its_category_and_is_nobody_elses(world):
    owner, draft = owner_with_records(world)
    stranger, _draft = owner_with_records(world)
    record_id = first_id(world, owner)
    with pytest.raises(VaultInvalid):
        correct(world, owner, record_id, replace(draft, category=STEPS))
    with pytest.raises(NotFound):
        correct(world, stranger, record_id, heavier(draft))
    assert page(world, owner)[-1].version == 1


def test_a_recipient_gets_what_was_corrected_and_not_what_was_deleted(world):
    owner, _login = member(world, records=0)
    content = "\n".join(weight(n, f"2026-11-1{n}", "60.0") for n in range(2))
    read = plan.read(content.encode(), FHIR, now=world.clock.now())
    intake.run(world.bank.vault, world.bank, owner, read)
    record_id = first_id(world, owner)
    party = world.consented(owner=owner)
    assert b"61.5" not in party.get().data
    correct(world, owner, record_id, heavier(read.records[0].draft))
    changed = party.get()
    assert b"61.5" in changed.data
    assert len(changed.json["records"]) == 2
    delete(world, owner, record_id)
    assert len(party.get().json["records"]) == 1
