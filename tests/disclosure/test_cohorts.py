"""Cohorts of accepted offers: everybody's own consent, decision, entry (R-11, A-04)."""

import base64
import hashlib
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete, insert, select

from audit.leaf import EventType
from audit.receipt_check import parse_header, verify_receipt
from consent import cohort, cohort_tables, ledger, offers, pairwise, service
from consent.oauth import clients
from consent.oauth.clients import ClientState
from consent.receipt_record import rfc3339
from pds.bank.chores import keep_cohorts
from pds.bank.erasing import erase_account
from pds.rights import history
from tests import clearing
from tests.consent.world import DAY
from tests.disclosure.members import member
from tests.disclosure.offering import Fetcher, accept, everything, publish, withdraw
from tests.disclosure.world import STEPS, WEIGHT, Party

ON_SQLITE = pytest.mark.parametrize("world", ["sqlite"], indirect=True)


class Group:
    """An offer that some persons accepted, and the software that fetches them."""

    def __init__(self, world, size=3, records=2, **changes):
        self.world, self.organisation = world, world.organisation()
        self.offer_id = publish(world, self.organisation, **changes)
        self.people = [self.join(records) for _ in range(size)]
        self.fetcher = Fetcher(world, self.organisation, self.offer_id)
        # What came within minutes of a sweep's beginning comes once more in the next.
        self.later(hours=1)

    def join(self, records=2, **changes):
        owner = self.world.person(records)
        return owner, accept(self.world, owner, self.offer_id, **changes)

    def subject(self, number):
        owner, _consent_id = self.people[number]
        with self.world.bank.read() as snap:
            return pairwise.find(snap, owner, self.organisation.recipient_id)

    def entries(self, number):
        return [
            (str(each.type), " ".join(each.reasons), each.count)
            for each in reversed(self.happened(number))
        ]

    def happened(self, number):
        owner, bank = self.people[number][0], self.world.bank
        with bank.read() as snap:
            found = history.page(
                snap, bank.keys, owner, types=history.DISCLOSURES, limit=300
            )
        return list(found.happenings)

    def later(self, **step):
        self.world.clock.advance(timedelta(**step))
        self.fetcher.renew()


@pytest.fixture
def group(world):
    return Group(world)


RELEASED, DENIED = EventType.DISCLOSURE_RELEASED, EventType.DISCLOSURE_DENIED


def test_everybody_comes_once_each_under_an_own_consent_and_entry(group):
    pages = group.fetcher.sweep(limit=2)

    found = everything(pages)
    assert [len(page.parts) for page in pages] == [2, 1]
    assert set(found) == {group.subject(n) for n in range(3)}
    for number, (_owner, consent_id) in enumerate(group.people):
        part = found[group.subject(number)]
        assert part["consent_id"] == str(consent_id)
        assert part["whole"] is True
        assert len(part["records"]) == 2
        assert part["removed"] == []
        assert group.entries(number) == [(RELEASED, "", 2)]
    assert [sorted(page.last) for page in pages] == [
        ["again", "left", "next"],
        ["again", "left", "since"],
    ]


def test_names_are_in_order_and_every_part_has_its_receipt(group):
    page = group.fetcher.page()

    assert page.subjects == sorted(page.subjects, key=pairwise.read)
    key = group.world.bank.signer.verifier
    for body, proof in zip(page.bodies, page.proofs, strict=True):
        assert hashlib.sha256(body).hexdigest() == proof["sha256"]
        verified = verify_receipt(
            parse_header(f":{proof['receipt']}:"), [key], body=body
        )
        assert verified.leaf["typ"] == RELEASED
    digest = base64.b64encode(hashlib.sha256(page.answer.data).digest()).decode()
    assert page.answer.headers["Content-Digest"] == f"sha-256=:{digest}:"
    assert page.answer.headers["Cache-Control"] == "no-store"
    assert page.answer.content_type == "application/x-ndjson"


def test_whoever_pauses_is_missing_and_nothing_says_so(group):
    owner, consent_id = group.people[0]
    group.world.do(lambda work: service.pause(work, owner, consent_id))

    page = group.fetcher.page()

    assert group.subject(0) not in page.answer.text
    assert len(page.parts) == 2
    assert page.last["again"] == page.last["left"] == []
    assert group.entries(0) == [(DENIED, "consent.paused", 1)]


