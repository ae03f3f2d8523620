"""Security headers of every answer.

The content security policy allows nothing from another origin and no inline script or
style. Its `form-action` also governs where the answer to a POST may redirect, so the
consent page names the recipient's origin with `allow_form_action` when it is rendered.
"""

import secrets
from urllib.parse import urlsplit

from flask import Flask, Response, g, request

from pds.core.settings import Settings

_PUBLIC = frozenset({"static", "health.alive", "health.ready"})


def nonce() -> str:
    """Return this request's nonce for scripts; the same one each time."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def allow_form_action(address: str) -> None:
    """Let forms of this page be answered by a redirect to the origin of an address."""
    parts = urlsplit(address)
    g.csp_form_action = f"{parts.scheme}://{parts.netloc}"


def policy() -> str:
    """Return the content security policy of this answer."""
    action = " ".join(filter(None, ("'self'", g.get("csp_form_action"))))
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'nonce-{nonce()}'",
            "style-src 'self'",
            "img-src 'self'",
            "font-src 'self'",
            "connect-src 'self'",
            f"form-action {action}",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


def install(app: Flask, settings: Settings) -> None:
    """Add the headers to every answer of the application."""
    is_https = settings.issuer.startswith("https://")

    @app.after_request
    def _add(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("Content-Security-Policy", policy())
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), usb=()")
        if request.endpoint not in _PUBLIC:
            headers.setdefault("Cache-Control", "no-store")
        if is_https:
            headers.setdefault(
                "Strict-Transport-Security", "max-age=63072000; includeSubDomains"
            )
        return response
