"""Who may enter: one guard per blueprint, and a fresh proof for grave acts.

A guard is named where its blueprint is registered (`pds.web.app`). Somebody without a
session is sent to the login page and comes back afterwards; somebody with another role
gets 403. Programs get problem documents instead.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import wraps
from typing import Final
from urllib.parse import urlsplit

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from pds.accounts import factors
from pds.accounts.agents.links import AgentScope
from pds.core.errors import BankError, Forbidden, Kind
from pds.web import acting, sessions
from pds.web.context import bank, now
from pds.web.problems import wants_json

Guard = Callable[[], ResponseReturnValue | None]
View = Callable[..., ResponseReturnValue]

TIME_FOR_A_FORM: Final = timedelta(minutes=15)
"""How much later than its page a form may be sent; an idle session of staff ends."""

_LONGEST_PATH: Final = 2000


class LoginNeeded(BankError):  # noqa: N818 - reads as the state that it names
    """There is no session, or it ended."""

    kind = Kind.UNAUTHENTICATED


def requires_no_auth() -> None:
    """Let everybody in; said aloud, so that nothing is open by silence."""


def requires_person() -> ResponseReturnValue | None:
    """Let persons in, for themselves alone."""
    answer = _requires("person")
    if answer is None and acting.wished():
        raise Forbidden("agents.not-here")
    return answer


def requires_person_anyhow() -> ResponseReturnValue | None:
    """Let persons in, whoever they act for; nothing of another person is behind it."""
    return _requires("person")


def requires_viewer() -> ResponseReturnValue | None:
    """Let persons in, and agents who may view."""
    return _requires_or_agent(AgentScope.VIEW)


def requires_consenter() -> ResponseReturnValue | None:
    """Let persons in, and agents who may manage consents; others may only look."""
    if request.method in ("GET", "HEAD"):
        return _requires_or_agent(AgentScope.VIEW, AgentScope.CONSENTS)
    return _requires_or_agent(AgentScope.CONSENTS)


def requires_claimant() -> ResponseReturnValue | None:
    """Let persons in, and agents who may use the person's rights."""
    return _requires_or_agent(AgentScope.RIGHTS)


def _requires_or_agent(*scopes: AgentScope) -> ResponseReturnValue | None:
    answer = _requires("person")
    if answer is None:
        acting.represent(*scopes)
    return answer


def requires_operator() -> ResponseReturnValue | None:
    """Let the operator's staff in."""
    return _requires("operator")


def requires_recipient() -> ResponseReturnValue | None:
    """Let people of recipients in; each view asks which recipient's."""
    return _requires("recipient")


def requires_board() -> ResponseReturnValue | None:
    """Let members of the ethics board in."""
    return _requires("board")


def requires_auditor() -> ResponseReturnValue | None:
    """Let auditors in."""
    return _requires("auditor")


def requires_approver() -> ResponseReturnValue | None:
    """Let in who may approve what an auditor asks for: operator and ethics board."""
    return _requires("operator", "board")


def requires_session() -> ResponseReturnValue | None:
    """Let everybody in who is logged in, whatever the role."""
    return _requires()


def requires_beginning() -> ResponseReturnValue | None:
    """Let everybody in who is logged in, even those who first have to enrol."""
    return _requires(enrolled=False)


def _requires(*roles: str, enrolled: bool = True) -> ResponseReturnValue | None:
    visitor = sessions.current()
    if visitor is None:
        if wants_json():
            raise LoginNeeded("web.login-needed")
        return redirect(url_for("entry.log_in", next=return_path()), 303)
    if enrolled and must_enrol():
        return redirect(url_for("enrol.ask"), 303)
    if roles and visitor.role not in roles:
        raise Forbidden("web.other-role")
    return None


def must_enrol() -> bool:
    """Say whether this visitor first has to register a passkey (S-03)."""
    visitor = sessions.current()
    is_local = bank().settings.is_local
    return visitor is not None and factors.must_enrol(
        visitor.session, is_local=is_local
    )


def fresh(view: View) -> View:
    """Demand a proof of the last minutes that the holder is there, before a grave act.

    What was opened freshly may be sent a while later, so that nobody loses what was
    typed into a long form.
    """
    return _fresh(view, "")


def fresh_from(endpoint: str) -> Callable[[View], View]:
    """Demand the same, and come back to another page, which leads to the view."""
    return lambda view: _fresh(view, endpoint)


def _fresh(view: View, endpoint: str) -> View:
    @wraps(view)
    def checked(*args: object, **values: object) -> ResponseReturnValue:
        visitor = sessions.current()
        is_form = request.method == "POST" and not wants_json()
        slack = TIME_FOR_A_FORM if is_form else timedelta()
        if visitor is not None and visitor.is_fresh(now() - slack):
            return view(*args, **values)
        if wants_json():
            raise LoginNeeded("web.confirm-needed")
        back = url_for(endpoint) if endpoint else return_path()
        return redirect(url_for("entry.log_in_again", next=back), 303)

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
