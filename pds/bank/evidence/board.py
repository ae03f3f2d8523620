"""Evidence about the ethics board and what needs its decision (G-03 to G-09)."""

from sqlalchemy import func, select

from consent import board_members, board_rules
from consent.board_rule import MemberField, can_decide
from consent.board_tables import board_request
from consent.facts import BoardResult
from consent.tables import board_decision, board_subject
from pds.core.database import Snapshot
from pds.oversight import board_report, decisions
from pds.oversight.criteria.finding import (
    Evidence,
    count,
    found,
    met_if,
    red_if,
)


def undecided(snap: Snapshot) -> Evidence:
    """Count live things without a decision of the board in force (G-05)."""
    lacking, items = board_report.undecided(snap), decisions.items(snap)
    waiting = sum(not each.is_in_force for each in items)
    return found(
        red_if(bool(lacking)),
        live_without_decision=len(lacking),
        waiting_for_board=waiting - len(lacking),
        decided_items=len(items) - waiting,
        texts_not_registered=len(board_report.unregistered(snap)),
    )


def quorum(snap: Snapshot) -> Evidence:
    """Say whether the members who sit could decide by the rule (G-04, G-09)."""
    members = board_members.sitting_members(snap)
    seats = [each.seat for each in members]
    rule = board_rules.in_force(snap)
    fields = {each.field for each in seats}
    return found(
        red_if(not can_decide(rule, seats)),
        members=len(seats),
        fields=len(fields),
        members_of_bank=sum(each.is_of_bank for each in seats),
        consumer_seats=sum(each.field is MemberField.CONSUMER for each in seats),
    )


def medical_seat(snap: Snapshot) -> Evidence:
    """Say whether somebody from medicine sits, whom health data needs (X-05)."""
    members = board_members.sitting_members(snap)
    medical = sum(each.seat.field is MemberField.MEDICAL for each in members)
    return found(met_if(medical > 0), members=len(members), medical_seats=medical)


def decided(snap: Snapshot) -> Evidence:
    """Count decisions, and look for one without answers to the questions (G-06)."""
    query = select(board_decision.c.answers).where(board_decision.c.answers == "{}")
    total = count(snap, select(board_decision.c.decision_id))
    bare = count(snap, query)
    last = snap.connection.execute(select(func.max(board_decision.c.decided_at)))
    return found(
        red_if(bare > 0, otherwise=met_if(total > 0)),
        decisions=total,
        decisions_without_answers=bare,
        last_decision=last.scalar(),
    )


def stopped(snap: Snapshot) -> Evidence:
    """Count what the board has stopped or rejected, and what it asked (G-03, G-08)."""
    row = board_subject.c
    refused = (BoardResult.SUSPENDED.value, BoardResult.REJECTED.value)
    asked = board_request.c
    late = select(asked.request_id).where(
        asked.answered_at.is_(None), asked.due_at < snap.now
    )
    unanswered = select(asked.request_id).where(asked.answered_at.is_(None))
    overdue = count(snap, late)
    return found(
        red_if(overdue > 0),
        stopped_by_board=count(
            snap, select(row.subject_id).where(row.result.in_(refused))
        ),
        board_questions_open=count(snap, unanswered),
        board_questions_overdue=overdue,
    )
