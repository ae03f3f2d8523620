"""Files that every page shares: addresses that change with their content.

The address of a static file carries a digest of its bytes, so a browser may keep it for
good and asks anew when the file changes. An address without the digest, or with an old
one, is asked for again each time.
"""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any, Final

from flask import Blueprint, Flask, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

blueprint = Blueprint("assets", __name__)

_KEPT: Final = "public, max-age=31536000, immutable"
_DIGEST_LENGTH: Final = 12


@blueprint.get("/favicon.ico")
def favicon() -> ResponseReturnValue:
    """Lead to the icon; browsers ask here for answers that are no pages."""
    return redirect(url_for("static", filename="icon.svg"), 302)


def install(app: Flask) -> None:
    """Put digests into the addresses of static files and let browsers keep those."""
    digests = _digests(Path(str(app.static_folder)))

    @app.url_defaults
    def _add_digest(endpoint: str, values: dict[str, Any]) -> None:
        digest = digests.get(values.get("filename", ""))
        if endpoint == "static" and digest:
            values["v"] = digest

    @app.after_request
    def _keep(response: Response) -> Response:
        if request.endpoint == "static" and response.status_code in (200, 304):
            name = (request.view_args or {}).get("filename", "")
            if name in digests and request.args.get("v") == digests[name]:
                response.headers["Cache-Control"] = _KEPT
        return response


@cache
def _digests(folder: Path) -> dict[str, str]:
    """Return a short digest of every file below a folder, by its relative name."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(
            path.read_bytes()
        ).hexdigest()[:_DIGEST_LENGTH]
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
