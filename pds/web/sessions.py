"""The session cookie and the account behind it.

The cookie holds random bytes and nothing else; what it stands for is kept on the
server. Over https its name has the prefix `__Host-`, so that no sibling domain can
plant one. `localhost` over plain http has no such prefix, which browsers would refuse.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any, Final, cast

from flask import g, request, session
from werkzeug.wrappers import Response

from pds.core.ids import AccountId, OwnerId
from pds.web.context import bank
from pds.web.forms import Form

FRESH_FOR: Final = timedelta(minutes=10)
"""How long a login is recent enough for consent and export."""

_SECURE_NAME: Final = "__Host-session"
_LOCAL_NAME: Final = "session"


@dataclass(frozen=True)
class Visitor:
    """Who makes this request: an account in one role, logged in at some moment.

    Attributes:
        session_id: the session on the server.
        account_id: the account.
        role: person, recipient, operator, board or auditor.
        owner: the person's id; None for every other role.
        auth_time: moment of the last proof of identity.
    """

    session_id: Any
    account_id: AccountId
    role: str
    owner: OwnerId | None
    auth_time: datetime

    def is_fresh(self, at: datetime) -> bool:
        """Say whether the password was given within the last minutes."""
        return at - self.auth_time <= FRESH_FOR


def is_https() -> bool:
    """Say whether people reach the service over https."""
    return str(bank().settings.issuer).startswith("https://")


def cookie_name() -> str:
    """Return the name of the session cookie."""
    return _SECURE_NAME if is_https() else _LOCAL_NAME


def current() -> Visitor | None:
    """Return who makes this request, or None; looked up once per request."""
    if "visitor" not in g:
        token = request.cookies.get(cookie_name(), "")
        g.visitor = _find(token) if token else None
    return cast("Visitor | None", g.visitor)


def visitor() -> Visitor:
    """Return who makes this request; the guard has seen to it that there is one."""
    found = current()
    if found is None:
        raise AssertionError("A guarded view runs without a session.")
    return found


def owner() -> OwnerId:
    """Return the person who makes this request; the guard lets only persons here."""
    found = visitor().owner
    if found is None:
        raise AssertionError("A person's view runs for another role.")
    return found


def current_role() -> str:
    """Return the role of this request, empty without a session; for navigation."""
    found = current()
    return found.role if found else ""


def begin(response: Response, token: str) -> None:
    """Give the browser a new session; forms opened before no longer count."""
    session.pop("csrf_token", None)
    response.set_cookie(
        cookie_name(), token, secure=is_https(), httponly=True, samesite="Lax", path="/"
    )


def end(response: Response) -> None:
    """Take the session from the browser."""
    session.pop("csrf_token", None)
    response.delete_cookie(
        cookie_name(), secure=is_https(), httponly=True, samesite="Lax", path="/"
    )


def log_in(login: str, password: str) -> tuple[str, str] | None:
    """Open a session for the right password: its token and role; None otherwise."""
    return cast("tuple[str, str] | None", door().log_in(bank(), login, password))


def sign_up(form: Form, login: str, password: str) -> tuple[str, str] | None:
    """Create a person's account and log it in; complaints go into the form."""
    entered = door().sign_up(bank(), form, login, password)
    return cast("tuple[str, str] | None", entered)


def log_in_again(password: str) -> str | None:
    """Prove again who is there: a new token with a new moment of login, or None."""
    return cast("str | None", door().log_in_again(bank(), visitor(), password))


def close() -> None:
    """Close the session of this request, if there is one."""
    if current() is not None:
        door().close(bank(), visitor())


def door() -> Any:
    """Return the module that speaks with the accounts."""
    return import_module("pds.web.door")


def _find(token: str) -> Visitor | None:
    return cast("Visitor | None", door().find(bank(), token))
