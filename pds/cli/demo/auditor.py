"""What the auditor does on the pages: download the log, to check it elsewhere."""

import io
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

from pds.cli.demo.browser import Browser
from pds.cli.demo.credentials import Login
from pds.cli.demo.person import Unexpected

_OK = 200


class Auditor:
    """The auditor with a browser, logged in."""

    def __init__(self, base: str, login: Login) -> None:
        self._browser = Browser(base)
        page = self._browser.log_in(login)
        if urlsplit(page.address).path != "/auditor":
            raise Unexpected(f"The auditor landed at {page.address}: {page.text[:200]}")

    def export(self, folder: Path) -> Path:
        """Download the log and unpack it; return the folder to verify.

        Raises:
            Unexpected: no archive came.
        """
        page = self._browser.open("/auditor/export")
        if page.status != _OK or not page.body.startswith(b"PK"):
            raise Unexpected(f"No export came: {page.status} {page.text[:200]}")
        with zipfile.ZipFile(io.BytesIO(page.body)) as archive:
            archive.extractall(folder)
        return next(folder.rglob("checkpoint")).parent


def count(folder: Path, leaf_type: str) -> int:
    """Return how many leaves of that type an export holds."""
    wanted = f'"typ":"{leaf_type}"'.encode()
    return sum(
        each.read_bytes().count(wanted)
        for each in folder.rglob("entries/**/*")
        if each.is_file()
    )
