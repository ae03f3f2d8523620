"""The shape of a FHIR resource: elements, types, cardinalities, lexical forms.

`fhir.resources` (R4B, which differs from R4 in none of the resources stored here)
does the work; it is slow to import, so that happens at the first use. What it lets
pass though FHIR JSON forbids it (null, empty objects, numbers as text) is checked by
our own walk. Nothing here knows the meaning of a resource: see `fhir_rules`.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from providers.formats import times
from providers.issues import Issue
from providers.payload import JSON, Number

_MISSING = frozenset({"missing", "model_field_validation.missing"})
_HALF_WIDTH_KATAKANA = re.compile("[\uff61-\uff9f]")
# The library would read a number as a timestamp, and text as a number or truth value.
_ALWAYS_TEXT = re.compile(
    r"(?:[dD]ate|[tT]ime|Instant|^start|^end|^issued|^authored|^recorded|^when|Updated)"
)
_NEVER_TEXT = ("Boolean", "Integer", "Decimal", "PositiveInt", "UnsignedInt")
_LONGEST_NUMBER = 32
_GREATEST_EXPONENT = 24
_READABLE = frozenset({"text", "display", "valueString", "comment", "title"})


def check(resource: Mapping[str, JSON]) -> list[Issue]:
    """Return the issues of a resource whose `resourceType` is one that `knows`."""
    return [*_own_checks(resource, ""), *_library_checks(resource)]


@cache
def knows(resource_type: str) -> bool:
    """Say whether FHIR R4 has a resource of this name."""
    try:
        _model(resource_type)
    except (ValueError, KeyError, LookupError):
        return False
    return True


@cache
def _model(resource_type: str) -> Any:
    # Imported at first use: it costs a fifth of a second and forty megabytes.
    from fhir.resources.R4B import (  # noqa: PLC0415 - see above
        get_fhir_model_class,
    )

    return get_fhir_model_class(resource_type)


def _library_checks(resource: Mapping[str, JSON]) -> list[Issue]:
    from pydantic import (  # noqa: PLC0415 - comes with the library above
        ValidationError,
    )

    try:
        _model(resource["resourceType"]).model_validate(resource)
    except ValidationError as error:
        return [_as_issue(dict(found)) for found in error.errors(include_url=False)]
    except (KeyError, ValueError, TypeError, AttributeError, ArithmeticError):
        return [
            Issue("PHR-S21", "contained", "A contained resource has no known type.")
        ]
    return []


def _as_issue(found: Mapping[str, Any]) -> Issue:
    kind, path = found["type"], _path(found["loc"])
    if kind in _MISSING:
        return Issue("PHR-S10", path, "A required element is missing.")
    if kind == "extra_forbidden":
        return Issue("PHR-S20", path, "FHIR R4 has no element of this name here.")
    if kind == "value_error" and "multiple" in found["msg"]:
        return Issue("PHR-S12", path, f"Only one may be given of {_names(found)}.")
    if kind == "value_error" and "Expect any of" in found["msg"]:
        return Issue("PHR-S10", path, f"One is required of {_names(found)}.")
    if _is_lexical(kind, found["input"]):
        return _lexical_issue(path, found["input"])
    return Issue("PHR-S11", path, "The element has the wrong JSON type.")


def _is_lexical(kind: str, value: object) -> bool:
    if not isinstance(value, str | Number | int | float) or isinstance(value, bool):
        return False
    is_form = kind in {"value_error", "string_pattern_mismatch", "int_from_float"}
    return is_form or kind.startswith(("date", "time", "decimal", "url"))


def _lexical_issue(path: str, value: object) -> Issue:
    if isinstance(value, str):
        if not value:
            return Issue("PHR-S11", path, "The text is empty.")
        try:
            if times.parse(value).lacks_offset and value.count(":") > 1:
                return Issue(
                    "PHR-V12", path, "Time without offset: read as Tokyo time."
                )
        except times.BadTime:
            pass
    return Issue("PHR-S13", path, "The text does not have the form of its data type.")


def _names(found: Mapping[str, Any]) -> str:
    names: list[str] = re.findall(r"'([A-Za-z]+)'", found["msg"])
    return ", ".join(names)


def _path(location: tuple[str | int, ...]) -> str:
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)
    return "".join(steps).lstrip(".").removesuffix(".root")


def _own_checks(node: Mapping[str, JSON], path: str) -> Iterator[Issue]:
    for name, child in node.items():
        kind = child.__class__
        if kind is str:
            if name in _READABLE and _HALF_WIDTH_KATAKANA.search(child):
                place = f"{path}.{name}".lstrip(".")
                yield Issue("PHR-V42", place, "The text has half-width katakana.")
            if name.endswith(_NEVER_TEXT):
                place = f"{path}.{name}".lstrip(".")
                yield Issue("PHR-S11", place, "The value must not be text.")
            continue
        place = f"{path}.{name}".lstrip(".")
        if kind is dict:
            yield from _object_checks(name, child, place)
        elif kind is list:
            yield from _array_checks(name, child, place)
        elif child is None:
            yield Issue("PHR-S11", place, "null stands only inside arrays.")
        elif _ALWAYS_TEXT.search(name):
            yield Issue("PHR-S11", place, "A date or time must be text.")
        elif kind is Number and not _is_reasonable(child):
            yield Issue("PHR-S13", place, "The number is longer than FHIR allows.")


def _object_checks(name: str, node: dict[str, JSON], path: str) -> Iterator[Issue]:
    if not node:
        yield Issue("PHR-S11", path, "The object is empty.")
    if name.endswith("uantity") or name in {"low", "high", "numerator", "denominator"}:
        value = node.get("value")
        if isinstance(value, str | bool):
            yield Issue("PHR-S11", f"{path}.value", "The value must be a number.")
    yield from _own_checks(node, path)


def _array_checks(name: str, array: list[JSON], path: str) -> Iterator[Issue]:
    if not array:
        yield Issue("PHR-S11", path, "The array is empty.")
    for index, element in enumerate(array):
        if element.__class__ is dict:
            yield from _object_checks(name, element, f"{path}[{index}]")
        elif element.__class__ is list:
            yield Issue("PHR-S11", f"{path}[{index}]", "An array inside an array.")


def _is_reasonable(number: Number) -> bool:
    return (
        len(number.text) <= _LONGEST_NUMBER
        and number.is_finite()
        and abs(number.adjusted()) <= _GREATEST_EXPONENT
    )
