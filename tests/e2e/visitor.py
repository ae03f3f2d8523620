"""Somebody at a browser window: goes, fills, presses, and looks at every page."""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

from playwright.sync_api import Locator, Page, Response

from tests.e2e.watch import Watch
from tests.e2e.words import Words

_OK = 200


@dataclass
class Visitor:
    """Acts on pages by what a person reads: labels, buttons, links.

    Messages are those of the templates, in English; the words of the page's language
    come from its catalogue.
    """

    page: Page
    say: Words
    watch: Watch

    def go(self, address: str, status: int = _OK) -> None:
        """Open a path or an address, and look at what comes."""
        goal = urljoin(self.watch.issuer, address)
        if status >= 400:
            with self.watch.expecting(status):
                self.page.goto(goal)
        else:
            _check(self.page.goto(goal), status)
        self.look()

    def look(self) -> None:
        """Let axe read the page as it is now."""
        self.watch.look(self.page)

    def button(self, message: str) -> Locator:
        """Return the button with that message."""
        return self._named("button", message)

    def link(self, message: str) -> Locator:
        """Return the first link with that message."""
        return self._named("link", message).first

    def field(self, message: str) -> Locator:
        """Return the field with that label."""
        return self.page.get_by_label(self.say(message), exact=True)

    def fill(self, message: str, text: str) -> None:
        """Type into the field with that label."""
        self.field(message).fill(text)

    def choose(self, message: str, path: Path) -> None:
        """Choose a file in the field with that label."""
        self.field(message).set_input_files(path)

    def press(self, message: str, status: int = _OK) -> None:
        """Press a button that leads to another page, and look at that page."""
        self.follow_to(self.button(message), status)

    def follow(self, message: str) -> None:
        """Follow a link, and look at the page it leads to."""
        self.follow_to(self.link(message))

    def follow_to(self, what: Locator, status: int = _OK) -> None:
        """Click what leads to another page, and look at that page."""
        if status >= 400:
            with self.watch.expecting(status), self.page.expect_navigation():
                what.click()
        else:
            with self.page.expect_navigation() as led:
                what.click()
            _check(led.value, status)
        self.look()

    def save(self, what: Locator) -> bytes:
        """Click what downloads a file, and return it."""
        with self.page.expect_download() as coming:
            what.click()
        return Path(coming.value.path()).read_bytes()

    def sees(self, message: str, **values: object) -> bool:
        """Say whether the page's text has that message now."""
        return self.say(message, **values) in self.page.locator("body").inner_text()

    def shows(self, message: str, **values: object) -> None:
        """Wait until a script has put the message on the page."""
        self.page.get_by_text(self.say(message, **values), exact=True).wait_for()

    def reads(self, message: str) -> str:
        """Return the number that stands at the named place of a message."""
        text = self.page.locator("body").inner_text()
        found = re.search(self.say.pattern(message, r"([\d,]+)"), text)
        assert found, f"{self.say(message)!r} is not in {text[:500]}"
        return found[1]

    @property
    def heading(self) -> str:
        """The page's first heading."""
        return self.page.get_by_role("heading", level=1).inner_text()

    def _named(self, role: str, message: str) -> Locator:
        name = self.say(message)
        return self.page.get_by_role(role, name=name, exact=True)  # type: ignore[arg-type]


def _check(response: Response | None, status: int) -> None:
    assert response is not None, "No page came."
    assert response.status == status, f"{response.status} at {response.url}"
