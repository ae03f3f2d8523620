"""Telling persons when somebody logs in with a browser that never did before.

The browser keeps a mark for each account that has logged in with it: a keyed hash that
says nothing to anybody else and opens nothing. Without it a login is told, so a mark
that was deleted costs one message more.
"""

import hmac
from typing import Final

from flask import request
from werkzeug.wrappers import Response

from pds.accounts import messages
from pds.accounts.message_kinds import MessageTopic
from pds.web import sessions
from pds.web.context import bank

_NAME: Final = "known"
_SECRET: Final = "known-browser"  # noqa: S105 - the name of a secret, not a secret
_MOST: Final = 8
"""Accounts that a browser remembers."""
_SECONDS: Final = 366 * 86_400


def note(response: Response, token: str, *, is_new: bool = False) -> None:
    """Mark the browser of a login; tell the person if the account did not know it.

    Args:
        response: what the browser is given.
        token: the session that was opened.
        is_new: whether the account was made right now, so that nobody has to be told.
    """
    entered = sessions.entering(token)
    if entered is None or entered.owner is None:
        return
    owner, is_https = entered.owner, sessions.is_https()
    key = bank().secret(_SECRET)
    mark = hmac.digest(key, owner.bytes, "sha256").hex()
    name = f"__Host-{_NAME}" if is_https else _NAME
    kept = request.cookies.get(name, "").split(".")
    is_known = any(hmac.compare_digest(each.encode(), mark.encode()) for each in kept)
    if not is_known and not is_new:
        bank().unit_of_work(
            lambda work: messages.tell(
                work, owner, MessageTopic.LOGIN_NEW, link="/account"
            )
        )
    others = [each for each in kept if each and each != mark]
    response.set_cookie(
        name,
        ".".join([mark, *others][:_MOST]),
        max_age=_SECONDS,
        secure=is_https,
        httponly=True,
        samesite="Lax",
        path="/",
    )
