"""The public page of the numbers that law, guideline and the bank itself set (A-26)."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from consent import profile_list
from pds.core.clock import TOKYO
from pds.core.rules import rule_values
from pds.oversight.criteria import documents
from pds.web.context import bank

blueprint = Blueprint("rules", __name__, url_prefix="/rules")


@blueprint.get("")
def browse() -> ResponseReturnValue:
    """Show what counts today, what is coming, and what nobody verified."""
    with bank().read() as snap:
        today = snap.now.astimezone(TOKYO).date()
        item = profile_list.loaded(snap)
        admitted = profile_list.admitted(snap, bank().profile)
        certification = documents.certification(snap)
    counting = list(rule_values.at(today).values())
    return render_template(
        "rules/browse.html",
        today=today,
        profile=admitted,
        loaded=item,
        certification=certification,
        counting=counting,
        coming=[
            each
            for each in rule_values.ALL
            if each.is_verified and each.in_force_from and each.in_force_from > today
        ],
        unverified=[each for each in rule_values.ALL if not each.is_verified],
    )
