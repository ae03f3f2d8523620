"""One base, nothing inline, nothing from elsewhere; files that browsers may keep."""

import re
from pathlib import Path

import pytest

import pds.web
from pds.accounts.roles import Role
from tests.web.conftest import sign_up

ROOT = Path(pds.web.__file__).parent
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
PATHS = {
    "": ("/", "/login", "/signup"),
    "person": (
        "/home",
        "/data",
        "/consents",
        "/disclosures",
        "/imports",
        "/imports/new",
        "/copy",
    ),
    "operator": ("/operator", "/operator/recipients/new"),
    "board": ("/board", "/board/decisions"),
    "auditor": ("/auditor", "/auditor/log"),
}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda each: each.name)
def test_a_template_is_a_page_on_the_base_or_holds_macros(path):
    text = path.read_text()

    is_page = text.startswith('{% extends "base.html" %}')
    holds_macros = "{%- macro" in text or "{% macro" in text
    assert is_page or holds_macros or path.name == "base.html"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda each: each.name)
def test_nothing_is_inline_and_nothing_comes_from_elsewhere(path):
    text = path.read_text()

    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert not re.search(r"(?:src|href|action)=\"(?:https?:)?//", text)


def opened(portal, bank, role):
    if not role:
        return portal()
    if role != "person":
        sign_up(bank, role, Role(role))
    return portal(role if role != "person" else "hanako")


@pytest.mark.parametrize("role", PATHS)
def test_what_a_page_loads_is_served_here_and_may_be_kept(portal, bank, hanako, role):
    visitor = opened(portal, bank, role)

    for path in PATHS[role]:
        html = visitor.get(path).response.text
        named = re.findall(r"<(?:link|script|img)[^>]*?(?:href|src)=\"([^\"]+)\"", html)
        assert len(named) >= 3, path
        for address in named:
            with visitor.client.get(address.replace("&amp;", "&")) as sent:
                assert sent.status_code == 200, address
                assert "immutable" in sent.headers["Cache-Control"], address


def test_a_file_asked_for_by_an_old_address_is_not_kept(app):
    client = app.test_client()

    for address in ("/static/infobank.css", "/static/infobank.css?v=old"):
        with client.get(address) as sent:
            assert sent.headers["Cache-Control"] == "no-cache"
    with client.get("/static/nothing.css") as sent:
        assert sent.status_code == 404


def test_the_icon_that_browsers_ask_for_is_there(portal):
    with portal().client.get("/favicon.ico", follow_redirects=True) as sent:
        assert sent.content_type.startswith("image/svg+xml")


@pytest.mark.parametrize(
    ("role", "path", "marked"),
    [
        ("operator", "/operator/recipients/new", "Recipients"),
        ("person", "/imports/new", "My data"),
        ("person", "/copy", "My data"),
        ("person", "/data/charts", "My data"),
        ("person", "/account/password", "Sign-in and security"),
        ("board", "/board/decisions", "Decisions"),
        ("auditor", "/auditor/log", "Log"),
        ("auditor", "/auditor", "Overview"),
    ],
)
def test_the_navigation_marks_one_entry_on_subpages_too(
    portal, bank, hanako, role, path, marked
):
    html = opened(portal, bank, role).get(path).response.text
    nav = html.partition('class="nav"')[2].partition("</nav>")[0]

    assert re.findall(r"aria-current=\"\w+\">([^<]+)<", nav) == [marked]


def test_too_large_a_file_says_what_to_do(person):
    form = person.get("/imports/new").form_to("/imports/new")
    answer = person.client.post(
        form.action,
        data={**form.fields, "rest": "x" * 1_100_000},
        headers=person.headers,
    )

    assert answer.status_code == 413
    assert "Choose a file of at most" in answer.text
    assert "/imports/new" in answer.text


def test_too_many_attempts_say_how_long_to_wait(portal):
    visitor = portal()
    form = visitor.get("/login").form_to("/login")

    for _ in range(11):
        answer = visitor.send(form, login="hanako")

    assert answer.status_code == 429
    assert "Try again in about 10 minutes." in answer.text
