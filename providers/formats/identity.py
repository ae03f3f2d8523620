"""Identity elements inside FHIR are replaced by a constant (FORMATS, payload).

A payload goes to a recipient as it is, so it must not say who the person is. What is
replaced, and by what, is fixed in `docs/formats/intake.md`, section 3. The replaced
values come back for the sealed header, where they serve warnings about records of
somebody else; narrative is replaced too, but kept only in the raw original.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from providers.payload import JSON

REMOVED = "[removed]"
"""Stands for every replaced text."""

SUBJECT: Mapping[str, JSON] = {"reference": "Patient/subject"}
"""Stands for every reference to the person."""

NARRATIVE: Mapping[str, JSON] = {
    "status": "empty",
    "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{REMOVED}</div>',
}
"""Stands for every narrative."""

_CONSTANTS: Mapping[str, JSON] = {
    "identifier": {"value": REMOVED},
    "masterIdentifier": {"value": REMOVED},
    "accessionIdentifier": {"value": REMOVED},
    "groupIdentifier": {"value": REMOVED},
    "requisition": {"value": REMOVED},
    "valueIdentifier": {"value": REMOVED},
    "address": {"text": REMOVED},
    "valueAddress": {"text": REMOVED},
    "valueHumanName": {"text": REMOVED},
    "telecom": {"system": "other", "value": REMOVED},
    "valueContactPoint": {"system": "other", "value": REMOVED},
    "subscriberId": REMOVED,
    "dependent": REMOVED,
    "authorString": REMOVED,
}
_REFERENCE_MEMBERS = frozenset(
    {"reference", "type", "identifier", "display", "id", "extension", "_display"}
)
_CODED = frozenset({"coding", "valueCoding", "class", "security", "tag", "event"})
_SUBJECTS = frozenset({"Patient", "RelatedPerson", "Person"})
_STAFF = frozenset({"Practitioner", "PractitionerRole"})
_PEOPLE = _SUBJECTS | _STAFF
_SUBJECT_PLACES = frozenset(
    {"subject", "patient", "beneficiary", "subscriber", "policyHolder", "individual"}
)
_PEOPLE_PLACES = frozenset(
    {
        *("performer", "actor", "requester", "recorder", "asserter", "author"),
        *("informationSource", "source", "party", "collector", "enterer", "authority"),
        *("participant", "member", "authorReference", "receiver", "attester"),
        *("responsibleParty", "dispenser", "resultsInterpreter", "custodian"),
    }
)


@dataclass(slots=True)
class Replaced:
    """What was taken out of one resource.

    Attributes:
        values: path to the original value.
        had_narrative: whether a narrative was replaced.
    """

    values: dict[str, JSON] = field(default_factory=dict)
    had_narrative: bool = False


def replace(
    resource: Mapping[str, JSON], types: Mapping[str, str]
) -> tuple[dict[str, JSON], Replaced]:
    """Return a copy without identity elements, and what was replaced.

    Args:
        resource: a FHIR resource that is to be stored.
        types: resource type by `fullUrl`, to tell what a `urn:uuid:` refers to.
    """
    replaced = Replaced()
    contained = {
        f"#{child['id']}": child.get("resourceType", "")
        for child in resource.get("contained", ())
        if "id" in child
    }
    cleaner = _Cleaner({**types, **contained} if contained else types, replaced)
    return cleaner.object(resource, ""), replaced


def remove_names(node: JSON, names: tuple[str, ...]) -> JSON:
    """Return a copy in which these names are replaced wherever a text holds them."""
    if isinstance(node, str):
        for name in names:
            node = node.replace(name, REMOVED)
        return node
    if isinstance(node, list):
        return [remove_names(child, names) for child in node]
    if isinstance(node, dict):
        return {key: remove_names(child, names) for key, child in node.items()}
    return node


class _Cleaner:
    """One walk over one resource."""

    def __init__(self, types: Mapping[str, str], replaced: Replaced) -> None:
        self._types = types
        self._replaced = replaced

    def object(self, node: Mapping[str, JSON], path: str) -> dict[str, JSON]:
        """Copy an object member by member."""
        clean: dict[str, JSON] = {}
        for name, child in node.items():
            if child.__class__ is dict or child.__class__ is list:
                place = f"{path}.{name}" if path else name
                clean[name] = self._member(name, child, place)
            elif name in _CONSTANTS:
                clean[name] = self._swap(name, child, f"{path}.{name}")
            else:
                clean[name] = child
        return clean

    def _member(self, name: str, child: JSON, path: str) -> JSON:
        if name in _CONSTANTS:
            return self._swap(name, child, path)
        if name == "text" and "div" in child:
            self._replaced.had_narrative = True
            return dict(NARRATIVE)
        if name == "contained":
            return [
                self._contained(resource, f"{path}[{index}]")
                for index, resource in enumerate(child)
            ]
        return self._value(name, child, path)

    def _value(self, name: str, child: JSON, path: str) -> JSON:
        if child.__class__ is list:
            return [
                self._value(name, element, f"{path}[{index}]")
                for index, element in enumerate(child)
            ]
        if child.__class__ is not dict:
            return child
        if name not in _CODED and child.keys() <= _REFERENCE_MEMBERS:
            return self._reference(name, child, path)
        return self.object(child, path)

    def _swap(self, name: str, value: JSON, path: str) -> JSON:
        self._replaced.values[path.lstrip(".")] = value
        constant = _CONSTANTS[name]
        return [constant] if value.__class__ is list else constant

    def _contained(self, resource: Mapping[str, JSON], path: str) -> JSON:
        if resource["resourceType"] not in _PEOPLE:
            return self.object(resource, path)
        self._replaced.values[path] = resource
        kept = ("resourceType", "id")
        return {name: resource[name] for name in kept if name in resource}

    def _reference(self, place: str, node: Mapping[str, JSON], path: str) -> JSON:
        target = self._target(node)
        if target in _SUBJECTS or (not target and place in _SUBJECT_PLACES):
            self._replaced.values[path] = node
            return dict(SUBJECT)
        if target in _STAFF or (not target and place in _PEOPLE_PLACES):
            self._replaced.values[path] = node
            kind = {"type": target} if target else {}
            return {**kind, "display": REMOVED}
        return self.object(node, path)

    def _target(self, node: Mapping[str, JSON]) -> str:
        reference = str(node.get("reference", ""))
        known = self._types.get(reference)
        if known:
            return known
        parts = reference.split("/_history/", maxsplit=1)[0].split("/")
        if len(parts) > 1 and parts[-2][:1].isupper():
            return parts[-2]
        return str(node.get("type", ""))
