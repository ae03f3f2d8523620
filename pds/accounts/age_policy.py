"""From which age a person decides alone: rules, each with its first day (V-01, V-02).

The rules stand among the values of law (`pds.core.rules.rule_values`). The rule of a
day is the newest verified one that is in force then. A rule whose day is not known
never applies: whoever runs the bank enters the day, and the source, when a law is in
force. Full age (`FULL_AGE`) is a thing of its own: with it a guardian's power ends.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from pds.core.rules import rule_values

FULL_AGE: Final = rule_values.settled("age.majority")
"""Age of majority in Japan (Civil Code, article 4, since 1 April 2022)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeRule:
    """One rule.

    Attributes:
        id: its stable id.
        decides_from: age from which a person decides about consents alone.
        in_force_from: its first day; None while nobody knows it.
        source: where it stands.
        is_verified: whether somebody has read the text in force.
    """

    id: str
    decides_from: int
    in_force_from: date | None
    source: str
    is_verified: bool


RULES: Final = tuple(
    AgeRule(
        id=each.id,
        decides_from=each.value,
        in_force_from=each.in_force_from,
        source=each.source,
        is_verified=each.is_verified,
    )
    for each in rule_values.ALL
    if each.name == "age.decides-alone"
)
"""Every rule, oldest first."""


def rule(day: date, rules: tuple[AgeRule, ...] = RULES) -> AgeRule:
    """Return the rule of a day.

    Raises:
        ValueError: no rule is in force on this day.
    """
    found = [
        (each.in_force_from, each)
        for each in rules
        if each.is_verified
        and each.in_force_from is not None
        and each.in_force_from <= day
    ]
    if not found:
        raise ValueError("No rule of age is in force on this day.")
    return max(found, key=lambda pair: pair[0])[1]
