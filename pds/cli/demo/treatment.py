"""Prescriptions and vaccinations, as FHIR resources.

Drugs carry the generic-name prescription code, vaccines the CVX code. Nobody's real
treatment is copied: the courses are what a textbook would prescribe.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from pds.cli.demo import fhir
from pds.cli.demo.fhir import GENERIC_DRUG, VACCINE, Resource
from pds.cli.demo.people import KAZUKO, KENICHI, MISAKI, Persona


@dataclass(frozen=True)
class Course:
    """A drug taken by a person in given months, for a number of days each time."""

    code: str
    name: str
    dosage: str
    days: int
    months: tuple[int, ...]


EVERY_MONTH = tuple(range(1, 13))
COURSES = {
    KAZUKO.key: (
        Course(
            "2171022F2ZZZ",
            "【般】アムロジピン錠5mg",
            "1回1錠 1日1回 朝食後",
            30,
            EVERY_MONTH,
        ),
    ),
    KENICHI.key: (
        Course(
            "4490023F1ZZZ",
            "【般】フェキソフェナジン塩酸塩錠60mg",
            "1回1錠 1日2回 朝夕食後",
            28,
            (2, 3, 4),
        ),
    ),
    MISAKI.key: (),
}
YEARLY_VACCINE = fhir.coding(VACCINE, "141", "インフルエンザワクチン")
YEARLY_VACCINE_MONTH = 11
SHINGLES_VACCINE = fhir.coding(VACCINE, "187", "帯状疱疹ワクチン")
SHINGLES_VISITS = (3, 5)
"""Numbers of the monthly visits, counted from 0, at which the two doses are given."""


def prescriptions(
    rng: random.Random, persona: Persona, patient: Resource, day: date
) -> Iterator[Resource]:
    """Yield what a doctor prescribed on that day."""
    for course in COURSES[persona.key]:
        if day.month not in course.months:
            continue
        yield {
            "resourceType": "MedicationRequest",
            "id": fhir.resource_id(rng),
            "status": "completed",
            "intent": "order",
            "medicationCodeableConcept": fhir.coding(
                GENERIC_DRUG, course.code, course.name
            ),
            "subject": fhir.subject(patient),
            "authoredOn": day.isoformat(),
            "dosageInstruction": [{"text": course.dosage}],
            "dispenseRequest": {
                "expectedSupplyDuration": fhir.quantity(course.days, "d")
            },
        }


def vaccinations(
    rng: random.Random, persona: Persona, patient: Resource, day: date, visit: int
) -> Iterator[Resource]:
    """Yield the vaccinations of that day, the `visit`-th monthly one."""
    vaccines = []
    if day.month == YEARLY_VACCINE_MONTH:
        vaccines.append(YEARLY_VACCINE)
    if persona.key == KAZUKO.key and visit in SHINGLES_VISITS:
        vaccines.append(SHINGLES_VACCINE)
    for vaccine in vaccines:
        yield {
            "resourceType": "Immunization",
            "id": fhir.resource_id(rng),
            "status": "completed",
            "vaccineCode": vaccine,
            "patient": fhir.subject(patient),
            "occurrenceDateTime": day.isoformat(),
            "lotNumber": f"{rng.choice('ABCDEFG')}{rng.randrange(100, 999)}",
        }
