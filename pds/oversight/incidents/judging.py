"""What an incident obliges the bank to, from its facts; pure (A-14 to A-21, L-05).

    facts ─► grounds (special care, property, wrongful, many) ─► duties and their terms

Each ground and each duty names the rules it rests on. Nothing here decides by itself:
staff see the judgement beside the facts, and whoever corrects a fact gets a new one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from pds.core.clock import TOKYO, end_of
from pds.core.errors import Invalid
from pds.core.rules import rule_values
from pds.oversight.incidents.facts import Facts, IncidentPlace


class IncidentGround(StrEnum):
    """Why a report is due."""

    SPECIAL_CARE = "special-care"
    PROPERTY = "property"
    WRONGFUL = "wrongful"
    MANY = "many"


class IncidentDuty(StrEnum):
    """What the bank has to do about an incident."""

    AUTHORITY = "authority"
    PERSONS = "persons"
    CERTIFIER = "certifier"
    HOLDER = "holder"


class IncidentReport(StrEnum):
    """Whom a report went to, and at which stage."""

    AUTHORITY_FIRST = "authority-first"
    AUTHORITY_FINAL = "authority-final"
    CERTIFIER = "certifier"
    HOLDER = "holder"
    BOARD = "board"


GROUND_RULES: Final[Mapping[IncidentGround, tuple[str, ...]]] = MappingProxyType(
    {
        IncidentGround.SPECIAL_CARE: ("A-14", "APPI 26(1)", "7(i)"),
        IncidentGround.PROPERTY: ("A-14", "APPI 26(1)", "7(ii)"),
        IncidentGround.WRONGFUL: ("A-14", "APPI 26(1)", "7(iii)", "A-21"),
        IncidentGround.MANY: ("A-14", "APPI 26(1)", "7(iv)"),
    }
)
"""Rules of each ground; 7 is the article of the Enforcement Rules."""
DUTY_RULES: Final[Mapping[IncidentDuty, tuple[str, ...]]] = MappingProxyType(
    {
        IncidentDuty.AUTHORITY: ("A-15", "A-16", "A-17", "APPI 26(1)", "8"),
        IncidentDuty.PERSONS: ("A-18", "L-05", "APPI 26(2)", "10"),
        IncidentDuty.CERTIFIER: ("L-05", "E-08"),
        IncidentDuty.HOLDER: ("A-20", "R-13", "P-01"),
    }
)
"""Rules of each duty; 8 and 10 are articles of the Enforcement Rules."""
RELIEF_RULES: Final = ("A-19",)
"""Why nothing is due where data is protected, or pseudonymised."""

_OURS: Final = frozenset({IncidentPlace.OWN, IncidentPlace.PROCESSOR})
_MANY: Final = "incident.persons"
_ALARM: Final = "incident.first-report-from"
_FIRST: Final = "incident.first-report"
_FINAL: Final = "incident.final-report"
_FINAL_WRONGFUL: Final = "incident.final-report-wrongful"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What an incident obliges to.

    Attributes:
        grounds: why, in the order of the law; empty where no report is due.
        duties: what has to be done; empty means nothing.
        is_relieved: whether there would be grounds, but the data was protected.
    """

    grounds: tuple[IncidentGround, ...]
    duties: tuple[IncidentDuty, ...]
    is_relieved: bool


@dataclass(frozen=True, slots=True)
class Term:
    """By when a report has to be there.

    Attributes:
        alarm_at: from when staff are alarmed.
        due_at: first moment at which it is too late.
        rule_ids: ids of the values that say so.
    """

    report: IncidentReport
    alarm_at: datetime
    due_at: datetime
    rule_ids: tuple[str, ...]


def judge(facts: Facts, day: date) -> Judgement:
    """Return what an incident obliges to, by the values of the day it was known.

    Raises:
        Invalid: `incident.knew-at`; no rule is known of that day.
    """
    grounds = _grounds(facts, _value(_MANY, day).value)
    is_relieved = bool(grounds) and (facts.is_protected or facts.is_pseudonymised)
    if is_relieved:
        grounds = ()
    duties = [IncidentDuty.CERTIFIER] if facts.is_certified else []
    if grounds:
        is_ours = facts.place in _OURS
        first = IncidentDuty.AUTHORITY if is_ours else IncidentDuty.HOLDER
        duties = [first, IncidentDuty.PERSONS, *duties]
    return Judgement(grounds, tuple(duties), is_relieved)


def terms(facts: Facts, knew_at: datetime) -> tuple[Term, ...]:
    """Return by when the authority has to have its reports; empty if it needs none.

    Days are those of Japan. The day of knowing is the first, and no holiday lengthens
    a term, so the bank is never later than the strictest reading allows.

    Raises:
        Invalid: as `judge`.
    """
    day = knew_at.astimezone(TOKYO).date()
    judged = judge(facts, day)
    if IncidentDuty.AUTHORITY not in judged.duties:
        return ()
    is_wrongful = IncidentGround.WRONGFUL in judged.grounds
    alarm, first = _value(_ALARM, day), _value(_FIRST, day)
    final = _value(_FINAL_WRONGFUL if is_wrongful else _FINAL, day)
    last = _last(day, final.value)
    return (
        Term(
            IncidentReport.AUTHORITY_FIRST,
            _last(day, alarm.value),
            _last(day, first.value),
            (alarm.id, first.id),
        ),
        Term(
            IncidentReport.AUTHORITY_FINAL,
            last - timedelta(days=first.value),
            last,
            (final.id,),
        ),
    )


def _grounds(facts: Facts, many: int) -> tuple[IncidentGround, ...]:
    if facts.is_before_storage:
        # What was not stored yet is no personal data; only wrongful taking counts.
        return (IncidentGround.WRONGFUL,) if facts.is_wrongful else ()
    holds = {
        IncidentGround.SPECIAL_CARE: facts.has_special_care,
        IncidentGround.PROPERTY: facts.may_cost_money,
        IncidentGround.WRONGFUL: facts.is_wrongful,
        IncidentGround.MANY: facts.persons > many,
    }
    return tuple(ground for ground, is_there in holds.items() if is_there)


def _last(day: date, days: int) -> datetime:
    return end_of(day + timedelta(days=days - 1))


def _value(name: str, day: date) -> rule_values.RuleValue:
    try:
        return rule_values.get(name, day)
    except ValueError:
        raise Invalid("incident.knew-at", "No rule is known of that day.") from None
