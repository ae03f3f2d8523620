import json
import struct
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from pds.crypto.datakey import DataKey
from pds.crypto.envelope import (
    Place,
    Sealer,
    Suite,
    frame,
    place_tail,
    read_header,
    seal_derived,
)
from pds.crypto.errors import EnvelopeError
from pds.crypto.padding import pad, unpad
from tests.crypto.forgery import Opener, two_key_forgery

VECTORS = Path(__file__).parents[1] / "vectors" / "envelope"
OWNER = bytes(range(16))
OBJECT = bytes(range(16, 32))
KEY = DataKey(b"k" * 32)
PLACE = Place(OWNER, OBJECT, 5, b"sys.raw")
TAIL = place_tail(*PLACE[1:])
SEALER = Sealer(KEY, OWNER, 2)
ENVELOPES = {
    Suite.DIRECT: SEALER.seal(TAIL, b"a secret"),
    Suite.DERIVED: seal_derived(KEY, 2, PLACE, b"a secret"),
}


def vector(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((VECTORS / f"{name}.json").read_text("utf-8"))
    return read


def unhex(case: dict[str, Any], name: str) -> bytes:
    return bytes.fromhex(case[name])


@pytest.mark.parametrize(
    "name", ["suite-1-record", "suite-1-empty", "suite-1-unpadded", "suite-2-record"]
)
def test_vectors_open_and_are_written_byte_for_byte(name: str) -> None:
    case = vector(name)
    key = DataKey(unhex(case, "key"))
    owner, generation = unhex(case, "owner"), case["generation"]
    place = Place(owner, unhex(case, "object"), case["version"], unhex(case, "label"))
    tail, text = place_tail(*place[1:]), unhex(case, "text")
    sealer = Sealer(key, owner, generation)
    assert sealer.open(tail, unhex(case, "envelope")) == text
    if case["suite"] == 2:
        salt = unhex(case, "salt")
        made = seal_derived(key, generation, place, text, salt=salt)
        assert made == unhex(case, "envelope")
    elif name != "suite-1-unpadded":
        made = sealer.seal(tail, text, nonce=unhex(case, "nonce"))
        assert made == unhex(case, "envelope")


def test_derived_keys_match_the_vector() -> None:
    case = vector("derived")
    key = DataKey(unhex(case, "key"))
    assert key.commitment == unhex(case, "ib1/commit")
    assert key.derive(b"ib1/idx/dedupe") == unhex(case, "ib1/idx/dedupe")
    assert "k" not in repr(DataKey(b"k" * 32)).replace("DataKey", "")


def test_padding_classes_match_the_vector() -> None:
    for size, padded in vector("padding")["text size: padded size"].items():
        assert len(pad(bytes(int(size)))) == padded


@given(st.binary(max_size=5000))
def test_padding_gives_back_what_was_padded(text: bytes) -> None:
    assert unpad(pad(text)) == text


@pytest.mark.parametrize("padded", [b"", b"\0" * 256, b"x" * 256, b"\x80x"])
def test_padding_without_its_mark_is_refused(padded: bytes) -> None:
    with pytest.raises(EnvelopeError):
        unpad(padded)


@given(st.sampled_from(Suite), st.binary(max_size=3000), st.binary(max_size=90))
def test_what_is_sealed_opens_in_its_place(
    suite: Suite, text: bytes, label: bytes
) -> None:
    place = PLACE._replace(label=label)
    tail = place_tail(*place[1:])
    envelope = (
        SEALER.seal(tail, text)
        if suite is Suite.DIRECT
        else seal_derived(KEY, 2, place, text)
    )
    assert read_header(envelope) == (suite, 2, 2)
    assert SEALER.open(tail, envelope) == text
    assert text not in envelope or len(text) < 4


def refused(sealer: Sealer, tail: bytes, envelope: bytes) -> None:
    with pytest.raises(EnvelopeError) as caught:
        sealer.open(tail, envelope)
    assert caught.value.code == "crypto.envelope"
    assert str(caught.value) == "Sealed bytes do not open."
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("suite", list(Suite))
def test_every_flipped_bit_is_refused(suite: Suite) -> None:
    envelope = ENVELOPES[suite]
    for position in range(len(envelope)):
        for bit in range(8):
            broken = bytearray(envelope)
            broken[position] ^= 1 << bit
            refused(SEALER, TAIL, bytes(broken))


@pytest.mark.parametrize("suite", list(Suite))
def test_every_cut_and_extension_is_refused(suite: Suite) -> None:
    envelope = ENVELOPES[suite]
    for size in range(len(envelope)):
        refused(SEALER, TAIL, envelope[:size])
    refused(SEALER, TAIL, envelope + b"\0")
    refused(SEALER, TAIL, envelope + envelope)


@pytest.mark.parametrize("suite", list(Suite))
@pytest.mark.parametrize(
    "moved",
    [
        {"object_id": OWNER},
        {"version": 6},
        {"label": b"sys.raw\0"},
        {"label": b"sys.detail"},
    ],
)
def test_a_moved_envelope_is_refused(suite: Suite, moved: dict[str, Any]) -> None:
    place = PLACE._replace(**moved)
    refused(SEALER, place_tail(*place[1:]), ENVELOPES[suite])


@pytest.mark.parametrize("suite", list(Suite))
def test_another_owner_generation_or_key_is_refused(suite: Suite) -> None:
    envelope = ENVELOPES[suite]
    refused(Sealer(KEY, OBJECT, 2), TAIL, envelope)
    refused(Sealer(KEY, OWNER, 3), TAIL, envelope)
    refused(Sealer(DataKey(b"K" * 32), OWNER, 2), TAIL, envelope)


def test_one_bad_envelope_among_many_gives_back_none() -> None:
    good = SEALER.seal(TAIL, frame(b"head", b"body"))
    opened = SEALER.open_framed([TAIL, TAIL], [good, good])
    assert opened == ([b"head"] * 2, [b"body"] * 2)
    assert SEALER.open_framed([], []) == ([], [])
    shifted = [good[:39] + good[:39], good[39:]]
    for bad in (good[:-1] + b"!", good[:45], good[:38], b"", good + b"\0"):
        for envelopes in ([good, bad], [bad, good], shifted):
            with pytest.raises(EnvelopeError):
                SEALER.open_framed([TAIL, TAIL], envelopes)
    with pytest.raises(EnvelopeError):
        SEALER.open_framed([TAIL], [good, good])


@pytest.mark.parametrize(
    "text", [b"", b"\0\0\0", b"\0\0\0\x05head", b"\xff\xff\xff\xffhead"]
)
def test_a_text_whose_head_would_end_beyond_it_is_refused(text: bytes) -> None:
    with pytest.raises(EnvelopeError):
        SEALER.open_framed([TAIL], [SEALER.seal(TAIL, text)])


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_framed_texts_come_apart_where_they_were_joined(
    head: bytes, body: bytes
) -> None:
    sealed = SEALER.seal(TAIL, frame(head, body))
    assert SEALER.open_framed([TAIL], [sealed]) == ([head], [body])


@pytest.mark.parametrize("head", [b"\x01\x01\x01", b"\x01\x01\x03", b"\x01\x01\x04"])
def test_an_honestly_sealed_unknown_flag_is_refused(head: bytes) -> None:
    header = head + struct.pack(">I", 2) + KEY.commitment
    sealed = AESGCM(b"k" * 32).encrypt(
        bytes(12), pad(b"x"), b"ib1/rec\0" + header + OWNER + TAIL
    )
    refused(SEALER, TAIL, header + bytes(12) + sealed)


def test_sealed_text_without_padding_mark_is_refused() -> None:
    header = b"\x01\x01\x02" + struct.pack(">I", 2) + KEY.commitment
    sealed = AESGCM(b"k" * 32).encrypt(
        bytes(12), bytes(256), b"ib1/rec\0" + header + OWNER + TAIL
    )
    refused(SEALER, TAIL, header + bytes(12) + sealed)
    with pytest.raises(EnvelopeError):
        SEALER.open_framed([TAIL], [header + bytes(12) + sealed])


def test_sizes_are_checked_where_keys_and_places_are_made() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        DataKey(b"short")
    with pytest.raises(ValueError, match="16 bytes"):
        Sealer(KEY, b"short", 1)
    with pytest.raises(ValueError, match="16 bytes"):
        place_tail(b"short", 1, b"")


def test_a_forgery_that_gcm_opens_under_two_keys_opens_under_one() -> None:
    keys, nonce = [b"1" * 32, b"2" * 32], b"n" * 12
    header = b"\x01\x01\x00" + struct.pack(">I", 2) + DataKey(keys[0]).commitment
    aad = b"ib1/rec\0" + header + OWNER + TAIL
    one, other = (Opener(key, aad) for key in keys)
    forged = two_key_forgery(nonce, (one, other), b"chosen by forger", b"")
    texts = [AESGCM(key).decrypt(nonce, forged, aad) for key in keys]
    assert texts[0] != texts[1]
    envelope = header + nonce + forged
    assert Sealer(DataKey(keys[0]), OWNER, 2).open(TAIL, envelope) == texts[0]
    refused(Sealer(DataKey(keys[1]), OWNER, 2), TAIL, envelope)
