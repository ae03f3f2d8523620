"""Entries of the log as FHIR R4 AuditEvent after the patterns of IHE BALP; pure.

A disclosure is "Privacy Disclosure at Source", a refusal or a decision on a consent is
"Authorization decision by consent", and a look of staff or auditors is "Patient Read".
Persons are there by pseudonym. What a profile demands and an entry has not is left out
together with the claim to follow that profile.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from audit.leaf import EventType
from consent.states import ConsentEvent
from pds.core.clock import from_millis
from pds.oversight.bundle.files import rfc3339

_BALP: Final = "https://profiles.ihe.net/ITI/BALP"
_DCM: Final = "http://dicom.nema.org/resources/ontology/DCM"
_HL7: Final = "http://terminology.hl7.org/CodeSystem"
_Json = dict[str, Any]

DISCLOSURES: Final = frozenset(
    {EventType.DISCLOSURE_RELEASED, EventType.DISCLOSURE_COMPLETED}
)
DECISIONS: Final = frozenset({EventType.DISCLOSURE_DENIED, EventType.CONSENT_EVENT})
LOOKS: Final = frozenset(
    {EventType.STAFF_VIEWED, EventType.AUDITOR_VIEWED, EventType.AUDITOR_UNMASKED}
)
WRITTEN: Final = DISCLOSURES | DECISIONS | LOOKS
"""Kinds of entries that become events."""

_PERMITS: Final = frozenset(
    {ConsentEvent.GIVEN, ConsentEvent.NARROWED, ConsentEvent.AMENDED}
    | {ConsentEvent.RENEWED, ConsentEvent.RESUMED}
)
_UNDECIDED: Final = frozenset({ConsentEvent.REQUESTED, ConsentEvent.DEFERRED})
_ENDINGS: Final = {"interrupted": "4", "stopped": "4", "not-released": "8"}
"""How a delivery ended, as outcome of FHIR: minor or serious failure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """How the bank is named.

    Attributes:
        issuer: its address, under which its identifiers are.
        origin: name of its log.
        operator: name of its operator.
    """

    issuer: str
    origin: str
    operator: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """An entry of the log with what an auditor may know of it.

    Attributes:
        index: position in the log.
        leaf: the entry.
        pseudonym: of the person; empty if whose it is cannot be found any more.
        fields: opened fields of the detail; empty without a person.
    """

    index: int
    leaf: Mapping[str, Any]
    pseudonym: str
    fields: Mapping[str, str]


def is_decided(act: Act) -> bool:
    """Say whether an entry is an event; asking for a consent decides nothing."""
    return act.fields.get("reasons") not in _UNDECIDED


def event(names: Names, act: Act) -> _Json:
    """Return the AuditEvent of an entry of one of the kinds `WRITTEN`."""
    kind = act.leaf["typ"]
    if kind in DISCLOSURES:
        return _Event(names, act).disclosure()
    return _Event(names, act).look() if kind in LOOKS else _Event(names, act).decision()


