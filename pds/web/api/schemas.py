"""Schemas of the API's answers, for its OpenAPI document.

They describe; the bytes of an answer are spliced by `pds.disclosure.body`, and a test
holds the two together.
"""

from marshmallow import Schema, fields, validate

_HEX_ID = {"pattern": "^[0-9a-f]{32}$"}


class RecordItem(Schema):
    """One record, or a sum of records, as this recipient may have it."""

    id = fields.String(
        metadata=_HEX_ID
        | {
            "description": (
                "Stable for this recipient; another recipient sees another. A sum"
                " (detail `day`, `month`) and an answer have none."
            )
        },
    )
    category = fields.String(
        metadata={"description": "Category id of the vocabulary; not of an answer."}
    )
    schema = fields.String(
        required=True,
        metadata={
            "description": (
                "`fhir-r4/<Resource>` or `receipt/1`; `sum/1` where records are summed"
                " up by day or month; `answer/1` for the answer to a question."
            )
        },
    )
    first_day = fields.Date(
        metadata={"description": "In Asia/Tokyo; not of an answer."}
    )
    last_day = fields.Date(metadata={"description": "In Asia/Tokyo; not of an answer."})
    payload = fields.Dict(
        required=True,
        metadata={"description": "The payload; numbers keep the text they came with."},
    )


class RecordPage(Schema):
    """A page of records under one consent, newest first."""

    v = fields.Integer(required=True, validate=validate.Equal(1))
    subject = fields.String(
        required=True, metadata={"description": "The person's pairwise id."}
    )
    consent_id = fields.UUID(required=True)
    consent_version = fields.Integer(required=True)
    purpose = fields.String(required=True)
    form = fields.String(required=True, validate=validate.OneOf(["copy", "view-only"]))
    detail = fields.String(required=True)
    retention_days = fields.Integer(
        required=True, metadata={"description": "Delete so many days after receipt."}
    )
    next = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Cursor of the next page; null on the last one."},
    )
    records = fields.List(fields.Nested(RecordItem), required=True)


class Problem(Schema):
    """A problem document (RFC 9457)."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    code = fields.String(required=True)
    detail = fields.String()
    reasons = fields.List(
        fields.String(), metadata={"description": "Reason codes of a refusal."}
    )
    incident = fields.String(
        metadata={"description": "Quote it when you write to the operator."}
    )


class ViewWish(Schema):
    """What somebody at the recipient wants to look at."""

    viewer = fields.String(
        required=True,
        validate=validate.Length(1, 60),
        metadata={
            "description": (
                "Name of who will look. It stands on the page and in the person's log."
            )
        },
    )
    category = fields.List(
        fields.String(),
        metadata={"description": "Category ids or prefixes within the consent."},
    )
    until = fields.String(
        metadata={"format": "date", "description": "Last day of data, Asia/Tokyo."}
    )


class ViewLinkMade(Schema):
    """A link that shows a page once."""

    url = fields.String(
        required=True,
        metadata={"description": "To be opened in the viewer's browser, once."},
    )
    expires_in = fields.Integer(
        required=True, metadata={"description": "Seconds until it opens nothing."}
    )


class EmergencyCall(Schema):
    """A call of a clinician's software; other parameters as at the token endpoint."""

    client_assertion_type = fields.String(required=True)
    client_assertion = fields.String(required=True)
    client_id = fields.String()
    card = fields.String(
        required=True, metadata={"description": "Number of the person's card."}
    )
    clinician = fields.String(required=True, validate=validate.Length(2, 300))
    reason = fields.String(required=True, validate=validate.Length(10, 300))


class EmergencyRecords(Schema):
    """What the card opens."""

    v = fields.Integer(required=True)
    emergency_access = fields.String(
        required=True, metadata={"description": "Names this use, for its review."}
    )
    records = fields.List(fields.Nested(RecordItem), required=True)


class TransferLimits(Schema):
    """How large a person's archive may be that another bank sends."""

    max_bytes = fields.Integer(required=True)
    max_records = fields.Integer(required=True)


class TransferResult(Schema):
    """What became of the records of a person's archive."""

    accepted = fields.Integer(required=True)
    duplicate = fields.Integer(required=True)
    rejected = fields.Integer(required=True)


class SentReceipt(Schema):
    """One receipt that is sent back."""

    receipt = fields.String(
        required=True,
        metadata={"description": "Value of `Infobank-Receipt`, or its base64 alone."},
    )
    body_sha256 = fields.String(
        metadata={"description": "Hex of the SHA-256 of the body that really came."}
    )
    n = fields.Integer(metadata={"description": "Records that really came."})


class SentReceipts(Schema):
    """A request that sends receipts back; other parameters as at the token endpoint."""

    client_assertion_type = fields.String(required=True)
    client_assertion = fields.String(required=True)
    client_id = fields.String()
    receipts = fields.List(
        fields.Nested(SentReceipt), required=True, validate=validate.Length(1, 32)
    )


class ReceiptResult(Schema):
    """What became of one receipt."""

    status = fields.String(
        required=True,
        validate=validate.OneOf(["accepted", "known", "finding", "refused"]),
        metadata={
            "description": (
                "`known`: it was sent before. `refused`: it is not of a disclosure to"
                " this recipient; whether such a disclosure exists is not said."
            )
        },
    )
    finding = fields.String(
        validate=validate.OneOf(["unreadable", "forged", "not-in-log", "differs"]),
        metadata={"description": "What is wrong; such a receipt is kept as evidence."},
    )


class ReceiptResults(Schema):
    """Results, in the order in which the receipts were sent."""

    results = fields.List(fields.Nested(ReceiptResult), required=True)
