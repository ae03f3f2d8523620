"""Every page of every role speaks one language, whichever it is."""

import re
from html import unescape
from urllib.parse import urlsplit

import pytest

from tests.web.conftest import profile
from tests.web.test_web_languages import used

CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]+")
OF_ANOTHER = r'<(\w+)[^>]*\slang="{}"[^>]*>.*?</\1>'
DATA = (profile().address, profile().representative, profile().name_ja)
STARTS = {
    "": ("/", "/login", "/signup", "/nowhere"),
    "hanako": ("/home", "/data", "/imports", "/imports/new", "/copy", "/disclosures"),
    "staff": ("/operator", "/operator/recipients/new"),
    "member": ("/board", "/board/decisions"),
    "auditor": ("/auditor", "/auditor/log"),
}


@pytest.fixture(scope="module")
def messages():
    """The messages that can only be English."""
    return sorted(m for m in used() if re.search(r"[A-Za-z] [a-z]", m) and "%" not in m)


def spoken(html: str, foreign: str) -> str:
    """What a page itself says: without markup, the other language and known data."""
    body = re.sub(OF_ANOTHER.format(foreign), " ", html, flags=re.DOTALL)
    body = re.sub(r"<pre\b.*?</pre>|<code\b.*?</code>", " ", body, flags=re.DOTALL)
    text = unescape(re.sub(r"<[^>]+>", "\n", body))
    for each in DATA:
        text = text.replace(each, "")
    return text


def pages(visitor, login):
    """Every page within two links of the role's first ones."""
    wanted, seen = list(STARTS[login]), {}
    for depth in range(3):
        found = []
        for path in wanted:
            if path in seen:
                continue
            # Read whole and closed, so that a file behind it is closed too.
            with visitor.client.get(path, headers=visitor.headers) as answer:
                answer.get_data()
            seen[path] = answer
            if depth < 2 and answer.mimetype == "text/html":
                found += re.findall(r'<a[^>]* href="(/[^"#]*)"', answer.text)
        wanted = [unescape(each) for each in found if "lang=" not in each]
        wanted = list({urlsplit(each).path: each for each in wanted}.values())[:40]
    return {k: v.text for k, v in seen.items() if v.mimetype == "text/html"}


@pytest.fixture
def everybody(records, consent, person, operator, member, auditor):
    """Accounts of each role, records, a consent, and what they leave in the log."""


@pytest.mark.usefixtures("everybody")
@pytest.mark.parametrize("login", STARTS)
def test_an_english_page_has_no_japanese(portal, login):
    found = pages(portal(login, "en"), login)

    wrong = {path: CJK.findall(spoken(html, "ja")) for path, html in found.items()}
    assert {path: words for path, words in wrong.items() if words} == {}
    assert len(found) >= 2


@pytest.mark.usefixtures("everybody")
@pytest.mark.parametrize("login", STARTS)
def test_a_japanese_page_has_no_english_message(portal, login, messages):
    found = pages(portal(login, "ja"), login)

    wrong = {}
    for path, html in found.items():
        lines = {line.strip() for line in spoken(html, "en").splitlines()}
        wrong[path] = [message for message in messages if message in lines]
    assert {path: words for path, words in wrong.items() if words} == {}


def test_problem_titles_are_english_unless_japanese_is_wished(portal):
    client = portal().client

    plain = client.get("/api/v1/nowhere")
    wished = client.get("/api/v1/nowhere", headers={"Accept-Language": "ja"})

    assert plain.json["title"].startswith("There is nothing at this address.")
    assert CJK.search(wished.json["title"])
