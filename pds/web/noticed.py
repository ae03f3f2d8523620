"""What a form carries of the notice on its page, and what has changed since.

The hash goes back in a hidden field and is compared in the unit of work of the yes
(`consent.reading`). A page that is shown again marks what reads otherwise than before.
"""

import re
from dataclasses import dataclass
from typing import Final

from flask import request

from consent import reading
from consent.notices import Notice
from pds.web.languages import language

_HASH: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Noticed:
    """What a page says of its own notice.

    Attributes:
        hash: SHA-256 of the notice, in hex, for the form.
        marks: marks of its paragraphs, for the form.
        is_other: whether the form that was sent belongs to another notice.
        changed: ids of paragraphs that read otherwise than on the page before.
        gone: headings of paragraphs that are no longer there.
    """

    hash: str
    marks: str
    is_other: bool = False
    changed: frozenset[str] = frozenset()
    gone: tuple[str, ...] = ()


def describe(notice: Notice) -> Noticed:
    """Compare a notice with the one of the form that was sent, if one was."""
    hashed, marked = notice.hash.hex(), reading.marks(notice)
    if request.method != "POST" or sent() == notice.hash:
        return Noticed(hashed, marked)
    before = request.form.get("notice_marks", "")
    return Noticed(
        hashed,
        marked,
        is_other=True,
        changed=reading.changed(notice, before),
        gone=reading.gone(notice, before, language()),
    )


def sent() -> bytes:
    """Return the hash that the form carries; empty if it is missing or malformed."""
    text = request.form.get("notice", "")
    return bytes.fromhex(text) if _HASH.fullmatch(text) else b""