def test_whoever_was_missed_comes_whole_in_the_next_sweep(group):
    owner, consent_id = group.people[0]
    group.world.do(lambda work: service.pause(work, owner, consent_id))
    since = group.fetcher.page().last["since"]
    group.later(minutes=30)
    group.world.do(lambda work: service.resume(work, owner, consent_id))
    group.later(minutes=30)

    (part,) = group.fetcher.page(since=since).parts

    assert part["subject"] == group.subject(0)
    assert part["whole"] is True
    assert len(part["records"]) == 2


def test_a_sweep_since_another_brings_what_is_new_and_nothing_else(group):
    since = group.fetcher.page().last["since"]
    group.later(hours=1)
    assert group.fetcher.page(since=since).parts == []
    owner, _consent_id = group.people[1]
    group.world.deposit(owner, 1, STEPS)
    group.later(minutes=10)

    page = group.fetcher.page(since=since)

    (part,) = page.parts
    assert part["subject"] == group.subject(1)
    assert part["whole"] is False
    assert [each["category"] for each in part["records"]] == [STEPS]
    assert group.entries(0) == [(RELEASED, "", 2)]
    group.later(hours=1)
    assert group.fetcher.page(since=page.last["since"]).parts == []


def test_what_a_person_deleted_is_named_so_that_it_can_be_deleted(group):
    first = group.fetcher.page()
    before = everything([first])[group.subject(0)]
    owner, _consent_id = group.people[0]
    bank = group.world.bank
    with bank.read() as snap:
        (record, *_rest) = bank.vault.page(
            snap, owner, categories=[WEIGHT], limit=9
        ).records
    group.later(hours=1)
    record_id = UUID(bytes=record.record_id)
    group.world.do(lambda work: bank.vault.delete(work, owner, record_id))
    group.later(minutes=1)

    (part,) = group.fetcher.page(since=first.last["since"]).parts

    assert part["removed"] == [before["records"][0]["id"]]
    assert part["records"] == []
    assert part["whole"] is False


def test_whoever_withdraws_is_gone_at_once_and_the_next_sweep_tells_it(group):
    first = group.fetcher.page()
    owner, consent_id = group.people[2]
    group.later(hours=1)
    withdraw(group.world, owner, consent_id)
    ended = group.world.clock.now()

    group.later(minutes=1)
    assert group.subject(2) not in group.fetcher.page().subjects
    page = group.fetcher.page(since=first.last["since"])
    assert page.parts == []
    (left,) = page.last["left"]
    assert left == {
        "consent_id": str(consent_id),
        "delete_by": rfc3339(ended + 30 * DAY),
        "ended_at": rfc3339(ended),
        "subject": group.subject(2),
    }
    assert group.entries(2) == [(RELEASED, "", 2)]


def test_time_ends_a_consent_without_a_day_to_delete_by(lone):
    group = Group(lone)
    since = group.fetcher.page().last["since"]
    owner, consent_id = group.people[0]
    group.world.clock.advance(81 * DAY)
    group.world.do(lambda work: service.expire(work, owner, consent_id))
    group.fetcher.renew()

    page = group.fetcher.page(since=since)

    assert group.subject(0) in page.left
    assert "delete_by" not in page.last["left"][page.left.index(group.subject(0))]


def test_a_page_that_is_read_again_is_the_same_and_counts_once(world):
    group = Group(world, per_day=1)
    first = group.fetcher.page(limit=2)
    cursor = first.last["next"]
    owner, _consent_id = group.people[0]

    again = [group.fetcher.page(limit=2, cursor=cursor).parts for _ in range(3)]
    group.later(minutes=1)
    world.deposit(owner, 1, STEPS)
    again.append(group.fetcher.page(limit=2, cursor=cursor).parts)

    assert [len(parts) for parts in again] == [1, 1, 1, 1]
    assert all(parts == again[0] for parts in again)
    other = group.fetcher.page()
    assert other.parts == []
    assert {group.entries(n)[-1][:2] for n in range(3)} == {
        (DENIED, "ceiling.too-often")
    }


def test_a_new_fetch_counts(world):
    group = Group(world, size=1, per_day=2)
    assert [len(group.fetcher.page().parts) for _ in range(3)] == [1, 1, 0]


def test_a_consent_that_was_narrowed_comes_whole_and_narrow(group):
    owner, consent_id = group.people[0]
    world = group.world
    world.deposit(owner, 1, STEPS)
    since = group.fetcher.page().last["since"]
    group.later(hours=1)

    def narrow(work):
        current = ledger.get(work, owner, consent_id)
        content = ledger.terms(work, work.keys, current)
        choice = replace(content.provision, categories=(STEPS,))
        service.narrow(work, owner, consent_id, choice, evidence=content.evidence)

    world.do(narrow)
    group.later(minutes=10)

    (part,) = group.fetcher.page(since=since).parts
    assert part["whole"] is True
    assert [each["category"] for each in part["records"]] == [STEPS]


