"""The authorization server of the running application."""

from typing import cast

from flask import current_app

from pds.web.context import bank
from pds.web.oauth.server import BankServer

_EXTENSION = "infobank.oauth"


def server() -> BankServer:
    """Return the application's authorization server, built at its first use."""
    extensions = current_app.extensions
    if _EXTENSION not in extensions:
        extensions[_EXTENSION] = BankServer(bank())
    return cast("BankServer", extensions[_EXTENSION])
