"""Less than records through the gate: the preview, pages and streams show one thing."""

import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from itertools import chain, pairwise

import pytest

from audit.merkle import leaf_hash, root
from audit.receipt_check import parse_header, verify_receipt
from consent.periods import first_of, last_of, over
from consent.terms import Window
from pds.core.clock import TOKYO, day_of, tokyo_day
from pds.core.vocabulary import DetailLevel
from pds.disclosure import summed
from pds.disclosure.preview import preview
from pds.disclosure.sums import Sum
from pds.vault.records import RecordDraft
from tests.consent.world import PROVISION
from tests.disclosure.sums import counted
from tests.disclosure.world import SOURCE, STEPS, WEIGHT

LEVELS = [DetailLevel.DAY, DetailLevel.MONTH]
HEADERS = {
    WEIGHT: lambda n: counted("body_weight", "kg", f"{60 + n}.5"),
    STEPS: lambda n: counted("steps", "{steps}", str(1000 + n)),
}


def deposit(world, owner, ages, category=WEIGHT):
    """Store a record for each age, in days before today."""
    today = tokyo_day(world.clock.now())
    drafts = [
        RecordDraft(
            category=category,
            first_day=today - age,
            last_day=today - age,
            order_in_day=n % 3,
            payload_schema="fhir-r4/Observation",
            sensitivity="health-general",
            source_id=SOURCE,
            dedupe=f"{category} {age} {n}".encode(),
            header=HEADERS[category](n),
            payload=b'{"resourceType":"Observation"}',
        )
        for n, age in enumerate(ages)
    ]

    def add(work):
        made = work.ids.new()
        vault = world.bank.vault
        vault.begin_import(work, owner, made, source_id=SOURCE, media_type="text/x")
        vault.add(work, owner, made, drafts)

    world.do(add)


@pytest.fixture
def owner(world):
    """A person with records of today, of yesterday and of months before."""
    owner = world.person(0)
    deposit(world, owner, [0, 1, 1, 2, 35, 36, 70, 71, 72])
    deposit(world, owner, [0, 1, 35, 35], STEPS)
    return owner


def terms_of(world, level):
    first = (world.clock.now() - timedelta(days=300)).date()
    window = replace(PROVISION.window, first=first)
    return replace(PROVISION, detail=level, window=window)


def expected(world, owner, level):
    """Return the rows told by another way: all records at once, sorted into a map."""
    today = world.clock.now().astimezone(TOKYO).date()
    first = (world.clock.now() - timedelta(days=300)).date()
    with world.bank.read() as snap:
        found = world.bank.vault.page(
            snap, owner, categories=[STEPS, WEIGHT], limit=1000
        ).records
    sums = {}
    for record in found:
        day = day_of(record.last_day)
        if day <= over(None, level, today):
            key = (first_of(day, level), record.category)
            sums.setdefault(key, Sum()).add(record)
    ordered = sorted(sums, key=lambda key: (-key[0].toordinal(), key[1]))
    return [
        json.loads(
            sums[start, name].row(name, max(start, first), last_of(start, level))
        )
        for start, name in ordered
    ]


@pytest.mark.parametrize("level", LEVELS)
def test_preview_page_and_stream_show_the_same_sums(world, owner, level):
    party = world.consented(owner=owner, detail=level)
    recipient = party.organisation.recipient_id
    with world.bank.read() as snap:
        terms = terms_of(world, level)
        shown = preview(snap, world.bank.selector, owner, recipient, terms, rows=99)

    answer = party.get()
    lines = party.stream().data.splitlines()

    wanted = expected(world, owner, level)
    assert answer.json["records"] == wanted
    assert answer.json["detail"] == level.value
    assert [json.loads(line) for line in lines[1:-1]] == wanted
    rows = [row for kind in shown.kinds for row in kind.rows]
    assert sorted(rows) == sorted(lines[1:-1])
    assert all(row in answer.data for row in rows)
    assert not any(kind.records for kind in shown.kinds)
    assert not {"id", "time", "source_id"} & set(wanted[0])


