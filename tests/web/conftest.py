"""A bank with one account of each role, and its application."""

import json
import shutil
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from flask import Flask

from consent import (
    board,
    board_members,
    board_proposals,
    board_votes,
    certificates,
    notices,
    recipients,
    service,
)
from consent.board_proposals import ProposalState
from consent.board_rule import Vote
from consent.content import Evidence
from consent.contracts import ContractTerms
from consent.facts import BoardResult, BoardSubjectKind
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
from pds.accounts import passwords
from pds.accounts import service as accounts
from pds.accounts.logins import PEPPER
from pds.accounts.roles import Role
from pds.accounts.service import SignUp
from pds.bank.bank import Bank
from pds.bank.party import party
from pds.core.ids import OwnerId, RecipientId
from pds.core.settings import Settings
from pds.core.vocabulary import DetailLevel
from pds.intake import plan
from pds.intake import service as intake
from pds.web.app import create_app
from tests import clearing
from tests.board import RULE, approve_texts, carry, seat
from tests.web.portal import PASSWORD, Page, Portal

RECIPIENT = "genki-lab"
BOARD = ("member", "second", "third")
BORN = date(1980, 5, 5)
_HASHES: dict[str, str] = {}
_CHEAP = "$argon2id$v=19$m=64,t=1,p=1$"


@pytest.fixture(autouse=True)
def _hashing_is_cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages do not depend on what a hash costs; tests/accounts hold the real cost."""
    monkeypatch.setattr(passwords, "_MEMORY_KIB", 64)
    monkeypatch.setattr(passwords, "_PASSES", 1)
    monkeypatch.setattr(passwords, "_PROFILE", _CHEAP)
    monkeypatch.setattr(passwords, "_NOBODY", f"{_CHEAP}{'A' * 22}${'A' * 43}")


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """Pages are tried on SQLite; what lies below them is tried on both databases."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    shutil.copy(sqlite_template, folder / "infobank.db")
    return f"sqlite:///{folder / 'infobank.db'}"


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings.from_environment(
        {
            "INFOBANK_DATA_DIR": str(tmp_path / "data"),
            "INFOBANK_KEY_DIR": str(tmp_path / "keys"),
            "INFOBANK_DATABASE_URL": database_url,
            "INFOBANK_MAX_UPLOAD_BYTES": "100000",
            "INFOBANK_MAX_ARCHIVE_BYTES": "300000",
        }
    )


@pytest.fixture
def app(bank: Bank) -> Flask:
    return create_app(bank)


def sign_up(bank: Bank, login: str, role: Role = Role.PERSON) -> OwnerId:
    # Hashing is slow on purpose, so one hash of each cost serves all accounts.
    cost = passwords._PROFILE
    if cost not in _HASHES:
        _HASHES[cost] = passwords.hash_password(PASSWORD, bank.ids)
    wish = SignUp(
        login=login,
        password_hash=_HASHES[cost],
        name=login.title(),
        birth_date=BORN if role is Role.PERSON else None,
        role=role,
        recipient_id=RecipientId(RECIPIENT) if role is Role.RECIPIENT else None,
    )
    pepper = bank.secret(PEPPER)
    return OwnerId(bank.unit_of_work(lambda work: accounts.sign_up(work, pepper, wish)))


@pytest.fixture
def hanako(bank: Bank) -> OwnerId:
    return sign_up(bank, "hanako")


@pytest.fixture
def portal(app: Flask) -> Callable[..., Portal]:
    """Make a visitor: a stranger, or one of a role, logged in."""

    def made(login: str = "", language: str = "en") -> Portal:
        visitor = Portal(app.test_client(), language)
        if login:
            visitor.log_in(login)
        return visitor

    return made


@pytest.fixture
def person(hanako: OwnerId, portal: Callable[..., Portal]) -> Portal:
    return portal("hanako")


@pytest.fixture
def operator(bank: Bank, portal: Callable[..., Portal]) -> Portal:
    sign_up(bank, "staff", Role.OPERATOR)
    return portal("staff")


@pytest.fixture
def member(bank: Bank, portal: Callable[..., Portal]) -> Portal:
    accounts = [sign_up(bank, name, Role.BOARD) for name in BOARD]
    bank.unit_of_work(lambda work: carry(work, RULE, seat(work, accounts=accounts)))
    return portal("member")


def board_agrees(bank: Bank) -> None:
    """Let the others of the board agree to whatever is open."""

    def act(work):
        members = board_members.sitting_members(work)
        for proposal in board_proposals.still_open(work):
            for each in members:
                open_ = board_proposals.get(work, proposal.proposal_id)
                is_open = open_.state is ProposalState.OPEN
                if is_open and each.member_id != proposal.proposed_by:
                    voter = each.nomination.account_id
                    board_votes.vote(
                        work, proposal.proposal_id, Vote.YES, "", account_id=voter
                    )

    bank.unit_of_work(act)


