"""What waits for the ethics board, what is in force, and one thing with its history."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consent import (
    board,
    board_conditions,
    board_items,
    board_proposals,
    board_votes,
    class_history,
    text_meaning,
)
from consent.board_items import BoardItem
from consent.board_rule import Vote
from consent.class_history import ClassStep
from consent.facts import BoardSubjectKind
from pds.core.database import Snapshot
from pds.core.errors import Invalid, NotFound
from pds.oversight import board_report, decisions
from pds.oversight.decisions import Item
from pds.web.board import blueprint
from pds.web.board import form as decision_form
from pds.web.board.office import account_id, office
from pds.web.board_words import BOARD_RESULTS, VOTES
from pds.web.context import bank
from pds.web.forms import Form
from pds.web.guards import fresh
from pds.web.oauth import consent_page
from pds.web.portal import offer_board
from pds.web.reasons import public_words

_PLACES = {
    "board.valid_until": "valid_until",
    "board.result": "result",
    "board.continues": "meaning",
    "board.question-changed": "result",
}
"""Which field of the form an error is about."""


@blueprint.get("")
def browse() -> ResponseReturnValue:
    """List what waits for a decision, open votes, and what is due."""
    with bank().read() as snap:
        found = decisions.items(snap)
        names = {(each.kind, each.subject_id): each for each in found}
        proposals = [
            (each, names.get((each.decision.kind, each.decision.subject_id)))
            for each in board_proposals.still_open(snap)
        ]
        unmet = [
            (each, names.get((each.kind, each.subject_id)))
            for each in board_conditions.unmet(snap)
        ]
        me = office(snap)
        counted = board_report.countdown(snap)
    return render_template(
        "board/browse.html",
        counted=counted,
        items=[each for each in found if each.is_waiting],
        reviews=[each for each in found if each.is_to_review],
        proposals=proposals,
        unmet=unmet,
        me=me,
    )


@blueprint.get("/decisions")
def in_force() -> ResponseReturnValue:
    """List what the board has approved and what lives because of it."""
    with bank().read() as snap:
        approved = [each for each in decisions.items(snap) if each.is_in_force]
    return render_template("board/in_force.html", items=approved)


@blueprint.get("/<kind>/<subject_id>")
@fresh
def show(kind: str, subject_id: str) -> ResponseReturnValue:
    """Show one thing, its history, open votes, and the form of a proposal."""
    with bank().read() as snap:
        because = text_meaning.said(
            snap, _find(snap, kind, subject_id).kind, subject_id
        )
    meaning = decision_form.SAME if because else decision_form.MEANINGS[0]
    first = Form({"meaning": meaning, "continues_because": because})
    return _page(kind, subject_id, first)


@blueprint.post("/<kind>/<subject_id>")
@fresh
def propose(kind: str, subject_id: str) -> ResponseReturnValue:
    """Put a decision to the vote; it counts once a quorum has agreed."""
    form, who = Form(), account_id()
    with bank().read() as snap:
        found = _find(snap, kind, subject_id)
        before = text_meaning.before(snap, found.kind, subject_id)
    decision = decision_form.read(form, found, before)
    if decision is not None:
        try:
            bank().unit_of_work(
                lambda work: board_votes.propose(work, decision, account_id=who)
            )
        except Invalid as error:
            form.fail(
                _PLACES.get(error.code, "condition_1"),
                public_words(error),
            )
        else:
            flash(_("The proposal is open. Other members vote from their logins."))
            return redirect(_address(found), 303)
    return _page(kind, subject_id, form), 422


@blueprint.post("/<kind>/<subject_id>/stop")
@fresh
def stop(kind: str, subject_id: str) -> ResponseReturnValue:
    """Stop a thing at once; only a new decision lets it live again (G-03)."""
    with bank().read() as snap:
        found = _find(snap, kind, subject_id)
    who = account_id()
    bank().unit_of_work(
        lambda work: board_votes.stop(work, found.kind, subject_id, account_id=who)
    )
    flash(_("It is stopped. Nothing flows because of it any more."), "good")
    return redirect(url_for("board.browse"), 303)


@blueprint.get("/<kind>/<subject_id>/stop")
@fresh
def ask_stop(kind: str, subject_id: str) -> ResponseReturnValue:
    """Ask before a thing is stopped."""
    with bank().read() as snap:
        found = _find(snap, kind, subject_id)
    return render_template("board/stop.html", item=found)


def _find(snap: Snapshot, kind: str, subject_id: str) -> Item:
    if kind not in set(BoardSubjectKind):
        raise NotFound("board.nothing-to-decide")
    return decisions.item(snap, BoardSubjectKind(kind), subject_id)


def _address(item: Item) -> str:
    return url_for("board.show", kind=item.kind.value, subject_id=item.subject_id)


def _page(kind: str, subject_id: str, form: Form) -> str:
    with bank().read() as snap:
        found = _find(snap, kind, subject_id)
        before = text_meaning.before(snap, found.kind, subject_id)
        proposals = [
            (
                each,
                board_proposals.ballots(snap, each),
                board_votes.standing(snap, each),
            )
            for each in board_proposals.of_subject(snap, found.kind, subject_id)
            if each.state is board_proposals.ProposalState.OPEN
        ]
        view = {
            "item": found,
            "history": decisions.history(snap, found),
            "conditions": board_conditions.of_subject(snap, found.kind, subject_id),
            "before": before,
            "classes": _classes(snap, found),
            "changes": _changes(snap, found, before),
            "proposals": proposals,
            "me": office(snap),
            **_preview(snap, found),
        }
    return render_template(
        "board/show.html",
        **view,
        form=form,
        questions=board.QUESTIONS,
        results=[
            (each.value, BOARD_RESULTS[each.value]) for each in decision_form.RESULTS
        ],
        condition_rows=range(1, decision_form.CONDITIONS + 1),
        votes=[(each.value, VOTES[each.value]) for each in Vote],
        can_stop=found.is_in_force and found.kind not in board_votes.NOT_STOPPED,
    )


def _preview(snap: Snapshot, item: Item) -> dict[str, Any]:
    """Return an offer as a person will see it, by the same code (G-07)."""
    if item.offer is None:
        return {}
    terms = item.offer.instance(snap.now)
    return {
        "page": consent_page.sketch(bank(), snap, item.offer.recipient_id, terms),
        "alone": offer_board.describe(bank(), snap, item.offer),
        "sentence": lambda term: offer_board.sentence(terms, term),
    }


def _classes(snap: Snapshot, item: Item) -> list[ClassStep]:
    """The classes that a recipient was of, where the board decides on the recipient."""
    if item.recipient is None or item.kind is not BoardSubjectKind.RECIPIENT:
        return []
    return class_history.history(snap, item.recipient.recipient_id)


def _changes(
    snap: Snapshot, item: Item, before: BoardItem | None
) -> list[board_items.Change]:
    """What is new in a text, compared with what was approved, else registered, last."""
    if item.text is None or (before is None and item.text.edition == 1):
        return []
    if before is None:
        known = board_items.editions(snap, item.kind, item.text.name)
        before = known[item.text.edition - 2]
    return board_items.changes(before.document, item.text.document)
