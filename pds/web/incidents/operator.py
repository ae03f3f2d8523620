"""Incidents: what staff enter, assess, write, report and close."""

from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from audit.work import Work
from consent import recipients
from pds.core.clock import TOKYO
from pds.core.database import Snapshot
from pds.core.errors import Invalid, NotFound
from pds.core.ids import RecipientId
from pds.oversight.incidents import acts, contents, facts, register
from pds.oversight.incidents.contents import IncidentContent
from pds.oversight.incidents.facts import FLAGS, MOST_PERSONS, Facts, IncidentPlace
from pds.oversight.incidents.incident import Incident
from pds.oversight.incidents.judging import IncidentReport
from pds.oversight.incidents.register import Wish
from pds.web import incident_words
from pds.web.context import bank
from pds.web.forms import Form
from pds.web.guards import fresh, fresh_from
from pds.web.incidents import reading
from pds.web.languages import language
from pds.web.reasons import public_words
from pds.web.sessions import actor

blueprint = Blueprint("incidents", __name__, url_prefix="/operator/incidents")

_AREA: Final = "incidents"
_HELD: Final = tuple(each for each in FLAGS if each != "is_certified")
_EXERCISE, _REAL = "exercise", "incident"
Act = Callable[[Work, UUID, str, str], object]
_STEPS: Final[dict[str, Act]] = {
    "contain": lambda work, which, text, who: acts.contain(
        work, which, text, actor=who
    ),
    "ask-close": lambda work, which, text, who: acts.ask_close(
        work, which, text, actor=who
    ),
    "close": lambda work, which, _text, who: acts.close(work, which, actor=who),
    "reopen": lambda work, which, text, who: acts.reopen(work, which, text, actor=who),
}
"""What needs a text at most, by the value of the address."""


@blueprint.get("")
def browse() -> ResponseReturnValue:
    """List the incidents and exercises, newest first."""
    return reading.listed(_AREA)


@blueprint.get("/new")
@fresh
def new() -> ResponseReturnValue:
    """Show the form of an incident."""
    at = bank().clock.now().astimezone(TOKYO).strftime("%Y-%m-%dT%H:%M")
    return _new_page(Form({"kind": _REAL, "knew_at": at, "persons": "0"}))


@blueprint.post("/new")
@fresh
def enter() -> ResponseReturnValue:
    """Open an incident, or an exercise."""
    form, who = Form(), actor()
    kind = form.choice("kind", (_REAL, _EXERCISE), needed=_("Choose one."))
    title = form.text("title", needed=_("Enter one line of text."))
    knew_at = _moment(form)
    outline = form.text("outline", longest=contents.LONGEST)
    recipient = _recipient(form)
    known = _facts(form)
    if form.is_good and knew_at and known:
        wish = Wish(
            title=title,
            knew_at=knew_at,
            facts=known,
            outline=outline,
            recipient_id=RecipientId(recipient) if recipient else None,
            is_exercise=kind == _EXERCISE,
        )
        try:
            made = bank().unit_of_work(
                lambda work: register.enter(work, wish, actor=who)
            )
        except Invalid as error:
            field = "knew_at" if error.code == "incident.knew-at" else "title"
            form.fail(field, public_words(error))
        else:
            flash(_("It is in the register. The terms run."), "good")
            return to(made)
    return _new_page(form), 422


@blueprint.get("/<uuid:incident_id>")
def show(incident_id: UUID) -> ResponseReturnValue:
    """Show an incident, its terms, and what can be done."""
    return reading.shown(incident_id, _AREA)


@blueprint.get("/<uuid:incident_id>/report.<form>")
def take(incident_id: UUID, form: str) -> ResponseReturnValue:
    """Hand out the report for the authority."""
    return reading.report(incident_id, form)


@blueprint.get("/<uuid:incident_id>/facts")
@fresh
def ask_facts(incident_id: UUID) -> ResponseReturnValue:
    """Show what is known, to be corrected."""
    said = facts.written(get(incident_id).facts)
    held = [each for each in _HELD if said[each]]
    return _facts_page(
        incident_id,
        Form(
            {
                "place": said["place"],
                "persons": str(said["persons"]),
                "held": " ".join(held),
            }
        ),
    )


@blueprint.post("/<uuid:incident_id>/facts")
@fresh
def assess(incident_id: UUID) -> ResponseReturnValue:
    """Keep what is known now; duties and terms follow."""
    form, who = Form(), actor()
    known = _facts(form)
    if known is None:
        return _facts_page(incident_id, form), 422
    bank().unit_of_work(lambda work: acts.assess(work, incident_id, known, actor=who))
    flash(_("The duties were judged anew."), "good")
    return to(incident_id)


@blueprint.get("/<uuid:incident_id>/contents")
@fresh
def ask_contents(incident_id: UUID) -> ResponseReturnValue:
    """Show the nine contents, to be written."""
    return _contents_page(incident_id, Form(get(incident_id).contents))


