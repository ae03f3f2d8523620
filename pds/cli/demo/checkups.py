"""Yearly check-ups (特定健診) and clinic blood tests, as FHIR Observations.

Item codes are the 17-digit JLAC10 codes of the fourth period of the specific health
check-up; clinic tests carry LOINC beside JLAC10, as laboratories send them.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from pds.cli.demo import fhir
from pds.cli.demo.fhir import CHECKUP_ITEM, LAB_ITEM, LOINC, Resource
from pds.cli.demo.people import KAZUKO, KENICHI, MISAKI, Persona


@dataclass(frozen=True)
class Test:
    """One analysed quantity: codes, name, unit, printed digits, spread and limits."""

    jlac: str
    loinc: str
    name: str
    unit: str
    digits: int
    spread: float
    limits: tuple[float, float]


TESTS = {
    "hba1c": Test(
        "3D046000001906202", "4548-4", "HbA1c（NGSP）", "%", 1, 0.12, (4.6, 6.2)
    ),
    "glucose": Test(
        "3D010000001926101", "1558-6", "空腹時血糖", "mg/dL", 0, 5, (73, 109)
    ),
    "ldl": Test(
        "3F077000002327101", "13457-7", "LDLコレステロール", "mg/dL", 0, 7, (65, 163)
    ),
    "hdl": Test(
        "3F070000002327101", "2085-9", "HDLコレステロール", "mg/dL", 0, 3, (38, 103)
    ),
    "fat": Test(
        "3F015000002327101", "2571-8", "空腹時中性脂肪", "mg/dL", 0, 15, (30, 149)
    ),
    "ast": Test("3B035000002327201", "1920-8", "AST（GOT）", "U/L", 0, 2.5, (13, 30)),
    "alt": Test("3B045000002327201", "1742-6", "ALT（GPT）", "U/L", 0, 3, (7, 42)),
    "ggt": Test("3B090000002327101", "2324-2", "γ-GT（γ-GTP）", "U/L", 0, 4, (9, 64)),
    "creatinine": Test(
        "3C015000002327101",
        "2160-0",
        "血清クレアチニン",
        "mg/dL",
        2,
        0.03,
        (0.46, 1.07),
    ),
    "urate": Test(
        "3C020000002327101", "3084-1", "血清尿酸", "mg/dL", 1, 0.2, (2.6, 7.8)
    ),
    "hemoglobin": Test(
        "2A030000001930101", "718-7", "血色素量", "g/dL", 1, 0.3, (11.6, 16.8)
    ),
}
"""Every test of the demo.

`spread` is the standard deviation between two visits, `limits` what laboratories print.
"""

LEVELS: dict[str, dict[str, float]] = {
    KAZUKO.key: {
        "hba1c": 5.8,
        "glucose": 101,
        "ldl": 118,
        "hdl": 64,
        "fat": 96,
        "ast": 23,
        "alt": 17,
        "ggt": 21,
        "creatinine": 0.71,
        "urate": 4.9,
        "hemoglobin": 12.6,
    },
    KENICHI.key: {
        "hba1c": 5.7,
        "glucose": 104,
        "ldl": 139,
        "hdl": 49,
        "fat": 168,
        "ast": 27,
        "alt": 38,
        "ggt": 57,
        "creatinine": 0.86,
        "urate": 6.6,
        "hemoglobin": 15.2,
    },
    MISAKI.key: {
        "hba1c": 5.2,
        "glucose": 86,
        "ldl": 88,
        "hdl": 78,
        "fat": 54,
        "ast": 24,
        "alt": 16,
        "ggt": 14,
        "creatinine": 0.66,
        "urate": 4.1,
        "hemoglobin": 12.9,
    },
}
"""What each person's tests show on average."""

CHECKUP_MONTHS = {KAZUKO.key: 9, KENICHI.key: 6, MISAKI.key: 5}
CLINIC_TESTS = ("hba1c", "ldl", "creatinine")
CLINIC_MONTHS = (1, 4, 7, 10)


def checkup(
    rng: random.Random, persona: Persona, patient: Resource, day: date, years: float
) -> Iterator[Resource]:
    """Yield the items of one check-up of that day, `years` after the first day."""
    for code, name, value, unit in _body_items(rng, persona, years):
        concept = fhir.coding(CHECKUP_ITEM, code, name)
        yield _item(rng, patient, "exam", concept, day, value, unit)
    for key, level in LEVELS[persona.key].items():
        test = TESTS[key]
        concept = fhir.coding(CHECKUP_ITEM, test.jlac, test.name)
        value = _measure(rng, test, level)
        made = _item(rng, patient, "laboratory", concept, day, value, test.unit)
        yield {**made, "referenceRange": [_range(test)]}


def clinic_tests(
    rng: random.Random, persona: Persona, patient: Resource, day: date
) -> Iterator[Resource]:
    """Yield one clinic visit's blood tests, coded in JLAC10 and LOINC."""
    for key in CLINIC_TESTS:
        test = TESTS[key]
        concept = fhir.coding(LOINC, test.loinc, test.name)
        jlac = {"system": LAB_ITEM, "code": test.jlac, "display": test.name}
        concept["coding"].append(jlac)
        value = _measure(rng, test, LEVELS[persona.key][key])
        made = _item(rng, patient, "laboratory", concept, day, value, test.unit)
        yield {**made, "referenceRange": [_range(test)]}


def _body_items(
    rng: random.Random, persona: Persona, years: float
) -> list[tuple[str, str, float, str]]:
    body = persona.body
    weight = round(body.weight + body.weight_year * years + rng.gauss(0, 0.3), 1)
    waist = round(body.waist + body.weight_year * years + rng.gauss(0, 0.5), 1)
    systolic = round(body.systolic + body.systolic_year * years + rng.gauss(4, 4))
    diastolic = round(body.diastolic + rng.gauss(2, 3))
    index = round(weight / (body.height / 100) ** 2, 1)
    return [
        ("9N001000000000001", "身長", body.height, "cm"),
        ("9N006000000000001", "体重", weight, "kg"),
        ("9N011000000000001", "BMI", index, "kg/m2"),
        ("9N016160100000001", "腹囲（実測）", waist, "cm"),
        ("9A751000000000001", "収縮期血圧（1回目）", systolic, "mm[Hg]"),
        ("9A761000000000001", "拡張期血圧（1回目）", diastolic, "mm[Hg]"),
    ]


def _measure(rng: random.Random, test: Test, level: float) -> float:
    value = rng.gauss(level, test.spread)
    return round(value, test.digits) if test.digits else round(value)


def _range(test: Test) -> Resource:
    low, high = (fhir.quantity(limit, test.unit) for limit in test.limits)
    return {"low": low, "high": high}


def _item(
    rng: random.Random,
    patient: Resource,
    category: str,
    concept: Resource,
    day: date,
    value: float,
    unit: str,
) -> Resource:
    made = fhir.observation(rng, patient, category, concept, day.isoformat())
    made["valueQuantity"] = fhir.quantity(value, unit)
    return made
