"""Whether the person is in data sets without names: one switch, off at first (X-18)."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from pds.core.vocabulary import dataset_rules
from pds.core.vocabulary.dataset_rules import DataSetKind
from pds.datasets import choices, releasing
from pds.web import sessions
from pds.web.context import bank
from pds.web.forms import Form

blueprint = Blueprint("inclusion", __name__, url_prefix="/consents/data-sets")

_ANSWERS = {"allow": choices.allow, "stop": choices.stop}


@blueprint.get("")
def ask() -> ResponseReturnValue:
    """Say in plain words what it means, and what stands now."""
    with bank().read() as snap:
        since = choices.chosen_at(snap, sessions.owner())
    rules = dataset_rules.CURRENT
    return render_template(
        "portal/inclusion.html",
        since=since,
        items=releasing.items(rules, DataSetKind.ANONYMISED),
        rules=rules,
    )


@blueprint.post("")
def choose() -> ResponseReturnValue:
    """Switch it on or off; it counts for every set that is made from now on."""
    answer = Form().choice("answer", list(_ANSWERS), needed=_("Choose from the list."))
    if answer:
        act, owner = _ANSWERS[answer], sessions.owner()
        bank().unit_of_work(lambda work: act(work, owner))
        flash(
            _("You are in the data sets that are made from now on.")
            if answer == "allow"
            else _("You are in no data set that is made from now on."),
            "good",
        )
    return redirect(url_for("inclusion.ask"), 303)
