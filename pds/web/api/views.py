"""`POST /api/v1/views`: a link by which somebody at the recipient looks, once.

Under a consent that gives no copy this is the only way. The recipient's software says
who will look, and hands the link to that person's browser.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from flask import Response, request
from flask.views import MethodView

from pds.core.errors import Invalid
from pds.disclosure import question
from pds.disclosure.call import Refused
from pds.disclosure.viewing import Made
from pds.web.api import answers
from pds.web.api.records import blueprint, presented_call, with_problems
from pds.web.api.schemas import ViewLinkMade, ViewWish
from pds.web.context import bank, now

LARGEST: Final = 10_000
"""Bytes of a wish."""
PATH: Final = "/view/"
_LISTS: Final = frozenset({"category"})
_MEMBERS: Final = frozenset({"viewer", "category", "from", "until"})


@blueprint.route("/views")
class Views(MethodView):
    """Links to pages that are only looked at."""

    @blueprint.doc(
        security=[{"dpop": []}],
        summary="Make a link to look at records",
        description=(
            "Answers an address that shows at most 20 records, once, within minutes,"
            " to the viewer that is named. Every view is recorded and counts as a"
            " fetch. `from` and `until` narrow the days, as at `/records`."
        ),
        requestBody={
            "required": True,
            "content": {answers.JSON: {"schema": ViewWish}},
        },
    )
    @blueprint.response(201, ViewLinkMade)
    @with_problems(401, 403, 409, 422, 429, 503)
    def post(self) -> Response:
        """Decide, and hand out the link."""
        call = presented_call()
        wish = _wish()
        viewer = wish.pop("viewer", [""])[0]
        made = bank().viewing.make(call, viewer, question.parse(wish))
        if isinstance(made, Refused):
            return answers.refused(made, bank().settings.issuer)
        return _answer(made)


def _wish() -> dict[str, list[str]]:
    """Read the body as the parameters of a question, and `viewer`.

    Raises:
        Invalid: `view.body`; it is no JSON object of these members.
    """
    body = request.stream.read(LARGEST + 1)
    try:
        said: Any = json.loads(body) if len(body) <= LARGEST else None
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, Mapping) or not _MEMBERS.issuperset(said):
        raise Invalid("view.body", "The body is no wish to look.")
    wish = {name: value if name in _LISTS else [value] for name, value in said.items()}
    for values in wish.values():
        if not isinstance(values, list) or not all(isinstance(v, str) for v in values):
            raise Invalid("view.body", "The body is no wish to look.")
    return wish


def _answer(made: Made) -> Response:
    seconds = int((made.expires_at - now()).total_seconds())
    body = {"url": bank().settings.issuer + PATH + made.text, "expires_in": seconds}
    response = Response(json.dumps(body), 201, content_type=answers.JSON)
    response.headers["Cache-Control"] = "no-store"
    return response
