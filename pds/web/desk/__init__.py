"""The rights desk of staff: the queue, one request with its answer, and the counter.

Nothing of a person is shown but what was written to the desk, and that look is an entry
of the person before the words are shown.
"""

from flask import Blueprint

blueprint = Blueprint("desk", __name__, url_prefix="/operator/rights")

# The views register themselves on the blueprint above, so they come after it.
from pds.web.desk import counter, requests  # noqa: E402, F401 - see above
