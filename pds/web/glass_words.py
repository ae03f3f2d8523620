"""Words about emergencies."""

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import lazy_gettext as _l

STATES: Final[Mapping[str, Any]] = {
    "open": _l("Waits for review"),
    "justified": _l("Justified"),
    "unjustified": _l("Not justified"),
}
"""Words for where the review of an opening stands."""
