"""The operator's facts: entered on one form, public from then on (A-24, APPI 32)."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from pds.core.vocabulary.words import LANGUAGES
from pds.oversight import operator_facts
from pds.oversight.operator_facts import Fact
from pds.web import fact_words
from pds.web.context import bank
from pds.web.forms import Form
from pds.web.guards import fresh
from pds.web.operator import blueprint
from pds.web.sessions import actor


@blueprint.get("/facts")
@fresh
def facts() -> ResponseReturnValue:
    """Show the form, filled with what is public, and what is missing."""
    with bank().read() as snap:
        last = operator_facts.current(snap)
    said = last.facts if last else {}
    values = {
        _field(fact, each): words[each]
        for fact, words in said.items()
        for each in LANGUAGES
    }
    return _page(Form(values))


@blueprint.post("/facts")
@fresh
def enter_facts() -> ResponseReturnValue:
    """Publish what was entered as the next version."""
    form, who, found = Form(), actor(), {}
    for fact in Fact:
        said = {
            each: form.text(_field(fact, each), longest=operator_facts.LONGEST)
            for each in LANGUAGES
        }
        for each, text in said.items():
            if not text and any(said.values()):
                form.fail(_field(fact, each), _("Fill this in in both languages."))
        if all(said.values()):
            found[fact] = said
    if not form.is_good:
        return _page(form), 422
    bank().unit_of_work(lambda work: operator_facts.enter(work, found, actor=who))
    flash(_("What you entered is public now."), "good")
    return redirect(url_for("operator.facts"), 303)


def _field(fact: Fact, language: str) -> str:
    return f"{fact.value}_{language}"


def _page(form: Form) -> str:
    with bank().read() as snap:
        missing = operator_facts.missing(snap)
        versions = operator_facts.every(snap)
    return render_template(
        "operator/facts.html",
        form=form,
        fact_words=fact_words,
        facts=list(Fact),
        missing=missing,
        versions=versions,
    )
