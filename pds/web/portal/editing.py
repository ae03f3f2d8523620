"""The fields of a record that its owner can change, out of and into its payload; pure.

Only what a person could have mistyped is offered: numbers, words, a day, a note. The
changed payload goes through the readers of deposited files, which judge it as a whole.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask_babel import gettext as _

from providers.payload import JSON, Number

_NUMBER: Final = re.compile(r"-?(0|[1-9]\d{0,11})(\.\d{1,6})?\Z", re.ASCII)
_MOMENTS: Final = (
    "effectiveDateTime",
    "occurrenceDateTime",
    "authoredOn",
    "whenHandedOver",
    "performedDateTime",
    "onsetDateTime",
    "issued_at",
)
_Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One value of a record that can be changed.

    Attributes:
        path: where it stands in the payload.
        name: of the form's field.
        label: what it is, in words.
        value: as it stands.
        is_number: whether it has to stay a number.
    """

    path: _Path
    name: str
    label: str
    value: str
    is_number: bool = False

    def fits(self, text: str) -> bool:
        """Say whether a text can stand in its place."""
        return bool(_NUMBER.match(text)) if self.is_number else bool(text)


def fields(payload: Mapping[str, Any]) -> list[Field]:
    """Return what can be changed in a payload, in the order of a form."""
    found = list(_numbers(payload))
    if isinstance(payload.get("valueString"), str):
        found.append(_field(("valueString",), _("Result"), payload["valueString"]))
    moments = [each for each in _MOMENTS if isinstance(payload.get(each), str)]
    found += [_field((each,), _("Day"), payload[each]) for each in moments]
    for n, note in enumerate(payload.get("note") or ()):
        found.append(_field(("note", n, "text"), _("Note"), note.get("text", "")))
    for n, line in enumerate(payload.get("lines") or ()):
        if "description" in line:
            path = ("lines", n, "description")
            found.append(_field(path, _("Goods"), line["description"]))
    return found


def put(payload: JSON, field: Field, text: str) -> None:
    """Write one value into a payload."""
    place = payload
    for step in field.path[:-1]:
        place = place[step]
    place[field.path[-1]] = Number(text) if field.is_number else text


def _numbers(payload: Mapping[str, Any]) -> list[Field]:
    found = [_number(("valueQuantity",), _("Value"), payload.get("valueQuantity"))]
    for n, part in enumerate(payload.get("component") or ()):
        name = _words(part.get("code") or {}) or _("Value")
        path = ("component", n, "valueQuantity")
        found.append(_number(path, name, part.get("valueQuantity")))
    return [each for each in found if each]


def _number(path: _Path, label: str, quantity: Mapping[str, Any] | None) -> Any:
    if not quantity or "value" not in quantity:
        return None
    unit = quantity.get("unit") or quantity.get("code") or ""
    value = quantity["value"]
    text = value.text if isinstance(value, Number) else str(value)
    where: _Path = (*path, "value")
    shown = f"{label} ({unit})" if unit else label
    return Field(where, _name(where), shown, text, is_number=True)


def _words(code: Mapping[str, Any]) -> str:
    coded = [each.get("display", "") for each in code.get("coding") or ()]
    return str(code.get("text") or next(filter(None, coded), ""))


def _field(path: _Path, label: str, value: str) -> Field:
    return Field(path, _name(path), label, value)


def _name(path: _Path) -> str:
    return "-".join(map(str, path))