@pytest.fixture
def auditor(bank: Bank, portal: Callable[..., Portal]) -> Portal:
    sign_up(bank, "auditor", Role.AUDITOR)
    return portal("auditor")


def queue(staff: Portal, address: str) -> list[Page]:
    """Return every page of a queue, as a member of staff who reads on and on."""
    pages = [staff.get(address)]
    while True:
        onward = [
            each
            for each in pages[-1].links
            if each.startswith(f"{address}?after=") and "lang=" not in each
        ]
        if not onward:
            return pages
        pages.append(staff.get(onward[0]))


def weight(number: int, day: str, kilograms: str) -> str:
    return json.dumps(
        {
            "resourceType": "Observation",
            "id": f"w{number}",
            "status": "final",
            "code": {
                "coding": [
                    {
                        "system": "http://loinc.org",
                        "code": "29463-7",
                        "display": "Body weight",
                    }
                ]
            },
            "effectiveDateTime": day,
            "valueQuantity": {
                "value": float(kilograms),
                "unit": "kg",
                "system": "http://unitsofmeasure.org",
                "code": "kg",
            },
        }
    )


def weights(count: int) -> bytes:
    start = date(2026, 1, 1)
    lines = [
        weight(n, (start + timedelta(days=n)).isoformat(), f"{60 + n / 10:.1f}")
        for n in range(count)
    ]
    return "\n".join(lines).encode()


@pytest.fixture
def records(bank: Bank, hanako: OwnerId) -> int:
    """120 weights of hanako, a day each."""
    read = plan.read(weights(120), "application/fhir+ndjson", now=bank.clock.now())
    return intake.run(bank.vault, bank, hanako, read).accepted


def profile(recipient_id: str = RECIPIENT) -> RecipientProfile:
    return RecipientProfile(
        recipient_id=recipient_id,
        name_ja="元気ラボ株式会社",
        name_en="Genki Lab Inc.",
        address="東京都千代田区1-1",
        representative="山田太郎",
        corporate_number="7000012050002",
        country="JP",
        contact="privacy@example.jp",
    )


@pytest.fixture
def recipient(bank: Bank) -> str:
    """A recipient with everything that it needs."""

    def act(work):
        approve_texts(work)
        recipients.register(work, profile(), actor="test")
        terms = ContractTerms(
            purposes=("health.advice",),
            categories=("health.vital",),
            valid_from=work.now - timedelta(days=1),
            valid_until=work.now + timedelta(days=400),
            retention_days=90,
        )
        signed = clearing.contract(work, RECIPIENT, terms)
        certificates.add(
            work,
            RECIPIENT,
            kind="isms",
            number="IS 1",
            valid_until=work.now + timedelta(days=300),
            actor="test",
        )
        approve = partial(decision, until=work.now + timedelta(days=200))
        kind = BoardSubjectKind
        board.decide(work, approve(kind.RECIPIENT, RECIPIENT), actor="test")
        board.decide(work, approve(kind.CONTRACT, str(signed)), actor="test")
        clearing.approve(work, RECIPIENT)

    bank.unit_of_work(act)
    return RECIPIENT


def decision(kind: BoardSubjectKind, name: str, until: datetime) -> board.Decision:
    return board.Decision(
        kind=kind,
        subject_id=name,
        subject_version=1,
        result=BoardResult.APPROVED,
        answers=dict.fromkeys(board.QUESTIONS, "looked at"),
        valid_until=until,
    )


def provision(now: datetime) -> DataProvision:
    until = (now + timedelta(days=90)).replace(microsecond=0)
    return DataProvision(
        purpose="health.advice",
        categories=("health.vital.blood-pressure", "health.vital.weight"),
        detail=DetailLevel.RECORD,
        window=Window(date(2026, 1, 1)),
        access=Access(AccessMode.RECURRING, until),
        form=ProvisionForm.COPY,
        retention_days=30,
        after_withdrawal=AfterWithdrawal(Afterwards.DELETE, 30),
        country="JP",
        terms=TermsDocument("https://genki.example/terms", "ab" * 32),
        benefit=Benefit(BenefitKind.POINTS, "毎月100ポイント", "100 points a month"),
    )


@pytest.fixture
def consent(bank: Bank, hanako: OwnerId, recipient: str) -> str:
    """The id of a consent of hanako that is in force."""
    terms = provision(bank.clock.now())

    def act(work):
        asked = service.request(work, hanako, recipient, terms)
        notice = notices.compose(terms, profile(), party(bank.settings))
        evidence = Evidence(
            auth_time=work.now,
            acr="aal1",
            amr=("pwd",),
            language="en",
            adult_from=date(1998, 5, 5),
        )
        given = service.give(
            work,
            hanako,
            asked.consent.consent_id,
            terms,
            notice=notices.keep(work, notice),
            evidence=evidence,
        )
        return str(given.consent.consent_id)

    return bank.unit_of_work(act)
