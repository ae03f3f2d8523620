"""The whole demo world as files, the way persons would receive them from sources."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from pds.cli.demo import checkups, fhir, treatment
from pds.cli.demo.fhir import Resource
from pds.cli.demo.invoices import invoice
from pds.cli.demo.people import KAZUKO, PERSONAS, Persona
from pds.cli.demo.receipts import receipt
from pds.cli.demo.shopping import purchases
from pds.cli.demo.vitals import Diary
from pds.core.clock import month_after

SEED = 20260401
DAYS = 730
"""Length of the world in days: two years."""

_INVOICING_SHOP = "catalogue"


@dataclass(frozen=True)
class DemoFile:
    """One file that a person deposits.

    `media_type` is what a browser or a source would declare for it.
    """

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class DemoPerson:
    """A persona and the files of two years."""

    persona: Persona
    files: tuple[DemoFile, ...]


def build(
    last_day: date, *, days: int = DAYS, seed: int = SEED
) -> tuple[DemoPerson, ...]:
    """Return the three persons with everything of the days up to `last_day`, included.

    The same arguments give the same bytes.
    """
    first_day = last_day - timedelta(days=days - 1)
    return tuple(
        DemoPerson(persona, tuple(_files(persona, seed, first_day, last_day)))
        for persona in PERSONAS
    )


def patient(persona: Persona, rng: random.Random) -> Resource:
    """Return the Patient resource by which sources know the person."""
    return {
        "resourceType": "Patient",
        "id": fhir.resource_id(rng),
        "name": [{"use": "official", "text": persona.name}],
        "gender": persona.gender,
        "birthDate": persona.born.isoformat(),
    }


def _files(
    persona: Persona, seed: int, first_day: date, last_day: date
) -> Iterator[DemoFile]:
    rng = random.Random(f"{seed}:{persona.key}")  # noqa: S311 - believable, not secret
    known = patient(persona, rng)
    diary = Diary(persona, known, first_day, last_day)
    lines = [_json(each) for each in diary.write(rng)]
    yield DemoFile(
        "home-measurements.ndjson", "application/fhir+ndjson", b"\n".join(lines) + b"\n"
    )
    treated = [known, *_clinic(rng, persona, known, first_day, last_day)]
    yield DemoFile("clinic.json", "application/fhir+json", _json(fhir.bundle(treated)))
    bought = list(purchases(rng, persona, first_day, last_day))
    tills = [receipt(x) for x in bought if x.shop.key != _INVOICING_SHOP]
    yield DemoFile("receipts.json", "application/json", _json(tills))
    for one in bought:
        if one.shop.key == _INVOICING_SHOP:
            name = f"invoice-{one.number}.xml"
            yield DemoFile(name, "application/xml", invoice(one).encode())


def _clinic(
    rng: random.Random,
    persona: Persona,
    known: Resource,
    first_day: date,
    last_day: date,
) -> Iterator[Resource]:
    for number, day in enumerate(_visits(rng, first_day, last_day)):
        years = (day - first_day).days / 365.25
        if day.month == checkups.CHECKUP_MONTHS[persona.key]:
            yield from checkups.checkup(rng, persona, known, day, years)
        if persona.key == KAZUKO.key and day.month in checkups.CLINIC_MONTHS:
            yield from checkups.clinic_tests(rng, persona, known, day)
        yield from treatment.prescriptions(rng, persona, known, day)
        yield from treatment.vaccinations(rng, persona, known, day, number)


def _visits(rng: random.Random, first_day: date, last_day: date) -> Iterator[date]:
    month = first_day.replace(day=1)
    while month <= last_day:
        day = month.replace(day=rng.randrange(5, 26))
        if first_day <= day <= last_day:
            yield day
        month = month_after(month)


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
