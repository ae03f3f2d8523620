"""Japanese and English: which one this request speaks, and how to switch."""

from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from flask import Flask, request, session
from flask_babel import Babel, format_date, format_datetime, get_locale

from consent.criteria import accepted_certificates
from pds.core.clock import from_millis
from pds.core.errors import Invalid
from pds.core.vocabulary import categories, countries, purposes, recipient_classes
from pds.core.vocabulary.words import Words
from pds.web.problems import wants_json

DEFAULT: Final = "ja"
_TO_THE_MINUTE: Final = {"ja": "y年M月d日 H:mm", "en": "d MMMM y, H:mm"}
LANGUAGES: Final = {"ja": "日本語", "en": "English"}
"""Languages by code, each named in itself."""


def choose() -> str:
    """Return the language: asked for now, remembered, wished by the browser, or ja.

    Programs that wish for none get English: titles of problem documents are for
    whoever reads the log of a client (RFC 9457 section 3.1.3).
    """
    asked = request.args.get("lang")
    if asked in LANGUAGES:
        session["lang"] = asked
        return str(asked)
    remembered = session.get("lang")
    if remembered in LANGUAGES:
        return str(remembered)
    otherwise = "en" if not request.accept_languages and wants_json() else DEFAULT
    return request.accept_languages.best_match(list(LANGUAGES), otherwise) or otherwise


def language() -> str:
    """Return the code of the language of this request."""
    locale = get_locale()
    return DEFAULT if locale is None else str(locale.language)


def switches() -> list[dict[str, Any]]:
    """Return one entry per language: code, name, address, whether it is spoken now."""
    rule = request.url_rule
    is_readable = rule is not None and "GET" in (rule.methods or ())
    path = request.path if is_readable else "/"
    kept = [(k, v) for k, v in request.args.items(multi=True) if k != "lang"]
    kept = kept if is_readable else []
    spoken = language()
    return [
        {
            "code": code,
            "name": name,
            "href": f"{path}?{urlencode([*kept, ('lang', code)])}",
            "is_spoken": code == spoken,
        }
        for code, name in LANGUAGES.items()
    ]


def certificate_name(kind: str) -> str:
    """Return the name of a kind of certificate; kinds of before keep their id."""
    found = accepted_certificates.ALL.get(kind)
    return kind if found is None else named(found)


def named(words: Words) -> str:
    """Return the name of a category or purpose in the language of this request."""
    return words[language()].name


def explained(words: Words) -> str:
    """Return the explanation of a category or purpose in this language."""
    return words[language()].explanation


def category_name(category_id: str) -> str:
    """Return the name of a category or group; an unknown id speaks for itself."""
    try:
        return named(categories.words(category_id))
    except Invalid:
        return category_id


def purpose_name(purpose_id: str) -> str:
    """Return the name of a purpose; an unknown id speaks for itself."""
    try:
        return named(purposes.get(purpose_id).words)
    except Invalid:
        return purpose_id


def recipient_class_name(class_id: str) -> str:
    """Return the name of a class of recipients; an unknown id speaks for itself."""
    found = recipient_classes.ALL.get(class_id)
    return class_id if found is None else named(found.words)


def country_name(code: str) -> str:
    """Return the name of a country; a code that is none speaks for itself."""
    return countries.name(code, language())


def to_the_minute(at: datetime) -> str:
    """Return a moment as people say it, in Japan's time and without seconds."""
    return str(format_datetime(at, _TO_THE_MINUTE[language()]))


def install(app: Flask) -> None:
    """Switch translation on; moments are shown in Japan's time."""
    app.config["BABEL_DEFAULT_LOCALE"] = DEFAULT
    app.config["BABEL_DEFAULT_TIMEZONE"] = "Asia/Tokyo"
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "translations"
    Babel(app, locale_selector=choose)
    app.jinja_env.filters["moment"] = lambda at: format_datetime(at, "medium")
    app.jinja_env.filters["minute"] = to_the_minute
    app.jinja_env.filters["thousands"] = "{:,}".format
    app.jinja_env.filters["day"] = lambda day: format_date(day, "long")
    app.jinja_env.filters["weekday"] = lambda day: format_date(day, "full")
    app.jinja_env.filters["moment_of"] = lambda t: format_datetime(
        from_millis(t), "medium"
    )
    app.jinja_env.filters["category"] = category_name
    app.jinja_env.filters["purpose"] = purpose_name
    app.jinja_env.filters["certificate"] = certificate_name
    app.jinja_env.filters["recipient_class"] = recipient_class_name
    app.jinja_env.filters["country"] = country_name
    app.jinja_env.filters["named"] = named
    app.jinja_env.filters["explained"] = explained
