"""Two last votes at the same moment make exactly one decision (G-04)."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from consent import board, board_proposals, board_votes
from consent.board_proposals import ProposalState
from consent.board_rule import MemberField, Vote
from consent.facts import BoardSubjectKind
from pds.core.errors import Conflict
from tests.board import FIELDS, seat
from tests.consent.world import decision

KIND = BoardSubjectKind.RECIPIENT
ROUNDS = 4


def proposed(bank, subject_id, accounts, *, votes):
    """Let the first propose and others agree, until one vote or two are missing."""

    def act(work):
        made = replace(
            decision(KIND, subject_id), valid_until=work.now + timedelta(days=99)
        )
        first, *others = accounts
        proposal_id = board_votes.propose(work, made, account_id=first)
        for each in others[: votes - 1]:
            board_votes.vote(work, proposal_id, Vote.YES, "", account_id=each)
        return proposal_id

    return bank.unit_of_work(act)


def at_once(bank, proposal_id, accounts):
    """Let two vote in threads of their own; return what became of each vote."""

    def vote(account_id):
        try:
            bank.unit_of_work(
                lambda work: board_votes.vote(
                    work, proposal_id, Vote.YES, "", account_id=account_id
                )
            )
        except Conflict as error:
            return error.code
        return "cast"

    with ThreadPoolExecutor(2) as together:
        return sorted(together.map(vote, accounts))


@pytest.mark.parametrize(
    ("others", "votes", "outcome"),
    [
        # Three of four carry: the first of the two does not, the second does.
        ((MemberField.MEDICAL,), 1, ["cast", "cast"]),
        # Three of five carry: either would, and whoever comes second is too late.
        ((MemberField.MEDICAL, MemberField.OTHER), 2, ["board.closed", "cast"]),
    ],
    ids=["both are needed", "either is enough"],
)
def test_two_last_votes_make_one_decision(bank, others, votes, outcome):
    accounts = bank.unit_of_work(lambda work: seat(work, (*FIELDS, *others)))
    for number in range(ROUNDS):
        subject_id = f"recipient-{number}"
        proposal_id = proposed(bank, subject_id, accounts, votes=votes)

        found = at_once(bank, proposal_id, accounts[votes : votes + 2])

        assert found == outcome
        with bank.read() as snap:
            (made,) = board.history(snap, KIND, subject_id)
            proposal = board_proposals.get(snap, proposal_id)
            cast = board_proposals.ballots(snap, proposal)
        assert proposal.state is ProposalState.CARRIED
        assert proposal.decision_id == made.decision_id
        assert len(cast) == len(made.present) == votes + outcome.count("cast")
