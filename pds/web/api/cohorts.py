"""`GET /api/v1/offers/{offer_id}/…`: what recipients of accepted offers fetch."""

from typing import Any, Final
from uuid import UUID

from flask import Response, request
from flask.views import MethodView

from consent.preflight import NotPermitted
from consent.reasons import Reason
from pds.core.errors import Conflict, NotFound
from pds.disclosure import question
from pds.disclosure.call import Refused
from pds.disclosure.cohorts import asking
from pds.web.api import answers
from pds.web.api.cohort_schemas import CohortLine, CohortStatistics
from pds.web.api.records import (
    PARAMETERS,
    READING,
    blueprint,
    presented_call,
    refuse_head,
    with_problems,
)
from pds.web.api.schemas import RecordPage
from pds.web.context import bank

_COHORT_PARAMETERS: Final[list[dict[str, Any]]] = [
    {
        "in": "query",
        "name": "cursor",
        "description": "`next` of the page before; it lasts six hours.",
        "schema": {"type": "string"},
    },
    {
        "in": "query",
        "name": "since",
        "description": (
            "`since` of the last page of a sweep that you hold: only what is new comes,"
            " and who left. Without it everything comes."
        ),
        "schema": {"type": "string"},
    },
    {
        "in": "query",
        "name": "limit",
        "description": "Most persons of a page.",
        "schema": {
            "type": "integer",
            "minimum": 1,
            "maximum": asking.MOST_PERSONS,
            "default": asking.DEFAULT_PERSONS,
        },
    },
    {
        "in": "query",
        "name": "records",
        "description": "Most records of each person; the rest by `next` of the part.",
        "schema": {
            "type": "integer",
            "minimum": 1,
            "maximum": question.MOST_RECORDS,
            "default": asking.DEFAULT_RECORDS,
        },
    },
]
_SUBJECT: Final = {
    "in": "query",
    "name": "subject",
    "required": True,
    "description": "Your name for the person, as pages of the cohort tell it.",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{22}$"},
}


@blueprint.route("/offers/<uuid:offer_id>/cohort")
class Cohort(MethodView):
    """The persons who accepted an offer, page by page."""

    @blueprint.doc(
        parameters=_COHORT_PARAMETERS,
        security=[{"dpop": []}],
        summary="Fetch a page of a cohort",
        description=(
            "NDJSON. The first line tells offer and beginning of the sweep. Then two"
            " lines for each person: the part, under that person's own consent, and its"
            " receipt with the SHA-256 of the part's line, line feed included. The last"
            " line lists who left since (`left`, with the day to delete by), whom to"
            " ask again by name (`again`), and either `next` or, at the end of the"
            " sweep, `since`. A page that is read again is the same page and counts"
            " no second fetch. Of a part, delete what `removed` names first, then take"
            " `records` over what you hold; `whole` says that it replaces all of it."
            " Whoever's consent lets nothing go now does not appear."
        ),
    )
    @blueprint.response(200, CohortLine(many=True), content_type="application/x-ndjson")
    @with_problems(*READING)
    def get(self, offer_id: UUID) -> Response:
        """Decide and record for each person, and answer."""
        refuse_head()
        wanted = asking.parse_cohort(request.args.to_dict(flat=False))
        try:
            page = bank().cohorts.page(presented_call(), offer_id, wanted)
        except NotPermitted as error:
            return _refused(error)
        return answers.lines(page.body)


@blueprint.route("/offers/<uuid:offer_id>/records")
class OfMember(MethodView):
    """One person who accepted an offer."""

    @blueprint.doc(
        parameters=[_SUBJECT, *PARAMETERS],
        security=[{"dpop": []}],
        summary="Fetch the records of one person of a cohort",
        description=(
            "A page as of `/records`, with `Content-Digest` and `Infobank-Receipt`."
            " `cursor` may also be the `next` of a part. A name that was never given,"
            " somebody who left and somebody whose consent lets nothing go are one"
            " answer, 404."
        ),
    )
    @blueprint.response(200, RecordPage)
    @with_problems(*READING)
    def get(self, offer_id: UUID) -> Response:
        """Decide, record, and answer."""
        refuse_head()
        subject, asked = asking.parse_subject(request.args.to_dict(flat=False))
        try:
            answer = bank().by_name.page(presented_call(), offer_id, subject, asked)
        except NotPermitted as error:
            return _refused(error)
        except NotFound as error:
            bank().refusals.note(error.code)
            return answers.no_subject()
        if isinstance(answer, Refused):
            return answers.refused(answer, bank().settings.issuer)
        return answers.released(answer)


@blueprint.route("/offers/<uuid:offer_id>/statistics")
class Statistics(MethodView):
    """Numbers about everybody who accepted an offer."""

    @blueprint.doc(
        parameters=[
            {
                "in": "query",
                "name": "month",
                "required": True,
                "description": "A month that is over, `YYYY-MM`.",
                "schema": {"type": "string"},
            }
        ],
        security=[{"dpop": []}],
        summary="Fetch statistics of a cohort",
        description=(
            "Made once of each month, some days after it is over. A number stands for"
            " at least 20 persons and for no one of them alone. Ten queries a day for"
            " a recipient, estimates of audiences included."
        ),
    )
    @blueprint.response(200, CohortStatistics)
    @with_problems(*READING)
    def get(self, offer_id: UUID) -> Response:
        """Check, count the query, and answer."""
        refuse_head()
        first = asking.parse_month(request.args.to_dict(flat=False))
        try:
            body = bank().statistics.month(presented_call(), offer_id, first)
        except NotPermitted as error:
            return _refused(error)
        except Conflict:
            return _refused(NotPermitted((Reason.TOO_OFTEN,)))
        except NotFound:
            return answers.no_statistics()
        return answers.statistics(body)


def _refused(error: NotPermitted) -> Response:
    """Return why the recipient itself may have nothing now."""
    return answers.refused(Refused(error.reasons), bank().settings.issuer)
