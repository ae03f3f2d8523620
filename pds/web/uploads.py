"""Files on their way in stay in memory.

The web framework writes an upload of more than 500 kB to a temporary file, as it came:
deleted at once, yet its blocks stay on the disk until something else uses them, in
clear. How large a request may be is limited before it is read, so memory is enough.
"""

from io import BytesIO
from typing import IO, Final

from flask import Flask, Request, request

from pds.core.settings import Settings
from pds.web import sessions

FORM: Final = 65_536
"""Bytes of a request beside the file in it."""


class PrivateRequest(Request):
    """A request whose files never touch a disk."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        del total_content_length, content_type, filename, content_length
        return BytesIO()


def install(app: Flask, settings: Settings) -> None:
    """Limit requests: to the largest file, or where archives come in, to the largest.

    Who is not logged in may send no archive by the page. Another bank's is read only
    after its code was found good.
    """
    app.config["MAX_CONTENT_LENGTH"] = settings.max_upload_bytes + FORM

    @app.before_request
    def widen() -> None:
        is_page = request.endpoint == "imports.upload" and sessions.current()
        if is_page or request.endpoint == "api.Transfers":
            request.max_content_length = most(settings) + FORM


def most(settings: Settings) -> int:
    """Return the bytes of the largest file of any kind that the upload page takes."""
    return max(settings.max_upload_bytes, settings.max_archive_bytes)
