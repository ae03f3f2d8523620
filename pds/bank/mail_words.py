"""What mail says, in Japanese and English, as text and as HTML.

Mail passes through machines that are not the bank's, so it tells that something
happened and where to read it, and nothing of what happened: no name, no kind, no link
to the thing. Only the code that proves an address stands in the mail that asks for it.
"""

from dataclasses import dataclass
from html import escape
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Wording:
    """A mail in one language; `{count}`, `{bank}`, `{url}`, `{code}` are filled in."""

    subject: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """A mail ready to be sent."""

    subject: str
    text: str
    html: str


_NEWS: Final = MappingProxyType(
    {
        "ja": Wording(
            "{bank}からお知らせがあります",
            (
                "{bank}のページに、新しいお知らせが{count}件あります。",
                "ログインしてお読みください。",
                "{url}",
                "内容はこのメールに書いていません。途中で読まれるおそれがあるからです。",
                "このメールで、パスワードや記録をおたずねすることはありません。",
            ),
        ),
        "en": Wording(
            "There is news for you at {bank}",
            (
                "You have {count} new messages at {bank}.",
                "Log in to read them.",
                "{url}",
                "This mail does not say what it is: mail can be read on its way.",
                "We never ask for a password or for records by mail.",
            ),
        ),
    }
)
_CODE: Final = MappingProxyType(
    {
        "ja": Wording(
            "{bank}のメールアドレスの確認",
            (
                "お知らせを受け取るには、{bank}のページに次の番号を入れてください。",
                "{code}",
                "番号は30分だけ使えます。",
                "心当たりがないときは、何もしないでください。もう何も届きません。",
            ),
        ),
        "en": Wording(
            "Confirm your mail address at {bank}",
            (
                "To receive messages here, enter this number on the page of {bank}.",
                "{code}",
                "It can be used for 30 minutes.",
                "If you did not ask for it, do nothing. Nothing more comes here.",
            ),
        ),
    }
)
_STOP: Final = MappingProxyType(
    {
        "ja": "このようなメールを止める: {stop}",
        "en": "Stop mail of this kind: {stop}",
    }
)


def news(language: str, *, bank: str, count: int, url: str, stop: str) -> Written:
    """Write the mail that says that there is news.

    Args:
        language: `ja` or `en`.
        bank: the operator's name.
        count: how many messages it is about.
        url: where they are read.
        stop: where such mail is stopped; empty for mail that is always sent.
    """
    said = {"bank": bank, "count": str(count), "url": url, "code": ""}
    last = (_STOP[language].format(stop=stop),) if stop else ()
    return _written(_NEWS[language], language, said, last)


def code(language: str, *, bank: str, code: str) -> Written:
    """Write the mail that proves an address."""
    said = {"bank": bank, "count": "", "url": "", "code": code}
    return _written(_CODE[language], language, said, ())


def _written(
    words: Wording, language: str, said: dict[str, str], last: tuple[str, ...]
) -> Written:
    lines = [line.format(**said) for line in words.lines] + list(last)
    return Written(
        words.subject.format(**said), "\n\n".join(lines) + "\n", _html(language, lines)
    )


def _html(language: str, lines: list[str]) -> str:
    """Return a page of paragraphs; an address becomes a link, and nothing is loaded."""
    return (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8">'
        '<body style="font-family:sans-serif;font-size:16px;line-height:1.8">'
        f"{''.join(f'<p>{_linked(line)}</p>' for line in lines)}</body></html>\n"
    )


def _linked(line: str) -> str:
    before, mark, rest = line.rpartition(" ")
    last = rest if mark else line
    if not last.startswith(("https://", "http://")):
        return escape(line)
    link = f'<a href="{escape(last)}">{escape(last)}</a>'
    return f"{escape(before)}{mark}{link}"
