"""How the board decides: one member proposes, others vote, a quorum makes it so.

A proposal is open → carried, defeated, lapsed or taken back. Each member votes once,
from the own login; the proposer's yes is the first vote. With the vote that fills the
quorum the decision counts, in the same transaction. A member with a conflict about
the recipient concerned neither votes nor counts, and nobody decides on the own term.

What an attacker would send, and what happens: a second vote meets the primary key; the
vote of an account that does not sit, or no longer, is refused; two last votes at once
wait for each other on the row of the proposal; a vote after the end is refused. Staff
have no vote however many accounts they make, because only the board seats members.

Any one member can stop a thing at once (G-03), even with a conflict, since a stop
gives nothing to anybody. The board confirms or lifts it; until then it stands.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from audit.work import Work
from consent import (
    board,
    board_decision,
    board_members,
    board_proposals,
    board_rule,
    board_rules,
    board_scope,
    question_meaning,
    text_meaning,
)
from consent.board import Decision, Present
from consent.board_member import Member, MemberState
from consent.board_proposals import Ballot, Proposal, ProposalState
from consent.board_rule import Tally, Vote
from consent.facts import OF_THE_BOARD, BoardResult, BoardSubjectKind
from consent.policy import record_policy
from pds.core.database import Snapshot
from pds.core.errors import Conflict, Forbidden, Invalid
from pds.core.ids import AccountId

_LONGEST: Final = 4000
_APPROVING = (BoardResult.APPROVED, BoardResult.APPROVED_WITH_CONDITIONS)
NOT_STOPPED: Final = OF_THE_BOARD
"""What one member cannot stop: else one could undo the board itself."""


def propose(work: Work, decision: Decision, *, account_id: AccountId) -> UUID:
    """Put a decision to the vote, with the proposer's yes; return the proposal's id.

    Raises:
        Forbidden: `member.not-sitting` or `member.conflict`.
        Invalid: the decision is not complete (see `board.decide`), `board.result` does
            not fit a member's term, `board.continues` (see `text_meaning.check`) or
            `board.question-changed` (see `question_meaning.check`).
        NotFound: `member.unknown`.
    """
    proposer = _deciding(work, decision, account_id)
    rule = board_rules.in_force(work)
    board_decision.check(decision, work.now)
    text_meaning.check(work, decision)
    question_meaning.check(work, decision)
    _check_member(work, decision)
    if decision.review_at is None:
        review_at = work.now + timedelta(days=rule.review_days)
        decision = replace(decision, review_at=review_at)
    dues = [condition.due_at for condition in decision.conditions]
    lapses = work.now + timedelta(days=rule.proposal_days)
    closes_at = min([lapses, decision.valid_until, *dues])
    proposal_id = board_proposals.add(work, decision, proposer.member_id, closes_at)
    _record(work, "proposed", account_id, proposal_id)
    board_proposals.cast(work, proposal_id, proposer, Vote.YES, "")
    _settle(work, board_proposals.get(work, proposal_id), account_id)
    return proposal_id


def vote(
    work: Work, proposal_id: UUID, said: Vote, words: str, *, account_id: AccountId
) -> Proposal:
    """Cast a member's vote; with the one that fills the quorum the decision counts.

    Raises:
        NotFound: `board.no-proposal`.
        Conflict: `board.closed`, or `board.voted` already.
        Forbidden: `member.not-sitting` or `member.conflict`.
        Invalid: `board.too-long`.
    """
    if len(words) > _LONGEST:
        raise Invalid("board.too-long", f"At most {_LONGEST} characters.")
    proposal = board_proposals.hold(work, proposal_id)
    voter = _deciding(work, proposal.decision, account_id)
    board_proposals.cast(work, proposal_id, voter, said, words)
    _record(work, "voted", account_id, proposal_id)
    _settle(work, proposal, account_id)
    return board_proposals.get(work, proposal_id)


def take_back(work: Work, proposal_id: UUID, *, account_id: AccountId) -> None:
    """Let the proposer take a proposal back while it is open.

    Raises:
        NotFound: `board.no-proposal`.
        Conflict: `board.closed`.
        Forbidden: `board.not-yours`, or `member.not-sitting`.
    """
    proposal = board_proposals.hold(work, proposal_id)
    member = board_members.sitting_for(work, account_id)
    if member.member_id != proposal.proposed_by:
        raise Forbidden("board.not-yours", "Only the proposer can take it back.")
    board_proposals.close(work, proposal, ProposalState.TAKEN_BACK)
    _record(work, "taken-back", account_id, proposal_id)


def stop(
    work: Work, kind: BoardSubjectKind, subject_id: str, *, account_id: AccountId
) -> UUID:
    """Stop a thing at once, by one sitting member; return the decision's id.

    Raises:
        Forbidden: `member.not-sitting`.
        Conflict: `board.not-stopped`; the board's own members and rule cannot be.
            `board.undecided`; there is nothing to stop.
    """
    board_members.sitting_for(work, account_id)
    if kind in NOT_STOPPED:
        raise Conflict("board.not-stopped", "The board decides on this together.")
    days = board_rules.in_force(work).stop_days
    # Who agreed before the stop did not know of what caused it.
    for proposal in board_proposals.still_open(work):
        about = proposal.decision
        if (about.kind, about.subject_id) == (kind, subject_id):
            board_proposals.close(work, proposal, ProposalState.DEFEATED)
    return board.stop(
        work,
        kind,
        subject_id,
        actor=_actor(account_id),
        confirm_by=work.now + timedelta(days=days),
    )


def standing(snap: Snapshot, proposal: Proposal) -> Tally:
    """Count the votes of a proposal as they are now."""
    decision = proposal.decision
    return board_rule.tally(
        board_rules.in_force(snap),
        [member.seat for member in _electorate(snap, decision)],
        {
            each.member.member_id: each.vote
            for each in board_proposals.ballots(snap, proposal)
        },
        is_medical=board_scope.is_medical(snap, decision.kind, decision.subject_id),
    )


def _electorate(snap: Snapshot, decision: Decision) -> list[Member]:
    """Who may decide: in office, without a conflict, and not on the own term."""
    concerned = board.recipient_of(snap, decision.kind, decision.subject_id)
    found = board_members.deciding(snap, concerned)
    if decision.kind is BoardSubjectKind.MEMBER:
        own = board_members.get(snap, UUID(decision.subject_id)).nomination.account_id
        found = [each for each in found if each.nomination.account_id != own]
    return found


def _deciding(work: Work, decision: Decision, account_id: AccountId) -> Member:
    member = board_members.sitting_for(work, account_id)
    if member not in _electorate(work, decision):
        raise Forbidden("member.conflict", "You have a conflict in this matter.")
    return member


def _check_member(work: Work, decision: Decision) -> None:
    if decision.kind is not BoardSubjectKind.MEMBER:
        return
    state = board_members.get(work, UUID(decision.subject_id)).state
    is_approval = decision.result in _APPROVING
    fits = {MemberState.NOMINATED: True, MemberState.SITTING: not is_approval}
    if not fits.get(state, False) or decision.conditions:
        raise Invalid("board.result", "This does not fit the member's term.")


def _settle(work: Work, proposal: Proposal, account_id: AccountId) -> None:
    count = standing(work, proposal)
    if count.is_carried and _still_fits(work, proposal.decision):
        _carry(work, proposal, account_id)
    elif count.is_carried or count.is_defeated:
        board_proposals.close(work, proposal, ProposalState.DEFEATED)


def _still_fits(work: Work, decision: Decision) -> bool:
    """Say whether it is still right as written after the vote was open.

    A member's term may have moved on, or another text may have been approved than the
    one that consents were to go on from.
    """
    with suppress(Invalid):
        _check_member(work, decision)
        text_meaning.check(work, decision)
        return True
    return False


def _carry(work: Work, proposal: Proposal, account_id: AccountId) -> None:
    cast = board_proposals.ballots(work, proposal)
    decision = replace(proposal.decision, dissent=_dissent(proposal, cast))
    decision_id = board.decide(
        work,
        decision,
        actor=_actor(account_id),
        present=[_present(each) for each in cast],
    )
    text_meaning.settle(work, decision, decision_id)
    board_proposals.close(work, proposal, ProposalState.CARRIED, decision_id)
    if decision.kind is BoardSubjectKind.MEMBER:
        _seat_or_end(work, decision, decision_id, account_id)


def _present(ballot: Ballot) -> Present:
    term = ballot.member.nomination
    return Present(term.name, term.field.value, ballot.vote.value)


def _dissent(proposal: Proposal, cast: Sequence[Ballot]) -> str:
    said = [proposal.decision.dissent] if proposal.decision.dissent else []
    said += [
        f"{each.member.nomination.name}: {each.words}"
        for each in cast
        if each.vote is not Vote.YES and each.words
    ]
    return "\n".join(said)[:_LONGEST]


def _seat_or_end(
    work: Work, decision: Decision, decision_id: UUID, account_id: AccountId
) -> None:
    member_id = UUID(decision.subject_id)
    if decision.result in _APPROVING:
        board_members.seat(work, member_id, by=str(decision_id))
    elif board_members.get(work, member_id).state is MemberState.NOMINATED:
        board_members.refuse(work, member_id)
    else:
        board_members.end(work, member_id, actor=_actor(account_id))


def _actor(account_id: AccountId) -> str:
    return f"board:{account_id}"


def _record(work: Work, action: str, account_id: AccountId, about: UUID) -> None:
    record_policy(work, f"board.{action}", actor=_actor(account_id), about=str(about))
