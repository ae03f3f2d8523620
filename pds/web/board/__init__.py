"""The ethics board's pages: what waits, the vote, members, rule, reports."""

from flask import Blueprint

blueprint = Blueprint("board", __name__, url_prefix="/board")

# The views register themselves on the blueprint above, so they come after it.
from pds.web.board import (  # noqa: E402 - see above
    decisions,
    members,
    report,
    rule,
    votes,
)

__all__ = ["blueprint", "decisions", "members", "report", "rule", "votes"]
