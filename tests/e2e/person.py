"""What a person does on the pages, told in the words of the domain."""

import re
from pathlib import Path

from pds.cli.demo.credentials import Login
from tests.e2e.visitor import Visitor

_ID = re.compile(r"[0-9a-f-]{36}")
PASSWORD = "松の木に雪が積もる朝 e2e"


class Person(Visitor):
    """A person at a browser."""

    def sign_up(self, login: str, name: str = "試験 花子") -> None:
        """Make an account; the person is logged in and fresh afterwards."""
        self.go("/signup")
        self.fill("Login name", login)
        self.fill("Your name", name)
        self.fill("Day of birth", "1950-04-01")
        self.fill("Password", PASSWORD)
        self.fill("The same password again", PASSWORD)
        self.press("Create my account")
        assert self.sees("Welcome. Your account is ready.")

    def log_in(self, login: Login) -> None:
        """Log in with the password."""
        self.go("/login")
        self.fill("Login name", login.login)
        self.fill("Password", login.password)
        self.press("Log in")
        assert self.page.url.rstrip("/") != f"{self.watch.issuer}/login"

    def bring_in(self, file: Path) -> None:
        """Upload one file, which must be taken."""
        self.go("/imports/new")
        if not self.watch.has_script:
            self.choose("File", file)
            self.press("Upload")
            assert self.sees("Your file was read")
            return
        self.upload(file)
        self.shows("Done.")
        self.look()

    def upload(self, file: Path) -> None:
        """Upload one file by the script, which stays on the page."""
        self.choose("File", file)
        self.button("Upload").click()

    def consider(self, address: str, password: str = PASSWORD) -> None:
        """Open the address that a recipient sent the browser to; confirm if asked."""
        self.go(address)
        if self.page.url.startswith(f"{self.watch.issuer}/login/again"):
            self.fill("Password", password)
            self.press("Confirm")
        assert "/oauth/authorize" in self.page.url, self.page.url

    def boxes(self) -> list[str]:
        """Return the values of the boxes that say what may go."""
        found = self.page.locator("input[name=category]").all()
        return [str(each.get_attribute("value")) for each in found]

    def tick(self, *categories: str) -> None:
        """Tick categories on the consent page; without any, all of them."""
        for category in categories or self.boxes():
            self.page.locator(f"input[name=category][value='{category}']").check()

    def narrow_to(self, *, first_day: str, last_day: str) -> None:
        """Give fewer days and a shorter time than was asked for (ISO dates)."""
        self.page.get_by_text(self.say("Give less: fewer days, a shorter time")).click()
        self.fill("Only data from this day on", first_day)
        self.fill("Access until the end of this day", last_day)

    def give(self) -> str:
        """Give what is ticked; return where the browser arrived."""
        return self._answer("Give what I ticked")

    def refuse(self) -> str:
        """Refuse; return where the browser arrived."""
        return self._answer("Refuse")

    def matching(self) -> int:
        """Return how many records the consent page says would go now."""
        return int(
            self.reads(
                "These are your own records, exactly as they would be given."
                " Matching records now: %(count)s"
            ).replace(",", "")
        )

    def _answer(self, message: str) -> str:
        with self.page.expect_navigation():
            self.button(message).click()
        return self.page.url

    def consent_ids(self) -> list[str]:
        """Return the ids of all consents on the list, newest first."""
        self.go("/consents")
        links = self.page.locator("main a[href^='/consents/']").all()
        ends = [str(each.get_attribute("href")).rpartition("/")[2] for each in links]
        # The page of data sets stands beside them, and reminders lead there as well.
        return list(dict.fromkeys(each for each in ends if _ID.fullmatch(each)))

    def withdraw(self, consent_id: str) -> None:
        """Withdraw one consent through its page."""
        self.go(f"/consents/{consent_id}")
        self.follow("Withdraw")
        self.press("Withdraw")
