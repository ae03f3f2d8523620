"""What one person does on the pages, told in the words of the domain."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from pds.cli.demo.browser import Browser
from pds.cli.demo.credentials import Login
from pds.cli.demo.pages import Page
from pds.cli.demo.world import DemoFile

_OK = 200
_MATCHING = re.compile(r"Matching records now: ([\d,]+)")
_UPLOAD = "/imports/new"
_DOTS_OF_A_JWS = 2
_HOME = "/home"
_CONSENTS = "/consents"
_DISCLOSURES = "/disclosures"


class Unexpected(Exception):  # noqa: N818 - reads as what it names
    """A page is not what it should be; the message says which and how."""


@dataclass(frozen=True)
class Preview:
    """What the consent page showed: how many records match, and the page itself."""

    count: int
    page: Page


class Person:
    """One person with a browser.

    Args:
        base: address of the service.
        login: whose account it is.
    """

    def __init__(self, base: str, login: Login) -> None:
        self.browser = Browser(base)
        self._login = login

    def log_in(self) -> None:
        """Log in with the password.

        Raises:
            Unexpected: the service did not take it.
        """
        page = self.browser.log_in(self._login)
        if page.status != _OK or urlsplit(page.address).path != _HOME:
            raise Unexpected(_seen("The login did not lead home", page))

    def deposit(self, files: Sequence[DemoFile]) -> Page:
        """Deposit files through the upload page; return the last answer.

        Raises:
            Unexpected: a file was not taken whole.
        """
        page = self.browser.open(_UPLOAD)
        for file in files:
            form = self.browser.open(_UPLOAD).form("file")
            page = self.browser.submit(form, file=file)
            if page.status != _OK:
                raise Unexpected(_seen(f"{file.name} was not taken", page))
        return page

    def consider(self, address: str) -> Preview:
        """Log in again, open the consent page and read it.

        Raises:
            Unexpected: the page does not say how many records match.
        """
        parts = urlsplit(address)
        wanted = quote(f"{parts.path}?{parts.query}", safe="")
        form = self.browser.open(f"/login/again?next={wanted}").form("password")
        page = self.browser.submit(form, {"password": self._login.password})
        found = _MATCHING.search(page.text)
        if page.status != _OK or found is None:
            raise Unexpected(_seen("The consent page was not shown", page))
        return Preview(int(found[1].replace(",", "")), page)

    def say_yes(self, preview: Preview) -> str:
        """Tick everything that is asked for and give; return where it leads.

        Raises:
            Unexpected: something was ticked beforehand.
        """
        form = preview.page.form("decision", "request_uri")
        ticked = [pair for pair in form.boxes if pair in form.fields]
        if ticked:
            raise Unexpected(f"Ticked beforehand: {ticked}.")
        return self.browser.submit(form, ticks=form.boxes, button="give").address

    def receipt(self, consent_id: str) -> bytes:
        """Download the signed receipt of a consent.

        Raises:
            Unexpected: what came is no signed text.
        """
        page = self.browser.open(f"{_CONSENTS}/{consent_id}/receipt")
        if page.status != _OK or page.body.count(b".") != _DOTS_OF_A_JWS:
            raise Unexpected(_seen("No receipt came", page))
        return page.body

    def history(self) -> Page:
        """Open the page of who received what."""
        return self.browser.open(_DISCLOSURES)

    def withdraw(self, consent_id: str) -> Page:
        """Withdraw one consent on its page.

        Raises:
            Unexpected: the page did not answer as it should.
        """
        address = f"{_CONSENTS}/{consent_id}/withdraw"
        form = self.browser.open(address).form_to("/withdraw")
        page = self.browser.submit(form)
        if page.status != _OK:
            raise Unexpected(_seen("The withdrawal was not taken", page))
        return page


def _seen(what: str, page: Page) -> str:
    return f"{what}: {page.status} at {page.address}: {page.text[:400]}"
