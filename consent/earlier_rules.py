"""The gates of every version of the rules, so that an old decision can be run again.

- *1*: the rules of the beginning. A person below the age of decision decides nothing,
  an agent or not; periods of sums are not looked at.
- *2*: an agent answers for somebody too young; sums are of whole periods only. Criteria
  and modes of recipients are not looked at; any certificate counts.
- *3*: a mandatory criterion that lapsed stops everything; the recipient's mode bites.
- *4*: a standing *never* of the person denies, whatever was agreed.
- *5*: nothing goes to a foreign country of which nothing is known that counts.
- *6*: terms name every foreign country that the register knows of.
- *7*: a *never* about a class goes with a recipient that the bank puts into another.
- *8*: nothing goes under a text that means something else than what was read; what an
  upgrade found goes on for its transition. Nothing of one person goes to who may know
  nobody, however coarse; *via processor* needs a certified processor for each kind of
  data, and not just any.
- *9*: a recipient with an overdue duty gets nothing.

Whoever changes a gate raises `consent.engine.RULE_VERSION` and keeps here what the
version before it said.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from consent.engine import RULE_VERSION
from consent.extent import extent
from consent.facts import DisclosureRequest, Facts
from consent.gates import GATES, Gate, board, instruction, person, text
from consent.reasons import Reason
from consent.recipient_gates import (
    certificate,
    country,
    duty,
    established,
    mode,
    recipient,
)
from pds.core.clock import TOKYO
from pds.core.vocabulary import DetailLevel


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


def _recipient_2(
    request: DisclosureRequest, facts: Facts, now: datetime
) -> Iterator[Reason]:
    found = recipient(request, facts, now)
    return (each for each in found if each is not Reason.RECIPIENT_NOT_CLEARED)


def _certificate_2(
    _request: DisclosureRequest, facts: Facts, now: datetime
) -> Iterator[Reason]:
    if not facts.certificates:
        yield Reason.CERTIFICATE_MISSING
    elif all(now >= found.valid_until for found in facts.certificates):
        yield Reason.CERTIFICATE_EXPIRED


def _instruction_6(
    request: DisclosureRequest, facts: Facts, now: datetime
) -> Iterable[Reason]:
    asking = facts.recipient
    if asking is not None:
        facts = replace(facts, recipient=replace(asking, past_classes=()))
    return instruction(request, facts, now)


def _board_7(
    request: DisclosureRequest, facts: Facts, now: datetime
) -> Iterator[Reason]:
    plain = tuple(replace(found, bridged_until=None) for found in facts.board)
    yield from board(request, replace(facts, board=plain), now)


def _mode_7(
    request: DisclosureRequest, facts: Facts, now: datetime
) -> Iterator[Reason]:
    agreed = facts.consent
    detail = request.detail or (agreed.terms.detail if agreed else None)
    found = mode(request, facts, now)
    coarse = detail in (DetailLevel.MONTH, DetailLevel.ANSWER)
    return (
        each
        for each in found
        if not (coarse and each is Reason.RECIPIENT_NON_IDENTIFYING)
    )


def _certificate_7(
    request: DisclosureRequest, facts: Facts, now: datetime
) -> Iterator[Reason]:
    # Without the consent's categories any certificate that its mode counts will do.
    return certificate(request, replace(facts, consent=None), now)


_SECOND: Final[Mapping[Gate, Gate]] = {
    recipient: _recipient_2,
    _certificate_7: _certificate_2,
}
_FIRST: Final[Mapping[Gate, Gate]] = {
    **_SECOND,
    extent: _extent_1,
    person: _person_1,
}
_EIGHTH: Final = tuple(each for each in GATES if each is not duty)
_BEFORE_8: Final[Mapping[Gate, Gate]] = {
    board: _board_7,
    mode: _mode_7,
    certificate: _certificate_7,
}
_SEVENTH: Final = tuple(
    _BEFORE_8.get(each, each) for each in _EIGHTH if each is not text
)
_SIXTH: Final = tuple(_instruction_6 if e is instruction else e for e in _SEVENTH)
_FIFTH: Final = tuple(each for each in _SIXTH if each is not established)
_FOURTH: Final = tuple(each for each in _FIFTH if each is not country)
_THIRD: Final = tuple(each for each in _FOURTH if each is not _instruction_6)
_BEFORE_3: Final = tuple(each for each in _THIRD if each is not _mode_7)
GATES_OF: Final[Mapping[int, tuple[Gate, ...]]] = {
    1: tuple(_FIRST.get(each, each) for each in _BEFORE_3),
    2: tuple(_SECOND.get(each, each) for each in _BEFORE_3),
    3: _THIRD,
    4: _FOURTH,
    5: _FIFTH,
    6: _SIXTH,
    7: _SEVENTH,
    8: _EIGHTH,
    RULE_VERSION: GATES,
}
"""Gates by version, for `consent.engine.decide`."""
