"""Who may enter: one guard per blueprint, and a fresh login for grave acts.

A guard is named where its blueprint is registered (`pds.web.app`). Somebody without a
session is sent to the login page and comes back afterwards; somebody with another role
gets 403. Programs get problem documents instead.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Final
from urllib.parse import urlsplit

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from pds.core.errors import BankError, Forbidden, Kind
from pds.web import sessions
from pds.web.context import now
from pds.web.problems import wants_json

Guard = Callable[[], ResponseReturnValue | None]
View = Callable[..., ResponseReturnValue]

_LONGEST_PATH: Final = 2000


class LoginNeeded(BankError):  # noqa: N818 - reads as the state that it names
    """There is no session, or it ended."""

    kind = Kind.UNAUTHENTICATED


def requires_no_auth() -> None:
    """Let everybody in; said aloud, so that nothing is open by silence."""


def requires_person() -> ResponseReturnValue | None:
    """Let persons in."""
    return _requires("person")


def requires_operator() -> ResponseReturnValue | None:
    """Let the operator's staff in."""
    return _requires("operator")


def requires_board() -> ResponseReturnValue | None:
    """Let members of the ethics board in."""
    return _requires("board")


def requires_auditor() -> ResponseReturnValue | None:
    """Let auditors in."""
    return _requires("auditor")


def requires_session() -> ResponseReturnValue | None:
    """Let everybody in who is logged in, whatever the role."""
    return _requires("")


def _requires(role: str) -> ResponseReturnValue | None:
    visitor = sessions.current()
    if visitor is None:
        if wants_json():
            raise LoginNeeded("web.login-needed")
        return redirect(url_for("entry.log_in", next=return_path()), 303)
    if role and visitor.role != role:
        raise Forbidden("web.other-role")
    return None


def fresh(view: View) -> View:
    """Demand a login of the last minutes before a view; consent and export need it."""

    @wraps(view)
    def checked(*args: object, **values: object) -> ResponseReturnValue:
        visitor = sessions.current()
        if visitor is None or not visitor.is_fresh(now()):
            return redirect(url_for("entry.log_in_again", next=return_path()), 303)
        return view(*args, **values)

    return checked


def return_path() -> str:
    """Return the local address to come back to: this one, or for a POST its page."""
    if request.method in ("GET", "HEAD"):
        return local_path(request.full_path.rstrip("?"))
    with suppress(ValueError):
        return local_path(urlsplit(request.referrer or "").path)
    # The browser names no address that could be read.
    return "/"


def local_path(address: str | None) -> str:
    r"""Return the address if it is a path on this site, else the home page.

    Browsers read `//host` and `/\host` as another site and drop control characters,
    so an address with any of these is not followed.
    """
    if (
        not address
        or len(address) > _LONGEST_PATH
        or not address.startswith("/")
        or address.startswith("//")
        or "\\" in address
        or not address.isprintable()
    ):
        return "/"
    return address
