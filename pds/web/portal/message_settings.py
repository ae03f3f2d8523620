"""How a person hears of things: an address for mail, and a way for each kind."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from audit.work import Work
from pds.accounts import mail_addresses, message_wishes, messages
from pds.accounts.mail_addresses import AddressState
from pds.accounts.message_kinds import LEGAL, MessageKind, MessageTopic, MessageWay
from pds.bank import mailing
from pds.core.errors import Conflict, Invalid
from pds.core.ids import OwnerId
from pds.web import sessions
from pds.web.context import bank
from pds.web.forms import Form
from pds.web.guards import fresh_from
from pds.web.languages import language
from pds.web.reasons import public_words

blueprint = Blueprint("message_settings", __name__, url_prefix="/messages/settings")
_HOME = "message_settings.show"


@blueprint.get("")
def show() -> ResponseReturnValue:
    """Show address and ways."""
    return _page(Form())


@blueprint.post("")
def choose() -> ResponseReturnValue:
    """Keep the way of each kind; what the law asks to be told has no choice."""
    owner, form = sessions.owner(), Form()
    ways = [each.value for each in MessageWay]
    chosen = {
        kind: form.choice(kind.value, ways, needed=_("Choose how to be told."))
        for kind in MessageKind
        if kind not in LEGAL
    }
    if not form.is_good:
        return _page(form), 422

    def act(work: Work) -> None:
        for kind, way in chosen.items():
            message_wishes.wish(work, owner, kind, MessageWay(way))

    bank().unit_of_work(act)
    flash(_("Your choices are kept."), "good")
    return redirect(url_for(_HOME), 303)


@blueprint.post("/address")
@fresh_from(_HOME)
def ask_address() -> ResponseReturnValue:
    """Send a number to an address, which proves it."""
    owner, form, spoken = sessions.owner(), Form(), language()
    address = form.text("address", needed=_("Enter an address."), longest=254)
    if form.is_good:
        try:
            bank().unit_of_work(
                lambda work: mailing.ask_address(work, owner, address, spoken)
            )
        except (Invalid, Conflict) as error:
            form.fail("address", public_words(error))
        else:
            flash(_("A number is on its way to this address. Enter it here."), "good")
            return redirect(url_for(_HOME), 303)
    return _page(form), 422


@blueprint.post("/code")
def prove_address() -> ResponseReturnValue:
    """Take the number that came by mail."""
    owner, form = sessions.owner(), Form()
    code = form.text("code", needed=_("Enter the number."), longest=20)
    form.values.pop("code")
    if form.is_good:
        try:
            if bank().unit_of_work(lambda work: _prove(work, owner, code)):
                flash(_("Mail goes to this address from now on."), "good")
                return redirect(url_for(_HOME), 303)
            form.fail("code", _("This is not the number."))
        except Conflict as error:
            form.fail("code", public_words(error))
    return _page(form), 422


@blueprint.post("/address/remove")
@fresh_from(_HOME)
def remove_address() -> ResponseReturnValue:
    """Forget the address; nothing goes out by mail any more."""
    owner = sessions.owner()

    def act(work: Work) -> None:
        mail_addresses.remove(work, owner)
        _tell(work, owner)

    bank().unit_of_work(act)
    flash(_("The address is forgotten. Messages are only here now."), "good")
    return redirect(url_for(_HOME), 303)


def _prove(work: Work, owner: OwnerId, code: str) -> bool:
    is_proved = mail_addresses.prove(work, owner, code)
    if is_proved:
        _tell(work, owner)
    return is_proved


def _tell(work: Work, owner: OwnerId) -> None:
    messages.tell(work, owner, MessageTopic.ADDRESS_CHANGED, link="/messages/settings")


def _page(form: Form) -> str:
    owner = sessions.owner()
    with bank().read() as snap:
        ways = message_wishes.of_owner(snap, owner)
        addresses = {
            state.value: mail_addresses.find(snap, bank().keys, owner, state)
            for state in AddressState
        }
    for kind, way in ways.items():
        form.values.setdefault(kind.value, way.value)
    return render_template(
        "portal/message_settings.html",
        form=form,
        addresses=addresses,
        kinds=[kind for kind in MessageKind if kind not in LEGAL],
        legal=sorted(LEGAL),
        sends_mail=bank().settings.delivery.sends_mail,
    )
