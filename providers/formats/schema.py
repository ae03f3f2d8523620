"""Reads the part of JSON Schema 2020-12 that our published schemas are written in.

So the schema that is published is the one that is enforced. Known keywords: `$ref`
to `#/$defs/…`, `type`, `const`, `enum`, `pattern`, `minLength`, `maxLength`,
`minimum`, `maximum`, `required`, `properties`, `additionalProperties: false`,
`items`, `minItems`, `maxItems`. A schema that uses another is refused when it is
loaded, so that none is silently ignored.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources

from providers.payload import JSON, Number

_NOTES = frozenset({"$schema", "$id", "title", "description", "$comment", "$defs"})
_RULES = frozenset(
    {
        *("$ref", "type", "const", "enum", "pattern", "minLength", "maxLength"),
        *("minimum", "maximum", "required", "properties", "additionalProperties"),
        *("items", "minItems", "maxItems"),
    }
)


@dataclass(frozen=True, slots=True)
class Breach:
    """One place where a value breaks a schema.

    Attributes:
        path: where in the value.
        rule: the keyword that was broken.
        name: the member concerned, for `required` and `additionalProperties`.
    """

    path: str
    rule: str
    name: str = ""


class Schema:
    """One schema, ready to check values."""

    def __init__(self, document: Mapping[str, JSON]) -> None:
        self._document = document
        _refuse_unknown(document)

    @classmethod
    def load(cls, name: str) -> "Schema":
        """Load a schema file that lies in `providers/formats`."""
        file = resources.files("providers.formats").joinpath(name)
        return cls(json.loads(file.read_text(encoding="utf-8")))

    def breaches(self, value: JSON) -> Iterator[Breach]:
        """Yield every breach, outermost first."""
        yield from self._check(value, self._document, "")

    def _check(
        self, value: JSON, rules: Mapping[str, JSON], path: str
    ) -> Iterator[Breach]:
        while "$ref" in rules:
            rules = self._document["$defs"][rules["$ref"].rsplit("/", 1)[1]]
        if "type" in rules and not _is_type(value, rules["type"]):
            yield Breach(path, "type")
            return
        yield from _scalar(value, rules, path)
        if isinstance(value, dict):
            yield from self._object(value, rules, path)
        elif isinstance(value, list):
            yield from self._array(value, rules, path)

    def _object(
        self, value: dict[str, JSON], rules: Mapping[str, JSON], path: str
    ) -> Iterator[Breach]:
        known = rules.get("properties", {})
        for name in rules.get("required", ()):
            if name not in value:
                yield Breach(path, "required", name)
        for name, child in value.items():
            place = f"{path}.{name}" if path else name
            if name in known:
                yield from self._check(child, known[name], place)
            elif rules.get("additionalProperties") is False:
                yield Breach(path, "additionalProperties", name)

    def _array(
        self, value: list[JSON], rules: Mapping[str, JSON], path: str
    ) -> Iterator[Breach]:
        if len(value) < rules.get("minItems", 0):
            yield Breach(path, "minItems")
        if len(value) > rules.get("maxItems", len(value)):
            yield Breach(path, "maxItems")
        if "items" in rules:
            for index, child in enumerate(value):
                yield from self._check(child, rules["items"], f"{path}[{index}]")


def _is_type(value: JSON, name: str) -> bool:
    match name:
        case "object":
            return isinstance(value, dict)
        case "array":
            return isinstance(value, list)
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            is_plain = isinstance(value, int) and not isinstance(value, bool)
            return is_plain or (isinstance(value, Number) and value.text.isdigit())
    raise AssertionError(name)


def _scalar(value: JSON, rules: Mapping[str, JSON], path: str) -> Iterator[Breach]:
    if "const" in rules and value != rules["const"]:
        yield Breach(path, "const")
    if "enum" in rules and value not in rules["enum"]:
        yield Breach(path, "enum")
    if isinstance(value, str):
        if len(value) < rules.get("minLength", 0):
            yield Breach(path, "minLength")
        if len(value) > rules.get("maxLength", len(value)):
            yield Breach(path, "maxLength")
        if "pattern" in rules and not _matches(rules["pattern"], value):
            yield Breach(path, "pattern")
    elif isinstance(value, int) and not isinstance(value, bool):
        if value < rules.get("minimum", value):
            yield Breach(path, "minimum")
        if value > rules.get("maximum", value):
            yield Breach(path, "maximum")


def _matches(pattern: str, text: str) -> bool:
    # In ECMA 262 `$` is the very end; in Python it also stands before a line feed.
    return bool(re.search(re.sub(r"\$$", r"\\Z", pattern), text))


def _refuse_unknown(rules: Mapping[str, JSON]) -> None:
    unknown = rules.keys() - _RULES - _NOTES
    if unknown:
        raise ValueError(f"The schema uses {sorted(unknown)}.")
    for group in ("properties", "$defs"):
        for child in rules.get(group, {}).values():
            _refuse_unknown(child)
    if "items" in rules:
        _refuse_unknown(rules["items"])
