import base64
import stat
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import checkpoint, commitment, ed25519, note, proof
from audit.canonical import MAX_INTEGER, canonical, parse_canonical
from audit.errors import VerificationError
from audit.leaf import bucket, parse_leaf, scan_leaf
from audit.note import SignatureType, VerifierKey
from audit.quarter import destroy_after, quarter_end
from audit.signer import KEY_FILE, KeyFileError, LogSigner, create_key, load_signer
from pds.core.errors import Conflict

ORIGIN = "log.infobank.example/1"
SIGNER = LogSigner(ORIGIN, bytes(range(32)))
OTHER = LogSigner("other.example/9", b"o" * 32)
NOTE = SIGNER.sign(3, b"r" * 32)

# RFC 8032 section 7.1, tests 1 to 3 and SHA(abc).
RFC_8032 = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
            "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
            "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
        ),
    ),
]


@pytest.mark.parametrize(("key", "message", "signature"), RFC_8032)
def test_ed25519_vectors(key, message, signature):
    ed25519.verify(*map(bytes.fromhex, (key, message, signature)))
    with pytest.raises(VerificationError):
        ed25519.verify(
            bytes.fromhex(key), bytes.fromhex(message) + b"x", bytes.fromhex(signature)
        )


@given(st.binary(max_size=64), st.integers(0, 511))
def test_ed25519_agrees_with_the_library_and_refuses_every_flipped_bit(message, bit):
    signature = SIGNER._key.sign(message)
    ed25519.verify(SIGNER.verifier.public_key, message, signature)
    flipped = bytearray(signature)
    flipped[bit // 8] ^= 1 << bit % 8

    with pytest.raises(VerificationError):
        ed25519.verify(SIGNER.verifier.public_key, message, bytes(flipped))


@pytest.mark.parametrize(
    ("key", "signature"),
    [
        (b"short", bytes(64)),
        (bytes(32), bytes(63)),
        (b"\xff" * 32, bytes(64)),
        (bytes([2]) + bytes(31), bytes(64)),
        (bytes([1]) + bytes(30) + b"\x80", bytes(64)),
        (SIGNER.verifier.public_key, bytes(32) + b"\xff" * 32),
    ],
)
def test_ed25519_refuses_what_is_no_key_or_signature(key, signature):
    with pytest.raises(VerificationError):
        ed25519.verify(key, b"", signature)


def test_the_order_of_the_group_may_not_be_added_to_a_signature():
    signature = SIGNER._key.sign(b"m")
    s = int.from_bytes(signature[32:], "little") + ed25519._L
    with pytest.raises(VerificationError, match="canonical"):
        ed25519.verify(
            SIGNER.verifier.public_key, b"m", signature[:32] + s.to_bytes(32, "little")
        )


def test_unknown_signers_are_ignored_and_failing_known_ones_reject():
    text, line = NOTE.split("\n\n")
    strange = note.signature_line(OTHER.verifier, OTHER._key.sign(b"x"))
    bad = note.signature_line(SIGNER.verifier, bytes(64))

    opened = note.open_note(f"{text}\n\n{strange}{line}", [SIGNER.vkey])
    assert opened.text == text + "\n"
    assert len(note.open_note(f"{NOTE}{line}", [SIGNER.vkey]).signatures) == 1
    for rejected in (f"{text}\n\n{strange}{bad}", f"{text}\n\n{line}{bad}", strange):
        with pytest.raises(VerificationError):
            note.open_note(rejected, [SIGNER.vkey])
    with pytest.raises(VerificationError):
        note.open_note(NOTE, [])
    text = checkpoint.format_text(checkpoint.Checkpoint(ORIGIN, 3, b"r" * 32))
    line = note.signature_line(OTHER.verifier, OTHER._key.sign(text.encode()))
    with pytest.raises(VerificationError, match="log itself"):
        checkpoint.open_checkpoint(f"{text}\n{line}", [OTHER.verifier, SIGNER.verifier])


def test_sixteen_signatures_are_read_and_the_text_ends_at_the_last_empty_line():
    text = "first\n\nsecond\n"
    signers = [LogSigner(f"s{n}.example", bytes([n]) * 32) for n in range(16)]
    lines = [
        note.signature_line(each.verifier, each._key.sign(text.encode()))
        for each in signers
    ]

    opened = note.open_note(
        text + "\n" + "".join(lines), [each.vkey for each in signers]
    )

    assert opened.text == text
    assert len(opened.signatures) == 16
    with pytest.raises(VerificationError, match="too many"):
        note.open_note(text + "\n" + lines[0] * 65, [signers[0].vkey])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "x\n\n",
        "x\n\ny\n",
        "x\r\n\n— a AAAAAAA=\n",
        "x\n\n— a AAAA\n",
        "x\n\n— a AAAAAB==\n",
        "x\n\n— a A\n",
        "x\n\n— a b c\n",
        "x\n\n-- a AAAAAAA=\n",
        NOTE.removesuffix("\n"),
        "\ud800",
        b"\xff",
        bytes(2 << 20),
        NOTE.replace("\n3\n", "\n4\n"),
    ],
)
def test_what_is_no_note_is_refused(text):
    with pytest.raises(VerificationError):
        note.open_note(text, [SIGNER.vkey])


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "a+b+c",
        SIGNER.vkey[:-4],
        SIGNER.vkey.replace(ORIGIN, "x"),
        "a+00000000+AQ==",
        "a+00000000+CQ==",
        SIGNER.vkey + "\n",
    ],
)
def test_what_is_no_verifier_key_is_refused(vkey):
    with pytest.raises(VerificationError):
        note.parse_vkey(vkey)


