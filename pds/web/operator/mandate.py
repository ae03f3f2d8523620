"""The terms of the mandate: drafting a version, publishing it when approved (C-11)."""

from datetime import timedelta

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consent import mandate_terms
from consent.mandate_terms import MandateText
from pds.core.clock import TOKYO
from pds.core.errors import Conflict, Invalid
from pds.core.vocabulary.words import LANGUAGES
from pds.web.context import bank, now
from pds.web.forms import Form
from pds.web.guards import fresh
from pds.web.operator import blueprint
from pds.web.reasons import public_words
from pds.web.sessions import actor

_FIELDS = {"text": "text_ja", "changes": "changes_ja", "in-force-on": "in_force_on"}


@blueprint.get("/mandate")
def mandate_versions() -> ResponseReturnValue:
    """List every version with its state."""
    with bank().read() as snap:
        found = mandate_terms.every(snap)
        approved = {
            each.version: mandate_terms.is_approved(snap, each.version)
            for each in found
        }
        at = snap.now
    return render_template(
        "operator/mandate.html", found=found, approved=approved, at=at
    )


@blueprint.get("/mandate/new")
@fresh
def new_mandate() -> ResponseReturnValue:
    """Show the form of the next version, filled with the last one."""
    with bank().read() as snap:
        last = mandate_terms.newest(snap)
    said = last.said if last else mandate_terms.suggested()
    values = {f"text_{each}": said.text[each] for each in LANGUAGES}
    return _new_page(Form(values))


@blueprint.post("/mandate/new")
@fresh
def draft_mandate() -> ResponseReturnValue:
    """Enter a draft, which waits for the ethics board."""
    form, who = Form(), actor()
    needed, longest = _("Fill this in."), mandate_terms.LONGEST
    said = MandateText(
        text={
            each: form.text(f"text_{each}", needed=needed, longest=longest)
            for each in LANGUAGES
        },
        changes={
            each: form.text(f"changes_{each}", longest=longest) for each in LANGUAGES
        },
    )
    if form.is_good:
        try:
            bank().unit_of_work(lambda work: mandate_terms.draft(work, said, actor=who))
        except (Invalid, Conflict) as error:
            field = error.code.partition(".")[2]
            form.fail(_FIELDS.get(field, "text_ja"), public_words(error))
        else:
            flash(_("The draft waits for the ethics board."), "good")
            return redirect(url_for("operator.mandate_versions"), 303)
    return _new_page(form), 422


@blueprint.get("/mandate/<int:version>")
@fresh
def mandate_version(version: int) -> ResponseReturnValue:
    """Show a version, and the form that publishes a draft."""
    soonest = now().astimezone(TOKYO).date()
    if version > 1:
        soonest += timedelta(days=bank().settings.mandate_notice_days)
    return _version_page(version, Form({"in_force_on": soonest.isoformat()}))


@blueprint.post("/mandate/<int:version>")
@fresh
def publish_mandate(version: int) -> ResponseReturnValue:
    """Publish an approved draft with the day from which it is in force."""
    form, who = Form(), actor()
    days = bank().settings.mandate_notice_days
    day = form.day("in_force_on", needed=_("Enter a day such as 2027-03-31."))
    if day is not None:
        try:
            bank().unit_of_work(
                lambda work: mandate_terms.publish(
                    work, version, day, notice_days=days, actor=who
                )
            )
        except (Invalid, Conflict) as error:
            form.fail("in_force_on", public_words(error))
        else:
            flash(
                _("The version is published. Persons are told on their home."), "good"
            )
            return redirect(url_for("operator.mandate_versions"), 303)
    return _version_page(version, form), 422


@blueprint.post("/mandate/<int:version>/drop")
@fresh
def drop_mandate(version: int) -> ResponseReturnValue:
    """Take back a draft that was never published."""
    who = actor()
    bank().unit_of_work(lambda work: mandate_terms.drop(work, version, actor=who))
    flash(_("The draft is taken back."), "good")
    return redirect(url_for("operator.mandate_versions"), 303)


def _new_page(form: Form) -> str:
    with bank().read() as snap:
        last = mandate_terms.newest(snap)
    return render_template("operator/mandate_new.html", form=form, last=last)


def _version_page(version: int, form: Form) -> str:
    with bank().read() as snap:
        found = mandate_terms.get(snap, version)
        is_approved = mandate_terms.is_approved(snap, version)
    return render_template(
        "operator/mandate_version.html",
        form=form,
        found=found,
        is_approved=is_approved,
        days=bank().settings.mandate_notice_days,
    )
