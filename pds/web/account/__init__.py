"""Sign-in and security, for every role: passkeys, codes, password, sessions.

`blueprint` is for everybody who is fully in; `enrol.blueprint` also lets those in who
first have to register a passkey. Nothing here shows or changes stored records.
"""

from flask import Blueprint

blueprint = Blueprint("account", __name__, url_prefix="/account")

# The views register themselves on the blueprint above, so they come after it.
from pds.web.account import credentials, devices, overview  # noqa: E402, F401 - above
