"""The page that somebody at a recipient looks at, once (閲覧のみ・コピー不可).

It is open to all, since the link itself is what counts, and looking is a POST: programs
that fetch links ahead of people spend nothing. The page stands over a watermark of who
looks at what, runs no script, is stored nowhere, and does not print. None of that stops
a photograph; the person was told so before saying yes.
"""

import base64
from typing import Final

from flask import Blueprint, Response, g, render_template, request
from flask.typing import ResponseReturnValue

from consent import recipients
from pds.core.ids import RecipientId
from pds.core.vocabulary import purposes
from pds.disclosure.body import Heading
from pds.disclosure.call import Refused
from pds.disclosure.selecting import Selected, SelectedRecords
from pds.disclosure.viewing import Watermark
from pds.web.context import bank
from pds.web.languages import language, named
from pds.web.oauth import samples

blueprint = Blueprint("viewing", __name__, url_prefix="/view")

POLICY: Final = (
    "default-src 'none'; style-src 'self'; form-action 'none'; base-uri 'none';"
    " frame-ancestors 'none'"
)
"""Nothing runs on the page, nothing is sent from it."""


@blueprint.get("/<text>")
def ask(text: str) -> str:
    """Say what will be shown; nothing is looked up yet."""
    return render_template("viewing/ask.html", text=text)


@blueprint.post("/<text>")
def open_now(text: str) -> ResponseReturnValue:
    """Record the view, and show the page."""
    shown = bank().viewing.open(text, request.remote_addr or "", _draw)
    if isinstance(shown, Refused):
        g.denied_for = shown.reasons
        return render_template("viewing/refused.html"), 403
    response = Response(shown.body, 200, content_type="text/html; charset=utf-8")
    digest = base64.b64encode(shown.body_sha256).decode()
    response.headers["Content-Digest"] = f"sha-256=:{digest}:"
    response.headers["Infobank-Receipt"] = shown.receipt
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _draw(mark: Watermark, heading: Heading, selected: Selected) -> bytes:
    records = selected.records if isinstance(selected, SelectedRecords) else []
    rows = selected.objects(b"\n").splitlines()
    page = render_template(
        "viewing/show.html",
        mark=mark,
        recipient=_name(mark.recipient_id),
        purpose=named(purposes.get(heading.purpose).words),
        shown=samples.said(records, rows),
        is_all=selected.following is None,
    )
    return page.encode()


def _name(recipient_id: str) -> str:
    with bank().read() as snap:
        profile = recipients.get(snap, RecipientId(recipient_id)).profile
    return profile.name_ja if language() == "ja" else profile.name_en
