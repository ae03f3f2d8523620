"""What the profiles of IHE BALP 1.1.3 demand of an AuditEvent, as data.

Each rule is a path and what has to be there; `agent[X]` is the one agent whose type has
the code X, `entity[X]` the one entity of that type. A value of ANY must be there, NONE
must not, a set holds what is allowed.
"""

import re

ANY, NONE = object(), object()
BALP = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/"
DCM = "http://dicom.nema.org/resources/ontology/DCM"
HL7 = "http://terminology.hl7.org/CodeSystem/"

EVERY = {
    "resourceType": "AuditEvent",
    "extension": NONE,
    "modifierExtension": NONE,
    "type.system": ANY,
    "type.code": ANY,
    "subtype": ANY,
    "recorded": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"),
    "outcome": {"0", "4", "8", "12"},
    "source.observer": ANY,
}
PATIENT = {
    "entity[1].type.system": f"{HL7}audit-entity-type",
    "entity[1].role.system": f"{HL7}object-role",
    "entity[1].role.code": "1",
    "entity[1].what.type": "Patient",
    "entity[1].what.identifier.value": re.compile("[0-9a-f]{32}"),
}
DISCLOSURE = {
    "type.system": DCM,
    "type.code": "110106",
    "subtype.0.system": f"{HL7}iso-21089-lifecycle",
    "subtype.0.code": "disclose",
    "action": "R",
    "agent[110153].who": ANY,
    "agent[110153].network": ANY,
    "agent[110152].who": ANY,
    "agent[110152].network": ANY,
    "agent[429577009].who": ANY,
    **PATIENT,
}
NOBODY_TELLS = ("altId", "location", "media")
AUTHORIZATION = {
    "type.system": DCM,
    "type.code": "110113",
    "subtype.0.code": "AuthZ-Consent",
    "action": "E",
    "agent[110150].who": ANY,
    "agent[110150].network": ANY,
    "agent[110150].role": NONE,
    "agent[110150].name": NONE,
    "agent[110150].purposeOfUse": NONE,
    "agent[IRCP].who": ANY,
    "agent[IRCP].requestor": True,
    "agent[IRCP].network": NONE,
    "agent[PROV].who": ANY,
    "agent[PROV].requestor": False,
    "agent[PROV].network": NONE,
    "agent[PROV].policy": NONE,
    "agent[authserver].who": ANY,
    "agent[authserver].requestor": False,
    "agent[authserver].network": NONE,
    "agent[authserver].policy": NONE,
    **{
        f"agent[{role}].{name}": NONE
        for role in ("110150", "IRCP", "PROV", "authserver")
        for name in NOBODY_TELLS
    },
    **PATIENT,
    "entity[Consent].type.system": "http://hl7.org/fhir/resource-types",
    "entity[Consent].what": ANY,
}
READ = {
    "type.system": f"{HL7}audit-event-type",
    "type.code": "rest",
    "subtype.0.system": "http://hl7.org/fhir/restful-interaction",
    "subtype.0.code": {"read", "vread"},
    "action": "R",
    "outcome": "0",
    "agent[110152].who": ANY,
    "agent[110152].network": ANY,
    "agent[110152].media": NONE,
    "agent[110153].who": ANY,
    "agent[110153].network": ANY,
    "agent[110153].media": NONE,
    "agent[IRCP].who": ANY,
    "agent[IRCP].requestor": True,
    "agent[IRCP].network": NONE,
    "agent[IRCP].media": NONE,
    **PATIENT,
    "entity[2].what": ANY,
    "entity[2].role.code": {"3", "4", "20"},
}
PROFILES = {
    f"{BALP}IHE.BasicAudit.PrivacyDisclosure.Source": DISCLOSURE,
    f"{BALP}IHE.BasicAudit.AuthZconsent": AUTHORIZATION,
    f"{BALP}IHE.BasicAudit.PatientRead": READ,
}
OBSERVERS = {
    DISCLOSURE["type.code"]: "110153",
    AUTHORIZATION["type.code"]: "authserver",
}
"""Agents that have to be the observer, by type: the invariant val-audit-source."""

MEMBERS = {
    *("resourceType", "id", "meta", "type", "subtype", "action", "recorded"),
    *("outcome", "outcomeDesc", "purposeOfEvent", "agent", "source", "entity"),
}
"""Members of AuditEvent in FHIR R4 that are used; any other would be an extension."""


def broken(event):
    """Return the rules that an event breaks, in words."""
    wrong = [f"unknown member {name}" for name in event.keys() - MEMBERS]
    wrong += [f"{path}: {found}" for path, found in _against(event, EVERY)]
    wrong += [] if sum(x["requestor"] for x in event["agent"]) == 1 else ["requestor"]
    for profile in event.get("meta", {}).get("profile", ()):
        wrong += [
            f"{path}: {found}" for path, found in _against(event, PROFILES[profile])
        ]
        observer = OBSERVERS.get(event["type"]["code"])
        if (
            observer
            and _at(event, f"agent[{observer}].who") != event["source"]["observer"]
        ):
            wrong.append("val-audit-source")
        if profile.endswith("AuthZconsent") and _kinds(event) - {"1", "Consent"}:
            wrong.append("the entities of an authorization are a closed list")
    return wrong


def _kinds(event):
    return {each["type"]["code"] for each in event["entity"]}


def _against(event, rules):
    for path, wanted in rules.items():
        found = _at(event, path)
        if not _fits(found, wanted):
            yield path, found


def _fits(found, wanted):
    if wanted is ANY:
        return found not in (None, "", [], {})
    if wanted is NONE:
        return found is None
    if isinstance(wanted, re.Pattern):
        return found is not None and wanted.fullmatch(found) is not None
    return found in wanted if isinstance(wanted, set) else found == wanted


def _at(value, path):
    for step in path.split("."):
        sliced = re.fullmatch(r"(agent|entity)\[(\w+)\]", step)
        if sliced:
            alike = [x for x in value.get(sliced[1], ()) if _type(x) == sliced[2]]
            value = alike[0] if len(alike) == 1 else {}
        elif step.isdigit():
            value = value[int(step)] if isinstance(value, list) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
        if value is None:
            return None
    return value


def _type(part):
    kind = part["type"]
    return kind["coding"][0]["code"] if "coding" in kind else kind["code"]
