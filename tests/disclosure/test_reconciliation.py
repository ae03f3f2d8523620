"""Receipts that come back, against a log from which somebody took something."""

import base64
import json
from datetime import timedelta

import pytest

from audit import store
from audit.canonical import parse_canonical
from audit.proof import TlogProof, format_proof, parse
from audit.receipt_check import parse_header
from pds.oversight import sent_receipts
from pds.oversight.receipt_finding import Mismatch
from pds.oversight.reconciliation import Period, reconcile
from tests.disclosure.forger import Forger


@pytest.fixture
def party(lone):
    return lone.consented()


def fetched(party):
    """Fetch a page; return the receipt and its leaf."""
    answer = party.get()
    assert answer.status_code == 200
    receipt = parse_header(answer.headers["Infobank-Receipt"])
    return receipt, parse_canonical(parse(receipt).extra)["leaf"]


def compared(party, folder, *, complete=False):
    bank = party.world.bank
    now = bank.clock.now()
    day = timedelta(days=1)
    period = Period(party.organisation.recipient_id, now - day, now + day)
    with bank.read() as snap:
        return reconcile(
            snap,
            bank.keys,
            [bank.signer.verifier],
            sent_receipts.read([folder]),
            [period] if complete else [],
        )


def found(party, folder, **options):
    outcome = compared(party, folder, **options)
    return [(each.mismatch, each.receipt) for each in outcome.found]


def test_honest_receipts_of_pages_and_streams_reconcile(party, tmp_path):
    (tmp_path / "page.tlog-proof").write_bytes(fetched(party)[0])
    last = json.loads(party.stream().data.splitlines()[-1])
    line = {"receipt": last["receipt"], "n": last["count"]}
    (tmp_path / "lines.jsonl").write_text(json.dumps(line) + "\n\n")

    outcome = compared(party, tmp_path, complete=True)

    assert outcome.found == []
    assert outcome.receipts == 2
    assert outcome.entries == 3


def test_a_dropped_entry_is_shown_by_the_receipt(party, tmp_path):
    receipt, leaf = fetched(party)
    (tmp_path / "one.tlog-proof").write_bytes(receipt)
    forger = Forger(party.world.bank)
    forger.rebuild(
        [each.leaf for each in forger.leaves() if str(each.id) != leaf["id"]]
    )

    assert (Mismatch.NOT_IN_LOG, "one.tlog-proof") in found(party, tmp_path)


def test_a_disclosure_beside_the_log_is_shown_by_what_was_handed_out(party, tmp_path):
    receipt, _ = fetched(party)
    proof = parse(receipt)
    unlogged = parse_canonical(proof.extra)
    unlogged["leaf"]["id"] = str(party.world.bank.ids.new())
    extra = json.dumps(unlogged, separators=(",", ":"), sort_keys=True).encode()
    forged = format_proof(TlogProof(proof.index, proof.hashes, proof.checkpoint, extra))
    (tmp_path / "forged.tlog-proof").write_bytes(forged)
    (tmp_path / "noise.jsonl").write_bytes(b'{"receipt": 7}\n[]\n\xff\n')

    assert found(party, tmp_path) == [
        (Mismatch.FORGED, "forged.tlog-proof"),
        *((Mismatch.UNREADABLE, f"noise.jsonl:{n}") for n in (1, 2, 3)),
    ]


def test_another_body_than_the_recorded_one_differs(party, tmp_path):
    receipt, _ = fetched(party)
    said = {"receipt": base64.b64encode(receipt).decode(), "body_sha256": "00" * 32}
    (tmp_path / "a.jsonl").write_text(json.dumps({**said, "n": 4}))

    outcome = compared(party, tmp_path)

    assert [each.mismatch for each in outcome.found] == [Mismatch.DIFFERS]
    assert outcome.found[0].why == "other than the record: body_sha256, n"


def test_a_receipt_that_comes_twice_is_named(party, tmp_path):
    receipt, _ = fetched(party)
    for name in ("a", "b"):
        (tmp_path / f"{name}.tlog-proof").write_bytes(receipt)

    assert found(party, tmp_path) == [(Mismatch.DUPLICATE, "b.tlog-proof")]


def test_a_release_without_receipt_counts_where_all_were_promised(party, tmp_path):
    _, leaf = fetched(party)

    outcome = compared(party, tmp_path, complete=True)

    assert found(party, tmp_path) == []
    assert [each.mismatch for each in outcome.found] == [Mismatch.NO_RECEIPT]
    with party.world.bank.read() as snap:
        index = outcome.found[0].index
        assert str(store.leaf_at(snap.connection, index).id) == leaf["id"]


def test_counted_fetches_and_entries_must_match(party, tmp_path):
    fetched(party)
    forger = Forger(party.world.bank)
    forger.run(("UPDATE consent_use SET n = 2", {}))
    assert found(party, tmp_path) == [(Mismatch.FETCH_WITHOUT_ENTRY, "")]

    forger.run(("DELETE FROM consent_use", {}))
    assert found(party, tmp_path) == [(Mismatch.ENTRY_WITHOUT_FETCH, "")]


def test_a_detail_that_was_spoilt_does_not_end_the_comparison(party, tmp_path):
    (tmp_path / "a.tlog-proof").write_bytes(fetched(party)[0])
    spoil = "UPDATE log_detail SET envelope = :spoilt WHERE i = 1"
    Forger(party.world.bank).run((spoil, {"spoilt": b"x"}))

    outcome = compared(party, tmp_path)

    assert outcome.receipts == 1
    assert outcome.sealed > 0
