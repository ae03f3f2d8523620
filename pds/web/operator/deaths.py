"""The desk: a death is reported, confirmed, lifted, and what follows is approved."""

from uuid import UUID

from flask import (
    Blueprint,
    Response,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from pds.accounts import codes, papers
from pds.bank.mourning import erase_approved
from pds.core.errors import Conflict, Invalid, NotFound
from pds.core.vocabulary import categories
from pds.rights.death import acts, reports, wishes
from pds.rights.death.reports import DeathReport
from pds.rights.death.wishes import LastWish
from pds.web.context import bank
from pds.web.forms import Form
from pds.web.guards import fresh, fresh_from
from pds.web.operator.persons import by_login
from pds.web.operator.queues import PAGE, following, place
from pds.web.reasons import public_words
from pds.web.sessions import visitor

blueprint = Blueprint("desk_deaths", __name__, url_prefix="/operator/deaths")

_FIELDS = {"papers.kind": "paper"}
_STEPS = {"confirm": acts.confirm, "refuse": acts.refuse, "lift": acts.lift}
"""What can be decided about a report, by the value of the address."""


@blueprint.get("")
@fresh
def browse() -> ResponseReturnValue:
    """List the reports that wait for somebody, oldest first, by pages."""
    after = place()
    with bank().read() as snap:
        found = reports.waiting(snap, after, limit=PAGE + 1)
    further = following(found, lambda each: (each.entered_at, each.report_id))
    return _show(found[:PAGE], further)


@blueprint.get("/new")
@fresh
def new() -> ResponseReturnValue:
    """Show the form of a report."""
    return render_template("operator/death_new.html", form=Form())


@blueprint.post("/new")
@fresh
def enter() -> ResponseReturnValue:
    """Enter a report; it freezes nothing before somebody else confirms it."""
    form, by = Form(), visitor().account_id
    owner = by_login(form, "person", form.text("person", needed=_("Fill this in.")))
    if form.is_good and owner is not None:
        sent = request.files.get("paper")
        content = b"" if sent is None else sent.stream.read(papers.LARGEST + 1)
        try:
            paper = papers.read(content)
            bank().unit_of_work(lambda work: acts.report(work, owner, paper, by=by))
        except (Invalid, Conflict) as error:
            form.fail(_FIELDS.get(error.code, "person"), public_words(error))
        else:
            flash(_("Entered. Somebody else of the staff has to confirm it."), "good")
            return redirect(url_for("desk_deaths.browse"), 303)
    return render_template("operator/death_new.html", form=form), 422


@blueprint.post("/<uuid:report_id>/paper")
@fresh_from("desk_deaths.browse")
def paper(report_id: UUID) -> ResponseReturnValue:
    """Hand out the paper; the look is recorded."""
    found, by = _get(report_id), visitor().account_id
    kept = bank().unit_of_work(lambda work: acts.open_paper(work, found, by=by))
    name = f'attachment; filename="{report_id}.{kept.media_type.rpartition("/")[2]}"'
    return Response(
        kept.content,
        content_type=kept.media_type,
        headers={"Content-Disposition": name, "Cache-Control": "no-store"},
    )


@blueprint.post("/<uuid:report_id>/wish")
@fresh_from("desk_deaths.browse")
def wish(report_id: UUID) -> ResponseReturnValue:
    """Show the person's wish with the heir's name; the look is recorded."""
    found, by = _get(report_id), visitor().account_id
    bank().unit_of_work(lambda work: acts.look(work, found, by=by))
    with bank().read() as snap:
        said = wishes.get(snap, bank().keys, found.owner)
    return _show(
        [found],
        None,
        report_id,
        said or wishes.Wish(LastWish.ERASE, "", found.entered_at),
    )


@blueprint.post("/<uuid:report_id>/<step>")
@fresh_from("desk_deaths.browse")
def decide(report_id: UUID, step: str) -> ResponseReturnValue:
    """Confirm a report, put it aside, or lift a freeze that was wrong."""
    found, by, act = _get(report_id), visitor().account_id, _STEPS.get(step)
    if act is None:
        raise NotFound("death.unknown")
    bank().unit_of_work(lambda work: act(work, found, by=by))
    return _done()


@blueprint.post("/<uuid:report_id>/ask/<what>")
@fresh_from("desk_deaths.browse")
def ask(report_id: UUID, what: str) -> ResponseReturnValue:
    """Ask for the erasure, or for an archive for the heir."""
    found, by = _get(report_id), visitor().account_id
    if what not in tuple(LastWish):
        raise NotFound("death.unknown")
    bank().unit_of_work(lambda work: acts.ask(work, found, LastWish(what), by=by))
    return _done()


@blueprint.post("/<uuid:report_id>/approve")
@fresh_from("desk_deaths.browse")
def approve(report_id: UUID) -> ResponseReturnValue:
    """Approve what somebody else asked for; the heir's code is shown this once."""
    found, by, code = _get(report_id), visitor().account_id, codes.make(bank().ids)
    pepper = bank().secret(acts.PEPPER)
    with bank().read() as snap:
        every = tuple(categories.ALL)
        records = sum(bank().vault.count(snap, found.owner, categories=every).values())
    done = bank().unit_of_work(
        lambda work: acts.approve(work, pepper, found, code, records=records, by=by)
    )
    if done is LastWish.HAND_OVER:
        return render_template("operator/heir_code.html", code=code)
    erase_approved(bank())
    flash(
        _("Give the heirs the address of this page: the certificate is here."), "good"
    )
    return redirect(url_for("erasures.show", certificate_id=report_id), 303)


def _get(report_id: UUID) -> DeathReport:
    with bank().read() as snap:
        return reports.get(snap, report_id)


def _done() -> ResponseReturnValue:
    flash(_("Your decision is recorded."), "good")
    return redirect(url_for("desk_deaths.browse"), 303)


def _show(
    found: list[DeathReport],
    further: str | None,
    shown: UUID | None = None,
    said: wishes.Wish | None = None,
) -> str:
    return render_template(
        "operator/deaths.html",
        found=found,
        following=further,
        is_part=shown is not None or place() is not None,
        at=bank().clock.now(),
        by=visitor().account_id,
        issuer=bank().settings.issuer,
        shown=shown,
        said=said,
    )
