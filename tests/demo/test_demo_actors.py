"""The demo's persons and auditor stop loudly when a page is not what it should be."""

import io
import zipfile

import pytest
import responses

from pds.cli.demo import pages
from pds.cli.demo.auditor import Auditor, count
from pds.cli.demo.credentials import Login
from pds.cli.demo.person import Person, Preview, Unexpected
from pds.cli.demo.world import DemoFile

BASE = "http://localhost:8000"
LOGIN = Login("kenichi", "person", "n", "kenichi", "secret")
FORM = '<form method="post"><input name="login"><input name="password"></form>'
UPLOAD = (
    '<form method="post" action="/imports/new"><input type="file" name="file"></form>'
)
FILE = DemoFile("a.json", "application/json", b"{}")


def answer(method, path, text="", status=200, **headers):
    kind = headers.pop("content_type", "text/html")
    responses.add(
        method,
        BASE + path,
        body=text,
        status=status,
        headers=headers,
        content_type=kind,
    )


def person():
    return Person(BASE, LOGIN)


@responses.activate
def test_a_login_that_does_not_lead_home_is_named():
    answer("GET", "/login", FORM)
    answer("POST", "/login", "<h1>Wrong</h1>", 422)

    with pytest.raises(Unexpected, match=r"did not lead home: 422 .* Wrong"):
        person().log_in()


@responses.activate
def test_a_file_that_is_not_taken_is_named():
    answer("GET", "/imports/new", UPLOAD)
    answer("POST", "/imports/new", "too large", 413)

    with pytest.raises(Unexpected, match=r"a\.json was not taken: 413"):
        person().deposit([FILE])


@responses.activate
def test_every_file_is_deposited():
    answer("GET", "/imports/new", UPLOAD)
    answer("POST", "/imports/new", "stored")

    assert person().deposit([FILE, FILE]).text == "stored"
    posts = [each for each in responses.calls if each.request.method == "POST"]
    assert len(posts) == 2


@responses.activate
def test_a_consent_page_without_a_count_is_refused():
    answer("GET", "/login/again", '<form method="post"><input name="password"></form>')
    answer("POST", "/login/again", "<h1>What would go?</h1>")

    with pytest.raises(Unexpected, match="consent page was not shown"):
        person().consider(f"{BASE}/oauth/authorize?client_id=c&request_uri=r")


@responses.activate
def test_the_count_on_the_consent_page_is_read():
    answer("GET", "/login/again", '<form method="post"><input name="password"></form>')
    answer("POST", "/login/again", "<p>Matching records now: 1,234</p>")

    seen = person().consider(f"{BASE}/oauth/authorize?client_id=c&request_uri=r")

    assert seen.count == 1234


def test_a_box_ticked_beforehand_stops_the_journey():
    text = (
        '<form><input name="request_uri"><input type="checkbox" name="category"'
        ' value="health.sleep" checked><button name="decision" value="give"></form>'
    )
    page = pages.read(BASE, 200, b"", text)

    with pytest.raises(Unexpected, match="Ticked beforehand"):
        person().say_yes(Preview(1, page))


@responses.activate
def test_a_receipt_is_signed_text():
    answer("GET", "/consents/c/receipt", "a.b.c", content_type="application/jose")
    answer("GET", "/consents/d/receipt", "none")

    assert person().receipt("c") == b"a.b.c"
    with pytest.raises(Unexpected, match="No receipt came"):
        person().receipt("d")


@responses.activate
def test_a_withdrawal_that_is_not_taken_is_named():
    answer(
        "GET",
        "/consents/c/withdraw",
        '<form method="post" action="/consents/c/withdraw">',
    )
    answer("POST", "/consents/c/withdraw", "later", 503)

    with pytest.raises(Unexpected, match="withdrawal was not taken: 503"):
        person().withdraw("c")


@responses.activate
def test_an_auditor_who_lands_elsewhere_stops():
    answer("GET", "/login", FORM)
    answer("POST", "/login", "<h1>Home</h1>")

    with pytest.raises(Unexpected, match="auditor landed"):
        Auditor(BASE, LOGIN)


@responses.activate
def test_the_export_is_unpacked_and_counted(tmp_path):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("log/checkpoint", "c")
        packed.writestr("log/tile/entries/000.p/2", '{"typ":"a:b"}{"typ":"a:b"}')
    answer("GET", "/login", FORM)
    answer("POST", "/login", status=303, Location="/auditor")
    answer("GET", "/auditor")
    answer("GET", "/auditor/export", archive.getvalue(), content_type="application/zip")

    folder = Auditor(BASE, LOGIN).export(tmp_path)

    assert folder == tmp_path / "log"
    assert count(folder, "a:b") == 2
    assert count(folder, "a:c") == 0


@responses.activate
def test_an_export_that_is_no_archive_is_named(tmp_path):
    answer("GET", "/login", FORM)
    answer("POST", "/login", status=303, Location="/auditor")
    answer("GET", "/auditor")
    answer("GET", "/auditor/export", "nothing was published", 409)

    with pytest.raises(Unexpected, match="No export came: 409"):
        Auditor(BASE, LOGIN).export(tmp_path)