def test_keys_that_share_name_and_id_are_refused():
    one = SIGNER.verifier

    class Twin(VerifierKey):
        @property
        def key_id(self):
            return one.key_id

    twin = Twin(one.name, SignatureType.ED25519, OTHER.verifier.public_key)
    with pytest.raises(VerificationError, match="share"):
        note.open_note(NOTE, [one, twin])


def test_checkpoints_come_back_as_they_were_and_extensions_are_kept():
    value = checkpoint.Checkpoint("o", 12, b"r" * 32, ("ext a", "b"))

    assert checkpoint.parse(checkpoint.format_text(value)) == value


ROOT64 = base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "o\n1\n",
        f"o\n1\n{ROOT64}",
        f"\n1\n{ROOT64}\n",
        f"o\n01\n{ROOT64}\n",
        f"o\n-1\n{ROOT64}\n",
        f"o\n１\n{ROOT64}\n",
        f"o\n{2**63}\n{ROOT64}\n",
        f"o\n{'9' * 30}\n{ROOT64}\n",
        f"o\n1\n{ROOT64[:-4]}\n",
        "o\n1\nAA=A\n",
        f"o\n1\n{ROOT64}\n\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text):
    with pytest.raises(VerificationError):
        checkpoint.parse(text)


@given(
    index=st.integers(0, 2**63 - 1),
    hashes=st.lists(st.binary(min_size=32, max_size=32), max_size=63),
    extra=st.none() | st.binary(max_size=50),
)
def test_proofs_come_back_as_they_were(index, hashes, extra):
    value = proof.TlogProof(index, tuple(hashes), NOTE, extra)

    assert proof.parse(proof.format_proof(value)) == value


GOOD = proof.format_proof(proof.TlogProof(1, (bytes(32),), NOTE, b"x")).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "c2sp.org/tlog-proof@v1\n\n" + NOTE,
        GOOD.replace("@v1", "@v2"),
        GOOD.replace("index 1", "index 01"),
        GOOD.replace("index 1\n", ""),
        GOOD.replace("index", "extra AA==\nindex"),
        GOOD.replace(ROOT64, ROOT64[:-4] + "AA=="),
        GOOD.replace(ROOT64, "\n".join([ROOT64] * 64)),
        GOOD.partition("\n\n")[0],
        "c2sp.org/tlog-proof@v1\nextra AA==\n\n",
        "x" * (2 << 20),
    ],
)
def test_what_is_no_proof_is_refused(text):
    with pytest.raises(VerificationError):
        proof.parse(text.encode())


