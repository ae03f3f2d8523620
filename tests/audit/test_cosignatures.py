"""ML-DSA-44 and both kinds of cosignatures, against another implementation."""

import base64
from hashlib import sha256

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.mldsa import (
    MLDSA44PrivateKey,
    MLDSA44PublicKey,
)
from hypothesis import example, given, settings
from hypothesis import strategies as st

from audit import mldsa
from audit.checkpoint import open_checkpoint
from audit.cosigner import Cosigner
from audit.errors import VerificationError
from audit.note import SignatureType, open_note, parse_vkey

SECRET = MLDSA44PrivateKey.from_seed_bytes(bytes(range(32)))
PUBLIC = SECRET.public_key().public_bytes_raw()
SIGNATURE = SECRET.sign(b"message")
HINT = 32 + 2304
ROOT = base64.b64encode(sha256(b"root").digest()).decode()
TEXT = f"example.com/log\n7\n{ROOT}\n"
KINDS = [SignatureType.COSIGNATURE, SignatureType.ML_DSA_44]


def refused(key, message, signature, context=b""):
    with pytest.raises(VerificationError):
        mldsa.verify(key, message, signature, context)


@settings(max_examples=25)
@given(
    st.binary(min_size=32, max_size=32),
    st.binary(max_size=300),
    st.binary(max_size=255),
)
def test_mldsa_accepts_what_another_implementation_signs(seed, message, context):
    secret = MLDSA44PrivateKey.from_seed_bytes(seed)
    public = secret.public_key().public_bytes_raw()
    signature = secret.sign(message, context)

    mldsa.verify(public, message, signature, context)

    refused(public, message + b"\0", signature, context)
    refused(PUBLIC, message, signature, context)
    refused(public, message, signature, b"other" if context != b"other" else b"")


