"""Shapes of what is given of a whole cohort, as the OpenAPI document shows them."""

from marshmallow import Schema, fields, validate

from pds.web.api.schemas import RecordItem


class Departure(Schema):
    """Somebody whose consent ended."""

    subject = fields.String(required=True)
    consent_id = fields.UUID(required=True)
    ended_at = fields.DateTime(required=True)
    delete_by = fields.DateTime(
        metadata={"description": "Delete what you hold by then; else as agreed."}
    )


class CohortLine(Schema):
    """A line of a page of a cohort; which members it has tells which line it is."""

    v = fields.Integer(metadata={"description": "First line, and parts: 1."})
    offer_id = fields.UUID(metadata={"description": "First line."})
    began_at = fields.DateTime(
        metadata={"description": "First line: what was stored later comes next time."}
    )
    subject = fields.String(metadata={"description": "Part: your name for the person."})
    consent_id = fields.UUID(metadata={"description": "Part."})
    consent_version = fields.Integer(metadata={"description": "Part."})
    purpose = fields.String(metadata={"description": "Part."})
    form = fields.String(metadata={"description": "Part."})
    detail = fields.String(metadata={"description": "Part."})
    retention_days = fields.Integer(metadata={"description": "Part."})
    whole = fields.Boolean(
        metadata={"description": "Part: it replaces all that you hold under it."}
    )
    removed = fields.List(
        fields.String(), metadata={"description": "Part: ids to delete first."}
    )
    records = fields.List(
        fields.Nested(RecordItem), metadata={"description": "Part, newest first."}
    )
    next = fields.String(
        allow_none=True,
        metadata={
            "description": (
                "Part: cursor of the rest, for `records?subject=`. Last line: of the"
                " next page."
            )
        },
    )
    receipt = fields.String(
        metadata={"description": "After a part: its receipt, base64 (a tlog-proof)."}
    )
    sha256 = fields.String(
        metadata={"description": "After a part: of its line, line feed included."}
    )
    left = fields.List(fields.Nested(Departure), metadata={"description": "Last line."})
    again = fields.List(
        fields.String(), metadata={"description": "Last line: ask these by name."}
    )
    since = fields.String(
        metadata={"description": "Last line of the last page: keep it for next time."}
    )


class StatisticsCell(Schema):
    """One number about many persons."""

    category = fields.String(required=True)
    measure = fields.String(
        required=True,
        metadata={
            "description": "`sum:` or `mean:` (of the persons' means) and the concept."
        },
    )
    unit = fields.String(required=True)
    persons = fields.Integer(
        required=True, metadata={"description": "At least so many; a multiple of 20."}
    )
    value = fields.String(
        required=True, metadata={"description": "Decimal text, two digits."}
    )


class CohortStatistics(Schema):
    """Statistics of a month that is over; made once, they never change."""

    v = fields.Integer(required=True, validate=validate.Equal(1))
    offer_id = fields.UUID(required=True)
    month = fields.String(required=True)
    threshold = fields.Integer(required=True)
    cells = fields.List(fields.Nested(StatisticsCell), required=True)
