"""The auditor's search: what fits, what a period costs, and how far one page looks."""

from datetime import timedelta

import pytest
from sqlalchemy import event

from audit.entry import Entry
from audit.leaf import EventType
from consent.policy import record_policy
from pds.oversight import log_search
from pds.oversight.log_search import Wanted

A, B = "genki-lab", "other-lab"


@pytest.fixture
def acts(bank, clock):
    """Thirty acts, an hour apart, each third of recipient B."""
    for number in range(30):
        entry = Entry(
            type=EventType.DISCLOSURE_RELEASED if number % 2 else EventType.KEY_EVENT,
            recipient=B if number % 3 == 0 else A,
            purpose="health.advice" if number % 5 == 0 else "research.public",
            categories=("health.vital.weight",) if number % 2 else ("shop.receipt",),
        )
        bank.unit_of_work(lambda work, entry=entry: work.log.record(entry))
        clock.advance(timedelta(hours=1))
    return bank


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        (Wanted(recipient=B), 10),
        (Wanted(recipient=B, purpose="health.advice"), 2),
        (Wanted(category="health.vital"), 15),
        (Wanted(category="health.vit"), 0),
        (Wanted(type=EventType.DISCLOSURE_RELEASED, recipient=B), 5),
        (Wanted(recipient="nobody"), 0),
    ],
)
def test_what_is_found_is_what_fits(acts, wanted, fits):
    with acts.read() as snap:
        found = log_search.search(snap, wanted)

    assert len(found.rows) == fits
    assert all(wanted.fits(leaf) for _, leaf in found.rows)
    assert [index for index, _ in found.rows] == sorted(
        (index for index, _ in found.rows), reverse=True
    )
    assert found.following is None


def test_a_period_holds_its_first_moment_and_not_its_end(acts, clock):
    now = clock.now()
    wanted = Wanted(since=now - timedelta(hours=5), until=now - timedelta(hours=2))

    with acts.read() as snap:
        found = log_search.search(snap, wanted)
        nothing = log_search.search(snap, Wanted(since=now + timedelta(days=1)))

    assert len(found.rows) == 3
    assert nothing.rows == []
    assert nothing.following is None


def test_one_request_looks_at_so_many_and_says_where_to_go_on(acts, monkeypatch):
    monkeypatch.setattr(log_search, "MOST_WALKED", 7)
    monkeypatch.setattr(log_search, "_STEP", 3)
    wanted, rows, before, turns = Wanted(recipient=B), [], None, 0

    while True:
        with acts.read() as snap:
            read = []
            event.listen(
                snap.connection,
                "before_cursor_execute",
                lambda *a, read=read: read.append(a[2]),
            )
            found = log_search.search(snap, wanted, before)
        assert len(read) <= 5
        rows, before, turns = [*rows, *found.rows], found.following, turns + 1
        if before is None:
            break

    with acts.read() as snap:
        monkeypatch.undo()
        whole = log_search.search(snap, wanted)
    assert rows == whole.rows
    assert turns == -(-whole.size // 7)


def test_the_page_keeps_the_question_while_it_goes_on(auditor, bank, recipient):
    def many(work):
        for _ in range(60):
            record_policy(work, "rule.changed", actor="test", recipient_id=recipient)

    bank.unit_of_work(many)
    asked = f"/auditor/log?recipient={recipient}&type=policy:event"

    first = auditor.get(asked)
    older = next(x for x in first.links if "before=" in x and "lang=" not in x)
    second = auditor.get(older)

    assert f"recipient={recipient}" in older
    assert "type=policy:event" in older.replace("%3A", ":")
    assert "Seen by staff" not in first.response.text.partition("<tbody>")[2]
    assert any(link.startswith("/auditor/log/") for link in second.links)


def test_a_search_without_a_hit_says_so(auditor, recipient):
    page = auditor.get("/auditor/log?type=person:erased")

    assert "No entry fits." in page.text


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ("type=spy", "type"),
        ("purpose=world.peace", "purpose"),
        ("category=health.nothing", "category"),
        ("from=yesterday", "from"),
        ("from=9999-12-31", "from"),
        ("from=2026-02-02&to=2026-02-01", "to"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused_at_its_field(auditor, asked, field):
    page = auditor.get(f"/auditor/log?{asked}", 422)

    assert f"#{field}" in page.links
    assert "Nothing is shown until this is put right." in page.text
