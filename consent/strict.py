"""Reads foreign JSON members strictly; every fault names its path and nothing else."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

from consent.terms import InvalidTerms

MAX_DAYS = 36_500
"""A century: more days than any duration here has."""

E = TypeVar("E", bound=StrEnum)


def members_of(
    value: object,
    path: str,
    required: frozenset[str],
    optional: frozenset[str] = frozenset(),
) -> Mapping[str, Any]:
    """Return an object that has every required member and no unknown one."""
    if not isinstance(value, Mapping):
        raise InvalidTerms(path, "is not an object")
    for name in sorted(required):
        if name not in value:
            raise InvalidTerms(_below(path, name), "is missing")
    for name in value:
        if name not in required and name not in optional:
            raise InvalidTerms(path, "has a member that is not known here")
        if value[name] is None:
            raise InvalidTerms(_below(path, name), "is null")
    return value


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def text(value: object, path: str, pattern: re.Pattern[str]) -> str:
    """Return a string in a given form."""
    if not isinstance(value, str) or pattern.match(value) is None:
        raise InvalidTerms(path, "is not in the form of the format")
    return value


def integer(value: object, path: str, least: int, most: int = MAX_DAYS) -> int:
    """Return an integer within bounds; a truth value is none."""
    if type(value) is not int or not least <= value <= most:
        raise InvalidTerms(path, f"is not an integer from {least} to {most}")
    return value


def choice(value: object, path: str, choices: type[E]) -> E:
    """Return the member of an enum that a string names."""
    if isinstance(value, str):
        for member in choices:
            if member.value == value:
                return member
    raise InvalidTerms(path, "is not one of the choices")


def items(value: object, path: str, most: int) -> list[Any]:
    """Return a list that is not too long."""
    if not isinstance(value, list) or len(value) > most:
        raise InvalidTerms(path, f"is not a list of at most {most}")
    return value