def test_the_entry_counts_what_went_and_lists_what_was_summed_up(world, owner):
    party = world.consented(owner=owner, detail=DetailLevel.MONTH)

    answer = party.get()

    rows = answer.json["records"]
    (released,) = party.history()
    fields = released.entry.detail.fields
    assert fields["n"] == str(len(rows))
    assert fields["body_sha256"] == hashlib.sha256(answer.data).hexdigest()
    proved = verify_receipt(
        parse_header(answer.headers["Infobank-Receipt"]),
        [world.bank.signer.vkey],
        body=answer.data,
    )
    assert proved.opened["n"] == str(len(rows))
    with world.bank.read() as snap:
        found = world.bank.vault.page(
            snap, owner, categories=[STEPS, WEIGHT], limit=100
        ).records
    today = world.clock.now().astimezone(TOKYO).date()
    last = over(None, DetailLevel.MONTH, today)
    listed = [
        leaf_hash(each.record_id + each.version.to_bytes(8, "big"))
        for each in found
        if day_of(each.last_day) <= last
    ]
    assert len(listed) == sum(row["payload"]["count"] for row in rows)
    assert fields["record_list_root"] == root(listed).hex()


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("opened", [1, 20_000])
def test_no_cursor_cuts_a_period(world, owner, monkeypatch, level, opened):
    monkeypatch.setattr(summed, "MOST_OPENED", opened)
    monkeypatch.setattr("pds.disclosure.reading._CHUNK", 2)
    party = world.consented(owner=owner, detail=level)
    pages, cursor = [], None
    while cursor or not pages:
        query = {"limit": 1, **({"cursor": cursor} if cursor else {})}
        answer = party.get(query=query).json
        pages.append(answer["records"])
        cursor = answer["next"]

    assert list(chain(*pages)) == expected(world, owner, level)
    assert len(pages) > 1
    for before, after in pairwise(pages):
        assert before[-1]["first_day"] > after[0]["first_day"]


def test_a_period_is_given_once_it_is_over(lone):
    owner = lone.person(0)
    deposit(lone, owner, [0])
    today = lone.clock.now().astimezone(TOKYO).date()
    until_today = Window(today - timedelta(days=1), today)
    growing = lone.consented(owner=owner, detail=DetailLevel.DAY)
    ended = lone.consented(owner=owner, detail=DetailLevel.MONTH, window=until_today)

    assert growing.get().json["records"] == ended.get().json["records"] == []
    lone.clock.advance(timedelta(days=1))
    growing.token, ended.token = growing.new_token(), ended.new_token()

    (by_day,) = growing.get().json["records"]
    assert by_day["first_day"] == by_day["last_day"] == today.isoformat()
    (by_month,) = ended.get().json["records"]
    # The person agreed to two days of this month, so the row tells of these two.
    assert (
        by_month["first_day"]
        == max(until_today.first, today.replace(day=1)).isoformat()
    )
    assert by_month["last_day"] == today.isoformat()


def test_a_request_that_cuts_a_month_is_denied_and_recorded(world, owner):
    party = world.consented(owner=owner, detail=DetailLevel.MONTH)
    today = world.clock.now().astimezone(TOKYO).date()
    month = over(None, DetailLevel.MONTH, today).replace(day=1)

    for query in [
        {"from": month + timedelta(days=2)},
        {"from": month, "until": month + timedelta(days=2)},
    ]:
        answer = party.get(query=query)
        assert answer.status_code == 403
        assert answer.json["reasons"] == ["consent.period-cut"]
    assert party.seen()[0][:2] == ("disclosure:denied", "consent.period-cut")

    last = last_of(month, DetailLevel.MONTH)
    whole = party.get(query={"from": month, "until": last}).json["records"]
    assert {row["first_day"] for row in whole} <= {month.isoformat()}


def test_a_day_may_be_asked_for_alone(world, owner):
    party = world.consented(owner=owner, detail=DetailLevel.DAY)
    day = world.clock.now().astimezone(TOKYO).date() - timedelta(days=1)

    rows = party.get(query={"from": day, "until": day}).json["records"]

    assert [(row["category"], row["payload"]["count"]) for row in rows] == [
        (STEPS, 1),
        (WEIGHT, 2),
    ]


def test_agents_who_may_not_look_see_no_sums(world, owner):
    with world.bank.read() as snap:
        shown = preview(
            snap,
            world.bank.selector,
            owner,
            world.shared.recipient_id,
            terms_of(world, DetailLevel.MONTH),
            rows=0,
        )

    assert shown.count > 0
    assert not any(kind.rows for kind in shown.kinds)
