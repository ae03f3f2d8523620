"""Instructions as canonical JSON, to be sealed or to stand in a judgement; pure."""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from audit.canonical import canonical, parse_canonical
from consent.instructions import Bounds, Stance, StandingInstruction
from consent.terms import ProvisionForm
from pds.core.clock import from_millis, to_millis
from pds.core.errors import Unavailable
from pds.core.vocabulary import DetailLevel, Sensitivity

VERSION: Final = 1
_LISTS: Final = ("recipient_classes", "recipients", "purposes", "categories")


def encode(instructions: Iterable[StandingInstruction]) -> bytes:
    """Return the canonical bytes of a set, whatever order it came in."""
    found = sorted(instructions, key=lambda each: each.instruction_id)
    return canonical({"v": VERSION, "instructions": [write(each) for each in found]})


def decode(data: bytes) -> tuple[StandingInstruction, ...]:
    """Read a set.

    Raises:
        Unavailable: `instruction.version`; it was written by a later program.
    """
    read_set = parse_canonical(data)
    if read_set["v"] != VERSION:
        raise Unavailable("instruction.version", "The set is of another time.")
    return tuple(read(each) for each in read_set["instructions"])


def write(instruction: StandingInstruction) -> dict[str, Any]:
    """Return an instruction as a JSON object."""
    written: dict[str, Any] = {
        "id": str(instruction.instruction_id),
        "version": instruction.version,
        "stance": instruction.stance.value,
        "vocabulary": instruction.vocabulary,
        "made_at": to_millis(instruction.made_at),
        **{name: list(getattr(instruction, name)) for name in _LISTS},
    }
    if instruction.bounds is not None:
        written["bounds"] = _write_bounds(instruction.bounds)
    if instruction.until is not None:
        written["until"] = to_millis(instruction.until)
    return written


def read(written: Mapping[str, Any]) -> StandingInstruction:
    """Read an instruction from its JSON object."""
    bounds, until = written.get("bounds"), written.get("until")
    lists = {name: tuple(written[name]) for name in _LISTS}
    return StandingInstruction(
        instruction_id=UUID(written["id"]),
        version=written["version"],
        stance=Stance(written["stance"]),
        vocabulary=written["vocabulary"],
        made_at=from_millis(written["made_at"]),
        bounds=None if bounds is None else _read_bounds(bounds),
        until=None if until is None else from_millis(until),
        **lists,
    )


def _write_bounds(bounds: Bounds) -> dict[str, Any]:
    return {
        "sensitivity": bounds.sensitivity.value,
        "detail": bounds.detail.value,
        "window_days": bounds.window_days,
        "retention_days": bounds.retention_days,
        "validity_days": bounds.validity_days,
        "forms": [each.value for each in bounds.forms],
        "countries": list(bounds.countries),
    }


def _read_bounds(written: Mapping[str, Any]) -> Bounds:
    return Bounds(
        sensitivity=Sensitivity(written["sensitivity"]),
        detail=DetailLevel(written["detail"]),
        window_days=written["window_days"],
        retention_days=written["retention_days"],
        validity_days=written["validity_days"],
        forms=tuple(ProvisionForm(each) for each in written["forms"]),
        countries=tuple(written["countries"]),
    )
