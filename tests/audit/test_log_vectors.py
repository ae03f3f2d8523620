"""The published vectors, checked by plain arithmetic first and by our code second."""

import base64
import hmac
import json
from hashlib import sha256
from pathlib import Path

import pytest

from audit import checkpoint, commitment, detail, note, proof
from audit.canonical import canonical
from audit.leaf import parse_leaf
from audit.merkle import leaf_hash, verify_consistency, verify_inclusion
from audit.receipt_check import parse_header, verify_receipt
from audit.signer import LogSigner
from pds.crypto.datakey import DataKey
from pds.crypto.envelope import Sealer, place_tail
from tests import reference

FOLDER = Path(__file__).parents[1] / "vectors" / "log"


def load(name):
    return json.loads((FOLDER / f"{name}.json").read_text())


def mac(key, *parts):
    return hmac.new(key, b"".join(parts), sha256).digest()


def sized(text):
    data = text.encode()
    return len(data).to_bytes(4, "big") + data


def test_leaf():
    vector = load("leaf")
    raw = vector["bytes"].encode()

    assert sha256(raw).hexdigest() == vector["sha256"]
    assert sha256(b"\x00" + raw).hexdigest() == vector["leaf_hash"]
    assert canonical(vector["members"]) == raw
    assert parse_leaf(raw) == vector["members"]


def test_commitments_by_plain_arithmetic():
    vector = load("commitment")
    kc, root = bytes.fromhex(vector["kc"]), bytes.fromhex(vector["salt_root"])
    for name, field in vector["fields"].items():
        salt = mac(root, name.encode())
        assert salt.hex() == field["salt"]
        assert (
            mac(kc, salt, sized(name), sized(field["value"])).hex()
            == (field["commitment"])
        )
    hexes = {name: field["commitment"] for name, field in vector["fields"].items()}
    m = json.dumps(hexes, sort_keys=True, separators=(",", ":"))
    opening = bytes.fromhex(vector["opening"])
    assert m == vector["m"]
    assert mac(kc, opening, sized(vector["leaf_id"]), sized(m)).hex() == vector["com"]
    con = vector["con"]
    assert mac(root, b"con").hex() == con["opening"]
    assert (
        mac(
            kc,
            bytes.fromhex(con["opening"]),
            sized(con["consent_id"]),
            sized(str(con["consent_version"])),
        ).hex()
        == con["con"]
    )


def test_commitments_by_our_code():
    vector = load("commitment")
    fields = {name: field["value"] for name, field in vector["fields"].items()}
    opened = detail.Detail(
        fields, bytes.fromhex(vector["opening"]), bytes.fromhex(vector["salt_root"])
    )
    con = vector["con"]

    assert opened.m().decode() == vector["m"]
    commitment.check_detail(
        bytes.fromhex(vector["com"]), opened.opening, vector["leaf_id"], opened.m()
    )
    assert (
        commitment.consent_commitment(
            commitment.consent_opening(opened.salt_root),
            con["consent_id"],
            con["consent_version"],
        ).hex()
        == (con["con"])
    )


def test_subject_handles():
    vector = load("subject_handle")
    audit_key = bytes.fromhex(vector["audit_key"])
    k_sub = mac(audit_key, b"ib1/subject-handle", b"\x01")

    assert k_sub.hex() == vector["k_sub"]
    assert DataKey(audit_key).derive(b"ib1/subject-handle", 32) == k_sub
    for i, handle in vector["handles"].items():
        plain = mac(k_sub, b"ib1/sub", int(i).to_bytes(8, "big"))[:16]
        assert plain.hex() == handle
        assert commitment.subject_handle(k_sub, int(i)).hex() == handle


def test_sealed_detail():
    vector = load("detail")
    sealer = Sealer(
        DataKey(bytes.fromhex(vector["audit_key"])),
        bytes.fromhex(vector["owner_id"]),
        vector["gen"],
    )
    object_id = b"dtl\x00" + vector["gen"].to_bytes(4, "big")
    object_id += vector["i"].to_bytes(8, "big")
    tail = place_tail(object_id, vector["version"], vector["label"].encode())
    plaintext = sealer.open(tail, bytes.fromhex(vector["envelope"]))
    opened = detail.decode(plaintext)

    assert object_id.hex() == vector["object_id"]
    assert object_id == detail.object_id(vector["gen"], vector["i"])
    assert plaintext.decode() == vector["plaintext"]
    assert detail.encode(opened.fields, opened.opening, opened.salt_root) == plaintext


def test_tree():
    vector = load("tree")
    entries = [entry.encode() for entry in vector["entries"]]
    roots = [bytes.fromhex(root) for root in vector["roots"]]
    inclusion, consistency = vector["inclusion"], vector["consistency"]

    assert [reference.root(entries[:n]) for n in range(8)] == roots
    verify_inclusion(
        inclusion["index"],
        inclusion["size"],
        leaf_hash(entries[inclusion["index"]]),
        [bytes.fromhex(each) for each in inclusion["proof"]],
        roots[7],
    )
    verify_consistency(
        consistency["old_size"],
        consistency["new_size"],
        [bytes.fromhex(each) for each in consistency["proof"]],
        roots[3],
        roots[7],
    )


def test_checkpoint_is_signed_deterministically_and_verifies():
    vector = load("checkpoint")
    root = bytes.fromhex(vector["root"])
    signer = LogSigner(vector["origin"], bytes.fromhex(vector["seed"]))

    opened, _note = checkpoint.open_checkpoint(vector["note"], [vector["vkey"]])

    assert opened == checkpoint.Checkpoint(vector["origin"], vector["size"], root)
    assert signer.sign(vector["size"], root) == vector["note"]
    assert signer.vkey == vector["vkey"]


def test_proof():
    vector = load("proof")
    parsed = proof.parse(vector["file"].encode())
    hashed = bytes.fromhex(vector["leaf_hash"])

    assert proof.verify(parsed, hashed, [vector["vkey"]]).size == 7
    assert parsed.index == vector["index"]
    assert proof.format_proof(parsed).decode() == vector["file"]


def test_receipt():
    vector = load("receipt")
    raw = parse_header(vector["header"])
    extra = base64.b64decode(vector["file"].split("\n")[1].removeprefix("extra "))

    verified = verify_receipt(raw, [vector["vkey"]], body=vector["body"].encode())

    assert raw.decode() == vector["file"]
    assert json.loads(extra) == vector["extra"]
    assert verified.leaf == load("leaf")["members"]
    assert verified.opened.keys() == vector["extra"]["open"].keys()


# The example in the documentation of Go's golang.org/x/mod/sumdb/note.
GO_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKv"
    "qfqdngotpRZb6KE6RyyBwJnAM=\n"
)


@pytest.mark.parametrize("text", [GO_NOTE, GO_NOTE.encode()])
def test_a_note_of_another_implementation(text):
    opened = note.open_note(text, [GO_VKEY])

    assert opened.text == GO_NOTE.partition("\n\n")[0] + "\n"
    assert note.parse_vkey(GO_VKEY).encode() == GO_VKEY
