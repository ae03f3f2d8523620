"""The session cookie and the account behind it.

The cookie holds random bytes and nothing else; what it stands for is kept on the
server. Over https its name has the prefix `__Host-`, so that no sibling domain can
plant one. `localhost` over plain http has no such prefix, which browsers would refuse.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, cast

from flask import g, request, session
from werkzeug.wrappers import Response

from pds.accounts.agents.links import AgentLink
from pds.accounts.sessions import Session
from pds.core.ids import AccountId, OwnerId
from pds.web import door
from pds.web.context import bank

FRESH_FOR: Final = timedelta(minutes=5)
"""How long a login is recent enough for consent and export."""

_SECURE_NAME: Final = "__Host-session"
_LOCAL_NAME: Final = "session"


@dataclass(frozen=True)
class Visitor:
    """Who makes this request: an account in one role, logged in at some moment."""

    session: Session

    @property
    def role(self) -> str:
        """Person, recipient, operator, board or auditor."""
        return self.session.role.value

    @property
    def owner(self) -> OwnerId | None:
        """The person's id; None for every other role."""
        return self.session.owner

    @property
    def account_id(self) -> AccountId:
        """The account."""
        return self.session.account_id

    @property
    def auth_time(self) -> datetime:
        """Moment of the last proof of identity."""
        return self.session.auth_time

    def is_fresh(self, at: datetime) -> bool:
        """Say whether passkey or password was given within the last minutes."""
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


def entering(token: str) -> Visitor | None:
    """Return who a session is that was opened on this request."""
    return _find(token)


def visitor() -> Visitor:
    """Return who makes this request; the guard has seen to it that there is one."""
    found = current()
    if found is None:
        raise AssertionError("A guarded view runs without a session.")
    return found


def agent() -> AgentLink | None:
    """Return the link by which the visitor acts for somebody on this page, or None."""
    return cast("AgentLink | None", g.get("represented"))


def owner() -> OwnerId:
    """Return whose page this is; the guard lets only persons and their agents here."""
    represented = agent()
    if represented is not None:
        return represented.owner
    found = visitor().owner
    if found is None:
        raise AssertionError("A person's view runs for another role.")
    return found


def consenter() -> str:
    """Return the actor of a consent event: the person, or the agent by the link."""
    represented = agent()
    return "person" if represented is None else represented.actor


def actor() -> str:
    """Return who acts, for the sealed detail of a log entry: role and account id."""
    found = visitor()
    return f"{found.role}:{found.account_id}"


def current_role() -> str:
    """Return the role of this request, empty without a session; for navigation."""
    found = current()
    return found.role if found else ""


def begin(response: Response, token: str) -> None:
    """Give the browser a new session; forms opened before no longer count.

    Whoever only proved again who is there goes on acting for whom they acted.
    """
    session.pop("csrf_token", None)
    if current() is None:
        session.pop("acting", None)
    response.set_cookie(
        cookie_name(), token, secure=is_https(), httponly=True, samesite="Lax", path="/"
    )


def end(response: Response) -> None:
    """Take the session from the browser."""
    session.pop("csrf_token", None)
    session.pop("acting", None)
    response.delete_cookie(
        cookie_name(), secure=is_https(), httponly=True, samesite="Lax", path="/"
    )


def _find(token: str) -> Visitor | None:
    found = door.find(bank(), token)
    return None if found is None else Visitor(found)
