"""Wrong turns: every error is a page that can be read, and says what to do."""

import pytest

from tests.e2e.person import Person

TOO_LARGE = 21_000_000


def test_a_page_that_is_not_there(arrive):
    visitor = arrive(Person)
    visitor.go("/nowhere", status=404)
    visitor.follow("To the home page")


def test_a_request_that_is_not_there(arrive):
    visitor = arrive(Person)
    visitor.go("/oauth/authorize?client_id=nobody&request_uri=urn:none", status=404)


def test_a_page_of_another_role(person):
    person.go("/operator", status=403)
    person.go("/auditor/log", status=403)


def test_a_form_without_its_token(person):
    person.go("/copy")
    person.page.locator("main input[name=csrf_token]").evaluate("each => each.remove()")
    person.press("Download my records", status=400)


def test_wrong_logins(arrive):
    visitor = arrive(Person)
    visitor.go("/login")
    visitor.press("Log in", status=422)
    visitor.fill("Login name", "nobody-at-all")
    visitor.fill("Password", "wrong wrong wrong")
    visitor.press("Log in", status=422)
    visitor.go("/signup")
    visitor.press("Create my account", status=422)
    visitor.go("/login/recover")
    visitor.press("Log in", status=422)


def test_complaints_lead_to_their_fields(arrive):
    visitor = arrive(Person)
    visitor.go("/signup")
    visitor.press("Create my account", status=422)

    visitor.page.locator(".summary a[href='#birth_date']").click()

    assert visitor.page.evaluate("document.activeElement.id") == "birth_date"
    assert visitor.page.title().startswith(visitor.say("Error: "))


def test_wrong_files_without_scripts(arrive, new_login, broken, large):
    person = arrive(Person, java_script_enabled=False)
    person.sign_up(new_login())
    person.go("/imports/new")
    person.press("Upload", status=422)
    person.choose("File", broken)
    person.press("Upload", status=422)
    person.choose("File", large)
    person.press("Upload", status=413)


def test_wrong_files_with_scripts(person, broken, large):
    person.go("/imports/new")
    with person.watch.expecting(422):
        person.upload(broken)
        person.shows("It could not be taken in.")
    person.look()
    person.upload(large)
    person.shows(
        "The file is larger than the service accepts. Nothing of it was stored."
        " Export a shorter period from your app, or divide the file, and bring"
        " the parts in one after another."
    )
    person.look()


@pytest.fixture
def broken(tmp_path):
    path = tmp_path / "broken.json"
    path.write_text("{", encoding="utf-8")
    return path


@pytest.fixture
def large(tmp_path):
    path = tmp_path / "large.json"
    path.write_bytes(b" " * TOO_LARGE)
    return path


@pytest.mark.parametrize("path", ["/data", "/imports", "/consents", "/disclosures"])
def test_nothing_there_yet(person, path):
    person.go(path)


def test_a_consent_that_cannot_be_narrowed_so(person, asked):
    person.consider(asked)
    person.narrow_to(first_day="1999-01-01", last_day="2999-01-01")
    person.tick()
    person.press("Give what I ticked", status=422)
