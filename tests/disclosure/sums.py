"""Records with headers, for tests of sums; and rows told by hand."""

import json

from pds.core.vocabulary import Sensitivity, categories
from pds.vault.records import OpenRecord
from pds.vault.schemas import number_of

PRESSURE = "health.vital.blood-pressure"
STEPS = "health.activity.steps"
RECEIPT = "purchase.receipt"


def opened(n, category, day, header, payload=None, schema="fhir-r4/Observation"):
    """Return an opened record with number `n` whose last day is `day`."""
    level = categories.get(category).sensitivity
    row = (
        n.to_bytes(16, "big"),
        1,
        number_of(schema),
        day,
        day,
        Sensitivity(level).level,
        b"\7" * 16,
        b"",
        n % 3,
        category,
        1,
    )
    text = json.dumps({} if payload is None else payload, sort_keys=True)
    return OpenRecord(row, json.dumps(header).encode(), text.encode())


def pressure(upper, lower):
    """Return the header of a blood pressure."""
    return {
        "concept": "blood_pressure",
        "text": "in the kitchen",
        "time": {"start": "2026-11-03T07:12:00+09:00"},
        "components": [
            {"concept": "bp_systolic", "unit": "mm[Hg]", "value": upper},
            {"concept": "bp_diastolic", "unit": "mm[Hg]", "value": lower},
        ],
    }


def counted(concept, unit, value, **more):
    """Return the header of one number."""
    return {"concept": concept, "unit": unit, "value": value, **more}


def receipt(total, *lines, currency="JPY", **more):
    """Return a receipt; a line is (net, scheme, code)."""
    return {
        "currency": currency,
        "seller": {"name": "Corner Shop"},
        "totals": {"total": total},
        "lines": [
            {
                "kind": "item",
                "description": "bread",
                "net": net,
                "price_includes_tax": True,
                "category": [{"scheme": scheme, "code": code, "name": "goods"}],
            }
            for net, scheme, code in lines
        ],
        **more,
    }
