import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from pds.crypto.errors import EnvelopeError
from pds.crypto.tokens import hash_of_text, token_hash, token_text
from pds.crypto.wrap import WrapPlace, unwrap, wrap

VECTORS = Path(__file__).parents[1] / "vectors" / "envelope"
KEK = AESGCM(b"K" * 32)
PLACE = WrapPlace(b"o" * 16, 16, 1)
WRAPPED = wrap(KEK, 1, PLACE, b"s" * 32)


def vector(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((VECTORS / f"{name}.json").read_text("utf-8"))
    return read


def test_the_wrap_vector_is_written_byte_for_byte_and_opens() -> None:
    case = vector("wrap")
    place = WrapPlace(bytes.fromhex(case["owner"]), case["class"], case["generation"])
    kek, key = AESGCM(bytes.fromhex(case["kek"])), bytes.fromhex(case["key"])
    wrapped = bytes.fromhex(case["wrapped"])
    nonce = bytes.fromhex(case["nonce"])
    assert wrap(kek, case["kek_version"], place, key, nonce=nonce) == wrapped
    assert unwrap(kek, case["kek_version"], place, wrapped) == key
    assert len(wrapped) == 60


@pytest.mark.parametrize(
    ("version", "place"),
    [
        (2, PLACE),
        (1, PLACE._replace(owner=b"x" * 16)),
        (1, PLACE._replace(key_class=17)),
        (1, PLACE._replace(generation=2)),
    ],
)
def test_a_moved_wrap_is_refused(version: int, place: WrapPlace) -> None:
    assert unwrap(KEK, 1, PLACE, WRAPPED) == b"s" * 32
    with pytest.raises(EnvelopeError):
        unwrap(KEK, version, place, WRAPPED)


def test_broken_wraps_are_refused() -> None:
    for position in range(len(WRAPPED)):
        broken = bytearray(WRAPPED)
        broken[position] ^= 1
        with pytest.raises(EnvelopeError):
            unwrap(KEK, 1, PLACE, bytes(broken))
    for wrapped in (b"", WRAPPED[:-1], WRAPPED + b"\0"):
        with pytest.raises(EnvelopeError):
            unwrap(KEK, 1, PLACE, wrapped)


def test_the_token_vector() -> None:
    case = vector("token")
    secret = bytes.fromhex(case["secret"])
    assert token_text(secret) == case["text"]
    assert token_hash(secret).hex() == case["hash"]
    assert hash_of_text(case["text"]) == token_hash(secret)


@given(st.binary(min_size=32, max_size=32))
def test_a_token_is_found_by_its_text(secret: bytes) -> None:
    assert hash_of_text(token_text(secret)) == token_hash(secret)


@pytest.mark.parametrize(
    "text",
    ["", "a" * 42, "a" * 44, "é" * 43, "!" * 43, "A" * 42 + "B", "A" * 42 + "="],
)
def test_text_that_cannot_be_a_token_has_no_hash(text: str) -> None:
    assert hash_of_text(text) is None


@given(st.text(max_size=50))
def test_no_text_makes_an_error(text: str) -> None:
    assert hash_of_text(text) is None or len(text) == 43
