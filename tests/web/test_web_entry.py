"""Signing up, logging in, proving again who is there, leaving."""

from datetime import timedelta

from tests.web.portal import PASSWORD


def test_a_stranger_signs_up_and_is_led_home(portal):
    visitor = portal()
    form = visitor.get("/signup").form_to("/signup")

    page = visitor.post(
        form,
        login="taro",
        name="Taro",
        birth_date="1990-01-02",
        password=PASSWORD,
        password_again=PASSWORD,
    )

    home = visitor.follow(page)
    assert "Nobody can see any of your data." in home.text
    assert "Welcome. Your account is ready." in home.text


def test_sign_up_says_what_is_wrong_beside_the_field_and_on_top(portal):
    visitor = portal()
    form = visitor.get("/signup").form_to("/signup")

    page = visitor.post(
        form,
        422,
        login="taro",
        name="Taro",
        birth_date="2020-01-02",
        password=PASSWORD,
        password_again=PASSWORD,
    )

    assert page.text.count("You are too young to have an account here.") == 2
    assert page.title.startswith("Error: ")
    assert "#birth_date" in page.links


def test_sign_up_keeps_what_was_typed_but_no_password(portal):
    visitor = portal()
    form = visitor.get("/signup").form_to("/signup")

    page = visitor.post(
        form,
        422,
        login="taro",
        name="Taro",
        birth_date="1990-01-02",
        password=PASSWORD,
        password_again="another",
    )

    assert page.form_to("/signup").fields["login"] == "taro"
    assert PASSWORD not in page.response.text


def test_an_empty_sign_up_names_each_field(portal):
    visitor = portal()

    page = visitor.post(visitor.get("/signup").form_to("/signup"), 422)

    assert {"#login", "#name", "#birth_date", "#password"} <= set(page.links)


def test_a_taken_login_is_refused(portal, hanako):
    visitor = portal()
    form = visitor.get("/signup").form_to("/signup")

    page = visitor.post(
        form,
        422,
        login="Hanako",
        name="H",
        birth_date="1990-01-02",
        password=PASSWORD,
        password_again=PASSWORD,
    )

    assert "This login name is taken." in page.text


def test_wrong_password_and_unknown_login_answer_alike(portal, hanako):
    visitor = portal()
    form = visitor.get("/login").form_to("/login")

    wrong = visitor.post(form, 422, login="hanako", password="not the right one")
    unknown = visitor.post(form, 422, login="nobody", password="not the right one")

    said = "Login name and password do not match."
    assert said in wrong.text
    assert said in unknown.text


def test_login_leads_to_the_page_that_was_wanted(portal, hanako):
    visitor = portal()
    page = visitor.get("/disclosures?after=1.0", 303)

    login = visitor.follow(page)
    answer = visitor.post(login.form_to("/login"), login="hanako", password=PASSWORD)

    assert answer.response.headers["Location"] == "/disclosures?after=1.0"


def test_next_never_leads_elsewhere(portal, hanako):
    for address in (
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
    ):
        visitor = portal()
        form = visitor.get("/login", 200).form_to("/login")
        form.action = "/login"

        answer = visitor.client.post(
            "/login",
            query_string={"next": address},
            data={**form.fields, "login": "hanako", "password": PASSWORD},
        )

        assert answer.headers["Location"] == "/", address


def test_the_session_cookie_is_closed_to_scripts(portal, hanako):
    visitor = portal()
    form = visitor.get("/login").form_to("/login")

    answer = visitor.send(form, login="hanako", password=PASSWORD)

    cookies = answer.headers.getlist("Set-Cookie")
    session = next(each for each in cookies if each.startswith("session="))
    assert "HttpOnly" in session
    assert "SameSite=Lax" in session


def test_logging_out_ends_the_session_on_the_server(person):
    token = person.client.get_cookie("session")
    page = person.get("/data")

    person.post(page.form_to("/logout"))
    person.client.set_cookie("session", token.value)

    assert person.get("/data", 303).response.headers["Location"].startswith("/login?")


def test_a_stale_login_is_asked_again_before_a_copy(person, clock):
    clock.moment += timedelta(minutes=6)

    asked = person.get("/copy", 303)
    again = person.follow(asked)
    wrong = person.post(again.form_to("/again"), 422, password="not the right one")
    right = person.post(wrong.form_to("/again"), password=PASSWORD)

    assert right.response.headers["Location"] == "/copy"
    assert person.follow(right).form_to("/copy")


def test_strangers_cannot_log_in_again(portal):
    visitor = portal()

    assert visitor.get("/login/again", 303).response.headers["Location"] == (
        "/login?next=/"
    )


def test_an_idle_session_ends(person, clock):
    clock.moment += timedelta(minutes=31)

    assert person.get("/data", 303).response.headers["Location"].startswith("/login?")


def test_everybody_is_led_to_the_first_page_of_the_role(
    portal, person, operator, member, auditor
):
    assert person.get("/", 303).response.headers["Location"] == "/home"
    assert operator.get("/", 303).response.headers["Location"] == "/operator"
    assert member.get("/", 303).response.headers["Location"] == "/board"
    assert auditor.get("/", 303).response.headers["Location"] == "/auditor"
    assert "Nothing is shared until you say yes." in portal().get("/").text
