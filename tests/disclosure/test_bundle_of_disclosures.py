"""An evidence bundle of real disclosures, on both databases."""

import json
import zipfile
from datetime import timedelta

from audit.verifier.__main__ import main
from consent.policy import record_policy
from pds.bank.bundling import bundle
from pds.oversight.bundle.period import Period


def test_a_bundle_counts_disclosures_and_withdrawals_and_verifies(lone, tmp_path):
    world = lone
    world.clock.advance(timedelta(seconds=10))
    since = world.clock.now()
    party = world.consented()
    party.get()
    party.withdraw()
    party.get()
    world.clock.advance(timedelta(seconds=10))
    world.do(lambda work: record_policy(work, "test.act", actor="test"))

    path = tmp_path / "bundle.zip"
    with bundle(world.bank, Period(since=since), actor="operator:x") as made:
        path.write_bytes(made.read_bytes())
    with zipfile.ZipFile(path) as archive:
        figures = json.loads(archive.read("figures.json"))
        checks = [
            json.loads(archive.read(f"checks/{name}.json"))
            for name in ("census", "reconciliation")
        ]
        everything = b"".join(map(archive.read, archive.namelist()))

    assert main(["--bundle", str(path), "--vkey", world.bank.signer.vkey]) == 0
    recipient = party.organisation.recipient_id
    counts = {
        each["type"]: each["count"]
        for each in figures["entries"]
        if each["recipient"] == recipient
    }
    assert counts["disclosure:released"] == 1
    assert counts["disclosure:denied"] == 1
    stopped = figures["withdrawals"]
    assert [(x["count"], x["fetches_on_later_days"]) for x in stopped] == [(1, 0)]
    assert [each["holds"] for each in checks] == [True, True]
    assert str(party.owner).encode() not in everything
    assert str(party.consent_id).encode() not in everything
