"""The demo world's mandate: terms in force, and what one person entrusts by them.

The acts are those of the pages of operator, board and person.
"""

from datetime import timedelta
from typing import Final
from uuid import UUID

from audit.work import Work
from consent import instruction_register, mandate_terms, mandates
from consent.content import Evidence
from consent.facts import BoardSubjectKind
from consent.instructions import Bounds, Stance, StandingInstruction
from consent.terms import ProvisionForm
from pds.accounts import service
from pds.cli.demo import ethics_board
from pds.core.clock import TOKYO
from pds.core.ids import OwnerId
from pds.core.vocabulary import DetailLevel, Sensitivity, categories

OPERATOR: Final = "demo-operator"
_NEW: Final = UUID(int=0)


def publish_terms(work: Work) -> None:
    """Bring the first version of the terms into force, today."""
    version = mandate_terms.draft(work, mandate_terms.suggested(), actor=OPERATOR)
    ethics_board.approve(work, BoardSubjectKind.MANDATE_TERMS, str(version), version)
    today = work.now.astimezone(TOKYO).date()
    mandate_terms.publish(work, version, today, notice_days=0, actor=OPERATOR)


def entrust(work: Work, owner: OwnerId) -> None:
    """Let a person accept the terms, allow something and forbid something."""
    adult_from = service.adult_from(work, work.keys, owner)
    if adult_from is None:
        raise AssertionError("The persons of the demo world have a day of birth.")
    known = Evidence(
        auth_time=work.now,
        acr="urn:infobank:acr:pwd",
        amr=("pwd",),
        language="ja",
        adult_from=adult_from,
    )
    mandates.accept(work, owner, 1, known)
    for wish in (_allow(work), _never(work)):
        instruction_register.save(work, owner, wish)


def _allow(work: Work) -> StandingInstruction:
    return StandingInstruction(
        instruction_id=_NEW,
        version=1,
        stance=Stance.ALLOW,
        recipient_classes=("wellness",),
        recipients=(),
        purposes=("health.advice",),
        categories=("health.activity", "health.sleep", "health.vital"),
        vocabulary=categories.VERSION,
        made_at=work.now,
        bounds=Bounds(
            sensitivity=Sensitivity.HEALTH_GENERAL,
            detail=DetailLevel.RECORD,
            window_days=365,
            retention_days=180,
            validity_days=180,
            forms=(ProvisionForm.COPY,),
            countries=("JP",),
        ),
        until=work.now + timedelta(days=360),
    )


def _never(work: Work) -> StandingInstruction:
    return StandingInstruction(
        instruction_id=_NEW,
        version=1,
        stance=Stance.NEVER,
        recipient_classes=("insurer",),
        recipients=(),
        purposes=(),
        categories=(),
        vocabulary=categories.VERSION,
        made_at=work.now,
    )
