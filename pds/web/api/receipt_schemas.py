"""Schemas of the receipts of consents, for the OpenAPI document."""

from marshmallow import Schema, fields, validate


class WantedReceipts(Schema):
    """Receipts of a consent, please; other parameters as at the token endpoint."""

    client_assertion_type = fields.String(required=True)
    client_assertion = fields.String(required=True)
    client_id = fields.String()
    consent_id = fields.UUID(required=True)
    ui_locales = fields.String(validate=validate.OneOf(["ja", "en"]))


class ConsentReceipts(Schema):
    """The receipts of a consent, oldest change first."""

    consent_id = fields.UUID(required=True)
    receipts = fields.List(
        fields.String(metadata={"description": "Compact JWS."}), required=True
    )
