"""Processors of recipients and of the bank: entering, checking, ending (R-05, S-09)."""

from datetime import date
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consent import certificates, processors, recipients
from consent.processors import ProcessorProfile
from consent.recipients import Recipient
from pds.core.database import Snapshot
from pds.core.errors import Conflict, Invalid
from pds.core.ids import RecipientId
from pds.core.vocabulary import categories
from pds.web.context import bank
from pds.web.forms import Form
from pds.web.guards import fresh
from pds.web.languages import named
from pds.web.operator import blueprint, certificate_form
from pds.web.reasons import public_words
from pds.web.sessions import actor

_TEXTS = ("name_ja", "name_en", "task_ja", "task_en", "country")


@blueprint.get("/processors")
def browse_processors() -> ResponseReturnValue:
    """List the bank's own processors and those of all recipients."""
    with bank().read() as snap:
        found = processors.every(snap)
        names = {each.recipient_id: each.profile for each in recipients.every(snap)}
        at = snap.now
    return render_template(
        "operator/processors.html", processors=found, names=names, at=at
    )


@blueprint.get("/processors/new")
@fresh
def new_processor() -> ResponseReturnValue:
    """Show the form; `recipient` says whose it is, without it the bank's."""
    return _new(Form({"country": "JP"}))


@blueprint.post("/processors/new")
@fresh
def enter_processor() -> ResponseReturnValue:
    """Enter a processor that was looked at."""
    form, who, whose = Form(), actor(), _whose()
    profile = _profile(form)
    if profile is not None:
        try:
            made = bank().unit_of_work(
                lambda work: processors.enter(work, whose, profile, actor=who)
            )
        except (Invalid, Conflict) as error:
            field = error.code.partition(".")[2]
            is_known = error.code == "processor.known"
            form.fail("corporate_number" if is_known else field, public_words(error))
        else:
            return _done(made, _("The processor is entered."))
    return _new(form), 422


@blueprint.get("/processors/<uuid:processor_id>")
def show_processor(processor_id: UUID) -> ResponseReturnValue:
    """Show a processor with its certificates."""
    return _page(processor_id)


@blueprint.post("/processors/<uuid:processor_id>/check")
@fresh
def check_processor(processor_id: UUID) -> ResponseReturnValue:
    """Write down that it was looked at today (S-09)."""
    who = actor()
    bank().unit_of_work(lambda work: processors.checked(work, processor_id, actor=who))
    return _done(processor_id, _("The check is recorded."))


@blueprint.get("/processors/<uuid:processor_id>/certificate")
@fresh
def ask_processor_certificate(processor_id: UUID) -> ResponseReturnValue:
    """Show the form of a certificate of a processor."""
    return _certificate_page(processor_id, Form())


@blueprint.post("/processors/<uuid:processor_id>/certificate")
@fresh
def add_processor_certificate(processor_id: UUID) -> ResponseReturnValue:
    """Record a certificate of a processor to its expiry (R-04)."""
    form = Form()
    if certificate_form.record(
        form,
        lambda work: processors.get(work, processor_id).recipient_id,
        processor_id,
    ):
        return _done(processor_id, _("The certificate is recorded."))
    return _certificate_page(processor_id, form), 422


@blueprint.get("/processors/<uuid:processor_id>/end")
@fresh
def ask_end_processor(processor_id: UUID) -> ResponseReturnValue:
    """Ask before a processor ends."""
    return _page(processor_id, "operator/processor_end.html")


@blueprint.post("/processors/<uuid:processor_id>/end")
@fresh
def end_processor(processor_id: UUID) -> ResponseReturnValue:
    """End a processor, and what rests on its certificates."""
    who = actor()
    bank().unit_of_work(lambda work: processors.end(work, processor_id, actor=who))
    return _done(processor_id, _("The processor has ended."))


def _whose() -> RecipientId | None:
    asked = request.args.get("recipient", "")
    return RecipientId(asked) if asked else None


def _profile(form: Form) -> ProcessorProfile | None:
    texts = {name: form.text(name, needed=_("Fill this in.")) for name in _TEXTS}
    number = form.text("corporate_number")
    kinds = form.choices(
        "categories", list(categories.ALL), needed=_("Choose at least one category.")
    )
    signed = form.day("contract_day", needed=_("Enter a day such as 2026-04-01."))
    if not form.is_good:
        return None
    return ProcessorProfile(
        **texts,
        corporate_number=number,
        categories=kinds,
        contract_day=signed or date.max,
    )


def _owner(snap: Snapshot, whose: RecipientId | None) -> Recipient | None:
    return None if whose is None else recipients.get(snap, whose)


def _new(form: Form) -> str:
    with bank().read() as snap:
        owner = _owner(snap, _whose())
    return render_template(
        "operator/processor_new.html",
        owner=owner,
        form=form,
        categories=[(each.id, named(each.words)) for each in categories.ALL.values()],
    )


def _page(processor_id: UUID, template: str = "operator/processor.html") -> str:
    with bank().read() as snap:
        found = processors.get(snap, processor_id)
        return render_template(
            template,
            found=found,
            owner=_owner(snap, found.recipient_id),
            certificates=certificates.of_processor(snap, processor_id),
            at=snap.now,
        )


def _certificate_page(processor_id: UUID, form: Form) -> str:
    with bank().read() as snap:
        found = processors.get(snap, processor_id)
    return render_template(
        "operator/processor_certificate.html",
        found=found,
        form=form,
        kinds=certificate_form.kinds(),
    )


def _done(processor_id: UUID, message: str) -> ResponseReturnValue:
    flash(message, "good")
    address = url_for("operator.show_processor", processor_id=processor_id)
    return redirect(address, 303)
