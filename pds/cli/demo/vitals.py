"""Two years of home measurements of one person, as FHIR Observations.

Blood pressure rises in winter, weight after the new-year holidays, steps fall in the
rainy season and the hottest weeks; noise and forgotten days make it look lived.
"""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from pds.cli.demo import fhir
from pds.cli.demo.fhir import LOINC, Resource
from pds.cli.demo.people import Persona

_DAYS_IN_YEAR = 365.25
_COLDEST_DAY = 20
_SATURDAY = 5
_RAINY_MONTHS = (6, 7)
_HOTTEST_MONTH = 8

PRESSURE = fhir.coding(LOINC, "85354-9", "血圧")
SYSTOLIC = fhir.coding(LOINC, "8480-6", "収縮期血圧")
DIASTOLIC = fhir.coding(LOINC, "8462-4", "拡張期血圧")
PULSE = fhir.coding(LOINC, "8867-4", "脈拍")
WEIGHT = fhir.coding(LOINC, "29463-7", "体重")
TEMPERATURE = fhir.coding(LOINC, "8310-5", "体温")
OXYGEN = fhir.coding(LOINC, "59408-5", "経皮的酸素飽和度")
STEPS = fhir.coding(LOINC, "41950-7", "1日の歩数")
SLEEP = fhir.coding(LOINC, "93832-4", "睡眠時間")


def winter(day: date) -> float:
    """Return 1 in the coldest days of January and -1 in the hottest of July."""
    since = day.timetuple().tm_yday - _COLDEST_DAY
    return math.cos(2 * math.pi * since / _DAYS_IN_YEAR)


@dataclass(frozen=True)
class Diary:
    """Writes what a person's devices recorded between two days, both included."""

    persona: Persona
    patient: Resource
    first_day: date
    last_day: date

    def write(self, rng: random.Random) -> Iterator[Resource]:
        """Yield the Observations in the order in which they were made."""
        day = self.first_day
        while day <= self.last_day:
            yield from self._one_day(rng, day)
            day += timedelta(days=1)

    def _one_day(self, rng: random.Random, day: date) -> Iterator[Resource]:
        habits = self.persona.habits
        yield self._sleep(rng, day)
        if rng.random() < habits.pressure_morning:
            yield from self._pressure(rng, day, habits.wakes_at, raised=3)
        if rng.random() < habits.weighs:
            yield self._weight(rng, day)
        if rng.random() < habits.takes_temperature:
            value = rng.gauss(self.persona.body.temperature, 0.18)
            yield self._simple(rng, day, TEMPERATURE, round(value, 1), "Cel")
        if rng.random() < habits.takes_oxygen:
            value = min(100, round(rng.gauss(self.persona.body.oxygen, 0.7)))
            yield self._simple(rng, day, OXYGEN, value, "%")
        if rng.random() < habits.pressure_evening:
            yield from self._pressure(rng, day, 21, raised=-2)
        yield self._steps(rng, day)

    def _years(self, day: date) -> float:
        return (day - self.first_day).days / _DAYS_IN_YEAR

    def _pressure(
        self, rng: random.Random, day: date, hour: int, *, raised: float
    ) -> Iterator[Resource]:
        body = self.persona.body
        drift = body.systolic_year * self._years(day) + raised
        swing = drift + body.winter_systolic * winter(day) + rng.gauss(0, 5)
        systolic = round(body.systolic + swing)
        diastolic = round(body.diastolic + swing * 0.5 + rng.gauss(0, 3))
        when = fhir.moment(day, hour, rng.randrange(5, 55))
        made = fhir.observation(rng, self.patient, "vital-signs", PRESSURE, when)
        made["component"] = [
            {"code": SYSTOLIC, "valueQuantity": fhir.quantity(systolic, "mm[Hg]")},
            {"code": DIASTOLIC, "valueQuantity": fhir.quantity(diastolic, "mm[Hg]")},
        ]
        made["device"] = {"display": "上腕式血圧計"}
        yield made
        beats = fhir.observation(rng, self.patient, "vital-signs", PULSE, when)
        rate = round(rng.gauss(body.pulse, 4))
        beats["valueQuantity"] = fhir.quantity(rate, "/min")
        yield beats

    def _weight(self, rng: random.Random, day: date) -> Resource:
        body = self.persona.body
        drift = body.weight_year * self._years(day)
        value = body.weight + drift + 0.7 * winter(day) + rng.gauss(0, 0.3)
        made = self._simple(rng, day, WEIGHT, round(value, 1), "kg")
        made["device"] = {"display": "体重計"}
        return made

    def _simple(
        self, rng: random.Random, day: date, code: Resource, value: float, unit: str
    ) -> Resource:
        hour = self.persona.habits.wakes_at
        when = fhir.moment(day, hour, rng.randrange(5, 55))
        made = fhir.observation(rng, self.patient, "vital-signs", code, when)
        made["valueQuantity"] = fhir.quantity(value, unit)
        return made

    def _steps(self, rng: random.Random, day: date) -> Resource:
        habits = self.persona.habits
        weekend = day.weekday() >= _SATURDAY
        mean = habits.steps_weekend if weekend else habits.steps_weekday
        if day.month in _RAINY_MONTHS:
            mean = round(mean * 0.88)
        elif day.month == _HOTTEST_MONTH:
            mean = round(mean * 0.8)
        if rng.random() < habits.exercises:
            mean += rng.randrange(2500, 7000)
        value = max(180, round(rng.gauss(mean, mean * 0.23)))
        made = fhir.observation(rng, self.patient, "activity", STEPS, day.isoformat())
        made["valueQuantity"] = fhir.quantity(value, "{steps}")
        made["device"] = {"display": "スマートフォン"}
        return made

    def _sleep(self, rng: random.Random, day: date) -> Resource:
        habits = self.persona.habits
        rest = 0.7 if day.weekday() >= _SATURDAY else 0.0
        hours = min(10.5, max(3.2, rng.gauss(habits.sleep + rest, 0.7)))
        minutes = round(hours * 60)
        end_minute = rng.randrange(0, 50)
        start = day_start_minus(day, habits.wakes_at * 60 + end_minute - minutes)
        period = {
            "start": start,
            "end": fhir.moment(day, habits.wakes_at, end_minute),
        }
        made = fhir.observation(rng, self.patient, "activity", SLEEP, period)
        made["valueQuantity"] = fhir.quantity(round(minutes / 60, 2), "h")
        made["device"] = {"display": "スマートウォッチ"}
        return made


def day_start_minus(day: date, minutes: int) -> str:
    """Return the dateTime `minutes` after midnight of `day`; may be the day before."""
    if minutes < 0:
        minutes += 24 * 60
        day -= timedelta(days=1)
    return fhir.moment(day, *divmod(minutes, 60))
