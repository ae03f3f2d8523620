"""Whom an incident concerns, and what they are told: asked, drafted, approved."""

from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from pds.core.clock import end_of, start_of
from pds.core.errors import Invalid, NotFound
from pds.core.vocabulary import categories, purposes
from pds.oversight.incidents import contents, delivery, notices, persons
from pds.oversight.incidents.notices import Draft
from pds.oversight.incidents.question import IncidentReach, Question
from pds.oversight.incidents.steps import IncidentStep
from pds.web import incident_words
from pds.web.context import bank
from pds.web.forms import Form
from pds.web.guards import fresh, fresh_from
from pds.web.incidents.operator import blueprint, get, recipient_choices, to
from pds.web.languages import language, named
from pds.web.reasons import public_words
from pds.web.sessions import actor
from providers import sources


@blueprint.get("/<uuid:incident_id>/persons")
@fresh
def ask_persons(incident_id: UUID) -> ResponseReturnValue:
    """Show the form of a question to the log."""
    found = get(incident_id)
    said = {"reach": IncidentReach.GIVEN.value, "recipient": found.recipient_id or ""}
    return _persons_page(incident_id, Form(said))


@blueprint.post("/<uuid:incident_id>/persons")
@fresh
def look_for(incident_id: UUID) -> ResponseReturnValue:
    """Ask the log whom the incident concerns."""
    form, who = Form(), actor()
    question = _question(form)
    if question is None:
        return _persons_page(incident_id, form), 422
    bank().unit_of_work(
        lambda work: persons.ask(work, incident_id, question, actor=who)
    )
    flash(_("The log is searched. The number is here soon."), "good")
    return to(incident_id)


@blueprint.get("/<uuid:incident_id>/notice")
@fresh
def ask_notice(incident_id: UUID) -> ResponseReturnValue:
    """Show what persons are told, to be written."""
    drafted = get(incident_id).last(IncidentStep.DRAFTED)
    said = incident_words.NOTICE if drafted is None else drafted.said["text"]
    return _notice_page(incident_id, Form(said))


@blueprint.post("/<uuid:incident_id>/notice")
@fresh
def draft(incident_id: UUID) -> ResponseReturnValue:
    """Keep a draft of what persons are told."""
    form, who = Form(), actor()
    needed = _("Say it in both languages.")
    ja = form.text("ja", needed=needed, longest=contents.LONGEST)
    en = form.text("en", needed=needed, longest=contents.LONGEST)
    if "〔" in ja or "[" in en:
        form.fail("ja", _("Fill in what stands in brackets, in both languages."))
    if form.is_good:
        said = Draft(ja=ja, en=en)
        try:
            bank().unit_of_work(
                lambda work: notices.draft(work, incident_id, said, actor=who)
            )
        except Invalid as error:
            form.fail("ja", public_words(error))
        else:
            flash(_("The draft is kept. Somebody else approves it."), "good")
            return to(incident_id)
    return _notice_page(incident_id, form), 422


@blueprint.post("/<uuid:incident_id>/lists/<uuid:list_id>/tell")
@fresh_from("incidents.browse")
def tell(incident_id: UUID, list_id: UUID) -> ResponseReturnValue:
    """Approve the draft that was shown, and have a list told."""
    seen, who = _seen(), actor()
    bank().unit_of_work(
        lambda work: notices.tell(work, incident_id, list_id, seen=seen, actor=who)
    )
    flash(_("The persons are being told."), "good")
    return to(incident_id)


@blueprint.post("/<uuid:incident_id>/publish")
@fresh_from("incidents.browse")
def publish(incident_id: UUID) -> ResponseReturnValue:
    """Publish the draft that was shown, for whoever cannot be reached."""
    seen, who = _seen(), actor()
    bank().unit_of_work(
        lambda work: notices.publish(work, incident_id, seen=seen, actor=who)
    )
    flash(_("It is published."), "good")
    return to(incident_id)


@blueprint.get("/<uuid:incident_id>/lists/<uuid:list_id>")
def show_delivery(incident_id: UUID, list_id: UUID) -> ResponseReturnValue:
    """Show how far a list was reached by now."""
    found = get(incident_id)
    with bank().read() as snap:
        reached = persons.get(snap, list_id)
        if reached.incident_id != incident_id:
            raise NotFound("incident.unknown", "The list is another incident's.")
        counted = delivery.count(snap, bank().keys, reached)
    return render_template(
        "incidents/delivery.html", found=found, listed=reached, counted=counted
    )


def _seen() -> int:
    return Form().whole_number("seen", least=0, most=10_000, needed=_("Choose one."))


def _question(form: Form) -> Question | None:
    reach = form.choice(
        "reach", [each.value for each in IncidentReach], needed=_("Choose one.")
    )
    day = _("Enter a day such as 2027-03-31.")
    words = {
        name: form.text(name)
        for name in ("recipient", "source", "purpose", "category", "actor")
    }
    since = form.day("since", needed=day) if form.text("since") else None
    until = form.day("until", needed=day) if form.text("until") else None
    if not form.is_good:
        return None
    try:
        return Question(
            reach=IncidentReach(reach),
            since=None if since is None else start_of(since),
            until=None if until is None else end_of(until),
            **words,
        )
    except Invalid as error:
        form.fail("until", public_words(error))
        return None


def _persons_page(incident_id: UUID, form: Form) -> str:
    with bank().read() as snap:
        choices, known = recipient_choices(snap), sources.every(snap)
    is_ja = language() == "ja"
    return render_template(
        "incidents/persons.html",
        form=form,
        found=get(incident_id),
        reaches=list(incident_words.REACHES.items()),
        recipients=choices,
        sources=[
            (str(each.source_id), each.name_ja if is_ja else each.name_en)
            for each in known
        ],
        purposes=[(each.id, named(each.words)) for each in purposes.ALL.values()],
        categories=[(each.id, named(each.words)) for each in categories.ALL.values()],
    )


def _notice_page(incident_id: UUID, form: Form) -> str:
    return render_template("incidents/notice.html", form=form, found=get(incident_id))