@settings(max_examples=60)
@given(st.integers(0, 2420 * 8 - 1))
@example(HINT * 8)
@example(2420 * 8 - 1)
def test_mldsa_refuses_every_flipped_bit_of_a_signature(bit):
    changed = bytearray(SIGNATURE)
    changed[bit // 8] ^= 1 << bit % 8

    with pytest.raises(InvalidSignature):
        MLDSA44PublicKey.from_public_bytes(PUBLIC).verify(bytes(changed), b"message")
    refused(PUBLIC, b"message", bytes(changed))


@settings(max_examples=20)
@given(st.integers(0, 1312 * 8 - 1))
def test_mldsa_refuses_every_flipped_bit_of_a_key(bit):
    changed = bytearray(PUBLIC)
    changed[bit // 8] ^= 1 << bit % 8

    refused(bytes(changed), b"message", SIGNATURE)


@pytest.mark.parametrize(
    ("key", "signature"),
    [
        (PUBLIC[:-1], SIGNATURE),
        (PUBLIC + b"\0", SIGNATURE),
        (b"", SIGNATURE),
        (None, SIGNATURE),
        (PUBLIC, SIGNATURE[:-1]),
        (PUBLIC, SIGNATURE + b"\0"),
        (PUBLIC, b""),
        (PUBLIC, "x" * 2420),
    ],
)
def test_mldsa_refuses_wrong_sizes(key, signature):
    refused(key, b"message", signature)


def test_mldsa_refuses_a_context_of_256_bytes():
    refused(PUBLIC, b"message", SIGNATURE, bytes(256))


def hinted(positions, ends):
    return SIGNATURE[:HINT] + bytes(positions).ljust(80, b"\0") + bytes(ends)


@pytest.mark.parametrize(
    "signature",
    [
        hinted([], [81, 81, 81, 81]),
        hinted(range(80), [0, 0, 0, 255]),
        hinted([1, 2], [2, 1, 2, 2]),
        hinted([2, 1], [2, 2, 2, 2]),
        hinted([1, 1], [2, 2, 2, 2]),
        hinted([1, 2], [1, 1, 1, 1]),
    ],
    ids=["many", "beyond", "falling", "unordered", "twice", "trailing"],
)
def test_mldsa_names_a_malformed_hint(signature):
    with pytest.raises(VerificationError, match="hint"):
        mldsa.verify(PUBLIC, b"message", signature)


def test_mldsa_names_a_response_out_of_range():
    signature = SIGNATURE[:32] + bytes(9) + SIGNATURE[41:]

    with pytest.raises(VerificationError, match="range"):
        mldsa.verify(PUBLIC, b"message", signature)


def test_mldsa_agrees_with_another_implementation_on_a_moved_hint():
    # The positions of the first polynomial, given to none: well-formed, but false.
    first = SIGNATURE[HINT + 80]
    rest = SIGNATURE[HINT + first : HINT + 80]
    ends = [each - first for each in SIGNATURE[HINT + 80 :]]

    refused(PUBLIC, b"message", hinted(rest, ends))


def log():
    return Cosigner("example.com/log", bytes([9]) * 32, SignatureType.COSIGNATURE)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("time", [0, 1790000000, (1 << 63) - 1])
def test_a_cosignature_verifies_and_tells_its_time(kind, time):
    cosigner = Cosigner("witness.example/w1", bytes([7]) * 32, kind)
    line = cosigner.cosign(TEXT, time)

    note = open_note(f"{TEXT}\n{line}", [cosigner.vkey])

    assert line.endswith("\n")
    assert parse_vkey(cosigner.vkey) == cosigner.verifier
    assert [(each.key, each.time) for each in note.signatures] == [
        (cosigner.verifier, time)
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_a_cosignature_holds_for_one_name_time_and_tree(kind):
    cosigner = Cosigner("witness.example/w1", bytes([7]) * 32, kind)
    line = cosigner.cosign(TEXT, 1790000000)
    blob = base64.b64decode(line.split(" ")[2])
    later = blob[:4] + (1790000001).to_bytes(8) + blob[12:]
    beyond = blob[:4] + b"\xff" + blob[5:]
    other = [
        (TEXT.replace("\n7\n", "\n8\n"), blob),
        (TEXT.replace("com/log", "com/leg"), blob),
        (TEXT, later),
        (TEXT, beyond),
        (TEXT, blob[:12]),
        (TEXT, blob[:5]),
        (TEXT, blob + b"\0"),
    ]

    for text, changed in other:
        encoded = base64.b64encode(changed).decode()
        note = f"{text}\n— witness.example/w1 {encoded}\n"
        with pytest.raises(VerificationError, match=r"match|size|range"):
            open_note(note, [cosigner.vkey])


def test_the_ml_dsa_message_is_the_structure_of_the_specification():
    cosigner = Cosigner("w1", bytes([7]) * 32, SignatureType.ML_DSA_44)
    blob = base64.b64decode(cosigner.cosign(TEXT, 5).split(" ")[2])
    message = (
        b"subtree/v1\n\0"
        b"\x02w1"
        + bytes.fromhex("0000000000000005")
        + b"\x0fexample.com/log"
        + bytes.fromhex("0000000000000000" + "0000000000000007")
        + sha256(b"root").digest()
    )

    public = MLDSA44PublicKey.from_public_bytes(cosigner.verifier.public_key)
    public.verify(blob[12:], message)

    key_id = sha256(b"w1\n\x06" + cosigner.verifier.public_key).digest()[:4]
    assert blob[:4] == key_id


def test_a_log_and_two_kinds_of_witness_sign_one_checkpoint():
    keys = [log(), *(Cosigner("w", bytes(32), kind) for kind in KINDS)]
    lines = [key.cosign(TEXT, 1790000000) for key in keys]
    signed = f"{TEXT}\n{''.join(lines)}"

    checkpoint, note = open_checkpoint(signed, [key.verifier for key in keys])

    assert checkpoint.size == len("sevenup")
    assert [each.key for each in note.signatures] == [key.verifier for key in keys]
    # Extension lines are signed by the one kind, and not by the other.
    extended = signed.replace("=\n\n", "=\nmore\n\n")
    open_note(extended, [keys[2].verifier])
    with pytest.raises(VerificationError, match="match"):
        open_note(extended, [keys[1].verifier])


def test_an_ml_dsa_signature_over_another_text_than_a_checkpoint_is_refused():
    cosigner = Cosigner("w", bytes(32), SignatureType.ML_DSA_44)
    line = cosigner.cosign(TEXT, 1)

    with pytest.raises(VerificationError, match="checkpoint"):
        open_note(f"text\n\n{line}", [cosigner.vkey])


@pytest.mark.parametrize(
    ("name", "seed", "kind"),
    [
        ("", bytes(32), SignatureType.COSIGNATURE),
        ("a b", bytes(32), SignatureType.COSIGNATURE),
        ("a\x01", bytes(32), SignatureType.COSIGNATURE),
        ("n" * 256, bytes(32), SignatureType.ML_DSA_44),
        ("w", bytes(31), SignatureType.ML_DSA_44),
        ("w", bytes(32), SignatureType.ED25519),
    ],
)
def test_a_cosigner_that_could_not_be_verified_is_not_made(name, seed, kind):
    with pytest.raises(VerificationError):
        Cosigner(name, seed, kind)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("text", "time"),
    [
        (TEXT, -1),
        (TEXT, 1 << 63),
        ("no checkpoint\n", 1),
        (TEXT[:-1], 1),
        (f"{TEXT}\n— w AAAAAAA=\n", 1),
    ],
)
def test_only_a_checkpoint_at_a_possible_time_is_cosigned(kind, text, time):
    with pytest.raises(VerificationError):
        Cosigner("w", bytes(32), kind).cosign(text, time)


def test_an_origin_of_more_than_255_bytes_has_no_ml_dsa_cosignature():
    text = TEXT.replace("example", "é" * 128)

    with pytest.raises(VerificationError, match="too long"):
        Cosigner("w", bytes(32), SignatureType.ML_DSA_44).cosign(text, 1)
