"""The demo world's ethics board: five members, their rule, and what they approved.

The acts are those of the members' pages. Each member votes, none alone.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from uuid import UUID

from audit.work import Work
from consent import (
    board,
    board_constitution,
    board_items,
    board_members,
    board_proposals,
    board_rules,
    board_votes,
)
from consent.board import Decision
from consent.board_member import Nomination
from consent.board_proposals import ProposalState
from consent.board_rule import FOUNDING, MemberField, Vote
from consent.facts import BoardResult, BoardSubjectKind
from pds.core.ids import AccountId
from pds.oversight import board_report

OPERATOR: Final = "demo-operator"
_TERM: Final = timedelta(days=730)
_VALID: Final = timedelta(days=730)
_ANSWER: Final = "審議の結果、問題はないと判断しました。 / Found to be in order."
_SUMMARY: Final = {
    "ja": "目的と項目が見合い、本人がいつでも止められることを確かめました。",
    "en": "Purpose and items fit, and the person can stop it at any time.",
}
_SEATS: Final = (
    (MemberField.LAWYER, "あけぼの法律事務所", False),
    (MemberField.CONSUMER, "くらしの相談センター", False),
    (MemberField.SECURITY, "みらい情報銀行", True),
    (MemberField.DATA_ETHICS, "あおば大学", False),
    (MemberField.MEDICAL, "みどり病院", False),
)
"""Field, employer, and whether that is the bank, in the order of the accounts."""


def constitute(
    work: Work, accounts: Mapping[str, UUID], staff: tuple[UUID, UUID]
) -> None:
    """Seat the board and let it adopt its rule.

    Args:
        work: the unit of work in which the accounts were made.
        accounts: account by the name that is published, one for each seat.
        staff: accounts of the operator; one asks for the board, the other approves.
    """
    for (name, account), seat in zip(accounts.items(), _SEATS, strict=True):
        field, employer, is_of_bank = seat
        wish = Nomination(
            account_id=AccountId(account),
            name=name,
            field=field,
            employer=employer,
            is_of_bank=is_of_bank,
            term_from=work.now,
            term_until=work.now + _TERM,
        )
        board_members.nominate(work, wish, conflicts=(), actor=OPERATOR)
    one, other = map(AccountId, staff)
    asked = board_constitution.ask(work, by=one, actor=OPERATOR)
    board_constitution.approve(work, asked, by=other, actor=OPERATOR)
    rule = board_rules.definition(FOUNDING)
    approve(work, rule.kind, rule.subject_id)


def approve(
    work: Work, kind: BoardSubjectKind, subject_id: str, version: int = 1
) -> None:
    """Let the board approve a thing; where no board sits, one without logins does."""
    decision = Decision(
        kind=kind,
        subject_id=subject_id,
        subject_version=version,
        result=BoardResult.APPROVED,
        answers=dict.fromkeys(board.QUESTIONS, _ANSWER),
        valid_until=work.now + _VALID,
        summary=_SUMMARY,
    )
    first, *others = _members(work)
    proposal_id = board_votes.propose(work, decision, account_id=first)
    for each in others:
        if board_proposals.get(work, proposal_id).state is ProposalState.OPEN:
            board_votes.vote(work, proposal_id, Vote.YES, "", account_id=each)


def approve_texts(work: Work) -> None:
    """Let the board approve purposes, screens and the like as they are now.

    A newer program brings newer texts; the demo world shall not stand still for them.
    """
    board_items.register_all(work, board_report.definitions())
    for item in board_items.live(work):
        decided = board.current(
            work, item.kind, item.subject_id, version=board_items.VERSION
        )
        if decided.result is None:
            approve(work, item.kind, item.subject_id)


def _members(work: Work) -> list[AccountId]:
    if not board_members.sitting_members(work):
        names = (f"委員 {n}" for n in range(1, len(_SEATS) + 1))
        staff = (work.ids.new(), work.ids.new())
        constitute(work, {name: work.ids.new() for name in names}, staff)
    found = board_members.sitting_members(work)
    # The physician is the first, for what needs the medical seat.
    found.sort(key=lambda each: each.nomination.field is not MemberField.MEDICAL)
    return [each.nomination.account_id for each in found]
