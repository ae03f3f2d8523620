"""What somebody sends who can write envelopes, and even knows a key."""

import struct
from collections.abc import Callable
from hashlib import sha256
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from pds.crypto import envelope as module
from pds.crypto.datakey import DataKey
from pds.crypto.envelope import Place, Sealer, Suite, place_tail, seal_derived
from pds.crypto.errors import EnvelopeError
from pds.crypto.padding import pad
from pds.vault.label import Labels
from tests.crypto.forgery import Opener, two_key_forgery

OWNER, OBJECT = bytes(range(16)), bytes(range(16, 32))
SECRET = b"k" * 32
KEY = DataKey(SECRET)
LABELS = Labels()
COLUMNS = ("health.vital.weight", 16, 20_000, 20_000, 1, UUID(int=7).bytes)
LABEL = LABELS.label(*COLUMNS)
PLACE = Place(OWNER, OBJECT, 5, LABEL)
TAIL = place_tail(*PLACE[1:])
SEALER = Sealer(KEY, OWNER, 2)
TEXT = b"\0\0\0\2{}a payload"
ENVELOPES = {
    Suite.DIRECT: SEALER.seal(TAIL, TEXT),
    Suite.DERIVED: seal_derived(KEY, 2, PLACE, TEXT),
}
BOTH = pytest.mark.parametrize("suite", list(Suite))


def refused(act: Callable[[], object]) -> None:
    """Every refusal is of one type, with one text, and tells no cause."""
    with pytest.raises(EnvelopeError) as caught:
        act()
    error = caught.value
    assert type(error) is EnvelopeError
    assert (error.code, str(error)) == ("crypto.envelope", "Sealed bytes do not open.")
    assert error.args == EnvelopeError().args
    assert error.__cause__ is None
    assert error.__context__ is None or error.__suppress_context__


def everywhere(sealer: Sealer, tail: bytes, envelope: bytes) -> None:
    refused(lambda: sealer.open(tail, envelope))
    refused(lambda: sealer.open_framed([tail], [envelope]))


def honest(head: bytes, *, key: bytes = SECRET, text: bytes = TEXT) -> bytes:
    """Seal as suite 1 does, whatever the first seven bytes say."""
    header = head + DataKey(key).commitment
    aad = b"ib1/rec\0" + header + OWNER + TAIL
    return header + bytes(12) + AESGCM(key).encrypt(bytes(12), pad(text), aad)


def honest_derived(head: bytes) -> bytes:
    """Seal as suite 2 does, whatever the first seven bytes say."""
    salt, aad = b"s" * 16, b"ib1/rec\0" + head + OWNER + TAIL
    both = KEY.derive(b"ib1/s2" + salt + sha256(aad).digest(), 64)
    sealed = AESGCM(both[:32]).encrypt(bytes(12), pad(TEXT), aad)
    return head + salt + both[32:] + sealed


def test_honest_heads_open() -> None:
    head = struct.pack(">BBBI", 1, 1, 2, 2)
    assert SEALER.open(TAIL, honest(head)) == TEXT
    head = struct.pack(">BBBI", 1, 2, 2, 2)
    assert SEALER.open(TAIL, honest_derived(head)) == TEXT


@pytest.mark.parametrize("sealed", [honest, honest_derived])
def test_every_unknown_version_suite_and_flag_is_refused_though_all_else_holds(
    sealed: Callable[[bytes], bytes],
) -> None:
    for byte in range(256):
        if byte != 1:
            everywhere(SEALER, TAIL, sealed(struct.pack(">BBBI", byte, 1, 2, 2)))
        if byte not in (1, 2):
            everywhere(SEALER, TAIL, sealed(struct.pack(">BBBI", 1, byte, 2, 2)))
        if byte not in (0, 2):
            everywhere(SEALER, TAIL, sealed(struct.pack(">BBBI", 1, 1, byte, 2)))
            everywhere(SEALER, TAIL, sealed(struct.pack(">BBBI", 1, 2, byte, 2)))


def test_one_suite_does_not_pass_for_the_other() -> None:
    everywhere(SEALER, TAIL, honest(struct.pack(">BBBI", 1, 2, 2, 2)))
    everywhere(SEALER, TAIL, honest_derived(struct.pack(">BBBI", 1, 1, 2, 2)))


@BOTH
def test_every_other_generation_is_refused(suite: Suite) -> None:
    for generation in (0, 1, 3, 2**32 - 1):
        everywhere(Sealer(KEY, OWNER, generation), TAIL, ENVELOPES[suite])
        moved = ENVELOPES[suite][:3] + struct.pack(">I", generation)
        everywhere(SEALER, TAIL, moved + ENVELOPES[suite][7:])


@BOTH
@pytest.mark.parametrize(
    ("column", "value"),
    [
        (0, "health.vital.height"),
        (0, "health.vital"),
        (0, "health.vital.weight.x"),
        (1, 17),
        (2, 19_999),
        (3, 20_001),
        (2, -20_000),
        (4, 2),
        (5, UUID(int=8).bytes),
    ],
)
def test_a_label_of_other_columns_is_refused(
    suite: Suite, column: int, value: object
) -> None:
    columns = [*COLUMNS[:column], value, *COLUMNS[column + 1 :]]
    label = LABELS.label(*columns)  # type: ignore[arg-type]
    assert label != LABEL
    everywhere(SEALER, place_tail(OBJECT, 5, label), ENVELOPES[suite])


