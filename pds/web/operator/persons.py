"""Persons as the desk finds them: by the login name that they bring."""

from flask_babel import gettext as _

from pds.accounts import logins
from pds.accounts import service as accounts
from pds.core.ids import OwnerId
from pds.web.context import bank
from pds.web.forms import Form


def by_login(form: Form, field: str, login: str) -> OwnerId | None:
    """Return the person of a login; a complaint about the field if there is none."""
    if not login:
        return None
    with bank().read() as snap:
        found = accounts.find_by_login(snap, bank().secret(logins.PEPPER), login)
    if found is None or found.owner is None or not found.is_active:
        form.fail(field, _("There is no such person."))
        return None
    return found.owner
