"""An incident as its steps make it; pure.

    open ─contained─► contained ─final report─► reported ─close, by a second─► closed
      ▲                   └───── where nothing is to report ─────────────────────┤
      └──────────────────────────────── reopened ◄───────────────────────────────┘

Whoever wrote a report, drafted a notice or asked to close does not carry it out: a
second of staff does (four eyes).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Final
from uuid import UUID

from pds.core.clock import TOKYO
from pds.core.ids import RecipientId
from pds.oversight.incidents import facts, judging
from pds.oversight.incidents.facts import Facts
from pds.oversight.incidents.judging import (
    IncidentDuty,
    IncidentReport,
    Judgement,
    Term,
)
from pds.oversight.incidents.steps import IncidentStep, Step

_R = IncidentReport
_NEEDED: Final = {
    IncidentDuty.AUTHORITY: (_R.AUTHORITY_FIRST, _R.AUTHORITY_FINAL),
    IncidentDuty.CERTIFIER: (_R.CERTIFIER,),
    IncidentDuty.HOLDER: (_R.HOLDER,),
    IncidentDuty.PERSONS: (),
}
"""Which reports fulfil a duty; persons are told, not reported to."""
_TOLD: Final = frozenset({IncidentStep.TOLD, IncidentStep.PUBLISHED})


class IncidentState(StrEnum):
    """Where an incident stands."""

    OPEN = "open"
    CONTAINED = "contained"
    REPORTED = "reported"
    CLOSED = "closed"


@dataclass(frozen=True, kw_only=True)
class Incident:
    """An incident with everything that was done about it.

    Attributes:
        is_exercise: whether it only trains; nobody outside is told of it.
        recipient_id: the recipient in whose hands it happened, if it is one.
        knew_at: when the bank came to know; the terms count from here.
        steps: every step, oldest first; the first one opened it.
    """

    incident_id: UUID
    is_exercise: bool
    recipient_id: RecipientId | None
    knew_at: datetime
    opened_at: datetime
    steps: tuple[Step, ...]

    def last(self, *kinds: IncidentStep) -> Step | None:
        """Return the newest step of some kinds."""
        found = (each for each in reversed(self.steps) if each.step in kinds)
        return next(found, None)

    @property
    def title(self) -> str:
        """What it is called; no names of persons stand in it."""
        return str(self.steps[0].said["title"])

    @cached_property
    def facts(self) -> Facts:
        """What is known by now."""
        newest = self.last(IncidentStep.OPENED, IncidentStep.ASSESSED)
        if newest is None:
            raise AssertionError("An incident begins with facts.")
        return facts.read(newest.said["facts"])

    @cached_property
    def judgement(self) -> Judgement:
        """What it obliges to."""
        return judging.judge(self.facts, self.knew_at.astimezone(TOKYO).date())

    @property
    def contents(self) -> Mapping[str, str]:
        """The newest version of the nine contents; empty if nothing was written."""
        newest = self.last(IncidentStep.WRITTEN)
        return {} if newest is None else newest.said["contents"]

    @cached_property
    def reports(self) -> Mapping[IncidentReport, Step]:
        """The newest report to each."""
        sent = (each for each in self.steps if each.step is IncidentStep.REPORTED)
        return {IncidentReport(each.said["to"]): each for each in sent}

    @property
    def open_terms(self) -> tuple[Term, ...]:
        """The terms of reports that are not made, soonest first."""
        every = judging.terms(self.facts, self.knew_at)
        return tuple(each for each in every if each.report not in self.reports)

    @property
    def open_duties(self) -> tuple[IncidentDuty, ...]:
        """What has to be done yet."""
        return tuple(each for each in self.judgement.duties if self._is_open(each))

    @cached_property
    def state(self) -> IncidentState:
        """Where it stands."""
        contained, end = self._since_reopened()
        if end is not None:
            return IncidentState.CLOSED
        if not contained:
            return IncidentState.OPEN
        is_reported = IncidentReport.AUTHORITY_FINAL in self.reports
        return IncidentState.REPORTED if is_reported else IncidentState.CONTAINED

    @property
    def may_close(self) -> bool:
        """Whether it is contained and nothing has to be done yet."""
        is_going = self.state in (IncidentState.CONTAINED, IncidentState.REPORTED)
        return is_going and not self.open_duties

    def _is_open(self, duty: IncidentDuty) -> bool:
        if duty is IncidentDuty.PERSONS:
            return self.last(*_TOLD) is None
        return any(each not in self.reports for each in _NEEDED[duty])

    def _since_reopened(self) -> tuple[bool, Step | None]:
        is_contained, end = False, None
        for each in self.steps:
            if each.step is IncidentStep.REOPENED:
                is_contained, end = False, None
            is_contained |= each.step is IncidentStep.CONTAINED
            end = each if each.step is IncidentStep.CLOSED else end
        return is_contained, end
