"""Numbers of payload schemas, as bound into sealed records; frozen."""

from pds.vault.errors import VaultInvalid

_FHIR = 16
_RESOURCES = (
    "Observation",
    "DiagnosticReport",
    "MedicationStatement",
    "MedicationRequest",
    "MedicationDispense",
    "MedicationAdministration",
    "Immunization",
    "AllergyIntolerance",
    "Condition",
    "Procedure",
    "DocumentReference",
    "Composition",
    "Encounter",
    "QuestionnaireResponse",
    "NutritionOrder",
    "FamilyMemberHistory",
    "CarePlan",
    "Goal",
    "ImagingStudy",
    "Media",
    "ServiceRequest",
    "Specimen",
    "Device",
    "Coverage",
    "ExplanationOfBenefit",
    "Patient",
    "Medication",
    "Bundle",
)

NUMBERS = {
    "receipt/1": 1,
    "profile/1": 2,
    **{f"fhir-r4/{name}": _FHIR + n for n, name in enumerate(_RESOURCES)},
}
"""Schema id to number; new ones are added at the end and none is given twice."""

_NAMES = {number: name for name, number in NUMBERS.items()}


def number_of(schema: str) -> int:
    """Return the frozen number; VaultInvalid if the vault does not know the schema."""
    found = NUMBERS.get(schema)
    if found is None:
        raise VaultInvalid("vault.unknown-schema", "There is no such payload schema.")
    return found


def name_of(number: int) -> str:
    """Return the schema id of a number; VaultInvalid if there is none."""
    found = _NAMES.get(number)
    if found is None:
        raise VaultInvalid("vault.unknown-schema", "There is no such payload schema.")
    return found
