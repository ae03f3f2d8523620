"""What the rest of a file says about each of its resources.

Built once per file: resource types by reference, the one Patient, medications that
other entries refer to, times that panels hand down to their members.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from providers.formats import times
from providers.formats.categories import CHECKUP_REPORT, codings
from providers.payload import JSON

_MEMBERS: Mapping[str, str] = {"DiagnosticReport": "result", "Observation": "hasMember"}
_SHORTEST_NAME = 2


@dataclass(frozen=True, slots=True)
class Entry:
    """One resource of a file, not yet checked.

    Attributes:
        index: position in the file, from 0.
        path: where in the file, for people.
        value: the parsed JSON.
        full_url: `fullUrl` of a Bundle entry, or empty.
    """

    index: int
    path: str
    value: JSON
    full_url: str = ""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a resource's rules may ask about the file.

    Attributes:
        now: the moment of reading.
        format: name of the format, for provenance.
        drop: unknown members that this source is known to leave behind.
        types: resource type by `fullUrl`.
        birth_day: day of birth of the one Patient in the file, if known.
        names: spellings of the names of the Patients in the file.
        medications: Medication resources by reference.
        inherited: time of the panel or report by reference to its member.
        in_checkup: whether the file is a check-up report.
        may_hold_prohibited: False when the file's text as a whole shows that no My
            Number or card number can be in it.
    """

    now: datetime
    format: str = "fhir-r4+json"
    drop: frozenset[str] = frozenset()
    types: Mapping[str, str] = field(default_factory=dict)
    birth_day: int | None = None
    names: tuple[str, ...] = ()
    medications: Mapping[str, JSON] = field(default_factory=dict)
    inherited: Mapping[str, times.Span] = field(default_factory=dict)
    in_checkup: bool = False
    may_hold_prohibited: bool = True


def gather(
    entries: Iterable[Entry],
    *,
    now: datetime,
    format_: str,
    drop: frozenset[str],
    may_hold_prohibited: bool = True,
) -> Surroundings:
    """Read what the entries say about each other; malformed ones are passed over."""
    types: dict[str, str] = {}
    medications: dict[str, JSON] = {}
    inherited: dict[str, times.Span] = {}
    patients: list[Mapping[str, JSON]] = []
    in_checkup = False
    for entry in entries:
        resource = entry.value
        if not isinstance(resource, dict):
            continue
        kind = resource.get("resourceType")
        if entry.full_url and isinstance(kind, str):
            types[entry.full_url] = kind
        if kind == "Patient":
            patients.append(resource)
        elif kind == "Medication":
            medications.update(dict.fromkeys(references(entry), resource))
        elif kind == "Composition":
            in_checkup = in_checkup or _is_checkup(resource)
        elif isinstance(kind, str) and kind in _MEMBERS:
            inherited.update(_handed_down(resource, _MEMBERS[kind]))
    return Surroundings(
        now=now,
        format=format_,
        drop=drop,
        types=types,
        birth_day=_birth_day(patients),
        names=tuple(dict.fromkeys(n for p in patients for n in _names(p))),
        medications=medications,
        inherited=inherited,
        in_checkup=in_checkup,
        may_hold_prohibited=may_hold_prohibited,
    )


def references(entry: Entry) -> Iterator[str]:
    """Yield the references by which other resources may mean this one."""
    if entry.full_url:
        yield entry.full_url
    resource = entry.value
    if "id" in resource:
        yield f"{resource['resourceType']}/{resource['id']}"


def _is_checkup(resource: Mapping[str, JSON]) -> bool:
    return any(c.get("code") == CHECKUP_REPORT for c in codings(resource.get("type")))


def _handed_down(resource: Mapping[str, JSON], name: str) -> dict[str, times.Span]:
    text, members = resource.get("effectiveDateTime"), resource.get(name)
    if not isinstance(text, str) or not isinstance(members, list):
        return {}
    try:
        time = times.parse(text)
    except times.BadTime:
        return {}
    span = times.Span(time, time, f"{resource['resourceType']}.effectiveDateTime")
    return {
        str(member.get("reference")): span
        for member in members
        if isinstance(member, dict) and "reference" in member
    }


def _birth_day(patients: list[Mapping[str, JSON]]) -> int | None:
    if len(patients) != 1:
        return None
    try:
        return times.parse(str(patients[0].get("birthDate"))).first_day
    except times.BadTime:
        return None


def _names(patient: Mapping[str, JSON]) -> Iterator[str]:
    names = patient.get("name")
    for name in names if isinstance(names, list) else ():
        if isinstance(name, dict):
            yield from (n for n in _spellings(name) if len(n) > _SHORTEST_NAME)


def _spellings(name: Mapping[str, JSON]) -> Iterator[str]:
    if isinstance(name.get("text"), str):
        yield name["text"]
    family, given = name.get("family"), name.get("given")
    if isinstance(family, str) and isinstance(given, list):
        first = " ".join(part for part in given if isinstance(part, str))
        for join in (" ", "　", ""):
            yield f"{family}{join}{first}"
        yield f"{first} {family}"
