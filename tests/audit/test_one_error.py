"""Whatever they are fed, parsers and verifiers answer or raise their one error."""

import base64
import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit import mldsa
from audit.canonical import canonical, parse_canonical
from audit.checkpoint import open_checkpoint
from audit.checkpoint import parse as parse_checkpoint
from audit.commitment import detail_commitment, field_commitment
from audit.cosigner import Cosigner
from audit.ed25519 import verify as verify_ed25519
from audit.errors import VerificationError
from audit.leaf import parse_leaf, scan_leaf
from audit.merkle import (
    Frontier,
    leaf_hash,
    root,
    verify_consistency,
    verify_inclusion,
)
from audit.note import SignatureType, VerifierKey, open_note, parse_vkey
from audit.proof import TlogProof, format_proof
from audit.proof import parse as parse_proof
from audit.receipt_check import parse_header, verify_receipt
from audit.tiles import WIDTH, decode_entries, encode_entries, tile_path, tiles
from audit.tree_head import Checkpoint, format_text
from audit.verifier.findings import Incomplete
from audit.verifier.manifest import Manifest, parse_manifest
from audit.verifier.policy import parse_policy
from tests import reference

SIZE = 70
ENTRIES = [bytes([n]) * (n % 7) for n in range(SIZE)]
HASHES = [leaf_hash(entry) for entry in ENTRIES]

ORIGIN = "example.com/log"
LOG = Cosigner(ORIGIN, bytes(32))
WITNESS = Cosigner("w.example", bytes(32), SignatureType.ML_DSA_44)
KEYS = [LOG.vkey, WITNESS.vkey]
UUID = "01890a5d-ac96-774b-bcce-b302099a8057"
SALT = bytes(32)
M = {"n": field_commitment(SALT, "n", "1").hex()}
COM = detail_commitment(SALT, UUID, canonical(M)).hex()
LEAF = {
    "com": COM,
    "id": UUID,
    "sub": "ab" * 16,
    "t": 1790000000000,
    "typ": "disclosure:released",
    "v": 1,
}
TEXT = format_text(Checkpoint(ORIGIN, 1, leaf_hash(canonical(LEAF))))
NOTE = f"{TEXT}\n{LOG.cosign(TEXT, 1)}{WITNESS.cosign(TEXT, 2)}"
EXTRA = canonical(
    {"leaf": LEAF, "m": M, "open": {"n": [SALT.hex(), "1"]}, "opening": SALT.hex()}
)
RECEIPT = format_proof(TlogProof(0, (), NOTE, EXTRA))
POLICY = f"log {LOG.vkey}\nwitness w {WITNESS.vkey}\ngroup g any w\nquorum g\n"
TILE = encode_entries([b"", b"a", b"bc" * 300])
MANIFEST = Manifest(
    bundle_id=UUID,
    made_at="2026-04-01T00:00:00.000Z",
    period={"from": "2026-03-01T00:00:00.000Z"},
    checkpoint=NOTE,
    entries="all",
    evidence_key=LOG.vkey,
    files={"log/vkey": (3, "ab" * 32)},
).encode()


def of_text(act):
    # What a file or a form gives that is not always UTF-8.
    return lambda data: act(data.decode("utf-8", "surrogateescape"))


READERS = {
    "note": (NOTE.encode(), lambda data: open_note(data, KEYS)),
    "note as text": (NOTE.encode(), of_text(lambda text: open_note(text, KEYS))),
    "signed checkpoint": (NOTE.encode(), lambda data: open_checkpoint(data, KEYS)),
    "checkpoint": (TEXT.encode(), parse_checkpoint),
    "checkpoint as text": (TEXT.encode(), of_text(parse_checkpoint)),
    "key": (LOG.vkey.encode(), of_text(parse_vkey)),
    "proof": (RECEIPT, parse_proof),
    "receipt": (RECEIPT, lambda data: verify_receipt(data, KEYS)),
    "header": (b":" + base64.b64encode(RECEIPT) + b":", of_text(parse_header)),
    "leaf": (canonical(LEAF), parse_leaf),
    "scanned leaf": (canonical(LEAF), scan_leaf),
    "canonical": (EXTRA, parse_canonical),
    "tile": (TILE, lambda data: decode_entries(data, 3)),
    "policy": (POLICY.encode(), of_text(parse_policy)),
    "manifest": (MANIFEST, parse_manifest),
}
NASTY = [
    b"",
    b"\n",
    b"\n\n",
    b"\r\n",
    b"\0",
    b"\x7f",
    b"\xff",
    b"\xc2\xa0",
    b"\xc2\x85",
    b"\xe2\x80\xa8",
    b"\xed\xa0\x80",
    b"\xe2\x80\x94 ",
    b"+",
    b"==",
    b"0" * 30,
    b"9" * 5000,
    b"-1",
    b"[" * 3000,
    b'{"a":' * 3000,
    b"\\ud800",
    b"1e9",
    b"null",
    b'"',
]


def read(act, data):
    try:
        act(data)
    except (VerificationError, Incomplete):
        return False
    return True


@pytest.mark.parametrize("name", READERS)
def test_what_is_whole_is_read(name):
    good, act = READERS[name]

    act(good)


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=80)
@given(data=st.data())
def test_a_mutation_or_noise_is_read_or_refused(name, data):
    good, act = READERS[name]
    start = data.draw(st.integers(0, len(good)))
    length = data.draw(st.sampled_from([0, 1, 2, 40, len(good)]))
    middle = data.draw(st.sampled_from(NASTY) | st.binary(max_size=40))

    changed = good[:start] + middle + good[start + length :]

    assert read(act, changed) or changed != good
    read(act, middle)
    read(act, good[:start] + good)


