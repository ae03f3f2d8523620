"""`POST /api/v1/incidents`: a recipient tells the bank what went wrong (R-13).

The client says who it is with `private_key_jwt`, as at the token endpoint, so what is
told is signed. The incident is in the bank's register at once, and its terms run from
this moment; staff correct the facts.
"""

from typing import Final

from authlib.oauth2.rfc6749 import InvalidRequestError
from flask import Response, request
from flask.views import MethodView

from audit.work import Work
from pds.core.errors import Invalid
from pds.oversight.incidents import told_by_recipient
from pds.oversight.incidents.facts import MOST_PERSONS
from pds.oversight.incidents.told_by_recipient import Told
from pds.web.api.asserting import authenticated, spend
from pds.web.api.incident_schemas import EnteredIncident, ToldIncident
from pds.web.api.receipts import answered
from pds.web.api.records import blueprint, with_problems
from pds.web.context import bank
from pds.web.oauth import backchannel
from pds.web.oauth.backchannel import BankRequest
from pds.web.oauth.client import BankClient
from pds.web.oauth.current import server

_FORM: Final = "application/x-www-form-urlencoded"


@blueprint.route("/incidents")
class Incidents(MethodView):
    """Incidents that recipients tell of."""

    @blueprint.doc(
        summary="Tell of an incident",
        description=(
            "Tells the bank at once that data went astray, or may have: what happened,"
            " and how many persons it concerns as far as is known. Client"
            " authentication by `private_key_jwt` (RFC 7523) in the body. Name no"
            " person."
        ),
        requestBody={"required": True, "content": {_FORM: {"schema": ToldIncident}}},
    )
    @blueprint.response(200, EnteredIncident)
    @with_problems(400, 401, 422, 429, 503)
    def post(self) -> Response:
        """Say who tells, keep it, and answer with its number."""
        asked = backchannel.read(request, server().issuer)
        said = _told(asked)
        number = _kept(authenticated(asked, "incidents"), said, asked)
        return answered({"incident_id": number})


def _told(asked: BankRequest) -> Told:
    fields = {
        name: asked.parameters.pop(name, "") for name in ("title", "outline", "persons")
    }
    persons = fields["persons"] or "0"
    if not (
        persons.isascii()
        and persons.isdigit()
        and len(persons) <= len(str(MOST_PERSONS))
    ):
        raise InvalidRequestError("The number of persons is no number.")
    return Told(title=fields["title"], outline=fields["outline"], persons=int(persons))


def _kept(client: BankClient, said: Told, asked: BankRequest) -> str:
    marks = asked.settle()

    def act(work: Work) -> str:
        spend(work, marks)
        try:
            return str(
                told_by_recipient.enter(
                    work,
                    client.record.recipient_id,
                    said,
                    actor=client.record.client_id,
                )
            )
        except Invalid as error:
            raise InvalidRequestError(str(error)) from None

    return bank().unit_of_work(act)
