"""What people of a recipient do on its pages: attest that data was deleted."""

from typing import Final

from pds.cli.demo.browser import Browser
from pds.cli.demo.credentials import Login
from pds.cli.demo.person import Unexpected

_DUTIES: Final = "/recipient/duties"
_DELETE: Final = "Delete the data"


class Office:
    """Somebody of a recipient with a browser, logged in."""

    def __init__(self, base: str, login: Login) -> None:
        self._browser = Browser(base)
        self._browser.log_in(login)

    def attest_deletion(self) -> None:
        """Attest the newest deletion that is owed.

        Raises:
            Unexpected: nothing is owed, or the answer was not taken.
        """
        listed = self._browser.open(_DUTIES)
        for address in listed.links:
            if f"{_DUTIES}/" not in address:
                continue
            page = self._browser.open(address)
            if _DELETE not in page.text or '"uses"' in page.text:
                continue
            answered = self._browser.submit(
                page.form("is_true"), ticks=[("is_true", "yes")]
            )
            if "Your answer is recorded." not in answered.text:
                raise Unexpected(f"Not taken: {answered.text[:400]}")
            return
        raise Unexpected(f"No deletion is owed: {listed.text[:400]}")
