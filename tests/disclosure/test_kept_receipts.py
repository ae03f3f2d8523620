"""Receipts that were sent back, against a log or a table that changed afterwards."""

from datetime import timedelta

import pytest

from audit.canonical import parse_canonical
from audit.proof import parse
from audit.receipt_check import parse_header
from pds.oversight.receipt_finding import Mismatch
from pds.oversight.reconciliation import Period, reconcile
from tests.disclosure.forger import Forger
from tests.disclosure.test_sent_back import changed, fetched, results


@pytest.fixture
def party(lone):
    return lone.consented()


def compared(party, *, complete=False, sent=()):
    bank = party.world.bank
    now, day = bank.clock.now(), timedelta(days=1)
    period = Period(party.organisation.recipient_id, now - day, now + day)
    with bank.read() as snap:
        return reconcile(
            snap,
            bank.keys,
            [bank.signer.verifier],
            sent,
            [period] if complete else [],
        )


def found(party, **options):
    return [each.mismatch for each in compared(party, **options).found]


def leaf_of(item):
    return parse_canonical(parse(parse_header(item["receipt"])).extra)["leaf"]


def test_what_was_sent_back_counts_like_files(party):
    first = fetched(party)
    results(party, [first])
    assert found(party, complete=True) == []

    second = fetched(party)

    assert found(party, complete=True) == [Mismatch.NO_RECEIPT]
    results(party, [second])
    outcome = compared(party, complete=True)
    assert (outcome.found, outcome.sent_back, outcome.receipts) == ([], 2, 0)


def test_every_finding_is_printed_with_who_sent_it(party):
    honest = fetched(party)
    results(party, [changed(honest, t=1), {**honest, "n": 4}, 7])

    outcome = compared(party)

    wanted = [Mismatch.FORGED, Mismatch.DIFFERS, Mismatch.UNREADABLE]
    assert [each.mismatch for each in outcome.found] == wanted
    who = party.organisation.recipient_id
    assert [each.receipt for each in outcome.found] == [
        f"sent back {n} by {who}" for n in (1, 2, 3)
    ]


def test_an_entry_that_went_after_its_receipt_came_is_found(party):
    item = fetched(party)
    results(party, [item])
    forger = Forger(party.world.bank)
    forger.rebuild(
        [each.leaf for each in forger.leaves() if str(each.id) != leaf_of(item)["id"]]
    )

    assert Mismatch.NOT_IN_LOG in found(party)


def test_a_finding_that_went_is_told_by_the_log(party):
    results(party, [7, 8])
    Forger(party.world.bank).run(("DELETE FROM sent_receipt WHERE no = 1", {}))

    assert found(party) == [Mismatch.UNREADABLE, Mismatch.FINDING_GONE]


@pytest.mark.parametrize(
    "change",
    [
        "envelope = NULL",
        "envelope = (SELECT envelope FROM sent_receipt WHERE no = 2)",
    ],
)
def test_a_finding_that_was_changed_cannot_be_opened(party, change):
    results(party, [7, 8])
    forger = Forger(party.world.bank)
    forger.run((f"UPDATE sent_receipt SET {change} WHERE no = 1", {}))

    outcome = compared(party)

    assert outcome.found[0].mismatch is Mismatch.UNREADABLE
    assert outcome.found[0].why == "what was kept cannot be opened"


def test_an_accepted_receipt_moved_to_another_entry_is_found(party):
    results(party, [fetched(party)])
    Forger(party.world.bank).run(("UPDATE sent_receipt SET idx = 0", {}))

    assert found(party) == [Mismatch.NOT_IN_LOG]
