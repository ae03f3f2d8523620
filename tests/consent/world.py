"""Fixed values of consent tests: one recipient, one bank, one set of terms."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from consent import board
from consent.board import Decision
from consent.confirmations import Confirmation
from consent.content import Evidence
from consent.contracts import ContractTerms
from consent.facts import BoardResult
from consent.notices import BankParty
from consent.recipients import RecipientProfile
from consent.terms import (
    Access,
    AccessMode,
    Afterwards,
    AfterWithdrawal,
    Benefit,
    BenefitKind,
    DataProvision,
    ProvisionForm,
    TermsDocument,
    Window,
)
from pds.core.ids import RecipientId
from pds.core.vocabulary import DetailLevel

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)
DAY = timedelta(days=1)
RECIPIENT = RecipientId("hikari-health")

PROFILE = RecipientProfile(
    recipient_id=RECIPIENT,
    name_ja="株式会社ひかりヘルス",
    name_en="Hikari Health Inc.",
    address="東京都千代田区霞が関1-1-1",
    representative="光 太郎",
    corporate_number="7000012050002",
    country="JP",
    contact="privacy@hikari.example",
)
BANK_PARTY = BankParty(
    name_ja="みらい情報銀行",
    name_en="Mirai Information Bank",
    address="東京都中央区日本橋1-1-1",
    representative="未来 花子",
    contact="0120-000-000",
    url="https://bank.example",
)
PROVISION = DataProvision(
    purpose="health.advice",
    categories=("health.activity.steps", "health.vital"),
    detail=DetailLevel.RECORD,
    window=Window(date(2025, 11, 1)),
    access=Access(AccessMode.RECURRING, NOW + 90 * DAY, 4),
    form=ProvisionForm.COPY,
    retention_days=180,
    after_withdrawal=AfterWithdrawal(Afterwards.DELETE, 30),
    country="JP",
    terms=TermsDocument("https://hikari.example/terms", "0" * 64),
    benefit=Benefit(BenefitKind.INSIGHT, "毎月の助言", "Monthly advice"),
)
CONTRACT = ContractTerms(
    purposes=("health.advice", "household.budget"),
    categories=("health.activity", "health.vital", "purchase.receipt"),
    valid_from=NOW - 30 * DAY,
    valid_until=NOW + 700 * DAY,
    retention_days=365,
)


def decision(kind, subject, version=1, **changes):
    made = Decision(
        kind=kind,
        subject_id=str(subject),
        subject_version=version,
        result=BoardResult.APPROVED,
        answers=dict.fromkeys(board.QUESTIONS, "確かめた"),
        valid_until=NOW + 600 * DAY,
    )
    return replace(made, **changes)


EVIDENCE = Evidence(
    auth_time=NOW - timedelta(minutes=1),
    acr="urn:infobank:acr:pwd",
    amr=("pwd",),
    language="ja",
    adult_from=date(2008, 4, 1),
    confirmed=tuple(Confirmation),
)
