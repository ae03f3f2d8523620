"""The screens on which persons decide, as the board decides on them (G-07).

A screen is its template with all that it is put together from, but for the frame that
every page shares, and every sentence of it in both languages. Template and catalogue
are read as they lie in the package, so that what is decided on is what is shown.
"""

import hashlib
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Any, Final

from babel.messages.mofile import read_mo
from jinja2 import Environment, meta
from jinja2.ext import babel_extract

from consent.board_items import Definition
from consent.facts import BoardSubjectKind

_FRAME: Final = frozenset({"base.html", "components/navigation.html"})
_KEYWORDS: Final = ("_", "gettext", "ngettext")
SCREENS: Final = {
    "oauth/consent.html": ("同意の画面", "The page that asks for consent"),
    "portal/change.html": ("同意を変える画面", "The page that changes a consent"),
    "portal/narrow.html": ("同意を狭める画面", "The page that narrows a consent"),
    "portal/offer.html": ("提案に答える画面", "The page that answers an offer"),
    "portal/renew.html": ("同意を更新する画面", "The page that renews a consent"),
    "portal/withdraw.html": ("同意を撤回する画面", "The page that withdraws a consent"),
}
"""Template and titles of each screen on which a person decides."""

_NOTICE: Final = (
    "notice",
    ("同意の前の通知の文面", "Words of the notice"),
)
_NOTICE_SOURCES: Final = (
    "detail_words.py",
    "notice_words.py",
    "statutory.py",
    "wording.py",
)


@cache
def definitions() -> tuple[Definition, ...]:
    """Return every screen and the words of the notice, as they are now."""
    return (*(_screen(name, titles) for name, titles in SCREENS.items()), _notice())


def _screen(name: str, titles: tuple[str, str]) -> Definition:
    sources = dict(sorted(_sources(name)))
    said = sorted({text for source in sources.values() for text in _messages(source)})
    known = _catalogue()
    return _definition(
        name.removesuffix(".html").replace("/", "-"),
        titles,
        {
            "sources": {each: _digest(text) for each, text in sources.items()},
            "words": {
                str(number): {"en": text, "ja": known.get(text, text)}
                for number, text in enumerate(said, 1)
            },
        },
    )


def _notice() -> Definition:
    name, titles = _NOTICE
    sources = {
        each: _digest(files("consent").joinpath(each).read_text(encoding="utf-8"))
        for each in _NOTICE_SOURCES
    }
    return _definition(name, titles, {"sources": sources})


def _definition(
    name: str, titles: tuple[str, str], document: dict[str, Any]
) -> Definition:
    return Definition(
        kind=BoardSubjectKind.SCREEN,
        name=name,
        title={"ja": titles[0], "en": titles[1]},
        document=document,
    )


def _sources(name: str) -> Iterator[tuple[str, str]]:
    place = files("pds").joinpath("web", "templates", *name.split("/"))
    source = place.read_text(encoding="utf-8")
    yield name, source
    for part in meta.find_referenced_templates(Environment().parse(source)):  # noqa: S701 - only read
        if part is not None and part not in _FRAME:
            yield from _sources(part)


def _messages(source: str) -> Iterator[str]:
    raw = BytesIO(source.encode())
    for _line, _name, found, _comments in babel_extract(raw, _KEYWORDS, (), {}):
        for text in (found,) if isinstance(found, str) else found or ():
            if text:
                yield re.sub(r"\s+", " ", text)


def _catalogue() -> dict[str, str]:
    place = files("pds").joinpath("web", "translations", "ja", "LC_MESSAGES")
    found = read_mo(BytesIO(place.joinpath("messages.mo").read_bytes()))
    return {
        message.id: message.string
        for message in found
        if isinstance(message.id, str) and isinstance(message.string, str)
    }


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