@given(st.binary(max_size=200), st.text(max_size=200))
def test_parsers_raise_only_their_own_error(data, text):
    for act in (
        lambda: proof.parse(data),
        lambda: proof.parse(GOOD.encode()[: len(data)] + data),
        lambda: note.open_note(data, [SIGNER.vkey]),
        lambda: note.open_note(text, [SIGNER.vkey]),
        lambda: note.parse_vkey(text),
        lambda: checkpoint.parse(text),
        lambda: parse_canonical(data),
        lambda: parse_leaf(data),
    ):
        try:
            act()
        except VerificationError:
            continue


json_values = st.recursive(
    st.text() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(max_codepoint=127)), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(json_values)
def test_canonical_json_comes_back_as_it_was(value):
    try:
        data = canonical(value)
    except VerificationError:
        return

    assert parse_canonical(data) == value
    assert canonical(parse_canonical(data)) == data


def test_canonical_json_is_that_of_rfc_8785():
    value = {"b": ['€$\x0f\nA\'B"\\\\"/\x7f'], "a": True, "A": -1, "": 2**53 - 1}

    assert (
        canonical(value)
        == (
            '{"":9007199254740991,"A":-1,"a":true,'
            '"b":["€$\\u000f\\nA\'B\\"\\\\\\\\\\"/\x7f"]}'
        ).encode()
    )


@pytest.mark.parametrize(
    "value",
    [1.0, None, 2**53, -(2**53), {"é": 1}, {1: 1}, "\ud800", b"", {1}, object()],
)
def test_what_is_outside_the_restriction_is_refused(value):
    with pytest.raises(VerificationError):
        canonical([value])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"null",
        b"1.0",
        b"1e2",
        b"NaN",
        b"-0",
        b'{"a":1,"a":2}',
        b'{"b":1,"a":2}',
        b'{ "a":1}',
        b'"\\u0041"',
        b'"\\/"',
        b'"\xff"',
        b'"\\ud800"',
        b"9" * 5000,
        b"[" * 100000,
        b"[" * 40 + b"]" * 40,
        b"\xef\xbb\xbf1",
    ],
)
def test_what_is_not_canonical_is_refused(data):
    with pytest.raises(VerificationError):
        parse_canonical(data)


LEAF = {
    "com": "0" * 64,
    "id": "01990000-0000-7000-8000-0000000000aa",
    "sub": "0" * 32,
    "t": 0,
    "typ": "log:tally",
    "v": 1,
}


def outcome(check, data):
    try:
        return check(data)
    except VerificationError:
        return None


def parsed(raw):
    leaf = parse_leaf(raw)
    ref = leaf["ref"].encode() if "ref" in leaf else None
    sub, kind = leaf["sub"].encode(), leaf["typ"].encode()
    return leaf["id"].encode(), leaf["t"], sub, kind, ref


leaf_values = st.one_of(
    st.sampled_from([0, 1, 5, 10, 10**15 - 1, 10**15, 2**53 - 1, 2**53, True, 2, -1]),
    st.sampled_from(["a", "b c", "0" * 64, "0" * 32, LEAF["id"], "key:event", ""]),
    st.lists(st.sampled_from(["a", "b", "a.b-c", "é", "x" * 200]), max_size=4),
    st.lists(st.integers(0, 99).map("c{}".format), min_size=30, unique=True).map(
        sorted
    ),
)


@given(
    changes=st.dictionaries(
        st.sampled_from(
            [*LEAF, "cats", "con", "form", "n", "pur", "rcp", "ref", "src"]
        ),
        leaf_values,
        max_size=4,
    ),
    data=st.data(),
)
def test_scanning_a_leaf_is_as_strict_as_parsing_it(changes, data):
    try:
        raw = canonical({**LEAF, **changes})
    except VerificationError:
        return
    at = data.draw(st.integers(0, len(raw)))
    flipped = raw[:at] + data.draw(st.binary(max_size=2)) + raw[at + 1 :]

    for each in (raw, flipped, raw + b"\n", b" " + raw):
        assert outcome(scan_leaf, each) == outcome(parsed, each)


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"v": True},
        {"typ": "disclosure"},
        {"typ": ["log:tally"]},
        {"id": LEAF["id"].upper()},
        {"t": -1},
        {"t": True},
        {"t": "0"},
        {"sub": "0" * 64},
        {"com": "A" * 64},
        {"n": 5},
        {"n": True},
        {"cats": []},
        {"cats": ["b", "a"]},
        {"cats": ["a", "a"]},
        {"cats": "a"},
        {"cats": [1]},
        {"rcp": "two words"},
        {"rcp": ""},
        {"ref": "x"},
        {"con": ""},
        {"reason": "x"},
    ],
)
def test_a_leaf_that_breaks_the_schema_is_refused(change):
    assert parse_leaf(canonical(LEAF)) == LEAF
    with pytest.raises(VerificationError):
        parse_leaf(canonical({**LEAF, **change}))


