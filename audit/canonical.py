"""Canonical JSON: RFC 8785, restricted so that every JSON library agrees on it.

Allowed are strings, arrays, objects with ASCII keys, booleans, and integers below
2^53 in magnitude. There is no null and no float: decimals and amounts are strings.
"""

import json
from collections.abc import Mapping
from typing import Any, TypeAlias

from audit.errors import VerificationError

JSON: TypeAlias = (
    "str | int | bool | list[JSON] | tuple[JSON, ...] | Mapping[str, JSON]"
)

MAX_INTEGER = 2**53 - 1
"""The largest magnitude that every JSON library keeps exact (RFC 8785, app. D)."""

_MAX_DEPTH = 32


def canonical(value: Any) -> bytes:
    """Return the canonical bytes of a value.

    Raises:
        VerificationError: the value holds something outside the restriction.
    """
    _check(value, _MAX_DEPTH)
    return encode(value)


def parse_canonical(data: bytes) -> Any:
    """Read canonical bytes; anything that is not byte for byte canonical is refused.

    Raises:
        VerificationError: not UTF-8, not JSON, not restricted, or not canonical.
    """
    value = parse_json(data)
    _check(value, _MAX_DEPTH)
    check_form(value, data)
    return value


def parse_json(data: bytes) -> Any:
    """Read JSON without floats, in any form; the caller checks form and content.

    Raises:
        VerificationError: not UTF-8, not JSON, or with a float.
    """
    try:
        return _DECODER.decode(data.decode())
    except (AttributeError, TypeError, ValueError, RecursionError):
        raise VerificationError("The bytes are not JSON in UTF-8.") from None


def check_form(value: Any, data: bytes) -> None:
    """Check that the bytes are the canonical form of a value within the restriction.

    Raises:
        VerificationError: they are another form.
    """
    if encode(value) != data:
        raise VerificationError("The JSON is not in canonical form.")


def encode(value: Any) -> bytes:
    """Return the canonical bytes of a value that is known to obey the restriction.

    Raises:
        VerificationError: a string is not Unicode text.
    """
    try:
        return _ENCODER.encode(value).encode()
    except UnicodeEncodeError:
        raise VerificationError("A string holds half of a surrogate pair.") from None


def _refuse_number(_text: str) -> Any:
    raise VerificationError("Only integers are numbers here.")


# Made once: a new encoder or decoder for each call would double the cost.
_ENCODER = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False
)
_DECODER = json.JSONDecoder(parse_float=_refuse_number, parse_constant=_refuse_number)


def _check(value: Any, depth: int) -> None:
    kind = type(value)
    if kind is bool or isinstance(value, str):
        return
    if kind is int:
        _check_integer(value)
    elif depth == 0:
        raise VerificationError("The JSON is nested too deeply.")
    elif kind is dict:
        _check_keys(value)
        for member in value.values():
            if type(member) is not str:
                _check(member, depth - 1)
    elif kind is list or kind is tuple:
        for member in value:
            _check(member, depth - 1)
    else:
        raise VerificationError("A value is of a kind that is not allowed.")


def _check_integer(value: int) -> None:
    if not -MAX_INTEGER <= value <= MAX_INTEGER:
        raise VerificationError("An integer is too large to be exact.")


def _check_keys(value: dict[Any, Any]) -> None:
    for key in value:
        if type(key) is not str or not key.isascii():
            raise VerificationError("An object key is not ASCII text.")
