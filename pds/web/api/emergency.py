"""`POST /api/v1/emergency`: a clinician opens what a person's card opens.

The client says who it is with `private_key_jwt`, as at the token endpoint: there is no
consent to this recipient, and so no token.
"""

from authlib.oauth2.rfc6749 import InvalidClientError
from flask import Response, request
from flask.views import MethodView

from pds.core.ids import RecipientId
from pds.disclosure.break_glass.opening import Alarm
from pds.disclosure.call import Refused
from pds.disclosure.errors import Replayed
from pds.web.api import answers
from pds.web.api.asserting import authenticated
from pds.web.api.receipts import read_request
from pds.web.api.records import blueprint, with_problems
from pds.web.api.schemas import EmergencyCall, EmergencyRecords
from pds.web.context import bank


@blueprint.route("/emergency")
class Emergency(MethodView):
    """Life-critical records in an emergency."""

    @blueprint.doc(
        summary="Break the glass",
        description=(
            "For recipients of the class `medical`, where the person cannot be asked:"
            " opens the newest 50 records of what the person's emergency card opens."
            " `clinician` and `reason` are recorded, the person is told at once, and"
            " every use is reviewed within three days. Client authentication by"
            " `private_key_jwt` in the body."
        ),
        requestBody={
            "required": True,
            "content": {answers.JSON: {"schema": EmergencyCall}},
        },
    )
    @blueprint.response(200, EmergencyRecords)
    @with_problems(400, 401, 403, 404, 413, 422, 429, 503)
    def post(self) -> Response:
        """Say who calls, decide, record, tell, and answer."""
        asked = read_request(frozenset({"clinician", "reason"}))
        said = {
            name: asked.parameters.pop(name, "")
            for name in ("card", "clinician", "reason")
        }
        client = authenticated(asked, "emergency")
        alarm = Alarm(
            recipient_id=RecipientId(client.record.recipient_id),
            client_id=client.record.client_id,
            number=said["card"],
            clinician=said["clinician"],
            reason=said["reason"],
            marks=asked.settle(),
            address=request.remote_addr or "",
        )
        try:
            answer = bank().glass.open(alarm)
        except Replayed:
            raise InvalidClientError("The assertion was used before.") from None
        if isinstance(answer, Refused):
            return answers.refused(answer, bank().settings.issuer)
        return answers.released(answer)