def test_a_leaf_lacks_nothing_and_is_an_object():
    for name in LEAF:
        with pytest.raises(VerificationError, match=name):
            parse_leaf(canonical({k: v for k, v in LEAF.items() if k != name}))
    with pytest.raises(VerificationError):
        parse_leaf(b"[]")


@pytest.mark.parametrize(
    ("count", "expected"),
    [(0, 0), (1, 1), (2, 10), (10, 10), (11, 100), (1000, 1000), (1001, 10000)],
)
def test_buckets_are_upper_bounds(count, expected):
    assert bucket(count) == expected
    assert bucket(10**9) == 10000


def test_the_key_file_is_made_once_and_read_only_by_its_owner(tmp_path):
    folder = tmp_path / "keys"
    create_key(folder, b"s" * 32)
    path = folder / KEY_FILE

    assert stat.S_IMODE(path.stat().st_mode) == 0o400
    assert load_signer(folder, ORIGIN).vkey == LogSigner(ORIGIN, b"s" * 32).vkey
    with pytest.raises(KeyFileError, match="already"):
        create_key(folder, b"t" * 32)
    path.chmod(0o440)
    with pytest.raises(KeyFileError, match="open to others"):
        load_signer(folder, ORIGIN)
    for content in (b"?", b"AAAA"):
        path.unlink()
        path.write_bytes(content)
        path.chmod(0o400)
        with pytest.raises(KeyFileError, match="malformed"):
            load_signer(folder, ORIGIN)
    path.unlink()
    with pytest.raises(KeyFileError, match="missing"):
        load_signer(folder, ORIGIN)
    with pytest.raises(KeyFileError):
        LogSigner("with space", b"s" * 32)


def test_the_signer_never_equivocates():
    signer = LogSigner(ORIGIN, b"s" * 32)
    first = signer.sign(5, b"a" * 32)

    assert signer.sign(5, b"a" * 32) == first
    with pytest.raises(Conflict):
        signer.sign(5, b"b" * 32)
    for size in range(6, 1200):
        signer.sign(size, b"c" * 32)
    assert signer.sign(5, b"a" * 32) == first


@pytest.mark.parametrize(
    ("moment", "end"),
    [
        (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 3, 31, 15, tzinfo=UTC)),
        (datetime(2026, 3, 31, 14, tzinfo=UTC), datetime(2026, 3, 31, 15, tzinfo=UTC)),
        (datetime(2026, 3, 31, 15, tzinfo=UTC), datetime(2026, 6, 30, 15, tzinfo=UTC)),
        (datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 12, 31, 15, tzinfo=UTC)),
        (datetime(2026, 12, 31, 15, tzinfo=UTC), datetime(2027, 3, 31, 15, tzinfo=UTC)),
    ],
)
def test_quarters_end_at_midnight_in_tokyo(moment, end):
    assert quarter_end(moment) == end
    assert destroy_after(moment, 3) == end.replace(year=end.year + 3)


@pytest.mark.parametrize("cats", [["a"], ["a", "b.c"], ["b", "a"], ["a", "a"]])
def test_scanning_demands_sorted_categories(cats):
    raw = canonical({**LEAF, "cats": cats})

    assert outcome(scan_leaf, raw) == outcome(parsed, raw)


def test_half_a_surrogate_pair_is_no_field_value():
    with pytest.raises(VerificationError):
        commitment.field_commitment(bytes(32), "actor", "\ud800")
    with pytest.raises(VerificationError):
        parse_leaf(b" " * 5000)
