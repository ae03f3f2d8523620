"""Public words of offers: states, modes, forms, duties, kinds of benefit."""

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import lazy_gettext as _l

OFFER_STATES: Final[Mapping[str, Any]] = {
    "draft": _l("Draft"),
    "live": _l("Live"),
    "ended": _l("Ended"),
}
"""Words for where an offer stands."""

TONES: Final[Mapping[str, str]] = {"draft": "warn", "live": "good", "ended": "bad"}
"""Which colour goes with a state."""

MODES: Final[Mapping[str, Any]] = {
    "once": _l("One time only"),
    "recurring": _l("Again and again"),
}
"""Words for how often data is fetched."""

FORMS: Final[Mapping[str, Any]] = {
    "copy": _l("A copy"),
    "view-only": _l("Only shown"),
}
"""Words for how data is given."""

AFTERWARDS: Final[Mapping[str, Any]] = {
    "none": _l("They may keep and use it"),
    "stop-use": _l("They stop using it"),
    "delete": _l("They erase it"),
}
"""Words for what happens with data after a withdrawal."""

BENEFITS: Final[Mapping[str, Any]] = {
    "money": _l("Money"),
    "points": _l("Points"),
    "coupon": _l("Coupon"),
    "service": _l("Service"),
    "insight": _l("Insight"),
    "public-good": _l("Public good"),
}
"""Words for kinds of benefit."""
