"""Home: who can see what now, who looked, what ends soon, what came back."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from consent import (
    announcing,
    class_changes,
    instruction_register,
    mandates,
    reminders,
)
from consent.reminders import Reminder
from pds.accounts import service as accounts
from pds.accounts.agents import care
from pds.core.vocabulary import categories
from pds.oversight.criteria import documents
from pds.rights.death import reports
from pds.rights.death.reports import DeathState
from pds.web import guards, sessions
from pds.web.auditor.log import honest_claim
from pds.web.context import bank
from pds.web.languages import language
from pds.web.portal import glance
from pds.web.portal.glance import Glance
from pds.web.portal.names import recipient_names

blueprint = Blueprint("home", __name__)
start = Blueprint("start", __name__)

_HOMES = {
    "person": "home.overview",
    "operator": "operator.browse",
    "board": "board.browse",
    "auditor": "auditor.overview",
    "recipient": "recipient.overview",
}


_TEXTS = frozenset({Reminder.TEXT_CHANGED, Reminder.TEXT_ENDS, Reminder.TEXT_UNDECIDED})
"""Reminders of consents that give nothing, or soon will, because of their texts."""


@start.get("/")
def show() -> ResponseReturnValue:
    """Lead everybody to the first page of the role, strangers to the welcome page."""
    role = sessions.current_role()
    if guards.must_enrol():
        return redirect(url_for("enrol.ask"), 303)
    if role in _HOMES:
        return redirect(url_for(_HOMES[role]), 303)
    with bank().read() as snap:
        certified = documents.certification(snap)
    return render_template(
        "portal/welcome.html", claim=honest_claim(), certified=certified
    )


def _seen(found: Glance) -> list[str]:
    """Return whoever is named at a glance."""
    shared = [each.consent.recipient_id for each in found.shares]
    asking = [each.recipient_id for each in found.waiting]
    return [*shared, *asking, *(each.recipient for each in found.looks)]


@blueprint.get("/home")
def overview() -> ResponseReturnValue:
    """Answer in one glance who can see what, and what happened with it."""
    owner = sessions.owner()
    with bank().read() as snap:
        counts = bank().vault.count(snap, owner, categories=tuple(categories.ALL))
        imports = bank().vault.imports(snap, owner)
        found = glance.at(snap, bank().keys, owner, language())
        reminded = reminders.of_owner(snap, bank().keys, owner)
        told = reports.of_owner(snap, owner)
        announced = announcing.stoppable(snap, owner)
        held = instruction_register.current(snap, bank().keys, owner).instructions
        ending = reminders.ending(held, snap.now)
        moved = class_changes.lately(snap, held)
        changed = [each.change.recipient_id for each in moved]
        names = recipient_names(snap, [*_seen(found), *changed])
        terms = mandates.acceptable(snap, owner)
        entrusts = mandates.standing(snap, owner) is not None
        is_alone = care.needs_guardian(snap, bank().keys, owner)
        is_age_known = accounts.adult_from(snap, bank().keys, owner) is not None
        certified = documents.certification(snap)
    return render_template(
        "portal/home.html",
        needs_guardian=is_alone,
        is_age_known=is_age_known,
        certified=certified,
        terms=terms,
        instructions_ending=ending,
        moved=moved,
        announced=announced,
        entrusts=entrusts,
        is_reported=any(each.state is DeathState.REPORTED for each in told),
        glance=found,
        texts=[x for x in reminded if _TEXTS.intersection(x.why)],
        unused=[each for each in reminded if Reminder.UNUSED in each.why],
        names=names,
        total=sum(counts.values()),
        last_import=imports[0].created_at if imports else None,
        claim=honest_claim(),
    )
