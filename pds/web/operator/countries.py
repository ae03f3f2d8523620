"""Foreign countries of a recipient: what was found there, each year (Z-01)."""

from datetime import UTC, timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consent import countries, country_facts, recipients
from consent.country_facts import CountryFacts, Ground
from pds.core.clock import TOKYO, start_of
from pds.core.errors import Invalid
from pds.core.ids import RecipientId
from pds.core.vocabulary import countries as vocabulary
from pds.web import recipient_words
from pds.web.context import bank, now
from pds.web.forms import Form
from pds.web.guards import fresh
from pds.web.languages import country_name
from pds.web.operator import blueprint
from pds.web.reasons import public_words
from pds.web.sessions import actor


@blueprint.get("/recipients/<recipient_id>/country")
@fresh
def ask_country(recipient_id: str) -> ResponseReturnValue:
    """Show the form; of a country that was looked at before, what was found then."""
    with bank().read() as snap:
        found = countries.latest(snap, RecipientId(recipient_id))
    last = found.get(request.args.get("country", ""))
    values = {"checked_at": now().astimezone(TOKYO).date().isoformat()}
    if last is not None:
        values |= {name: getattr(last.facts, name) for name in country_facts.TEXTS}
        values |= {"country": last.facts.country, "ground": last.facts.ground.value}
    return _page(recipient_id, Form(values))


@blueprint.post("/recipients/<recipient_id>/country")
@fresh
def record_country(recipient_id: str) -> ResponseReturnValue:
    """Record what was found; persons are told it from now on."""
    form, who, here = Form(), actor(), RecipientId(recipient_id)
    found = _read(form)
    if found is not None:
        try:
            bank().unit_of_work(
                lambda work: countries.record(work, here, found, actor=who)
            )
        except Invalid as error:
            form.fail(error.code.partition(".")[2], public_words(error))
        else:
            flash(_("The facts about the country are recorded."), "good")
            return redirect(url_for("operator.show", recipient_id=recipient_id), 303)
    return _page(recipient_id, form), 422


@blueprint.post("/recipients/<recipient_id>/country/end")
@fresh
def end_country(recipient_id: str) -> ResponseReturnValue:
    """Say that the facts do not hold any more; nothing goes there from now on."""
    who, code = actor(), request.form.get("country", "")
    bank().unit_of_work(
        lambda work: countries.end(work, RecipientId(recipient_id), code, actor=who)
    )
    flash(_("The facts have ended. Nothing goes to this country now."), "good")
    return redirect(url_for("operator.show", recipient_id=recipient_id), 303)


def _read(form: Form) -> CountryFacts | None:
    choose = _("Choose from the list.")
    country = form.choice("country", vocabulary.FOREIGN, needed=choose)
    ground = form.choice("ground", list(Ground), needed=choose)
    texts = {name: _paragraph(form, name) for name in country_facts.TEXTS}
    day = _("Enter a day such as 2027-03-31.")
    checked = form.day("checked_at", needed=day)
    last = form.day("valid_until", needed=day)
    if not form.is_good or checked is None or last is None:
        return None
    return CountryFacts(
        country=country,
        ground=Ground(ground),
        checked_at=start_of(checked).astimezone(UTC),
        valid_until=start_of(last).astimezone(UTC) + timedelta(days=1),
        **texts,
    )


def _paragraph(form: Form, name: str) -> str:
    """Read one paragraph; lines that were broken in typing are joined."""
    longest = country_facts.LONGEST
    text = form.text(name, needed=_("Fill this in."), longest=longest)
    return " ".join(text.split())


def _page(recipient_id: str, form: Form) -> str:
    with bank().read() as snap:
        found = recipients.get(snap, RecipientId(recipient_id))
        chosen = form.values.get("country", "")
        return render_template(
            "operator/country.html",
            found=found,
            form=form,
            options=sorted(
                ((code, country_name(code)) for code in vocabulary.FOREIGN),
                key=lambda each: each[1],
            ),
            grounds=list(recipient_words.GROUNDS.items()),
            counts=countries.current(snap, found.recipient_id, chosen),
            history=[
                each
                for each in countries.history(snap, found.recipient_id)
                if each.facts.country == chosen
            ],
        )
