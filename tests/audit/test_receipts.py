import base64
import json
from hashlib import sha256
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import commitment, person, proof, receipt, store
from audit.canonical import canonical
from audit.detail import Detail
from audit.entry import Entry
from audit.errors import VerificationError
from audit.head import read_head
from audit.leaf import EventType
from audit.merkle import leaf_hash
from audit.receipt_check import HEADER, parse_header, verify_receipt
from audit.sequencer import append
from audit.signer import LogSigner
from pds.core.ids import OwnerId

TARO = OwnerId(UUID("01990000-0000-7000-8000-000000000001"))
ORIGIN = "log.infobank.example/1"
SIGNER = LogSigner(ORIGIN, bytes(range(32)))
STRANGER = LogSigner(ORIGIN, bytes(32))
BODY = b'{"records":[]}'


@pytest.fixture
def released(work):
    """A released disclosure between others, and the tree that holds it."""
    person.open_subject(work, TARO)
    entry = Entry(
        type=EventType.DISCLOSURE_RELEASED,
        subject=TARO,
        recipient="clinic-a",
        count=0,
        consent=(UUID(int=7), 2),
        detail={
            "pairwise_sub": "x9",
            "body_sha256": sha256(BODY).hexdigest(),
            "actor": "worker",
        },
    )
    recorded = work.log.record(entry)
    work.log.record(Entry(type=EventType.POLICY_EVENT))
    batch = append(
        work.connection, read_head(work.connection), work.log.drafts, 1_790_000_000_000
    )
    return recorded, batch


@pytest.fixture
def built(released):
    recorded, batch = released
    note = SIGNER.sign(batch.head.size, batch.head.root())
    return receipt.build(recorded, note, batch.prove(recorded.index))


def test_a_receipt_proves_leaf_body_and_opened_fields_and_nothing_more(built):
    verified = verify_receipt(built, [SIGNER.vkey], body=BODY)

    assert verified.leaf["typ"] == "disclosure:released"
    assert verified.opened == {
        "pairwise_sub": "x9",
        "consent_id": str(UUID(int=7)),
        "n": "0",
        "body_sha256": sha256(BODY).hexdigest(),
    }
    assert (verified.index, verified.checkpoint.size) == (2, 4)
    assert str(TARO).encode() not in base64.b64decode(built.split()[2])


def test_the_header_carries_the_receipt(built):
    value = receipt.header(built)

    assert HEADER == "Infobank-Receipt"
    assert parse_header(value) == built
    assert len(value) < 8000
    for bad in ("", ":", value[1:], value[:-1], ":?:"):
        with pytest.raises(VerificationError):
            parse_header(bad)


def test_a_receipt_of_another_body_or_log_is_refused(built):
    with pytest.raises(VerificationError, match="body"):
        verify_receipt(built, [SIGNER.vkey], body=BODY + b" ")
    with pytest.raises(VerificationError):
        verify_receipt(built, [STRANGER.vkey])


def changed_extra(built, change):
    taken = proof.parse(built)
    extra = json.loads(taken.extra)
    change(extra)
    raw = json.dumps(extra, sort_keys=True, separators=(",", ":")).encode()
    return proof.format_proof(
        proof.TlogProof(taken.index, taken.hashes, taken.checkpoint, raw)
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda extra: extra["open"]["n"].__setitem__(1, "1"),
        lambda extra: extra["open"]["n"].__setitem__(0, "00" * 32),
        lambda extra: extra["open"]["n"].__setitem__(0, "00"),
        lambda extra: extra["open"].__setitem__("actor", ["00" * 32, "worker"]),
        lambda extra: extra["open"].__setitem__("other", ["00" * 32, "x"]),
        lambda extra: extra["open"].__setitem__("n", "0"),
        lambda extra: extra.__setitem__("open", []),
        lambda extra: extra["m"].__setitem__("n", "ff" * 32),
        lambda extra: extra["m"].pop("actor"),
        lambda extra: extra.__setitem__("m", []),
        lambda extra: extra.__setitem__("opening", "00" * 32),
        lambda extra: extra.__setitem__("opening", "00"),
        lambda extra: extra.__setitem__("opening", "AA" * 32),
        lambda extra: extra.__setitem__("opening", 3),
        lambda extra: extra["leaf"].__setitem__("rcp", "clinic-b"),
        lambda extra: extra["leaf"].pop("com"),
        lambda extra: extra.__setitem__("leaf", []),
        lambda extra: extra.__setitem__("more", 1),
        lambda extra: extra.pop("m"),
    ],
)
def test_a_forged_receipt_is_refused(built, change):
    with pytest.raises(VerificationError):
        verify_receipt(changed_extra(built, change), [SIGNER.vkey])


def test_a_receipt_needs_extra_data_and_a_place(built, released, work):
    taken = proof.parse(built)
    bare = proof.format_proof(
        proof.TlogProof(taken.index, taken.hashes, taken.checkpoint)
    )
    fresh = work.log.record(Entry(type=EventType.POLICY_EVENT))

    with pytest.raises(VerificationError):
        verify_receipt(bare, [SIGNER.vkey])
    with pytest.raises(VerificationError):
        receipt.build(fresh, taken.checkpoint, [])


def test_a_later_tree_proves_the_same_leaf_from_storage(released, work):
    recorded, _batch = released
    head = read_head(work.connection)
    fresh = [work.log.record(Entry(type=EventType.LOG_TALLY)).draft for _ in range(9)]
    later = append(work.connection, head, fresh, 1_790_000_000_001).head
    note = SIGNER.sign(later.size, later.root())
    hashes = store.inclusion_proof(work.connection, recorded.index, later.size)

    verified = verify_receipt(
        receipt.build(recorded, note, hashes, ["actor"]), [SIGNER.vkey]
    )

    assert verified.opened == {"actor": "worker"}
    assert verified.checkpoint.size == 13


@given(data=st.data())
def test_flipping_any_byte_of_a_receipt_never_yields_another_truth(data):
    good = EXAMPLE
    at = data.draw(st.integers(0, len(good) - 1))
    bad = (
        good[:at]
        + bytes([good[at] ^ 1 << data.draw(st.integers(0, 7))])
        + good[at + 1 :]
    )
    try:
        verified = verify_receipt(bad, [SIGNER.vkey])
    except VerificationError:
        return

    assert verified == verify_receipt(good, [SIGNER.vkey])


@given(st.binary(max_size=300))
def test_whatever_bytes_are_fed_only_our_error_comes_out(noise):
    for data in (noise, EXAMPLE[:60] + noise, EXAMPLE[:-20] + noise):
        try:
            verify_receipt(data, [SIGNER.vkey])
        except VerificationError:
            continue


def _example():
    leaf = {
        "com": "",
        "id": "01990000-0000-7000-8000-0000000000aa",
        "sub": "00" * 16,
        "t": 1,
        "typ": "log:tally",
        "v": 1,
    }
    detail = Detail({"n": "1"}, bytes(32), bytes(32))
    com = commitment.detail_commitment(detail.opening, leaf["id"], detail.m())
    leaf["com"] = com.hex()
    raw = canonical(leaf)
    note = LogSigner(ORIGIN, bytes(range(32))).sign(1, leaf_hash(raw))
    return receipt.assemble(
        raw, detail.m(), detail, proof.TlogProof(0, (), note), ["n"]
    )


EXAMPLE = _example()
