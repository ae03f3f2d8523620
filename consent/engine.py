"""Decides whether data may go; pure and total.

`decide` asks every gate and collects every reason, so that a person, a recipient and
an auditor see the whole answer and not the first obstacle. It reads no clock, no
database and raises nothing: whatever the facts are, it answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from consent.ceilings import fetches_per_day
from consent.facts import DisclosureRequest, Facts
from consent.gates import GATES, Gate
from consent.reasons import Reason
from consent.selection import Selection, covered, select

RULE_VERSION = 9
"""Grows with every change of a gate; each decision names the version that made it.

`consent.earlier_rules` says what each version was and keeps its gates.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """Data may go, within the selection and while the fences hold.

    Attributes:
        selection: exactly what may go.
        consent_id: the consent that covers it.
        consent_version: its version.
        purpose: id of the purpose.
        retention_days: how long the recipient may keep it.
        fetches_per_day: limit that the commit must count against.
        is_once: whether this is the only fetch that the consent allows.
        counts: whether the commit must count this fetch.
        contract_id: contract in force.
        contract_version: its version.
        board_decisions: ids of the decisions that it rests on.
        rule_version: version of these rules.
    """

    selection: Selection
    consent_id: UUID
    consent_version: int
    purpose: str
    retention_days: int
    fetches_per_day: int
    is_once: bool
    counts: bool
    contract_id: UUID
    contract_version: int
    board_decisions: tuple[UUID, ...]
    rule_version: int = RULE_VERSION


@dataclass(frozen=True, slots=True)
class Deny:
    """Nothing may go; every reason, in the order of the register, none twice."""

    reasons: tuple[Reason, ...]
    rule_version: int = RULE_VERSION

    @property
    def text(self) -> str:
        """The reasons as the log writes them: codes separated by spaces."""
        return " ".join(self.reasons)


Decision = Permit | Deny

_ORDER = {reason: position for position, reason in enumerate(Reason)}


def decide(
    request: DisclosureRequest,
    facts: Facts,
    now: datetime,
    *,
    gates: Sequence[Gate] = GATES,
) -> Decision:
    """Answer a request for disclosure.

    Args:
        request: what the recipient asks for.
        facts: what is known, from one snapshot.
        now: the moment of the decision, aware.
        gates: the gates to ask; those of an earlier version to decide as it did.

    Returns:
        A permit with the exact selection, or a denial with every reason.
    """
    found = {reason for gate in gates for reason in gate(request, facts, now)}
    consent, contract = facts.consent, facts.contract
    if found or consent is None or contract is None:
        return Deny(tuple(sorted(found, key=_ORDER.__getitem__)))
    return Permit(
        selection=select(request, consent),
        consent_id=consent.consent_id,
        consent_version=consent.version,
        purpose=consent.terms.purpose,
        retention_days=consent.terms.retention_days,
        fetches_per_day=fetches_per_day(consent.terms, covered(request, consent)) or 0,
        is_once=consent.terms.access.mode == "once",
        counts=not request.continues,
        contract_id=contract.contract_id,
        contract_version=contract.version,
        board_decisions=tuple(b.decision_id for b in facts.board if b.decision_id),
    )