class _Event:
    def __init__(self, names: Names, act: Act) -> None:
        self._names, self._act, self._leaf = names, act, act.leaf
        self._bank = self._reference("Device", "log", names.origin) | {
            "display": names.operator
        }
        self._person = self._reference("Patient", "person", act.pseudonym)
        self._recipient = self._reference("Organization", "recipient", self._rcp)

    @property
    def _rcp(self) -> str:
        return str(self._leaf.get("rcp", ""))

    def disclosure(self) -> _Json:
        """Privacy Disclosure as the source of the data records it."""
        client = self._act.fields.get("actor") or self._rcp
        agents = [
            self._agent(_role(_DCM, "110153"), self._bank, self._names.issuer),
            self._agent(
                _role(_DCM, "110152"),
                self._reference("Device", "client", client),
                self._system("client") + f"/{client}",
            ),
            self._user(self._recipient),
        ]
        if self._act.pseudonym:
            advocate = _role("http://snomed.info/sct", "429577009")
            agents.append(self._agent(advocate, self._person))
        return self._event(
            profile="IHE.BasicAudit.PrivacyDisclosure.Source",
            type=_coding(_DCM, "110106", "Export"),
            subtype=[_coding(f"{_HL7}/iso-21089-lifecycle", "disclose")],
            action="R",
            outcome=_ENDINGS.get(self._reasons, "0"),
            agent=agents,
            entity=[*self._patient(), self._data(), *self._consent()],
        )

    def decision(self) -> _Json:
        """Authorization decision by consent; a refusal is a failure there."""
        is_permit = self._reasons in _PERMITS
        client = self._act.fields.get("actor")
        software = ("client", client) if client else ("recipient", self._rcp)
        role = _role(f"{_HL7}/extra-security-role-type", "authserver")
        return self._event(
            profile="IHE.BasicAudit.AuthZconsent",
            type=_coding(_DCM, "110113", "Security Alert"),
            subtype=[_coding(f"{_BALP}/CodeSystem/AuthZsubType", "AuthZ-Consent")],
            action="E",
            outcome="0" if is_permit else "8",
            agent=[
                self._agent(
                    _role(_DCM, "110150"),
                    self._reference("Device", *software),
                    "/".join((self._system(software[0]), software[1])),
                ),
                self._user(self._recipient),
                self._agent(_role(f"{_HL7}/v3-RoleClass", "PROV"), self._recipient),
                self._agent(role, self._bank),
            ],
            entity=[*self._patient(), *self._consent(self._place())],
        )

    def look(self) -> _Json:
        """Patient Read: somebody of the bank or an auditor saw what is a person's."""
        actor = self._act.fields.get("actor", "")
        issuer = self._names.issuer
        return self._event(
            profile="IHE.BasicAudit.PatientRead",
            type=_coding(f"{_HL7}/audit-event-type", "rest", "Restful Operation"),
            subtype=[_coding("http://hl7.org/fhir/restful-interaction", "read")],
            action="R",
            outcome="0",
            agent=[
                self._agent(_role(_DCM, "110152"), self._bank, issuer),
                self._agent(_role(_DCM, "110153"), self._bank, issuer),
                self._user(self._reference("Practitioner", "account", actor)),
            ],
            entity=[*self._patient(), self._data()],
        )

    @property
    def _reasons(self) -> str:
        return self._act.fields.get("reasons", "")

    def _event(self, *, profile: str, **members: Any) -> _Json:
        leaf = self._leaf
        written: _Json = {"resourceType": "AuditEvent", "id": leaf["id"], **members}
        # Without a person, or a consent to decide by, the profile is not kept.
        if self._act.pseudonym and len(members["entity"]) > 1:
            written["meta"] = {"profile": [f"{_BALP}/StructureDefinition/{profile}"]}
        written["recorded"] = rfc3339(from_millis(leaf["t"]))
        if self._reasons:
            written["outcomeDesc"] = self._reasons
        if "pur" in leaf:
            coding = _coding(self._system("purpose"), leaf["pur"])
            written["purposeOfEvent"] = [{"coding": [coding]}]
        written["source"] = {
            "site": self._names.origin,
            "observer": self._bank,
            "type": [_coding(f"{_HL7}/security-source-type", "4")],
        }
        return written

    def _system(self, kind: str) -> str:
        return f"{self._names.issuer}/id/{kind}"

    def _reference(self, resource: str, kind: str, value: str) -> _Json:
        identifier = {"system": self._system(kind), "value": value or "unknown"}
        return {"type": resource, "identifier": identifier}

    def _agent(self, role: _Json, who: _Json, uri: str = "") -> _Json:
        agent: _Json = {"type": role, "who": who, "requestor": False}
        if uri:
            agent["network"] = {"address": uri, "type": "5"}
        return agent

    def _user(self, who: _Json) -> _Json:
        role = _role(f"{_HL7}/v3-ParticipationType", "IRCP")
        return self._agent(role, who) | {"requestor": True}

    def _patient(self) -> list[_Json]:
        if not self._act.pseudonym:
            return []
        return [
            {
                "what": self._person,
                "type": _coding(f"{_HL7}/audit-entity-type", "1", "Person"),
                "role": _coding(f"{_HL7}/object-role", "1", "Patient"),
            }
        ]

    def _data(self) -> _Json:
        """The entry of the log, and through its commitments what it was about."""
        return {
            "what": self._reference("AuditEvent", "log-entry", self._leaf["id"]),
            "type": _coding(f"{_HL7}/audit-entity-type", "2", "System Object"),
            "role": _coding(f"{_HL7}/object-role", "4", "Domain Resource"),
            "detail": self._place(),
        }

    def _consent(self, detail: list[_Json] | None = None) -> list[_Json]:
        consent_id = self._act.fields.get("consent_id")
        if not consent_id:
            return []
        entity = {
            "what": self._reference("Consent", "consent", consent_id),
            "type": _coding("http://hl7.org/fhir/resource-types", "Consent"),
        }
        return [entity | {"detail": detail} if detail else entity]

    def _place(self) -> list[_Json]:
        fields, leaf = self._act.fields, self._leaf
        told = {
            "log-origin": self._names.origin,
            "log-index": str(self._act.index),
            "log-entry": leaf["id"],
            "completes": leaf.get("ref"),
            "categories": " ".join(leaf.get("cats", ())),
            "form": leaf.get("form"),
            "count": fields.get("n"),
            "consent-version": fields.get("consent_version"),
            "person": None if self._act.pseudonym else "cannot be found any more",
        }
        return [
            {"type": name, "valueString": value}
            for name, value in told.items()
            if value
        ]


def _coding(system: str, code: str, display: str = "") -> _Json:
    coding = {"system": system, "code": code}
    return coding | {"display": display} if display else coding


def _role(system: str, code: str) -> _Json:
    return {"coding": [_coding(system, code)]}