def test_more_records_than_a_part_may_have_go_on_by_name(world):
    group = Group(world, size=1, records=5)
    (part,) = group.fetcher.page(records=2).parts
    subject = part["subject"]
    ids = [each["id"] for each in part["records"]]
    cursor = part["next"]
    while cursor:
        answer = group.fetcher.get("records", subject=subject, limit=2, cursor=cursor)
        assert answer.status_code == 200
        ids += [each["id"] for each in answer.json["records"]]
        cursor = answer.json["next"]
    assert len(ids) == len(set(ids)) == 5
    with world.bank.read() as snap:
        owner, consent_id = group.people[0]
        assert cohort.use(snap, owner, consent_id).sweep_id is not None
    assert [each[0] for each in group.entries(0)] == [RELEASED] * 3


def test_one_person_is_fetched_by_name_with_receipt(group):
    subject = group.subject(1)
    answer = group.fetcher.get("records", subject=subject)

    assert answer.status_code == 200
    assert answer.json["subject"] == subject
    receipt = parse_header(answer.headers["Infobank-Receipt"])
    key = group.world.bank.signer.verifier
    assert verify_receipt(receipt, [key], body=answer.data).leaf["typ"] == RELEASED
    assert group.entries(1) == [(RELEASED, "", 2)]


def nobody(group):
    return "A" * 22


def gone(group):
    withdraw(group.world, *group.people[0])
    return group.subject(0)


def paused(group):
    owner, consent_id = group.people[0]
    group.world.do(lambda work: service.pause(work, owner, consent_id))
    return group.subject(0)


def of_another_offer(group):
    other = Group(group.world, size=1)
    group.fetcher.renew()
    return other.subject(0)


@pytest.mark.parametrize("name", [nobody, gone, paused, of_another_offer])
def test_unknown_withdrawn_and_denied_are_one_answer(group, name):
    unknown = group.fetcher.get("records", subject="B" * 22)
    answer = group.fetcher.get("records", subject=name(group))

    assert answer.status_code == unknown.status_code == 404
    assert answer.data == unknown.data
    assert dict(answer.headers).keys() == dict(unknown.headers).keys()


def test_a_denial_by_name_is_recorded(group):
    group.fetcher.get("records", subject=paused(group))
    assert group.entries(0) == [(DENIED, "consent.paused", 1)]


def test_too_many_fetches_by_name_are_told_apart(world):
    group = Group(world, size=1, per_day=1)
    subject = group.subject(0)
    assert group.fetcher.get("records", subject=subject).status_code == 200
    assert group.fetcher.get("records", subject=subject).status_code == 429


def test_a_proof_is_used_once_and_a_token_for_its_offer_alone(group):
    fetcher, other = group.fetcher, Group(group.world, size=1).fetcher
    fetcher.renew()
    uri = group.world.bank.settings.issuer + fetcher.path("cohort")
    party = Party(group.world, None, group.organisation, None, fetcher.token)
    proof = party.proof(htu=uri)

    assert fetcher.get("cohort", proof=proof).status_code == 200
    again = fetcher.get("cohort", proof=proof)
    assert again.status_code == 401
    assert "invalid_dpop_proof" in again.headers["WWW-Authenticate"]
    for ending, query in (("cohort", {}), ("records", {"subject": "A" * 22})):
        wrong = fetcher.get(ending, token=other.token, **query)
        assert wrong.status_code == 401
        assert "invalid_token" in wrong.headers["WWW-Authenticate"]


def test_a_token_of_an_offer_opens_no_records_of_a_grant_and_the_other_way(group):
    party = group.world.consented(organisation=group.organisation)
    assert party.get(token=group.fetcher.token).status_code == 401
    assert group.fetcher.get("cohort", token=party.token).status_code == 401


def suspended(group):
    group.world.do(lambda work: clearing.suspend(work, group.organisation.recipient_id))
    return 403


def ended(group):
    group.world.do(lambda work: offers.end(work, group.offer_id, actor="test"))
    return 403


def client_stopped(group):
    client_id = group.organisation.client_id
    group.world.do(
        lambda work: clients.set_state(work, client_id, ClientState.SUSPENDED)
    )
    return 401


def over(group):
    group.world.clock.advance(timedelta(minutes=6))
    return 401