@blueprint.post("/<uuid:incident_id>/contents")
@fresh
def write(incident_id: UUID) -> ResponseReturnValue:
    """Keep a version of the nine contents."""
    form, who = Form(), actor()
    said = {
        e.value: form.text(e.value, longest=contents.LONGEST) for e in IncidentContent
    }
    if form.is_good:
        try:
            bank().unit_of_work(
                lambda work: acts.write(work, incident_id, said, actor=who)
            )
        except Invalid as error:
            form.fail(IncidentContent.OUTLINE.value, public_words(error))
        else:
            flash(_("The version is kept. Somebody else reports it."), "good")
            return to(incident_id)
    return _contents_page(incident_id, form), 422


@blueprint.post("/<uuid:incident_id>/report")
@fresh_from("incidents.browse")
def report(incident_id: UUID) -> ResponseReturnValue:
    """Note that the newest version was reported."""
    form, who = Form(), actor()
    kind = form.choice("to", [e.value for e in IncidentReport], needed=_("Choose one."))
    reference = form.text("reference", needed=_("Enter one line of text."))
    seen = form.whole_number("seen", least=0, most=10_000, needed=_("Choose one."))

    def act(work: Work) -> object:
        to_whom = IncidentReport(kind)
        return acts.report(work, incident_id, to_whom, reference, seen=seen, actor=who)

    return _settled(incident_id, form, act)


@blueprint.post("/<uuid:incident_id>/step/<step>")
@fresh_from("incidents.browse")
def take_step(incident_id: UUID, step: str) -> ResponseReturnValue:
    """Contain an incident, ask to close it, close it, or take it up again."""
    form, who, act = Form(), actor(), _STEPS.get(step)
    if act is None:
        raise NotFound("incident.unknown", "There is no such step.")
    text = form.text("text", longest=contents.LONGEST)
    return _settled(incident_id, form, lambda work: act(work, incident_id, text, who))


def get(incident_id: UUID) -> Incident:
    """Return an incident for a form about it."""
    with bank().read() as snap:
        return register.get(snap, bank().keys, incident_id)


def to(incident_id: UUID) -> ResponseReturnValue:
    """Return to the page of an incident."""
    return redirect(url_for("incidents.show", incident_id=incident_id), 303)


def recipient_choices(snap: Snapshot) -> list[tuple[str, str]]:
    """Return the recipients to choose from, by name."""
    is_ja = language() == "ja"
    return [
        (each.recipient_id, each.profile.name_ja if is_ja else each.profile.name_en)
        for each in recipients.every(snap)
    ]


def _settled(
    incident_id: UUID, form: Form, act: Callable[[Work], object]
) -> ResponseReturnValue:
    try:
        if form.is_good:
            bank().unit_of_work(act)
            flash(_("Your decision is recorded."), "good")
    except Invalid as error:
        form.fail("text", public_words(error))
    for complaint in form.errors.values():
        flash(complaint, "bad")
    return to(incident_id)


def _moment(form: Form) -> datetime | None:
    needed = _("Enter a moment such as 2026-11-30T09:15.")
    value = form.text("knew_at", needed=needed, longest=16)
    try:
        return datetime.strptime(value, "%Y-%m-%dT%H:%M").replace(tzinfo=TOKYO)
    except ValueError:
        form.fail("knew_at", needed)
        return None


def _recipient(form: Form) -> str:
    if not request.form.get("recipient"):
        return ""
    with bank().read() as snap:
        known = [value for value, _name in recipient_choices(snap)]
    return form.choice("recipient", known, needed=_("Choose from the list."))


def _facts(form: Form) -> Facts | None:
    needed = _("Choose one.")
    place = form.choice("place", [each.value for each in IncidentPlace], needed=needed)
    number = _("Enter a whole number of at least %(count)s.", count=0)
    persons = form.whole_number("persons", least=0, most=MOST_PERSONS, needed=number)
    held = form.choices("held", _HELD)
    if not form.is_good:
        return None
    with bank().read() as snap:
        is_certified = register.is_certified(snap)
    return Facts(
        place=IncidentPlace(place),
        persons=persons,
        is_certified=is_certified,
        **dict.fromkeys(held, True),
    )


def _new_page(form: Form) -> str:
    with bank().read() as snap:
        choices = recipient_choices(snap)
    return render_template(
        "incidents/new.html",
        form=form,
        recipients=choices,
        kinds=list(incident_words.KINDS.items()),
        places=list(incident_words.PLACES.items()),
        held=[(each, incident_words.FACTS[each]) for each in _HELD],
    )


def _facts_page(incident_id: UUID, form: Form) -> str:
    return render_template(
        "incidents/facts.html",
        form=form,
        found=get(incident_id),
        places=list(incident_words.PLACES.items()),
        held=[(each, incident_words.FACTS[each]) for each in _HELD],
    )


def _contents_page(incident_id: UUID, form: Form) -> str:
    return render_template("incidents/contents.html", form=form, found=get(incident_id))
