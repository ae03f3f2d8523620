"""What recipients say of incidents, and what they are answered, for the document."""

from marshmallow import Schema, fields, validate


class ToldIncident(Schema):
    """What a recipient tells of an incident; others as at the token endpoint."""

    client_assertion_type = fields.String(required=True)
    client_assertion = fields.String(required=True)
    client_id = fields.String()
    title = fields.String(required=True, validate=validate.Length(1, 200))
    outline = fields.String(validate=validate.Length(0, 4000))
    persons = fields.Integer(metadata={"description": "0: nobody knows yet."})


class EnteredIncident(Schema):
    """Under which number the incident is in the bank's register."""

    incident_id = fields.UUID(required=True)
