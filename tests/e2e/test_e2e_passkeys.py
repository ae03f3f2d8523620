"""Passkeys with the browser's virtual authenticator, for every role."""

from urllib.parse import quote, urlsplit

import pytest

from pds.accounts.roles import Role
from tests.e2e import accounts
from tests.e2e.authenticator import Authenticator
from tests.e2e.person import PASSWORD, Person

HOMES = {Role.OPERATOR: "/operator", Role.BOARD: "/board", Role.AUDITOR: "/auditor"}


def test_a_person_lives_with_a_passkey(arrive, new_login, asked, callback):
    person, login = arrive(Person), new_login()
    person.sign_up(login)
    authenticator = Authenticator(person.page)

    _register(person)
    codes = _make_codes(person)
    person.press("Log out")
    _log_in(person)

    assert _path(person) == "/home"
    assert len(authenticator.passkeys()) == 1
    _confirm_before_consent(person, asked, callback)
    _refused_finger(person, authenticator)
    _recover(person, login, codes[0])
    _remove(person)


@pytest.mark.parametrize("role", accounts.STAFF)
def test_staff_live_with_a_passkey(arrive, role, language):
    login = accounts.staff(role, language)
    visitor = arrive(Person)
    Authenticator(visitor.page)
    visitor.log_in(login)

    _register(visitor)
    visitor.press("Log out")
    visitor.fill("Login name", login.login)
    visitor.fill("Password", login.password)
    visitor.press("Log in", status=422)
    _log_in(visitor)

    assert _path(visitor) == HOMES[role]
    visitor.go(f"/login/again?next={HOMES[role]}")
    assert visitor.button("Confirm").count() == 0
    visitor.follow_to(visitor.button("Confirm with a passkey"))
    assert _path(visitor) == HOMES[role]


def test_another_session_is_closed(arrive, new_login):
    here, there, login = arrive(Person), arrive(Person), new_login()
    here.sign_up(login)
    there.go("/login")
    there.fill("Login name", login)
    there.fill("Password", PASSWORD)
    there.press("Log in")

    here.go("/account")
    here.press("Close all others")

    there.go("/home")
    assert _path(there) == "/login"


def test_a_new_password_is_put_in_place(person):
    person.go("/account/password")
    person.press("Change the password", status=422)
    person.fill("New password", PASSWORD[::-1])
    person.fill("The same password again", PASSWORD[::-1])
    person.press("Change the password")

    assert person.sees("The password is changed. Other sessions are closed.")


def _register(visitor):
    visitor.go("/account")
    visitor.follow("Register a passkey")
    visitor.fill("Name of the passkey", "e2e")
    visitor.follow_to(visitor.button("Register a passkey"))
    assert visitor.sees("The passkey is registered.")


def _make_codes(person):
    person.press("Make recovery codes")
    codes = person.page.locator(".codes code").all_inner_texts()
    assert len(set(codes)) == 10
    person.follow("I have kept them. Continue")
    return codes


def _log_in(visitor):
    visitor.go("/login")
    visitor.follow_to(visitor.button("Log in with a passkey"))


def _confirm_before_consent(person, asked, callback):
    parts = urlsplit(asked)
    wanted = quote(f"{parts.path}?{parts.query}", safe="")
    person.go(f"/login/again?next={wanted}")
    person.follow_to(person.button("Confirm with a passkey"))
    assert _path(person) == "/oauth/authorize"
    person.tick()
    assert person.give().startswith(callback.uri)


def _refused_finger(person, authenticator):
    authenticator.recognise(holder=False)
    person.go("/login/again")
    person.button("Confirm with a passkey").click()
    message = "It was cancelled, or took too long. Nothing has changed."
    person.page.get_by_text(person.say(message)).wait_for()
    person.look()
    authenticator.recognise(holder=True)


def _recover(person, login, code):
    person.press("Log out")
    person.go("/login")
    person.follow("Log in with a recovery code")
    person.fill("Login name", login)
    person.fill("Recovery code", code)
    person.press("Log in")
    assert _path(person) != "/login/recover"
    person.press("Log out")
    person.go("/login/recover")
    person.fill("Login name", login)
    person.fill("Recovery code", code)
    person.press("Log in", status=422)
    _log_in(person)


def _remove(person):
    person.go("/account")
    person.follow_to(person.page.locator("main a[href$='/remove']").first)
    person.press("Remove it")
    assert person.sees("The passkey is removed. Other sessions are closed.")


def _path(visitor):
    return urlsplit(visitor.page.url).path
