"""Protection of every form against requests forged by another site.

Every POST needs the token that the page carries, except where no cookie counts: the
OAuth back channel, whose clients prove themselves, and the JSON API, whose tokens are
bound to a key and whose other callers prove themselves as at the back channel, and the
address by which a mail program stops mail (RFC 8058), which only its bearer knows.
"""

from typing import Final

from flask import Flask
from flask_wtf import CSRFProtect

EXEMPT_ENDPOINTS: Final = frozenset(
    {
        "oauth.pushed_authorization",
        "oauth.token",
        "oauth.introspect",
        "oauth.revoke",
        "oauth.grant_query",
        "oauth.grant_revoke",
        "health_links.manifest",
        "mail_stop.stop",
    }
)
"""Endpoints of the OAuth back channel; the consent page's POST is not among them. And
the manifest of a health link and the stop of mail, where the link is what counts."""

EXEMPT_BLUEPRINTS: Final = frozenset({"api"})


def install(app: Flask) -> CSRFProtect:
    """Switch the protection on for the whole application."""
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    app.config["WTF_CSRF_SSL_STRICT"] = True
    protect = CSRFProtect(app)
    for endpoint in EXEMPT_ENDPOINTS & set(app.view_functions):
        protect.exempt(app.view_functions[endpoint])
    for name in EXEMPT_BLUEPRINTS & set(app.blueprints):
        protect.exempt(app.blueprints[name])
    return protect
