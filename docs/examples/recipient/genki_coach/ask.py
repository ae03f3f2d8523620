"""What Genki Coach asks for, as `authorization_details` (RFC 9396).

The bank's operator and board have seen the same words as our offer; a request that goes
beyond it is refused when it is pushed.
"""

import hashlib
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

TOKYO = timezone(timedelta(hours=9))
LASTING = timedelta(days=180)
HISTORY = timedelta(days=180)
TERMS = b"genki-coach terms of the demo"
CATEGORIES = (
    "health.activity.steps",
    "health.sleep",
    "health.vital.blood-pressure",
    "purchase.receipt",
)


def details(offer_id: str, now: datetime) -> dict[str, Any]:
    """Return what we ask for at that moment, under an offer that is live."""
    first = (now.astimezone(TOKYO) - HISTORY).date()
    until = (now + LASTING).astimezone(UTC)
    return {
        "type": "data_provision",
        "version": 1,
        "offer_id": offer_id,
        "purpose": "health.advice",
        "categories": list(CATEGORIES),
        "detail": "record",
        "window": {"from": first.isoformat()},
        "access": {
            "mode": "recurring",
            "max_per_day": 4,
            "until": until.strftime("%Y-%m-%dT%H:%M:%SZ"),
        },
        "form": "copy",
        "retention_days": 90,
        "after_withdrawal": {"action": "delete", "within_days": 7},
        "onward": [],
        "country": "JP",
        "benefit": {
            "kind": "insight",
            "ja": "毎週、運動・睡眠・食事の助言が届きます。",
            "en": "Weekly advice on exercise, sleep and meals.",
        },
        "terms": {
            "uri": "https://genki-coach.example.jp/terms",
            "sha256": hashlib.sha256(TERMS).hexdigest(),
        },
    }
