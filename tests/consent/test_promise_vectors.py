"""The bytes that recipients sign are those that the specification shows."""

import json
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from consent import benefit_statements, duty_answers
from consent.benefit_record import BenefitAnswer, BenefitState, PromisedBenefit
from consent.duty_record import Duty, DutyKind, DutyState
from consent.terms import BenefitKind
from pds.core.clock import from_millis
from pds.core.ids import ConsentId, OwnerId
from tests.consent.world import NOW, RECIPIENT

VECTOR = json.loads(
    (Path(__file__).parents[1] / "vectors" / "promises" / "statements.json").read_text(
        encoding="utf-8"
    )
)
AT = from_millis(1_795_402_800_000)
DUTY = Duty(
    owner=OwnerId(UUID(int=1)),
    duty_id=UUID("01a2062d-e200-7000-8000-000000000002"),
    consent_id=ConsentId(UUID("01a2062d-e200-7000-8000-000000000001")),
    recipient_id=RECIPIENT,
    kind=DutyKind.DELETE,
    state=DutyState.OPEN,
    opened_at=NOW,
    due_at=NOW,
    reminded_at=None,
    done_at=None,
    version=1,
    generation=1,
    envelope=b"",
)
BENEFIT = PromisedBenefit(
    owner=DUTY.owner,
    benefit_id=UUID("01a2062d-e200-7000-8000-000000000003"),
    consent_id=DUTY.consent_id,
    recipient_id=RECIPIENT,
    kind=BenefitKind.INSIGHT,
    state=BenefitState.DUE,
    answer=BenefitAnswer.NONE,
    promised_at=NOW,
    due_at=NOW,
    delivered_at=None,
    version=1,
    generation=1,
    envelope=b"",
)


def test_a_deletion_is_attested_by_these_bytes():
    vector = VECTOR["delete"]
    assert duty_answers.payload(DUTY, AT).decode() == vector["payload"]
    assert duty_answers.TYPES[DutyKind.DELETE] == vector["typ"]


def test_uses_are_reported_by_these_bytes():
    vector, report = VECTOR["report"], replace(DUTY, kind=DutyKind.REPORT)
    said = duty_answers.payload(report, AT, ["毎月の助言"])
    assert said.decode() == vector["payload"]
    assert duty_answers.TYPES[DutyKind.REPORT] == vector["typ"]


def test_a_delivery_is_told_by_these_bytes():
    vector = VECTOR["benefit"]
    assert benefit_statements.payload(BENEFIT, AT).decode() == vector["payload"]
    assert vector["typ"] == benefit_statements.TYP
