"""Which category of the vocabulary a FHIR resource belongs to.

The table is in `docs/formats/intake.md`, section 5. What is unknown falls into a
special-care category, never into a more open one.
"""

from collections.abc import Iterable, Mapping

from pds.core.vocabulary import categories
from providers.formats.measurements import CHECKUP_SYSTEM, Concept
from providers.payload import JSON

BY_TYPE: Mapping[str, str] = {
    "Observation": "health.lab",
    "DiagnosticReport": "health.lab",
    "MedicationRequest": "health.medication",
    "MedicationDispense": "health.medication",
    "MedicationStatement": "health.medication",
    "MedicationAdministration": "health.medication",
    "Immunization": "health.immunization",
    "AllergyIntolerance": "health.allergy",
    "Condition": "health.condition",
    "Procedure": "health.procedure",
    "DocumentReference": "health.document",
    "Composition": "health.document",
    "QuestionnaireResponse": "health.checkup",
}
"""Every resource type that is stored, with its category unless told otherwise."""

CONTEXT_TYPES = frozenset(
    {
        *("Patient", "Practitioner", "PractitionerRole", "Organization", "Location"),
        *("Encounter", "Device", "Specimen", "Medication", "Coverage", "Provenance"),
        *("RelatedPerson", "Person"),
    }
)
"""Resource types that are read for the sake of others and not stored as records."""

CHECKUP_REPORT = "53576-5"
"""LOINC code of a Japanese check-up report (検診・健診報告書)."""

_BY_OBSERVATION_CATEGORY: Mapping[str, str] = {
    "activity": "health.activity.exercise",
    "survey": "health.checkup",
    "social-history": "health.checkup",
    "procedure": "health.procedure",
    "imaging": "health.document",
}


def of(
    resource: Mapping[str, JSON], concept: Concept | None, *, in_checkup: bool
) -> str:
    """Return the category id of a resource that is stored.

    Args:
        resource: a resource of a type in `BY_TYPE`.
        concept: what it measures, when the catalogue knows.
        in_checkup: whether it came in a check-up report.
    """
    kind = resource["resourceType"]
    if kind == "Observation":
        return _observation(resource, concept, in_checkup=in_checkup)
    if in_checkup and kind in {"DiagnosticReport", "Composition"}:
        return "health.checkup"
    return BY_TYPE[kind]


def sensitivity_of(category: str) -> str:
    """Return the sensitivity of a category, as the vocabulary spells it."""
    return categories.get(category).sensitivity.value


def codings(concept: JSON) -> list[Mapping[str, JSON]]:
    """Return the codings of a CodeableConcept, none if it is something else."""
    if not isinstance(concept, dict):
        return []
    found = concept.get("coding", ())
    return [coding for coding in found if isinstance(coding, dict)]


def _observation(
    resource: Mapping[str, JSON], concept: Concept | None, *, in_checkup: bool
) -> str:
    systems = {coding.get("system") for coding in codings(resource.get("code"))}
    if in_checkup or CHECKUP_SYSTEM in systems:
        return "health.checkup"
    if concept is not None:
        return concept.category
    for code in _category_codes(resource.get("category", ())):
        if code in _BY_OBSERVATION_CATEGORY:
            return _BY_OBSERVATION_CATEGORY[code]
    return BY_TYPE["Observation"]


def _category_codes(concepts: Iterable[JSON]) -> list[str]:
    return [
        str(coding.get("code", ""))
        for concept in concepts
        for coding in codings(concept)
    ]
