"""Evidence about the rights of persons and those who act for them (A-10 to A-23, V)."""

from sqlalchemy import select

from pds.accounts import age_policy
from pds.accounts.agents.links import AgentKind, AgentState
from pds.accounts.agents.tables import agent_link
from pds.accounts.roles import Role, State
from pds.accounts.tables import account
from pds.core.clock import TOKYO
from pds.core.database import Snapshot
from pds.core.rules import rule_values
from pds.oversight.criteria.finding import (
    Evidence,
    count,
    found,
    met_if,
    red_if,
)
from pds.rights.archive.tables import ArchiveState, archive_job
from pds.rights.death.reports import OPEN as OPEN_REPORTS
from pds.rights.death.tables import death_report
from pds.rights.desk.kinds import OPEN, RequestKind, RequestOutcome
from pds.rights.desk.tables import rights_request
from pds.rights.tables import erasure


def requests(snap: Snapshot) -> Evidence:
    """Count requests at the rights desk, and those past their day (A-11, C-05)."""
    row = rights_request.c
    waiting = select(row.request_id).where(row.state.in_([e.value for e in OPEN]))
    late = count(snap, waiting.where(row.due_at < snap.now))
    return found(
        red_if(late > 0),
        requests=count(snap, select(row.request_id)),
        requests_open=count(snap, waiting),
        requests_overdue=late,
    )


def refusals(snap: Snapshot) -> Evidence:
    """Look for refused requests without the article that they rest on (A-12)."""
    row = rights_request.c
    refused = select(row.request_id).where(row.outcome == RequestOutcome.REFUSED.value)
    bare = count(snap, refused.where(row.refusal.is_(None)))
    return found(
        red_if(bare > 0),
        requests_refused=count(snap, refused),
        refusals_without_ground=bare,
    )


def corrections(snap: Snapshot) -> Evidence:
    """Count wishes to correct, and what sources answered (C-07, A-22)."""
    row = rights_request.c
    asked = select(row.request_id).where(row.kind == RequestKind.CORRECTION.value)
    late = count(
        snap, asked.where(row.due_at < snap.now, row.state.in_([e.value for e in OPEN]))
    )
    return found(
        red_if(late > 0),
        corrections_asked=count(snap, asked),
        corrections_answered_by_source=count(
            snap, asked.where(row.source_answer.is_not(None))
        ),
        requests_overdue=late,
    )


def complaints(snap: Snapshot) -> Evidence:
    """Count complaints and those past their day (L-04, G-02)."""
    row = rights_request.c
    made = select(row.request_id).where(row.kind == RequestKind.COMPLAINT.value)
    waiting = made.where(row.state.in_([each.value for each in OPEN]))
    late = count(snap, waiting.where(row.due_at < snap.now))
    return found(
        red_if(late > 0),
        complaints=count(snap, made),
        complaints_open=count(snap, waiting),
        complaints_overdue=late,
    )


def agents(snap: Snapshot) -> Evidence:
    """Look for agents by law who act without a paper of authority (V-04, V-05)."""
    row = agent_link.c
    active = select(row.link_id).where(row.state == AgentState.ACTIVE.value)
    by_law = active.where(row.kind != AgentKind.VOLUNTARY.value)
    bare = count(snap, by_law.where(row.proof.is_(None)))
    return found(
        red_if(bare > 0),
        agents_active=count(snap, active),
        agents_by_law=count(snap, by_law),
        agents_without_paper=bare,
    )


def ages(snap: Snapshot) -> Evidence:
    """Say from which age a person decides alone today, and what is planned (V-01)."""
    today = snap.now.astimezone(TOKYO).date()
    named = [e for e in rule_values.ALL if e.name == "age.decides-alone"]
    return found(
        met_if(age_policy.rule(today).is_verified),
        age_of_deciding=age_policy.rule(today).decides_from,
        age_rules_unverified=sum(not each.is_verified for each in named),
    )


def deaths(snap: Snapshot) -> Evidence:
    """Count reports of deaths, and those that one person decided (V-06)."""
    row = death_report.c
    alone = select(row.report_id).where(row.decided_by == row.entered_by)
    wrong = count(snap, alone)
    return found(
        red_if(wrong > 0),
        death_reports=count(snap, select(row.report_id)),
        death_reports_waiting=count(
            snap, select(row.report_id).where(row.state.in_(OPEN_REPORTS))
        ),
        death_reports_by_one_person=wrong,
    )


def erasures(snap: Snapshot) -> Evidence:
    """Look for erased accounts whose row still has a person (C-09, H-04)."""
    row, kept = erasure.c, account.c
    unfinished = select(row.certificate_id).where(row.finished_at.is_(None))
    still = select(kept.account_id).where(
        kept.role == Role.PERSON.value,
        kept.state != State.ERASED.value,
        kept.account_id.in_(select(row.owner_id).where(row.finished_at.is_not(None))),
    )
    left = count(snap, still)
    return found(
        red_if(left > 0),
        erasures=count(snap, select(row.certificate_id)),
        erasures_under_way=count(snap, unfinished),
        erased_but_still_there=left,
    )


def archives(snap: Snapshot) -> Evidence:
    """Count archives that persons asked for, and those that failed (C-08, A-10)."""
    row = archive_job.c
    failed = count(
        snap, select(row.archive_id).where(row.state == ArchiveState.FAILED.value)
    )
    return found(
        red_if(failed > 0),
        archives_asked_for=count(snap, select(row.archive_id)),
        archives_failed=failed,
    )
