"""What the operator has to keep public about itself, in versions (A-24, APPI 32).

Facts are the operator's own words: the programme invents none, and one that was not
entered is shown as missing. A version never changes; entering facts makes the next.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import insert, select

from audit.canonical import canonical, parse_canonical
from audit.work import Work
from consent.policy import record_policy
from pds.core.database import Snapshot
from pds.core.errors import Invalid
from pds.core.vocabulary.words import LANGUAGES
from pds.oversight.public_tables import operator_facts

VERSION: Final = 1
LONGEST: Final = 4_000
"""Characters of the longest fact."""


class Fact(StrEnum):
    """What has to be said."""

    NAME = "name"
    ADDRESS = "address"
    REPRESENTATIVE = "representative"
    PURPOSES = "purposes"
    PROCEDURES = "procedures"
    FEES = "fees"
    COMPLAINT_DESK = "complaint-desk"
    CERTIFICATION_BODY = "certification-body"
    SAFETY_MEASURES = "safety-measures"
    STAFF_ACCESS = "staff-access"


Facts = Mapping[Fact, Mapping[str, str]]
"""For each fact the words by language; one that is not said is left out."""


@dataclass(frozen=True, slots=True)
class Entered:
    """A version of the facts.

    Attributes:
        version: from 1.
        entered_at: since when it is public.
    """

    version: int
    facts: Facts
    entered_at: datetime


def current(snap: Snapshot) -> Entered | None:
    """Return the version that is public; None before the first."""
    return next(iter(every(snap)), None)


def every(snap: Snapshot) -> list[Entered]:
    """Return all versions, newest first."""
    c = operator_facts.c
    query = select(c.version, c.body, c.entered_at).order_by(c.version.desc())
    return [
        Entered(row.version, decode(row.body.encode()), row.entered_at)
        for row in snap.connection.execute(query)
    ]


def missing(snap: Snapshot) -> list[Fact]:
    """Return what nobody has entered yet."""
    found = current(snap)
    return [each for each in Fact if found is None or each not in found.facts]


def enter(work: Work, facts: Facts, *, actor: str) -> int:
    """Publish the next version and return its number.

    Raises:
        Invalid: `facts.language`; a fact is said in one language only, or too long.
    """
    for said in facts.values():
        texts = [said.get(each, "") for each in LANGUAGES]
        if not all(texts) or any(len(each) > LONGEST for each in texts):
            raise Invalid("facts.language", "A fact needs both languages.")
    last = current(work)
    version = last.version + 1 if last else 1
    row = {
        "version": version,
        "body": encode(facts).decode(),
        "entered_by": actor,
        "entered_at": work.now,
    }
    work.connection.execute(insert(operator_facts).values(**row))
    record_policy(work, "facts.entered", actor=actor, about=str(version))
    return version


def encode(facts: Facts) -> bytes:
    """Return the canonical JSON of facts; docs/formats/public.md."""
    written = {fact.value: dict(said) for fact, said in facts.items()}
    return canonical({"v": VERSION, "facts": written})


def decode(data: bytes) -> Facts:
    """Read the canonical JSON of facts.

    Raises:
        VerificationError: it is not canonical.
        ValueError: it is of another version or names an unknown fact.
    """
    read = parse_canonical(data)
    if read["v"] != VERSION:
        raise ValueError("The facts are of another version.")
    return {Fact(name): said for name, said in read["facts"].items()}
