"""The functions that published vectors are run against, and their one error."""

import array
import inspect
import itertools
import math
import subprocess
import sys
from collections import UserList
from decimal import Decimal
from enum import IntEnum
from pathlib import Path

import pytest

from audit import checkpoint, merkle, note
from audit.errors import VerificationError
from audit.merkle import leaf_hash, root, verify_consistency, verify_inclusion
from audit.note import SignatureType, VerifierKey, open_note
from audit.signer import LogSigner
from tests import reference

ROOT = Path(__file__).parents[2]
ENTRIES = [b"a", b"b", b"c"]
HASHES = [leaf_hash(each) for each in ENTRIES]
TREE = root(HASHES)
SIGNER = LogSigner("example.com/log", bytes(32))
NOTE = SIGNER.sign(3, TREE)
GOOD = {
    leaf_hash: (b"a",),
    verify_inclusion: (1, 3, HASHES[1], reference.path(1, ENTRIES), TREE),
    verify_consistency: (
        2,
        3,
        reference.proof(2, ENTRIES),
        reference.root(ENTRIES[:2]),
        TREE,
    ),
    open_note: (NOTE, [SIGNER.vkey]),
    checkpoint.parse: (NOTE.partition("\n\n")[0] + "\n",),
}


class Number(IntEnum):
    ONE = 1


class Odd:
    """Something whose every use fails in its own way."""

    __hash__ = None

    def __len__(self):
        return 32

    def __eq__(self, other):
        return NotImplemented


HOSTILE = [
    None,
    True,
    False,
    0,
    -1,
    1 << 63,
    1 << 64,
    1 << 9000,
    -(1 << 9000),
    Number.ONE,
    1.0,
    math.nan,
    math.inf,
    1j,
    Decimal("NaN"),
    "",
    "\ud800",
    "\x00",
    "a" * 32,
    "1",
    b"",
    bytes(31),
    bytes(33),
    bytearray(b"a"),
    bytearray(32),
    memoryview(b"a"),
    memoryview(bytes(32)),
    memoryview(bytes(64)).cast("B", (2, 32)),
    array.array("I", [1]),
    [],
    [None],
    [bytes(32)] * 64,
    [bytes(32)] * 70,
    [bytes(31)],
    [bytearray(32)],
    ["a" * 32],
    [[]],
    [1, 2],
    [math.nan],
    (bytes(32),),
    {},
    {"a": 1},
    {bytes(32): 1},
    set(),
    frozenset([bytes(32)]),
    range(3),
    range(1 << 40),
    itertools.count(),
    itertools.repeat(bytes(32)),
    UserList([bytes(32)]),
    object(),
    Odd(),
    int,
    len,
    ...,
]
KEYS = [
    VerifierKey(*each)
    for each in [
        (b"example.com/log", SignatureType.ED25519, bytes(32)),
        (None, SignatureType.ED25519, bytes(32)),
        ("\ud800", SignatureType.ED25519, bytes(32)),
        ("a+b", SignatureType.ED25519, bytes(32)),
        (Odd(), SignatureType.ED25519, bytes(32)),
        ("a", 1, bytes(32)),
        ("a", 1.0, bytes(32)),
        ("a", True, bytes(32)),
        ("a", [], bytes(32)),
        ("a", Odd(), bytes(32)),
        ("a", None, bytes(32)),
        ("a", SignatureType.ED25519, bytearray(32)),
        ("a", SignatureType.ED25519, "a" * 32),
        ("a", SignatureType.ED25519, None),
        ("a", SignatureType.ML_DSA_44, bytes(32)),
    ]
]


def fails_well(act, arguments):
    """Say whether it was refused; any other error ends the test."""
    try:
        act(*arguments)
    except VerificationError:
        return True
    return False


@pytest.mark.parametrize(
    ("act", "names"),
    [
        (merkle.leaf_hash, "entry"),
        (merkle.verify_inclusion, "index size leaf_hash proof root"),
        (merkle.verify_consistency, "old_size new_size proof old_root new_root"),
        (note.open_note, "text verifier_keys"),
        (checkpoint.parse, "text"),
    ],
)
def test_they_take_what_is_published_by_place_and_by_name(act, names):
    assert list(inspect.signature(act).parameters) == names.split()
    assert not fails_well(act, GOOD[act])
    act(**dict(zip(names.split(), GOOD[act], strict=True)))


def test_a_check_that_passes_says_nothing():
    assert verify_inclusion(*GOOD[verify_inclusion]) is None
    assert verify_consistency(*GOOD[verify_consistency]) is None


@pytest.mark.parametrize("act", GOOD, ids=lambda act: act.__name__)
def test_one_argument_of_any_kind(act):
    for place in range(len(GOOD[act])):
        for hostile in (*HOSTILE, *KEYS):
            arguments = list(GOOD[act])
            arguments[place] = hostile

            refused = fails_well(act, arguments)

            assert refused or act is leaf_hash or hostile == GOOD[act][place]


def test_what_is_not_bytes_is_no_entry():
    for each in HOSTILE:
        assert fails_well(leaf_hash, [each]) is (type(each) is not bytes)


def test_keys_of_any_kind():
    for key in (*KEYS, *HOSTILE):
        assert fails_well(open_note, (NOTE, [key]))
        assert fails_well(open_note, (NOTE, [SIGNER.vkey, key]))
        assert fails_well(open_note, (NOTE, [SIGNER.verifier, key]))


@pytest.mark.parametrize(
    ("act", "at"), [(verify_inclusion, 3), (verify_consistency, 2)]
)
def test_a_proof_of_another_length_is_refused(act, at):
    for wrong in ([], [TREE] * 2, [*GOOD[act][at], TREE], [*GOOD[act][at]] * 40):
        arguments = list(GOOD[act])
        arguments[at] = wrong

        assert fails_well(act, arguments)


def test_nothing_continues_the_empty_tree():
    empty = reference.root([])
    for new_size, new_root in ((0, empty), (1, HASHES[0]), (3, TREE)):
        assert fails_well(verify_consistency, (0, new_size, [], empty, new_root))


def test_they_need_the_standard_library_alone():
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r});"
        "import audit.merkle, audit.note, audit.checkpoint, audit.errors;"
        "other = {m.split('.')[0] for m in sys.modules} - sys.stdlib_module_names;"
        "print(sorted(other))"
    )

    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program],
        capture_output=True,
        check=True,
        text=True,
    )

    assert done.stdout.strip() == "['__main__', 'audit']"
