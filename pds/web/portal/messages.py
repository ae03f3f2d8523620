"""Messages of the bank to the person: reading, and what was read (お知らせ)."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Final
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date
from flask_babel import gettext as _

from pds.accounts import messages
from pds.accounts.messages import Message
from pds.core.clock import TOKYO
from pds.core.database import Snapshot
from pds.core.errors import NotFound
from pds.web import acting, message_words, recipient_words, sessions, words
from pds.web.context import bank
from pds.web.portal.names import recipient_names

blueprint = Blueprint("messages", __name__, url_prefix="/messages")

PAGE: Final = 20
_DAYS: Final = ("until", "from", "day")
_WORDS: Final[Mapping[str, Mapping[str, object]]] = {
    "change": words.ACCOUNT_CHANGES,
    "event": words.CONSENT_EVENTS,
    "reason": recipient_words.SUSPENSION_REASONS,
}


@blueprint.get("")
def browse() -> ResponseReturnValue:
    """List the messages, newest first; looking at the list reads none of them."""
    owner, before = sessions.owner(), _before()
    with bank().read() as snap:
        found = messages.page(snap, bank().keys, owner, before=before, limit=PAGE + 1)
        said = sentences(snap, found[:PAGE])
        unread = messages.unread(snap, owner)
    following = found[PAGE - 1].message_id if len(found) > PAGE else None
    return render_template(
        "portal/messages.html",
        said=said,
        unread=unread,
        following=following,
        is_later=before is not None,
    )


@blueprint.post("/<uuid:message_id>/open")
def follow(message_id: UUID) -> ResponseReturnValue:
    """Note that a message was read, and lead to what it is about."""
    owner = sessions.owner()
    with bank().read() as snap:
        found = messages.get(snap, bank().keys, owner, message_id)
    bank().unit_of_work(lambda work: messages.mark_read(work, owner, [message_id]))
    return redirect(found.link or url_for("messages.browse"), 303)


@blueprint.post("/read")
def read_all() -> ResponseReturnValue:
    """Note that all was read."""
    owner = sessions.owner()
    bank().unit_of_work(lambda work: messages.mark_read(work, owner))
    flash(_("All messages are marked as read."), "good")
    return redirect(url_for("messages.browse"), 303)


def sentences(snap: Snapshot, found: Iterable[Message]) -> list[tuple[Message, str]]:
    """Return messages with their sentences in the page's language."""
    listed = list(found)
    named = [each.facts.get("recipient", "") for each in listed]
    names = recipient_names(snap, named)
    return [(each, _sentence(each, names)) for each in listed]


def unread() -> int:
    """Return how many messages wait for this visitor; 0 for everybody but persons."""
    visitor = sessions.current()
    if visitor is None or visitor.owner is None or acting.wished():
        return 0
    with bank().read() as snap:
        return messages.unread(snap, visitor.owner)


def _sentence(said: Message, names: Mapping[str, str]) -> str:
    facts = {name: _fact(name, value, names) for name, value in said.facts.items()}
    filled = dict.fromkeys(("recipient", *_DAYS, *_WORDS), "") | facts
    sentence: str = str(message_words.TOPICS[said.topic])
    return sentence % filled


def _fact(name: str, value: str, names: Mapping[str, str]) -> str:
    if name == "recipient":
        return names.get(value, value)
    if name in _DAYS and value:
        return str(format_date(_day(value), "long"))
    known = _WORDS.get(name, {})
    return str(known.get(value, value))


def _day(text: str) -> date:
    found = datetime.fromisoformat(text)
    return found.date() if found.tzinfo is None else found.astimezone(TOKYO).date()


def _before() -> UUID | None:
    text = request.args.get("before", "")
    try:
        return UUID(text) if text else None
    except ValueError:
        raise NotFound("messages.place", "The address is none of ours.") from None
