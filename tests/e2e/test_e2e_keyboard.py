"""By keyboard alone: every stop is seen, and the whole way can be gone."""

from tests.e2e.person import PASSWORD, Person

MOST_STOPS = 150
_FOCUS = """() => {
    const each = document.activeElement, style = getComputedStyle(each)
    const box = each.getBoundingClientRect()
    return {tag: each.tagName, name: each.name || '', value: each.value || '',
        text: each.innerText || '', html: each.outerHTML.slice(0, 200),
        ring: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
        shown: box.bottom > 0 && box.top < innerHeight && box.width > 0}
}"""


class Keyboard(Person):
    """A person without a mouse."""

    def reach(self, is_goal):
        """Press Tab until the goal has the focus; each stop must be seen."""
        for _ in range(MOST_STOPS):
            self.page.keyboard.press("Tab")
            focus = self.page.evaluate(_FOCUS)
            assert focus["tag"] != "BODY", f"Not reached at {self.page.url}"
            assert focus["ring"], f"No ring around {focus['html']}"
            assert focus["shown"], f"Out of sight: {focus['html']}"
            if is_goal(focus):
                return
        raise AssertionError(f"Not reached after {MOST_STOPS} stops.")

    def reach_text(self, message):
        self.reach(lambda focus: focus["text"].strip() == self.say(message))

    def enter(self):
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def type_into(self, name, text):
        self.reach(lambda focus: focus["name"] == name)
        self.page.keyboard.type(text)


def test_the_first_stop_skips_to_the_content(arrive):
    visitor = arrive(Keyboard)
    visitor.go("/signup")
    visitor.reach_text("Skip to the content")

    visitor.page.keyboard.press("Enter")

    assert visitor.page.evaluate("document.activeElement.id") == "main"


def test_signing_up_and_giving_consent(arrive, new_login, asked, callback):
    visitor = arrive(Keyboard)
    visitor.go("/")
    visitor.reach_text("Sign up")
    visitor.enter()
    visitor.look()
    visitor.type_into("login", new_login())
    visitor.type_into("name", "試験 花子")
    visitor.reach(lambda focus: focus["name"] == "birth_date")
    visitor.page.keyboard.type("04041950")  # the same day in every order but Japan's
    visitor.type_into("password", PASSWORD)
    visitor.type_into("password_again", PASSWORD)
    visitor.reach_text("Create my account")
    visitor.enter()
    visitor.look()
    assert visitor.sees("Welcome. Your account is ready.")

    visitor.consider(asked)
    visitor.reach(lambda focus: focus["name"] == "category")
    visitor.page.keyboard.press("Space")
    visitor.reach_text("Give what I ticked")
    visitor.enter()

    assert visitor.page.url.startswith(callback.uri)


def test_every_stop_of_the_pages_is_seen(arrive, world):
    visitor = arrive(Keyboard)
    visitor.log_in(world.credentials.login("kazuko"))
    for path in ("/home", "/data", "/consents", "/disclosures", "/imports/new"):
        visitor.go(path)
        last = visitor.page.locator("footer a").last.get_attribute("href")
        visitor.reach(lambda focus, last=last: last in focus["html"])
