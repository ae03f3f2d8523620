"""What staff have to look after in the demo world: one recipient amber, one red.

The amber one hands everything to a certified processor and owes its yearly attestation
in 40 days; the red one owes it for 45, so nothing is given to it any more.
"""

from dataclasses import replace
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from audit.work import Work
from consent import certificates, processors, recipients
from consent.modes import RecipientMode
from consent.processors import ProcessorProfile
from consent.vetting import checks
from consent.vetting.checks import Check, CheckResult
from pds.cli.demo import standing
from pds.cli.demo.organisations import BUDGET, COACH, Organisation
from pds.cli.demo.standing import OPERATOR, BankSide
from pds.core.ids import RecipientId

PHARMACY: Final = replace(
    COACH,
    key="pharmacy",
    recipient_id="machikado-pharmacy",
    recipient_class="pharmacy",
    name={"ja": "まちかど薬局株式会社", "en": "Machikado Pharmacy Inc."},
    corporate_number="5999900000103",
    address="愛知県名古屋市中区架空町3-3",
    representative="架空 次郎",
    contact="privacy@machikado-pharmacy.example.jp",
)
TRAVEL: Final = replace(
    BUDGET,
    key="travel",
    recipient_id="hidamari-travel",
    recipient_class="retail",
    name={"ja": "ひだまり旅行株式会社", "en": "Hidamari Travel Inc."},
    corporate_number="4999900000104",
    address="北海道札幌市中央区架空町4-4",
    representative="架空 三郎",
    contact="privacy@hidamari-travel.example.jp",
)
_SUPERVISION: Final = "processors"
_STORAGE: Final = ProcessorProfile(
    name_ja="かさねクラウド株式会社",
    name_en="Kasane Cloud Inc.",
    corporate_number="3999900000105",
    country="JP",
    task_ja="受け取ったデータの保管",
    task_en="keeping of the data received",
    categories=("health", "purchase"),
    contract_day=date(2026, 4, 1),
)
_HOSTING: Final = replace(
    _STORAGE,
    name_ja="みどりデータセンター株式会社",
    name_en="Midori Data Centre Inc.",
    corporate_number="2999900000106",
    task_ja="暗号化されたデータを置く設備の運用",
    task_en="running the machines that hold encrypted data",
)


def supervise(work: Work, side: BankSide) -> None:
    """Enter processors, and two recipients that have to be looked after."""
    processors.enter(work, None, _HOSTING, actor=OPERATOR)
    _outsource(work, _id(COACH))
    for each, days in ((PHARMACY, 40), (TRAVEL, -45)):
        standing.admit(work, each, side)
        due = work.now + timedelta(days=days)
        recipients.set_attest_by(work, _id(each), due)
        checks.clear(work, _id(each))
    _hand_over(work, _id(PHARMACY))


def _hand_over(work: Work, recipient_id: RecipientId) -> None:
    """Let a certified processor handle everything for a recipient (R-04)."""
    firm = _outsource(work, recipient_id)
    certificates.add(
        work,
        recipient_id,
        kind="isms",
        number="ISMS-990005",
        valid_until=work.now + timedelta(days=400),
        actor=OPERATOR,
        processor_id=firm,
    )
    reason = "薬局に専任の担当者がいないため"
    mode = RecipientMode.VIA_PROCESSOR
    recipients.set_mode(work, recipient_id, mode, reason, actor=OPERATOR)


def _outsource(work: Work, recipient_id: RecipientId) -> UUID:
    """Enter a processor and say that the recipient supervises it."""
    firm = processors.enter(work, recipient_id, _STORAGE, actor=OPERATOR)
    found = Check(
        criterion=_SUPERVISION,
        result=CheckResult.MET,
        valid_until=work.now + timedelta(days=364),
    )
    checks.record(work, recipient_id, [found], actor=OPERATOR)
    return firm


def _id(organisation: Organisation) -> RecipientId:
    return RecipientId(organisation.recipient_id)
