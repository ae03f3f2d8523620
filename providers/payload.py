"""Canonical payload bytes: sorted keys, no white space, number text as received.

A payload is JSON in UTF-8 (RFC 8259). Canonical form: object members sorted by the
code points of their names, no white space, the shortest escapes, and every number
written with the very characters that came in, so that FHIR's `7.00` keeps its
precision. `docs/formats/intake.md` holds the specification and points to vectors.
"""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NoReturn, Self

import orjson

MAX_DEPTH = 64
"""Objects and arrays inside each other; deeper input is refused (PHR-F03)."""

_LONGEST_PLAIN_INTEGER = 15

JSON = Any
"""A parsed JSON value: dict, list, str, bool, None, int or `Number`."""


class PayloadError(ValueError):
    """These bytes are not acceptable JSON.

    Args:
        code: the issue code of the specification, `F02` (cannot be decoded) or
            `F03` (decoded, but of a refused form).
        message: one sentence, with the position where there is one.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Number(Decimal):
    """A JSON number that remembers its text."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> Self:
        """Build from the text of a JSON number."""
        number = super().__new__(cls, text)
        number.text = text
        return number


def decode_utf8(data: bytes) -> str:
    """Decode UTF-8 strictly and drop a leading byte order mark.

    Raises:
        PayloadError: `F02`, naming the offset, for anything else (CP932, UTF-16, …).
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PayloadError(
            "F02", f"This is not UTF-8 text: bad byte at offset {error.start}."
        ) from None


def parse(text: str) -> JSON:
    """Parse one JSON text.

    Raises:
        PayloadError: `F02` for bad syntax (position given), NaN or Infinity;
            `F03` for duplicate keys, nesting deeper than `MAX_DEPTH`, JSON inside a
            JSON string, or a top level that is no object or array.
    """
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_float=Number,
            parse_int=_integer,
            parse_constant=_refuse_constant,
        )
    except PayloadError:
        raise
    except json.JSONDecodeError as error:
        where = f"line {error.lineno} column {error.colno}"
        raise PayloadError("F02", f"Bad JSON at {where}: {error.msg}.") from None
    except RecursionError:
        raise PayloadError("F03", "The JSON is nested too deeply.") from None
    except (ValueError, ArithmeticError):
        raise PayloadError("F02", "The JSON holds a number out of range.") from None
    _check_top(value)
    _check_depth(value)
    return value


def write(value: JSON) -> bytes:
    """Return the canonical bytes of a parsed value.

    Raises:
        PayloadError: `F02` for text that is not Unicode (a lone surrogate).
    """
    try:
        return orjson.dumps(value, default=_number_text, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        raise PayloadError("F02", "A text holds half a surrogate pair.") from None


def _object(pairs: Sequence[tuple[str, JSON]]) -> dict[str, JSON]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise PayloadError("F03", "An object names the same member twice.")
    return members


def _integer(text: str) -> int | Number:
    if len(text) > _LONGEST_PLAIN_INTEGER or text == "-0":
        return Number(text)
    return int(text)


def _refuse_constant(text: str) -> NoReturn:
    raise PayloadError("F02", f"{text} is not a JSON number.")


def _number_text(value: object) -> orjson.Fragment:
    if isinstance(value, Number):
        return orjson.Fragment(value.text)
    raise TypeError


def _check_top(value: JSON) -> None:
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        raise PayloadError("F03", "The file is a JSON text inside a JSON string.")
    if not isinstance(value, dict | list):
        raise PayloadError("F03", "The top level is neither an object nor an array.")


def _check_depth(value: JSON) -> None:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for node in level
            for child in (node.values() if node.__class__ is dict else node)
            if child.__class__ is dict or child.__class__ is list
        ]
        if not level:
            return
    raise PayloadError("F03", f"The JSON is nested deeper than {MAX_DEPTH}.")
