"""Votes on open proposals, and conditions that members confirm."""

from uuid import UUID

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consent import board_conditions, board_proposals, board_votes
from consent.board_proposals import Proposal, ProposalState
from consent.board_rule import Vote
from pds.web.board import blueprint
from pds.web.board.form import LONGEST
from pds.web.board.office import account_id
from pds.web.context import bank
from pds.web.forms import Form
from pds.web.guards import fresh_from


@blueprint.post("/proposals/<uuid:proposal_id>/vote")
@fresh_from("board.browse")
def vote(proposal_id: UUID) -> ResponseReturnValue:
    """Cast one's vote; with the one that fills the quorum the decision counts."""
    form, who = Form(), account_id()
    said = form.choice("vote", list(Vote), needed=_("Choose your vote."))
    words = form.text("words", longest=LONGEST)
    if not form.is_good:
        with bank().read() as snap:
            found = board_proposals.get(snap, proposal_id)
        flash(next(iter(form.errors.values())), "bad")
        return _back(found)
    after = bank().unit_of_work(
        lambda work: board_votes.vote(
            work, proposal_id, Vote(said), words, account_id=who
        )
    )
    if after.state is ProposalState.CARRIED:
        flash(_("The decision is recorded and counts from now on."), "good")
    elif after.state is ProposalState.DEFEATED:
        flash(_("Your vote counts. The proposal is defeated."))
    else:
        flash(_("Your vote counts. The quorum is not reached yet."))
    return _back(after)


@blueprint.post("/proposals/<uuid:proposal_id>/take-back")
@fresh_from("board.browse")
def take_back(proposal_id: UUID) -> ResponseReturnValue:
    """Take one's own proposal back."""
    who = account_id()
    bank().unit_of_work(
        lambda work: board_votes.take_back(work, proposal_id, account_id=who)
    )
    flash(_("The proposal is taken back."))
    return redirect(url_for("board.browse"), 303)


@blueprint.post("/conditions/<uuid:decision_id>/<int:no>")
@fresh_from("board.browse")
def confirm_condition(decision_id: UUID, no: int) -> ResponseReturnValue:
    """Note that a condition is met."""
    who = account_id()
    bank().unit_of_work(
        lambda work: board_conditions.confirm(work, decision_id, no, account_id=who)
    )
    flash(_("The condition is met."), "good")
    return redirect(url_for("board.browse"), 303)


def _back(proposal: Proposal) -> ResponseReturnValue:
    about = proposal.decision
    here = url_for("board.show", kind=about.kind.value, subject_id=about.subject_id)
    return redirect(here, 303)
