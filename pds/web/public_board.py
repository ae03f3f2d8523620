"""What everybody may see: the ethics board and its decisions, and the vocabulary.

Members, rule and decisions in force are public because an outside check that nobody
can look at is none (G-03); purposes and ceilings are what a consent rests on (D-08).
"""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from consent import board, board_members, board_rules
from pds.core.vocabulary import categories, purposes
from pds.oversight import decisions, text_history
from pds.web.board.members import recipient_choices
from pds.web.context import bank

blueprint = Blueprint("public", __name__)


@blueprint.get("/ethics-board")
def ethics_board() -> ResponseReturnValue:
    """Show members, the rule, and every decision in force."""
    with bank().read() as snap:
        found = board_members.every(snap)
        items = [each for each in decisions.items(snap) if each.is_in_force]
        said = {
            record.decision_id: record.decision.summary
            for each in items
            for record in board.history(snap, each.kind, each.subject_id)
        }
        rule = board_rules.in_force(snap)
        names = dict(recipient_choices(snap))
    return render_template(
        "board/public.html", found=found, items=items, said=said, rule=rule, names=names
    )


@blueprint.get("/vocabulary")
def vocabulary() -> ResponseReturnValue:
    """Show purposes with their ceilings, what is forbidden, and the categories."""
    return render_template(
        "board/vocabulary.html",
        purposes=purposes.ALL,
        forbidden=purposes.FORBIDDEN,
        categories=categories.ALL,
    )


@blueprint.get("/vocabulary/purposes/<name>")
def purpose_versions(name: str) -> ResponseReturnValue:
    """Show every text that a purpose had, and what the board decided on it (D-08)."""
    with bank().read() as snap:
        found = text_history.of_purpose(snap, name)
    return render_template("board/versions.html", versions=found)


@blueprint.get("/vocabulary/categories/<name>")
def category_versions(name: str) -> ResponseReturnValue:
    """Show every text that a category had, and what the board decided on it."""
    with bank().read() as snap:
        found = text_history.of_category(snap, name)
    return render_template("board/versions.html", versions=found)
