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
    try:
        return json.dumps(
            value, ensure_ascii=False, sort_keys=True, separators=(",", ":")
        ).encode()
    except UnicodeEncodeError:
        raise VerificationError("A string holds half of a surrogate pair.") from None


def parse_canonical(data: bytes) -> Any:
    """Read canonical bytes; anything that is not byte for byte canonical is refused.

    Raises:
        VerificationError: not UTF-8, not JSON, not restricted, or not canonical.
    """
    try:
        value = json.loads(
            data.decode(), parse_float=_refuse_number, parse_constant=_refuse_number
        )
    except VerificationError:
        raise
    except (ValueError, RecursionError, AttributeError):
        raise VerificationError("The bytes are not JSON in UTF-8.") from None
    if canonical(value) != data:
        raise VerificationError("The JSON is not in canonical form.")
    return value


def _refuse_number(_text: str) -> Any:
    raise VerificationError("Only integers are numbers here.")


def _check(value: Any, depth: int) -> None:
    if depth == 0:
        raise VerificationError("The JSON is nested too deeply.")
    if isinstance(value, str | bool):
        return
    if isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            raise VerificationError("An integer is too large to be exact.")
    elif isinstance(value, dict):
        for key, member in value.items():
            if not isinstance(key, str) or not key.isascii():
                raise VerificationError("An object key is not ASCII text.")
            _check(member, depth - 1)
    elif isinstance(value, list | tuple):
        for member in value:
            _check(member, depth - 1)
    else:
        raise VerificationError(
            "A value is neither text, integer, boolean, array nor object."
        )
