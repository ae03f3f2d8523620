"""The gates of every version of the rules, so that an old decision can be run again.

- *1*: the rules of the beginning. A person below the age of decision decides nothing,
  an agent or not; periods of sums are not looked at.
- *2*: an agent answers for somebody too young; sums are of whole periods only.

Whoever changes a gate raises `consent.engine.RULE_VERSION` and keeps here what the
version before it said.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from consent.engine import RULE_VERSION
from consent.extent import extent
from consent.facts import DisclosureRequest, Facts
from consent.gates import GATES, Gate, person
from consent.reasons import Reason
from pds.core.clock import TOKYO


def _extent_1(
    request: DisclosureRequest, facts: Facts, now: datetime
) -> Iterator[Reason]:
    found = extent(request, facts, now)
    return (each for each in found if each is not Reason.PERIOD_CUT)


def _person_1(
    request: DisclosureRequest, facts: Facts, now: datetime
) -> Iterator[Reason]:
    yield from person(request, facts, now)
    found = facts.person
    if found is None or found.adult_from is None or found.agent_until is None:
        return
    if now.astimezone(TOKYO).date() < found.adult_from:
        yield Reason.UNDER_AGE


_FIRST: Final[Mapping[Gate, Gate]] = {extent: _extent_1, person: _person_1}
GATES_OF: Final[Mapping[int, tuple[Gate, ...]]] = {
    1: tuple(_FIRST.get(each, each) for each in GATES),
    RULE_VERSION: GATES,
}
"""Gates by version, for `consent.engine.decide`."""
