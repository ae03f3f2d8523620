"""A small ethics board for tests: three seats, and decisions that they all carry.

`approve_texts` puts approvals of all purposes and screens straight into the tables:
nearly every world needs them, and few tests are about them.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import insert

from consent import (
    board,
    board_constitution,
    board_items,
    board_members,
    board_proposals,
    board_rules,
    board_votes,
    classifying,
    recipients,
)
from consent.board import QUESTIONS, Decision
from consent.board_member import Nomination
from consent.board_rule import FOUNDING, MemberField, Vote
from consent.board_tables import board_item
from consent.facts import BoardResult, BoardSubjectKind
from consent.tables import board_subject
from pds.core.ids import AccountId
from pds.oversight import board_report

RULE = Decision(
    kind=BoardSubjectKind.BOARD_RULE,
    subject_id=board_rules.definition(FOUNDING).subject_id,
    subject_version=1,
    result=BoardResult.APPROVED,
    answers=dict.fromkeys(QUESTIONS, "looked at"),
    valid_until=datetime(2035, 1, 1, tzinfo=UTC),
)
FIELDS = (MemberField.LAWYER, MemberField.CONSUMER, MemberField.SECURITY)


def account(number):
    return AccountId(UUID(int=number))


def nomination(number=1, field=MemberField.OTHER, *, now, **changes):
    wish = {
        "account_id": account(number),
        "name": f"Member {number}",
        "field": field,
        "employer": f"University {number}",
        "is_of_bank": False,
        "term_from": now - timedelta(days=1),
        "term_until": now + timedelta(days=700),
    }
    return Nomination(**wish | changes)


def seat(work, fields=FIELDS, accounts=None):
    """Constitute a board and return the accounts of its members, in order."""
    accounts = accounts or [account(n) for n in range(1, len(fields) + 1)]
    for number, (each, field) in enumerate(zip(accounts, fields, strict=True), 1):
        wish = nomination(number, field, now=work.now, account_id=each)
        board_members.nominate(work, wish, conflicts=(), actor="operator")
    constitute(work)
    return accounts


def constitute(work):
    """Let two of the staff make a board of everybody who is nominated."""
    one, other = account(9001), account(9002)
    asked = board_constitution.ask(work, by=one, actor="operator")
    board_constitution.approve(work, asked, by=other, actor="operator")


def carry(work, decision, accounts):
    """Let the first propose and the others agree; return the proposal."""
    first, *others = accounts
    proposal_id = board_votes.propose(work, decision, account_id=first)
    for each in others:
        if (
            board_proposals.get(work, proposal_id).state
            is board_proposals.ProposalState.OPEN
        ):
            board_votes.vote(work, proposal_id, Vote.YES, "", account_id=each)
    return board_proposals.get(work, proposal_id)


def approve_texts(work, days=3000):
    """Let every purpose and screen be registered and approved, as they are now."""
    found = board_report.definitions()
    work.connection.execute(insert(board_item), [_item(each, work) for each in found])
    until = work.now + timedelta(days=days)
    work.connection.execute(
        insert(board_subject), [_approved(each, work, until) for each in found]
    )


def stop(work, kind, subject_id, *, version=1):
    """Let the board stop what `approve_texts` approved, which has no history."""
    stopped = Decision(
        kind=kind,
        subject_id=subject_id,
        subject_version=version,
        result=BoardResult.SUSPENDED,
        answers=dict.fromkeys(QUESTIONS, "looked at"),
        valid_until=datetime(2035, 1, 1, tzinfo=UTC),
    )
    board.decide(work, stopped, actor="board")


def _item(definition, work):
    return {
        "kind": definition.kind.value,
        "subject_id": definition.subject_id,
        "name": definition.name,
        "edition": 1,
        "title_ja": definition.title["ja"],
        "title_en": definition.title["en"],
        "document": definition.written,
        "is_live": True,
        "registered_at": work.now,
    }


def _approved(definition, work, until):
    return {
        "kind": definition.kind.value,
        "subject_id": definition.subject_id,
        "decision_id": work.ids.new(),
        "subject_version": board_items.VERSION,
        "result": BoardResult.APPROVED.value,
        "valid_until": until,
        "fence": 1,
    }


def reclassify(work, recipient_id, recipient_class):
    """Put a recipient into another class, and let the board decide on it anew."""
    classifying.classify(work, recipient_id, recipient_class, "Looked at", actor="o")
    last = board.history(work, BoardSubjectKind.RECIPIENT, recipient_id)[0].decision
    number = recipients.get(work, recipient_id).class_no
    board.decide(work, replace(last, subject_version=number), actor="board")