@pytest.mark.parametrize("name", ["receipt", "note", "signed checkpoint"])
@settings(max_examples=60)
@given(data=st.data())
def test_no_changed_byte_of_what_is_signed_goes_through(name, data):
    good, act = READERS[name]
    at = data.draw(st.integers(good.index(ORIGIN.encode()), good.index(b"\n\n\xe2")))
    if name == "receipt":
        at = data.draw(st.integers(0, good.index(b"\n\n")))
    changed = bytearray(good)
    changed[at] ^= data.draw(st.integers(1, 255))

    assert not read(act, bytes(changed))


anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.just(1 << 5000),
    st.floats(),
    st.binary(max_size=40),
    st.text(max_size=8),
    st.sampled_from(["\ud800", LOG.vkey, NOTE, TEXT, LOG.verifier]),
    st.lists(st.none() | st.binary(min_size=32, max_size=32) | st.text(max_size=3)),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
    st.builds(VerifierKey, st.none() | st.text(), st.integers(), st.binary()),
)
PUBLIC = [
    (leaf_hash, 1),
    (verify_inclusion, 5),
    (verify_consistency, 5),
    (open_note, 2),
    (open_checkpoint, 2),
    (parse_checkpoint, 1),
    (parse_vkey, 1),
    (parse_proof, 1),
    (parse_header, 1),
    (parse_leaf, 1),
    (parse_canonical, 1),
    (verify_ed25519, 3),
    (mldsa.verify, 3),
    (lambda keys: open_note(NOTE, [keys]), 1),
    (lambda data: decode_entries(data, 1), 1),
]


@settings(max_examples=150)
@given(st.lists(anything, min_size=5, max_size=5))
def test_values_of_any_type_are_read_or_refused(values):
    for act, count in PUBLIC:
        read(lambda given, act=act: act(*given), values[:count])


@pytest.mark.parametrize("number", [True, -1, 1 << 64, 1 << 5000, 1.0, "1", None])
def test_only_plain_integers_are_sizes(number):
    with pytest.raises(VerificationError):
        verify_inclusion(0, number, HASHES[0], [], HASHES[0])
    with pytest.raises(VerificationError):
        verify_consistency(number, number, [], HASHES[0], HASHES[0])


def test_a_proof_without_end_is_refused():
    def endless():
        while True:
            yield HASHES[0]

    with pytest.raises(VerificationError, match="too long"):
        verify_inclusion(0, 1 << 63, HASHES[0], endless(), HASHES[0])


def test_a_proof_may_be_read_only_once():
    proof = iter(reference.path(3, ENTRIES[:9]))

    verify_inclusion(3, 9, HASHES[3], proof, reference.root(ENTRIES[:9]))


@pytest.mark.parametrize("size", range(1, SIZE + 1, 3))
def test_the_literal_tree_is_ours_at_every_size(size):
    entries, expected = ENTRIES[:size], reference.root(ENTRIES[:size])
    frontier = Frontier()
    for each in HASHES[:size]:
        frontier.append(each)

    assert root(HASHES[:size]) == frontier.root() == expected
    for index in range(0, size, 2):
        proof = reference.path(index, entries)
        verify_inclusion(index, size, HASHES[index], proof, expected)
        older = reference.root(entries[: index + 1])
        grown = reference.proof(index + 1, entries)
        verify_consistency(index + 1, size, grown, older, expected)


@settings(max_examples=10)
@given(st.integers(SIZE, 1500), st.integers(0, 1 << 30))
def test_the_literal_tree_is_ours_at_random_larger_sizes(size, seed):
    entries = [n.to_bytes(4) for n in range(size)]
    index = random.Random(seed).randrange(size)
    expected = reference.root(entries)

    assert root(map(leaf_hash, entries)) == expected
    path = reference.path(index, entries)
    verify_inclusion(index, size, leaf_hash(entries[index]), path, expected)
    older, grown = reference.root(entries[: index + 1]), index + 1
    verify_consistency(grown, size, reference.proof(grown, entries), older, expected)


@settings(max_examples=30)
@given(st.integers(0, 70_000))
def test_tiles_hold_every_item_once_and_entries_come_back(count):
    covered = [
        number * WIDTH + i for number, width in tiles(count) for i in range(width)
    ]
    held = [n.to_bytes(3) * (n % 5) for n in range(count % WIDTH)]

    assert covered == list(range(count))
    assert decode_entries(encode_entries(held), len(held)) == held
    for wrong in (len(held) + 1, len(held) - 1):
        with pytest.raises(VerificationError):
            decode_entries(encode_entries(held), wrong)


def test_tile_paths_are_those_of_the_specification():
    assert tile_path("0", 1234067) == "tile/0/x001/x234/067"
    assert tile_path("entries", 0, 17) == "tile/entries/000.p/17"


@pytest.mark.parametrize("member", [*json.loads(MANIFEST), "x"])
@pytest.mark.parametrize("value", [0, True, [0], [{}], {"from": 1}])
def test_a_member_of_a_manifest_of_another_kind_is_refused(member, value):
    changed = canonical({**json.loads(MANIFEST), member: value})

    assert not read(parse_manifest, changed)
