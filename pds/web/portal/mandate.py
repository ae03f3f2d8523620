"""The mandate: its terms, what changes in them, accepting and ending (D-01, C-11).

A version never changes, so the hash on the form says that its text was on the page.
"""

from hmac import compare_digest
from typing import Final

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from audit.work import Work
from consent import mandate_terms, mandates
from pds.core.errors import Conflict, NotFound
from pds.rights import mandate as acts
from pds.web import evidence, noticed, sessions
from pds.web.context import bank
from pds.web.guards import fresh
from pds.web.languages import language

_OTHER_TEXT: Final = "mandate.other-text"

blueprint = Blueprint("mandate", __name__, url_prefix="/mandate")


@blueprint.get("")
def show() -> ResponseReturnValue:
    """Show what the person accepted, or could accept, and what was done so far."""
    return _page()


def _page(*, is_other: bool = False) -> str:
    owner = sessions.owner()
    with bank().read() as snap:
        found = mandates.current(snap, owner)
        offered = mandates.acceptable(snap, owner)
        accepted = (
            mandate_terms.get(snap, found.terms_version)
            if found and found.stands
            else None
        )
        events = (
            mandates.history(snap, bank().keys, owner, found.mandate_id)
            if found
            else []
        )
    return render_template(
        "portal/mandate.html",
        mandate=found,
        accepted=accepted,
        offered=offered,
        shown=offered or accepted,
        events=events,
        is_other=is_other,
    )


@blueprint.get("/changes/<int:version>")
def changes(version: int) -> ResponseReturnValue:
    """Show what is different between a published version and the one before it."""
    with bank().read() as snap:
        after = mandate_terms.get(snap, version)
        if after.published_at is None or version < 2:  # noqa: PLR2004 - the first
            raise NotFound("mandate.unknown")
        before = mandate_terms.get(snap, version - 1)
    lines = mandate_terms.difference(
        before.said.text[language()], after.said.text[language()]
    )
    return render_template("portal/mandate_changes.html", found=after, lines=lines)


@blueprint.post("/accept/<int:version>")
@fresh
def accept(version: int) -> ResponseReturnValue:
    """Accept the terms; nothing else is agreed to by it."""
    owner, known = sessions.owner(), evidence.of_visitor()
    read = noticed.sent()

    def act(work: Work) -> None:
        if not compare_digest(read, mandate_terms.get(work, version).hash):
            raise Conflict(_OTHER_TEXT, "Another text was read.")
        mandates.accept(work, owner, version, known)

    try:
        bank().unit_of_work(act)
    except Conflict as error:
        if error.code != _OTHER_TEXT:
            raise
        return _page(is_other=True), 409
    flash(_("You have accepted the terms. Nothing is given by this alone."), "good")
    return redirect(url_for("mandate.show"), 303)


@blueprint.get("/end")
def ask_end() -> ResponseReturnValue:
    """Ask before the mandate ends, and say what ends with it."""
    with bank().read() as snap:
        found = mandates.standing(snap, sessions.owner())
    if found is None:
        raise NotFound("mandate.none")
    return render_template("portal/mandate_end.html", mandate=found)


@blueprint.post("/end")
def end() -> ResponseReturnValue:
    """End the mandate with everything that the bank gave under it."""
    owner = sessions.owner()
    bank().unit_of_work(lambda work: acts.end(work, owner))
    flash(_("The bank no longer decides anything for you."), "good")
    return redirect(url_for("mandate.show"), 303)
