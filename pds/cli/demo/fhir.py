"""Small builders for FHIR R4 (4.0.1) resources of the demo world.

Numbers are rounded by the caller to what the device shows; text is Japanese because
the sources of the demo are.
"""

import random
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pds.core.clock import TOKYO

Resource = dict[str, Any]

LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
CHECKUP_ITEM = "urn:oid:1.2.392.200119.6.1005"
LAB_ITEM = "urn:oid:1.2.392.200119.4.504"
GENERIC_DRUG = "urn:oid:1.2.392.100495.20.1.81"
VACCINE = "http://hl7.org/fhir/sid/cvx"
UNITS = {"mm[Hg]": "mmHg", "Cel": "℃", "{steps}": "歩", "/min": "回/分", "h": "時間"}
"""How a Japanese device prints a UCUM unit; other units print as they are coded."""


def resource_id(rng: random.Random) -> str:
    """Return a version 4 UUID drawn from `rng`, so that a seed repeats it."""
    return str(UUID(int=rng.getrandbits(128), version=4))


def moment(day: date, hour: int, minute: int) -> str:
    """Return a FHIR dateTime of that day in Japan, with its offset."""
    local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=TOKYO)
    return local.isoformat()


def coding(system: str, code: str, display: str) -> Resource:
    """Return a CodeableConcept with one coding and its text."""
    one = {"system": system, "code": code, "display": display}
    return {"coding": [one], "text": display}


def quantity(value: float, unit: str) -> Resource:
    """Return a Quantity coded in UCUM."""
    return {
        "value": value,
        "unit": UNITS.get(unit, unit),
        "system": UCUM,
        "code": unit,
    }


def observation(
    rng: random.Random,
    patient: Mapping[str, Any],
    category: str,
    code: Resource,
    when: str | Resource,
) -> Resource:
    """Return a final Observation without a value yet.

    Args:
        rng: gives the resource its id.
        patient: the FHIR Patient that it is about.
        category: code of HL7's observation-category system.
        code: a CodeableConcept.
        when: a FHIR date or dateTime, or a Period.
    """
    key = "effectivePeriod" if isinstance(when, dict) else "effectiveDateTime"
    return {
        "resourceType": "Observation",
        "id": resource_id(rng),
        "status": "final",
        "category": [{"coding": [{"system": CATEGORY, "code": category}]}],
        "code": code,
        "subject": subject(patient),
        key: when,
    }


def subject(patient: Mapping[str, Any]) -> Resource:
    """Return a Reference to the patient, with the name as sources write it."""
    return {
        "reference": f"Patient/{patient['id']}",
        "display": patient["name"][0]["text"],
    }


def bundle(resources: list[Resource]) -> Resource:
    """Return a collection Bundle whose entries carry `urn:uuid:` addresses."""
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [
            {"fullUrl": f"urn:uuid:{each['id']}", "resource": each}
            for each in resources
        ],
    }
