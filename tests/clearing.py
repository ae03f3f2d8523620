"""Brings a recipient through everything that an approval asks for."""

from datetime import timedelta

from consent import contract_drafting, contract_signing
from consent.criteria import recipient_criteria
from consent.vetting import checks, onboarding, papers, standings
from consent.vetting.checks import Check, CheckResult
from consent.vetting.steps import SuspensionReason
from pds.crypto.statement import StatementKey
from tests.consent.world import BANK_PARTY

PAPER = b"%PDF-1.7 looked at"


def met(work, recipient_id, until=None):
    """Return an answer to every mandatory criterion, with one paper for all."""
    paper_id = papers.keep(work, recipient_id, papers.read(PAPER))
    return [
        Check(
            criterion=name,
            result=CheckResult.MET,
            valid_until=until or work.now + timedelta(days=366),
            paper_id=paper_id,
        )
        for name in recipient_criteria.CURRENT.mandatory
    ]


def clear(work, recipient_id, until=None):
    """Meet every mandatory criterion."""
    checks.record(work, recipient_id, met(work, recipient_id, until), actor="operator")


def approve(work, recipient_id, until=None):
    """Meet every criterion and approve; certificate and decision are there."""
    clear(work, recipient_id, until)
    onboarding.approve(work, recipient_id, actor="operator")


def suspend(work, recipient_id):
    """Suspend after an incident."""
    standings.suspend(
        work, recipient_id, SuspensionReason.INCIDENT, actor="operator", note="leak"
    )


def fail(work, recipient_id, criterion="complaints"):
    """Find that a mandatory criterion is no longer met."""
    found = Check(
        criterion=criterion,
        result=CheckResult.NOT_MET,
        valid_until=work.now + timedelta(days=30),
        reason="Nobody answers.",
    )
    checks.record(work, recipient_id, [found], actor="operator")


def contract(work, recipient_id, terms):
    """Put a contract in force, signed by both."""
    contract_id = contract_drafting.draft(
        work, recipient_id, terms, bank=BANK_PARTY, actor="operator"
    )
    sign(work, contract_id)
    return contract_id


def amend(work, contract_id, terms):
    """Put a new version in force, signed by both."""
    version = contract_drafting.amend(
        work, contract_id, terms, bank=BANK_PARTY, actor="operator"
    )
    sign(work, contract_id)
    return version


def sign(work, contract_id):
    """Let both parties sign what was written last, the recipient on paper."""
    contract_signing.offer(work, contract_id, StatementKey(bytes(32)), actor="operator")
    scan = papers.read(PAPER)
    contract_signing.accept_paper(work, contract_id, "光 太郎", scan, actor="operator")
