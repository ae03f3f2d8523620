"""The fixed vectors of docs/formats/erasure.md; they never change within version 1."""

import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from pds.bank import erasure_ledger
from pds.core.ids import OwnerId
from pds.crypto.statement import StatementKey
from pds.rights import erasure_certificate

FOLDER = Path(__file__).parents[1] / "vectors" / "erasure"


def vector(name):
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


def test_certificate():
    read = vector("certificate.json")
    key = StatementKey(bytes.fromhex(read["seed"]))
    assert key.public == read["public"]
    assert erasure_certificate.sign(read["claims"], key) == read["certificate"]
    found = erasure_certificate.verify(read["certificate"], read["public"])
    assert found == read["claims"]


def test_ledger(tmp_path):
    read = vector("ledger.json")
    owner, number = OwnerId(UUID(read["owner_id"])), UUID(read["certificate"])
    at = datetime.fromtimestamp(read["erased_at"] / 1000, UTC)
    erasure_ledger.write(tmp_path, owner, number, at)
    assert (tmp_path / erasure_ledger.FILE).read_text() == read["line"] + "\n"
    assert erasure_ledger.mark(owner).hex() == read["mark"]
