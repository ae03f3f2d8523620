"""Papers that people bring and get: the file of a form, and a file to take away."""

from collections.abc import Callable
from typing import Final
from uuid import UUID

from flask import Response, request

from pds.accounts.papers import Paper
from pds.core.errors import Invalid
from pds.web.forms import Form
from pds.web.reasons import public_words

_ENDINGS: Final = {
    "application/pdf": "pdf",
    "image/png": "png",
    "image/jpeg": "jpg",
    "text/plain": "txt",
}


def read_paper(
    form: Form, name: str, read: Callable[[bytes], Paper], *, largest: int
) -> Paper | None:
    """Read the file of a form if one was chosen; the form says what is wrong."""
    sent = request.files.get(name)
    content = b"" if sent is None else sent.stream.read(largest + 1)
    if not content:
        return None
    try:
        return read(content)
    except Invalid as error:
        form.fail(name, public_words(error))
        return None


def sent_paper(paper: Paper, paper_id: UUID) -> Response:
    """Return a paper as a file to keep, which no browser shows by itself."""
    ending = _ENDINGS[paper.media_type]
    return Response(
        paper.content,
        content_type=paper.media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{paper_id}.{ending}"',
            "Cache-Control": "no-store",
        },
    )
