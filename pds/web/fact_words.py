"""Words of the public pages: the operator's facts, and the rows of reports."""

from flask_babel import lazy_gettext as _l

from pds.web import right_words, words
from pds.web.languages import category_name, purpose_name, recipient_class_name

FACTS = {
    "name": _l("Name of the operator"),
    "address": _l("Address"),
    "representative": _l("Representative"),
    "purposes": _l("What data is used for"),
    "procedures": _l("How to make a request about your data"),
    "fees": _l("Fees of requests"),
    "complaint-desk": _l("Where to complain"),
    "certification-body": _l("Certification body"),
    "safety-measures": _l("What keeps data safe"),
    "staff-access": _l("Who of the staff can see what"),
}

category, purpose, recipient_class = category_name, purpose_name, recipient_class_name


def event(name: str) -> str:
    """Return the name of an event of a consent; an unknown one speaks for itself."""
    return str(words.CONSENT_EVENTS.get(name, name))


def request(kind: str) -> str:
    """Return the name of a kind of request; an unknown one speaks for itself."""
    return str(right_words.REQUEST_KINDS.get(kind, kind))
