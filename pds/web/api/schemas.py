"""Schemas of the API's answers, for its OpenAPI document.

They describe; the bytes of an answer are spliced by `pds.disclosure.body`, and a test
holds the two together.
"""

from marshmallow import Schema, fields, validate

_HEX_ID = {"pattern": "^[0-9a-f]{32}$"}


class RecordItem(Schema):
    """One record, as this recipient may have it."""

    id = fields.String(
        required=True,
        metadata=_HEX_ID
        | {"description": "Stable for this recipient; another recipient sees another."},
    )
    category = fields.String(
        required=True, metadata={"description": "Category id of the vocabulary."}
    )
    schema = fields.String(
        required=True,
        metadata={"description": "`fhir-r4/<Resource>` or `receipt/1`."},
    )
    first_day = fields.Date(required=True, metadata={"description": "In Asia/Tokyo."})
    last_day = fields.Date(required=True, metadata={"description": "In Asia/Tokyo."})
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
