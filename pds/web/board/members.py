"""Who sits on the board, one's own conflicts, nominations, and the end of a term."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consent import board_members, recipients
from consent.board_member import Nomination
from consent.board_rule import MemberField
from pds.accounts import service as accounts
from pds.accounts.logins import PEPPER
from pds.accounts.roles import Role
from pds.core.clock import end_of, start_of
from pds.core.database import Snapshot
from pds.core.errors import Forbidden, Invalid
from pds.core.ids import AccountId, RecipientId
from pds.web.board import blueprint
from pds.web.board.office import account_id, office
from pds.web.board_words import MEMBER_FIELDS
from pds.web.context import bank
from pds.web.forms import Form
from pds.web.guards import fresh
from pds.web.languages import language
from pds.web.reasons import public_words
from pds.web.sessions import actor

_LONGEST = 1_000


@blueprint.get("/members")
@fresh
def members() -> ResponseReturnValue:
    """List everybody who sat, sits or is nominated."""
    return _page(Form())


@blueprint.post("/members")
@fresh
def nominate() -> ResponseReturnValue:
    """Nominate somebody; the board decides on it."""
    form = Form()
    with bank().read() as snap:
        board_members.sitting_for(snap, account_id())
    if enter_nomination(form):
        flash(_("The nomination waits for the board."), "good")
        return redirect(url_for("board.members"), 303)
    return _page(form), 422


@blueprint.post("/members/conflict")
@fresh
def declare_conflict() -> ResponseReturnValue:
    """Declare that one may not decide about a recipient."""
    form, who = Form(), actor()
    with bank().read() as snap:
        me = board_members.sitting_for(snap, account_id())
        known = [each for each, _name in recipient_choices(snap)]
    recipient_id = form.choice("recipient_id", known, needed=_("Choose the recipient."))
    words = form.text("words", longest=_LONGEST)
    if not form.is_good:
        return _page(form), 422
    bank().unit_of_work(
        lambda work: board_members.declare(
            work, me.member_id, RecipientId(recipient_id), words, actor=who
        )
    )
    flash(_("You no longer decide about this recipient."), "good")
    return redirect(url_for("board.members"), 303)


@blueprint.post("/members/<uuid:member_id>/resign")
@fresh
def resign(member_id: UUID) -> ResponseReturnValue:
    """End one's own term."""
    who = actor()
    with bank().read() as snap:
        if board_members.sitting_for(snap, account_id()).member_id != member_id:
            raise Forbidden("board.not-yours")
    bank().unit_of_work(lambda work: board_members.end(work, member_id, actor=who))
    flash(_("Your term has ended."), "good")
    return redirect(url_for("board.browse"), 303)


def enter_nomination(form: Form) -> bool:
    """Read the form of a nomination and enter it; False if something is wrong."""
    who = actor()
    name = form.text("name", needed=_("Enter a name of at most 100 characters."))
    field = form.choice("field", list(MemberField), needed=_("Choose the field."))
    employer = form.text("employer", needed=_("Enter the employer."))
    of_bank = form.choices("of_bank", ["yes"])
    first = form.day("term_from", needed=_("Enter a day such as 2026-04-01."))
    last = form.day("term_until", needed=_("Enter a day such as 2027-03-31."))
    with bank().read() as snap:
        account = _account(snap, form)
        known = [each for each, _name in recipient_choices(snap)]
    conflicts = form.choices("conflicts", known)
    if not form.is_good or account is None or first is None or last is None:
        return False
    wish = Nomination(
        account_id=account,
        name=name,
        field=MemberField(field),
        employer=employer,
        is_of_bank=bool(of_bank),
        term_from=start_of(first),
        term_until=end_of(last),
    )
    try:
        bank().unit_of_work(
            lambda work: board_members.nominate(
                work, wish, conflicts=conflicts, actor=who
            )
        )
    except Invalid as error:
        form.fail(error.code.partition(".")[2], public_words(error))
        return False
    return True


def recipient_choices(snap: Snapshot) -> list[tuple[str, str]]:
    """Return id and name of every recipient, in the language of the request."""
    return [
        (each.recipient_id, getattr(each.profile, f"name_{language()}"))
        for each in recipients.every(snap)
    ]


def nomination_choices() -> dict[str, object]:
    """Return what the form of a nomination offers."""
    with bank().read() as snap:
        chosen = recipient_choices(snap)
    fields = [(each.value, MEMBER_FIELDS[each.value]) for each in MemberField]
    return {"fields": fields, "recipients": chosen}


def _account(snap: Snapshot, form: Form) -> AccountId | None:
    login = form.text("login", needed=_("Enter the login name."))
    found = accounts.find_by_login(snap, bank().secret(PEPPER), login)
    if found is None or found.role is not Role.BOARD:
        form.fail("login", _("No account of the ethics board has this login name."))
        return None
    return found.account_id


def _page(form: Form) -> str:
    with bank().read() as snap:
        found = board_members.every(snap)
        me = office(snap)
    return render_template(
        "board/members.html", found=found, me=me, form=form, **nomination_choices()
    )
