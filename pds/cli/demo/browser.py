"""A person at the browser: follows links, fills forms, keeps cookies."""

from collections.abc import Mapping, Sequence
from urllib.parse import urljoin, urlsplit

import requests

from pds.cli.demo import pages
from pds.cli.demo.credentials import Login
from pds.cli.demo.pages import Page, PageForm
from pds.cli.demo.world import DemoFile

_TIMEOUT = 60
"""Seconds; the first start imports two years of records."""

_MOST_REDIRECTS = 10


class Browser:
    """Opens pages of one service and never leaves it.

    Args:
        base: address of the service, without a final slash.
        language: `ja` or `en`.
    """

    def __init__(self, base: str, language: str = "en") -> None:
        self._base = base
        self._session = requests.Session()
        self._session.headers["Accept-Language"] = language
        self._session.headers["Accept"] = "text/html,*/*;q=0.8"

    def open(self, address: str) -> Page:
        """Open a path or an address of the service.

        A redirect that leads elsewhere is not followed: the page returned has the
        other address and no text.
        """
        return self._follow(self.ask(address))

    def ask(self, address: str) -> requests.Response:
        """Return the answer of an address as it came, redirects not followed."""
        return self._session.get(
            urljoin(self._base, address), timeout=_TIMEOUT, allow_redirects=False
        )

    def is_own(self, address: str) -> bool:
        """Say whether an address is one of the service."""
        return urlsplit(address)[:2] == urlsplit(self._base)[:2]

    def submit(
        self,
        form: PageForm,
        fields: Mapping[str, str] | None = None,
        *,
        ticks: Sequence[tuple[str, str]] = (),
        button: str | None = None,
        file: DemoFile | None = None,
    ) -> Page:
        """Fill a form and send it.

        Args:
            form: the form.
            fields: what to type over the values that the page came with.
            ticks: check boxes to tick.
            button: value of the named button to press, if it has one.
            file: what to choose in its file field.
        """
        typed = dict(fields or {})
        sent = [(name, value) for name, value in form.fields if name not in typed]
        sent += [*typed.items(), *ticks]
        sent += [pair for pair in form.buttons if pair[1] == button][:1]
        files = None
        if file is not None:
            chosen = (file.name, file.content, file.media_type)
            files = {form.files[0]: chosen}
        return self._follow(
            self._session.request(
                form.method,
                form.action,
                params=sent if form.method == "get" else None,
                data=sent if form.method == "post" else None,
                files=files,
                timeout=_TIMEOUT,
                allow_redirects=False,
                headers={"Origin": self._base, "Referer": form.action},
            )
        )

    def log_in(self, login: Login) -> Page:
        """Log in with a password and return the page that follows."""
        form = self.open("/login").form("login", "password")
        return self.submit(form, {"login": login.login, "password": login.password})

    def _follow(self, response: requests.Response) -> Page:
        for _ in range(_MOST_REDIRECTS):
            if not response.is_redirect:
                break
            goal = urljoin(response.url, response.headers["Location"])
            if not self.is_own(goal):
                return pages.read(goal, response.status_code, b"", "")
            response = self.ask(goal)
        is_html = "html" in response.headers.get("Content-Type", "")
        text = response.text if is_html else ""
        return pages.read(response.url, response.status_code, response.content, text)
