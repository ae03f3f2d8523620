"""The demo's browser does with a page what a person without script could do."""

from urllib.parse import parse_qsl

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st

from pds.cli.demo import pages
from pds.cli.demo.browser import Browser
from pds.cli.demo.credentials import Login
from pds.cli.demo.world import DemoFile

BASE = "http://localhost:8000"
LOGIN = """
<html><style>p{color:red}</style><body><h1>Log  in</h1><a href="/signup">new</a>
<form action="/language"><input name="lang" value="ja"></form>
<form method="post" action="/login?next=/x"><input type="hidden" name="csrf_token"
value="t"><input name="login"><input type="password" name="password">
<input type="checkbox" name="stay"><input type="radio" name="k" value="a" checked>
<input disabled name="off" value="1"><select name="s"><option value="1"><option
value="2" selected></select><textarea name="note"></textarea>
<button name="act" value="go">Go</button><button name="act" value="stop">Stop</button>
<input type="file" name="file"><input type="submit" name="send" value="now"></form>
"""


def page(body=LOGIN, address=f"{BASE}/login"):
    return pages.read(address, 200, body.encode(), body)


def sent(call):
    return dict(parse_qsl(call.request.body))


def test_a_page_is_read_as_a_person_sees_it():
    read = page()
    form = read.form("login", "password")

    assert read.text.startswith("Log in new")
    assert "color" not in read.text
    assert read.links == (f"{BASE}/signup",)
    assert form.action == f"{BASE}/login?next=/x"
    assert form.method == "post"
    assert dict(form.fields) == {
        "csrf_token": "t",
        "login": "",
        "password": "",
        "k": "a",
        "s": "2",
    }
    assert form.buttons == [("act", "go"), ("act", "stop"), ("send", "now")]
    assert form.files == ["file"]
    assert form.boxes == [("stay", "on")]
    assert "off" not in form.names
    assert read.form_to("/login") is form
    assert read.form("act") is form


def test_a_missing_form_is_named_with_what_is_there():
    with pytest.raises(LookupError, match=r"no form with \('answer',\)"):
        page().form("answer")
    with pytest.raises(LookupError, match="no form to /consent"):
        page().form_to("/consent")


@given(st.text())
def test_any_text_can_be_read(text):
    assert page(text).status == 200


@responses.activate
def test_log_in_sends_what_the_page_came_with_and_what_was_typed():
    responses.get(f"{BASE}/login", LOGIN, content_type="text/html")
    responses.post(f"{BASE}/login", status=303, headers={"Location": "/"})
    responses.get(f"{BASE}/", "<h1>Home</h1>", content_type="text/html")

    home = Browser(BASE).log_in(Login("k", "person", "n", "k@example.jp", "secret"))

    assert home.text == "Home"
    assert home.address == f"{BASE}/"
    body = sent(responses.calls[1])
    assert body["csrf_token"] == "t"
    assert body["login"] == "k@example.jp"
    assert body["password"] == "secret"
    assert "stay" not in body
    assert "act" not in body


@responses.activate
def test_the_pressed_button_is_the_only_one_sent():
    responses.post(f"{BASE}/login", "", content_type="text/html")

    Browser(BASE).submit(page().form("login"), button="stop")

    assert sent(responses.calls[0])["act"] == "stop"


@responses.activate
def test_a_ticked_box_is_sent():
    responses.post(f"{BASE}/login", "", content_type="text/html")
    form = page().form("login")

    Browser(BASE).submit(form, ticks=form.boxes)

    assert sent(responses.calls[0])["stay"] == "on"


@responses.activate
def test_a_form_by_get_puts_its_fields_into_the_address():
    responses.get(f"{BASE}/language", "", content_type="text/html")

    Browser(BASE).submit(page().forms[0], {"lang": "en"})

    assert responses.calls[0].request.url == f"{BASE}/language?lang=en"


@responses.activate
def test_a_file_is_sent_with_its_name_and_type():
    responses.post(f"{BASE}/login", "", content_type="text/html")
    file = DemoFile("r.json", "application/json", b"[]")

    Browser(BASE).submit(page().form("login"), file=file)

    body = responses.calls[0].request.body
    assert b'name="file"; filename="r.json"' in body
    assert b"application/json" in body


@responses.activate
def test_a_redirect_to_elsewhere_is_not_followed():
    away = "http://localhost:9999/callback?code=c"
    responses.get(f"{BASE}/go", status=303, headers={"Location": away})

    left = Browser(BASE).open("/go")

    assert left.address == away
    assert left.text == ""


@responses.activate
def test_what_is_not_a_page_is_kept_as_bytes():
    responses.get(f"{BASE}/x", b"\x00\xff", content_type="application/octet-stream")

    read = Browser(BASE).open("/x")

    assert read.body == b"\x00\xff"
    assert read.text == ""
