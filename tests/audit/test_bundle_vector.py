"""The published vector of a manifest, by plain parts first, by our code second."""

import json
from hashlib import sha256
from pathlib import Path

from audit.checkpoint import open_checkpoint
from audit.note import open_note, parse_vkey
from audit.verifier.manifest import evidence_key, note_text, parse_manifest
from pds.oversight.bundle.making import EvidenceKey

VECTOR = json.loads(
    (Path(__file__).parents[1] / "vectors/bundle/manifest.json").read_text()
)
RAW = VECTOR["bytes"].encode()


def test_the_manifest_is_sorted_json_and_its_note_is_over_its_hash():
    again = json.dumps(json.loads(RAW), sort_keys=True, separators=(",", ":"))
    digest = sha256(RAW).hexdigest()
    key = parse_vkey(VECTOR["evidence_key"])

    # The vector is ASCII but for the dash of its note, which is written as it is.
    assert again.replace("\\u2014", "—").encode() == RAW
    assert digest == VECTOR["sha256"]
    assert open_note(VECTOR["note"], [key]).text == (
        f"infobank-evidence-bundle/1\n{digest}\n"
    )


def test_our_code_reads_and_writes_it():
    manifest = parse_manifest(RAW)
    origin = VECTOR["origin"]
    key = EvidenceKey(origin, bytes.fromhex(VECTOR["evidence_seed"]))

    assert manifest.encode() == RAW
    assert manifest.size() == 1
    assert open_checkpoint(manifest.checkpoint, [VECTOR["log_key"]])[0].origin == origin
    assert evidence_key(manifest, origin) == key.verifier
    assert key.vkey == VECTOR["evidence_key"]
    assert key.sign(VECTOR["sha256"]) == VECTOR["note"]
    assert VECTOR["note"].startswith(note_text(VECTOR["sha256"]))
