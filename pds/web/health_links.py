"""Where a doctor opens what a person shares: the protocol for programs, and a page.

The page opens a link on this server, so it works without script: the link is pasted, or
a small script moves it from the part of the address that browsers never send. The bank
made the file and can read the records anyway; it keeps no key, and puts none into logs,
for it comes in the body of a request and goes with it.
"""

import json
from typing import Any, Final

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException

from pds.core.errors import BankError, Invalid, NotFound
from pds.disclosure.health_links import making, shlink
from pds.disclosure.health_links.opening import WrongPasscode
from pds.web.context import bank
from pds.web.fhir_words import rows_of
from pds.web.forms import Form
from pds.web.problems import STATUS
from pds.web.reasons import public_words

blueprint = Blueprint("health_links", __name__, url_prefix="/share")

PROTOCOL: Final = frozenset(
    {"health_links.manifest", "health_links.file", "health_links.may_ask"}
)
"""What programs of anybody may ask, from pages of anybody too."""
LARGEST: Final = 10_000
"""Bytes of a request for a manifest."""
_JWE: Final = "application/jose"


@blueprint.get("")
def ask() -> str:
    """Show the fields for link, name and passcode."""
    return _page(Form())


@blueprint.post("")
def open_now() -> ResponseReturnValue:
    """Open a link on this server, and show what lies behind it."""
    form = Form()
    text = form.text("link", needed=_("Paste the link."), longest=4_000)
    name = form.text("recipient", needed=_("Enter your name."), longest=100)
    passcode = form.password("passcode")
    form.values.pop("link")
    if not form.is_good:
        return _page(form), 422
    try:
        link = shlink.read(text)
        tail = link.url.removeprefix(bank().settings.issuer + making.PATH)
        # A key that does not fit must not cost an opening.
        shlink.unseal(link.key, bank().health_links.sealed(tail))
        opened = bank().health_links.open(tail, name, passcode, _address())
    except (Invalid, NotFound) as error:
        form.fail("link", str(public_words(error)))
        return _page(form), STATUS[error.kind]
    if isinstance(opened, WrongPasscode):
        form.fail("passcode", _wrong(opened, passcode))
        return _page(form), 401
    content = shlink.unseal(link.key, opened.file)
    shown = rows_of(json.loads(content))
    return render_template("sharing/show.html", label=link.label, shown=shown)


@blueprint.route("/<text>", methods=["OPTIONS"])
def may_ask(text: str) -> Response:
    """Let pages of other origins ask; the link itself is what counts."""
    del text
    return _open_to_all(Response(status=204))


@blueprint.post("/<text>")
def manifest(text: str) -> Response:
    """Open a link for a program: its manifest, with the file or its address."""
    try:
        wish = _wish()
        opened = bank().health_links.open(
            text, wish["recipient"], wish.get("passcode", ""), _address()
        )
    except (BankError, HTTPException) as error:
        return _failed(error)
    if isinstance(opened, WrongPasscode):
        return _answer(401, {"remainingAttempts": opened.tries_left})
    file: dict[str, str] = {"contentType": shlink.FHIR}
    if len(opened.file) <= wish.get("embeddedLengthMax", -1):
        file["embedded"] = opened.file.decode()
    else:
        issuer = bank().settings.issuer
        file["location"] = f"{issuer}{making.PATH}{text}/{opened.file_text}"
    return _answer(200, {"status": "finalized", "files": [file]})


@blueprint.get("/<text>/<file_text>")
def file(text: str, file_text: str) -> Response:
    """Send the encrypted file, while its address lives."""
    try:
        found = bank().health_links.file(text, file_text)
    except NotFound as error:
        return _failed(error)
    return _open_to_all(Response(found, 200, content_type=_JWE))


def _wish() -> dict[str, Any]:
    """Read what a program asks for.

    Raises:
        Invalid: `health-link.request`.
    """
    body = request.stream.read(LARGEST + 1)
    try:
        said: Any = json.loads(body) if len(body) <= LARGEST else None
    except (ValueError, RecursionError):
        said = None
    kinds = {"recipient": str, "passcode": str, "embeddedLengthMax": int}
    if (
        not isinstance(said, dict)
        or "recipient" not in said
        or not all(type(said[n]) is kind for n, kind in kinds.items() if n in said)
    ):
        raise Invalid("health-link.request", "The request cannot be read.")
    return said


def _failed(error: BankError | HTTPException) -> Response:
    if isinstance(error, BankError):
        return _answer(STATUS[error.kind], {"code": error.code})
    return _answer(error.code or 400, {"code": "web.request"})


def _answer(status: int, said: dict[str, Any]) -> Response:
    body = json.dumps(said)
    return _open_to_all(Response(body, status, content_type="application/json"))


def _open_to_all(response: Response) -> Response:
    headers = response.headers
    headers["Cache-Control"] = "no-store"
    headers["Access-Control-Allow-Origin"] = "*"
    headers["Access-Control-Allow-Methods"] = "GET, POST"
    headers["Access-Control-Allow-Headers"] = "Content-Type"
    headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _wrong(found: WrongPasscode, passcode: str) -> str:
    if not passcode:
        return str(_("This link needs a passcode. Ask the person for it."))
    left = found.tries_left
    return str(_("The passcode is wrong. Attempts left: %(count)s.", count=left))


def _address() -> str:
    return request.remote_addr or ""


def _page(form: Form) -> str:
    return render_template("sharing/ask.html", form=form)