@BOTH
def test_owner_object_and_version_are_each_bound(suite: Suite) -> None:
    envelope = ENVELOPES[suite]
    everywhere(Sealer(KEY, OBJECT, 2), TAIL, envelope)
    everywhere(SEALER, place_tail(OWNER, 5, LABEL), envelope)
    for version in (0, 4, 6, 2**64 - 1):
        everywhere(SEALER, place_tail(OBJECT, version, LABEL), envelope)
    # Bytes that move from one field to the next are another place.
    everywhere(SEALER, place_tail(OBJECT, 5, LABEL + b"\0"), envelope)
    everywhere(SEALER, place_tail(OBJECT, 5, LABEL[:-1]), envelope)


def test_a_framed_text_that_is_no_frame_is_refused() -> None:
    for text in (b"", b"\0\0\0", b"\0\0\0\5abcd", b"\xff\xff\xff\xffab"):
        envelope = SEALER.seal(TAIL, text)
        assert SEALER.open(TAIL, envelope) == text
        refused(lambda envelope=envelope: SEALER.open_framed([TAIL], [envelope]))


def test_heads_that_only_fit_together_are_refused() -> None:
    envelope = ENVELOPES[Suite.DIRECT]
    assert SEALER.open_framed([TAIL], [envelope]) == ([b"{}"], [b"a payload"])
    for first, second in (
        (envelope[:20], envelope[20:39]),
        (b"", envelope[:39] + envelope[:39]),
        (envelope[:39] + b"", envelope[:38]),
        (envelope, envelope[1:]),
    ):
        refused(
            lambda pair=(first, second): SEALER.open_framed([TAIL, TAIL], list(pair))
        )


@BOTH
def test_a_wrong_commitment_is_refused_before_anything_is_decrypted(
    suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[tuple[bytes, bytes]] = []
    real = module.compare_digest

    def comparing(one: bytes, other: bytes) -> bool:
        compared.append((bytes(one), bytes(other)))
        return real(one, other)

    def decrypt(*_args: object) -> bytes:
        raise AssertionError

    monkeypatch.setattr(module, "compare_digest", comparing)
    monkeypatch.setattr(module, "_decrypt", decrypt)
    at = 38 if suite is Suite.DIRECT else 54
    broken = bytearray(ENVELOPES[suite])
    broken[at] ^= 1
    refused(lambda: SEALER.open(TAIL, bytes(broken)))
    # The last comparison is of whole commitments, in constant time.
    assert [len(each) for each in compared[-1]] == [32, 32]


def test_a_forgery_of_suite_1_opens_under_one_key_only() -> None:
    keys, nonce = (b"1" * 32, b"2" * 32), b"n" * 12
    header = struct.pack(">BBBI", 1, 1, 0, 2) + DataKey(keys[0]).commitment
    aad = b"ib1/rec\0" + header + OWNER + TAIL
    openers = (Opener(keys[0], aad), Opener(keys[1], aad))
    forged = two_key_forgery(nonce, openers, b"chosen by forger", b"and chosen again")
    texts = {AESGCM(key).decrypt(nonce, forged, aad) for key in keys}
    assert len(texts) == 2
    envelope = header + nonce + forged
    assert Sealer(DataKey(keys[0]), OWNER, 2).open(TAIL, envelope) in texts
    refused(lambda: Sealer(DataKey(keys[1]), OWNER, 2).open(TAIL, envelope))


def test_a_forgery_of_suite_2_opens_under_one_key_only() -> None:
    keys, salt, nonce = (DataKey(b"1" * 32), DataKey(b"2" * 32)), b"s" * 16, bytes(12)
    head = struct.pack(">BBBI", 1, 2, 0, 2)
    aad = b"ib1/rec\0" + head + OWNER + TAIL
    label = b"ib1/s2" + salt + sha256(aad).digest()
    derived = [key.derive(label, 64) for key in keys]
    openers = (Opener(derived[0][:32], aad), Opener(derived[1][:32], aad))
    forged = two_key_forgery(nonce, openers, b"chosen by forger", b"")
    for key, _aad in openers:
        assert AESGCM(key).decrypt(nonce, forged, aad)
    envelope = head + salt + derived[0][32:] + forged
    assert Sealer(keys[0], OWNER, 2).open(TAIL, envelope)
    refused(lambda: Sealer(keys[1], OWNER, 2).open(TAIL, envelope))


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_make_another_error(noise: bytes) -> None:
    everywhere(SEALER, TAIL, noise)
    everywhere(SEALER, TAIL, ENVELOPES[Suite.DIRECT][:39] + noise)
    everywhere(SEALER, TAIL, ENVELOPES[Suite.DERIVED][:23] + noise)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(Suite),
    st.integers(0, 300),
    st.integers(0, 40),
    st.binary(max_size=40),
)
def test_no_splice_opens(suite: Suite, start: int, cut: int, put: bytes) -> None:
    envelope = ENVELOPES[suite]
    spliced = envelope[:start] + put + envelope[start + cut :]
    if spliced != envelope:
        everywhere(SEALER, TAIL, spliced)