@pytest.mark.parametrize("stop", [suspended, ended, client_stopped, over])
def test_what_the_recipient_lacks_is_said_before_anybody_is_looked_at(group, stop):
    status = stop(group)
    for ending, query in (("cohort", {}), ("records", {"subject": group.subject(0)})):
        assert group.fetcher.get(ending, **query).status_code == status
    assert group.entries(0) == []


@pytest.mark.parametrize(
    "query",
    [
        {"cursor": "x"},
        {"cursor": "é"},
        {"since": "A" * 40},
        {"cursor": "A", "since": "A"},
        {"limit": "0"},
        {"limit": "101"},
        {"records": "1001"},
        {"subject": "x"},
    ],
)
def test_a_strange_parameter_is_refused_and_nothing_goes(group, query):
    assert group.fetcher.get("cohort", **query).status_code == 422
    assert group.entries(0) == []


def test_cursors_are_of_one_offer_and_do_not_last(group):
    other = Group(group.world, size=2)
    page = other.fetcher.page(limit=1)
    since = other.fetcher.sweep()[-1].last["since"]
    (part,) = Group(group.world, size=1).fetcher.page(records=1).parts
    wrong = (
        ("cohort", {"cursor": page.last["next"]}),
        ("cohort", {"since": since}),
        ("cohort", {"cursor": since}),
        ("records", {"subject": group.subject(0), "cursor": part["next"]}),
    )
    group.fetcher.renew()
    for ending, query in wrong:
        assert group.fetcher.get(ending, **query).status_code == 422
    group.world.clock.advance(timedelta(hours=7))
    other.fetcher.renew()
    lapsed = other.fetcher.get("cohort", cursor=page.last["next"])
    assert lapsed.status_code == 422
    assert other.fetcher.get("cohort", since=since).status_code == 200


def test_a_since_that_is_too_old_is_refused(lone):
    group = Group(lone, size=1)
    since = group.fetcher.page().last["since"]
    lone.clock.advance(cohort.KEPT)
    group.fetcher.renew()
    answer = group.fetcher.get("cohort", since=since)
    # The consent and much else has ended by then, so the cursor is not even looked at.
    assert answer.status_code in (403, 422)


def test_who_joins_later_comes_whole(group):
    since = group.fetcher.page().last["since"]
    group.later(hours=1)
    group.people.append(group.join())
    group.later(minutes=1)
    (part,) = group.fetcher.page(since=since).parts
    assert part["subject"] == group.subject(3)
    assert part["whole"] is True


def test_members_who_left_long_ago_are_forgotten(lone):
    group = Group(lone, size=2)
    withdraw(lone, *group.people[0])
    assert lone.do(cohort.sweep_up) == 0
    lone.clock.advance(cohort.KEPT + DAY)
    assert lone.do(cohort.sweep_up) == 1
    with lone.bank.read() as snap:
        left = cohort.walk(
            snap,
            group.offer_id,
            after=None,
            left_since=lone.clock.now() - 900 * DAY,
            limit=9,
        )
    assert [each.consent_id for each in left] == [group.people[1][1]]


def test_consents_of_before_become_members(lone):
    group = Group(lone, size=2)
    by_grant = lone.consented(owner=group.people[0][0])

    def before(work):
        """Leave the tables as the migration finds them."""
        work.connection.execute(delete(cohort_tables.cohort_member))
        held = [*group.people, (by_grant.owner, by_grant.consent_id)]
        rows = [{"owner_id": owner, "consent_id": each} for owner, each in held]
        work.connection.execute(insert(cohort_tables.cohort_backlog), rows)

    lone.do(before)
    assert group.fetcher.page().parts == []
    withdraw(lone, *group.people[1])
    keep_cohorts(lone.bank)
    assert group.fetcher.page().subjects == [group.subject(0)]
    with lone.bank.read() as snap:
        assert cohort.backlog(snap, limit=9) == []


def test_whoever_is_erased_is_nobody_and_the_recipient_is_told(lone):
    group = Group(lone, size=1)
    owner, _login = member(lone)
    lone.deposit(owner, 1)
    group.people.append((owner, accept(lone, owner, group.offer_id)))
    subject = group.subject(1)
    since = group.fetcher.page().last["since"]
    group.later(hours=1)
    erase_account(lone.bank, owner)

    page = group.fetcher.page(since=since)

    assert page.left == [subject]
    with lone.bank.read() as snap:
        assert cohort.of_subject(snap, group.offer_id, subject) is None
        rows = snap.connection.execute(select(cohort_tables.cohort_member.c.owner_id))
        assert owner not in set(rows.scalars())
