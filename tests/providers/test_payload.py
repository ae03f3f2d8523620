import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.payload import (
    MAX_DEPTH,
    Number,
    PayloadError,
    decode_utf8,
    parse,
    write,
)

VECTORS = sorted((Path(__file__).parents[1] / "vectors" / "payload").glob("*.json"))
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
NUMBERS = st.from_regex(
    r"-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,6})?([eE][+-]?[0-9]{1,2})?", fullmatch=True
)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS.map(Number) | TEXT,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4)
    ),
    max_leaves=20,
)


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_vector(path):
    vector = json.loads(path.read_text(encoding="utf-8"))
    if "error" in vector:
        with pytest.raises(PayloadError) as caught:
            write(parse(vector["input"]))
        assert caught.value.code == vector["error"]
    else:
        assert write(parse(vector["input"])).decode() == vector["canonical"]


def slow_write(value):
    """The canonical form by the letter of its specification."""
    if isinstance(value, Number):
        return value.text
    if isinstance(value, dict):
        members = (
            f"{json.dumps(k, ensure_ascii=False)}:{slow_write(v)}"
            for k, v in sorted(value.items())
        )
        return "{" + ",".join(members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(slow_write, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


@given(st.lists(VALUES, max_size=3))
def test_writes_what_the_specification_says(value):
    assert write(value).decode() == slow_write(value)


@given(st.lists(VALUES, max_size=3))
def test_canonical_bytes_are_a_fixed_point(value):
    canonical = write(value)

    assert write(parse(canonical.decode())) == canonical


def refusal(act):
    """Return the code of the one error that may come out, or None."""
    try:
        act()
    except PayloadError as error:
        return error.code
    return None


@given(st.text())
def test_any_text_gives_a_value_or_the_one_error(text):
    assert refusal(lambda: write(parse(text))) in {None, "F02", "F03"}


@given(st.binary())
def test_any_bytes_decode_or_are_refused(data):
    assert refusal(lambda: decode_utf8(data)) in {None, "F02"}


def test_cp932_is_refused_with_the_place():
    with pytest.raises(PayloadError, match="offset 5"):
        decode_utf8("ascii日本".encode("cp932"))


def test_byte_order_mark_is_dropped():
    assert parse(decode_utf8(b"\xef\xbb\xbf[1]")) == [1]


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"a":' * 100_000, "[" * (MAX_DEPTH + 1)]
)
def test_nesting_bomb_is_refused(text):
    closing = "]" * (MAX_DEPTH + 1) if len(text) == MAX_DEPTH + 1 else ""
    with pytest.raises(PayloadError):
        parse(text + closing)


@pytest.mark.parametrize(
    "text", ["[1e99999999999999999999999]", "[" + "9" * 5000 + "]"]
)
def test_monstrous_number_is_no_crash(text):
    if refusal(lambda: parse(text)) is None:
        assert write(parse(text)).decode() == text
    else:
        assert refusal(lambda: parse(text)) == "F02"


def test_number_is_a_decimal_that_keeps_its_text():
    number = Number("7.00")

    assert number == Decimal(7)
    assert number.text == "7.00"


def test_unknown_python_value_is_a_fault_of_ours():
    with pytest.raises(PayloadError):
        write([object()])
