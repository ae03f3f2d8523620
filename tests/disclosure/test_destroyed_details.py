"""What the checks of the log say once the details of a person are gone (A-09)."""

import json
import zipfile
from datetime import timedelta

import pytest
from sqlalchemy import update

from audit.leaf import EventType
from audit.proof import format_proof, parse
from audit.receipt_check import parse_header
from audit.verifier.__main__ import main as verify
from consent.policy import record_policy
from pds.bank.bundling import bundle
from pds.bank.retiring import destroy_details
from pds.keys.classes import KeyClass
from pds.keys.tables import owner_key
from pds.oversight import sent_receipts
from pds.oversight.bundle.period import Period
from pds.oversight.receipt_finding import Mismatch
from pds.oversight.reconciliation import reconcile


@pytest.fixture
def receipt(lone):
    """The receipt of a fetch whose detail was destroyed since."""
    party = lone.consented()
    found = parse_header(party.get().headers["Infobank-Receipt"])
    key = owner_key.c
    over = (
        update(owner_key)
        .where(key.owner_id == party.owner, key["class"] == KeyClass.AUDIT)
        .values(destroy_after=lone.clock.now() - timedelta(seconds=1))
    )
    lone.do(lambda work: work.connection.execute(over))
    assert destroy_details(lone.bank) == 1
    return found


def compared(world, folder):
    with world.bank.read() as snap:
        sent = sent_receipts.read([folder])
        return reconcile(snap, world.bank.keys, [world.bank.signer.verifier], sent)


def test_a_receipt_outlives_the_detail_that_it_opens(lone, receipt, tmp_path):
    (tmp_path / "one.tlog-proof").write_bytes(receipt)

    outcome = compared(lone, tmp_path)

    assert outcome.found == []
    assert (outcome.receipts, outcome.entries, outcome.sealed) == (1, 0, 1)


def test_a_forged_receipt_is_still_one(lone, receipt, tmp_path):
    proof = parse(receipt)
    wrong = type(proof)(proof.index + 1, proof.hashes, proof.checkpoint, proof.extra)
    (tmp_path / "one.tlog-proof").write_bytes(format_proof(wrong))

    (found,) = compared(lone, tmp_path).found

    assert found.mismatch is Mismatch.FORGED


def test_an_evidence_bundle_holds_and_counts_what_stays(lone, receipt, tmp_path):
    lone.clock.advance(timedelta(seconds=10))
    lone.do(lambda work: record_policy(work, "test.act", actor="test"))
    path = tmp_path / "bundle.zip"
    with bundle(lone.bank, Period(), actor="operator:x") as made:
        path.write_bytes(made.read_bytes())

    with zipfile.ZipFile(path) as archive:
        figures, census, against = (
            json.loads(archive.read(name))
            for name in (
                "figures.json",
                "checks/census.json",
                "checks/reconciliation.json",
            )
        )
    released = [
        each["count"]
        for each in figures["entries"]
        if each["type"] == EventType.DISCLOSURE_RELEASED
    ]
    assert verify(["--bundle", str(path), "--vkey", lone.bank.signer.vkey]) == 0
    assert released == [1]
    assert (census["holds"], census["destroyed_keys"]) == (True, 1)
    assert (against["holds"], against["subjects_in_part"]) == (True, 1)
