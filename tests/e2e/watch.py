"""Watches a browser: every page is looked at by axe, and nothing goes wrong unseen.

A page that was loaded and not looked at fails the test as a violation does.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import (
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
)

from tests.e2e.packages import MODULES

_TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
_AXE = MODULES / "axe-core" / "axe.min.js"
_UNFOLD = """() => [...document.querySelectorAll('details:not([open])')].map(
    each => { each.open = true; each.dataset.unfolded = ''; })"""
_FOLD = """() => document.querySelectorAll('[data-unfolded]').forEach(
    each => { each.open = false; delete each.dataset.unfolded; })"""
_RUN = """([tags, without]) => axe.run(document, {
    runOnly: {type: 'tag', values: tags}, resultTypes: ['violations'],
    rules: Object.fromEntries(without.map(each => [each, {enabled: false}]))
}).then(found => found.violations.map(each =>
    `${each.id}: ${each.help}\\n` + each.nodes.map(node =>
    `    ${node.target} ${node.html}\\n    ${node.failureSummary}`).join('\\n')))"""
_WIDTHS = """async limit => {
    const widths = () => [document.scrollingElement.scrollWidth, innerWidth]
    const until = performance.now() + limit
    while (widths()[0] > widths()[1] && performance.now() < until)
        await new Promise(requestAnimationFrame)
    return widths()
}"""
_SOON = 2_000
"""Milliseconds in which a script may draw a picture in its new size."""

_LOWEST_ERROR = 400


@dataclass
class Watch:
    """What happened in one browser window group.

    Attributes:
        issuer: the only origin that pages may ask anything of.
        has_script: whether the window runs scripts, and so axe.
        complaints: everything that must not happen, in words.
    """

    issuer: str
    has_script: bool = True
    complaints: list[str] = field(default_factory=list)
    _origins: set[str] = field(default_factory=set)
    _expected: list[int] = field(default_factory=list)
    _answered: list[int] = field(default_factory=list)
    _loaded: list[tuple[str, int]] = field(default_factory=list)
    _seen: set[tuple[str, int]] = field(default_factory=set)

    def attach(self, context: BrowserContext) -> None:
        """Listen to everything that the windows of a context say."""
        self._origins.add(_origin(self.issuer))
        context.on("console", self._console)
        context.on("weberror", lambda each: self.complaints.append(str(each.error)))
        context.on("request", self._request)
        context.on("requestfailed", self._failed)
        context.on("response", self._response)

    def allow(self, origin: str) -> None:
        """Let the browser go to one more origin, such as a recipient's."""
        self._origins.add(origin)

    @contextmanager
    def expecting(self, status: int) -> Iterator[None]:
        """Take error answers of one kind for what is wanted, inside the block."""
        before = len(self._answered)
        self._expected.append(status)
        yield
        self._expected.remove(status)
        answered = self._answered[before:]
        assert status in answered, f"{status} was expected, {answered} came."

    def look(self, page: Page, without: Sequence[str] = ()) -> None:
        """Let axe read the page, all of it unfolded; it must fit the window's width.

        `without` names rules that say nothing here, such as touch targets on paper.
        """
        self.skip(page)
        if self.has_script:
            where = f"{page.url} ({page.viewport_size}): "
            page.evaluate(_UNFOLD)
            self.complaints += [where + each for each in violations(page, without)]
            self.measure(page)
            page.evaluate(_FOLD)

    def skip(self, page: Page) -> None:
        """Note that this page is looked at elsewhere."""
        self._seen |= {each for each in self._loaded if each[0] == _bare(page.url)}

    def measure(self, page: Page) -> None:
        """The page must not be wider than its window, soon after this one changed."""
        wide, window = page.evaluate(_WIDTHS, _SOON)
        if wide > window:
            self.complaints.append(f"{page.url} is {wide} px wide, {window} are there.")

    def finish(self) -> None:
        """Fail if anything went wrong or a page was never looked at."""
        unseen = {each for each in self._loaded if each not in self._seen}
        assert not self.complaints, "\n".join(self.complaints)
        assert not unseen, f"Loaded and never looked at: {sorted(unseen)}"

    def _console(self, message: ConsoleMessage) -> None:
        expected = [f"status of {code}" for code in self._expected]
        if message.type in ("error", "warning", "assert") and not any(
            each in message.text for each in expected
        ):
            self.complaints.append(f"{message.type} in the console: {message.text}")

    def _request(self, request: Request) -> None:
        if request.url.startswith(("data:", "blob:")):
            return
        if _origin(request.url) not in self._origins:
            self.complaints.append(f"A request to another origin: {request.url}")

    def _failed(self, request: Request) -> None:
        # Leaving a page ends what it still asks for, and a download ends the
        # navigation that led to it.
        if "ERR_ABORTED" not in (request.failure or ""):
            self.complaints.append(f"{request.url} failed: {request.failure}")

    def _response(self, response: Response) -> None:
        code = response.status
        self._answered.append(code)
        if code >= _LOWEST_ERROR and code not in self._expected:
            self.complaints.append(f"{code} at {response.url}")
        is_page = "text/html" in response.headers.get("content-type", "")
        is_ours = _origin(response.url) == _origin(self.issuer)
        is_page = is_page and "location" not in response.headers
        if is_page and is_ours and response.request.is_navigation_request():
            self._loaded.append((_bare(response.url), code))


def violations(page: Page, without: Sequence[str] = ()) -> list[str]:
    """Return what axe finds wrong, each rule with its elements."""
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(_AXE.read_text(encoding="utf-8"))
    found: list[Any] = page.evaluate(_RUN, [_TAGS, without])
    return [str(each) for each in found]


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _bare(address: str) -> str:
    """Return the address without its fragment, which no server sees."""
    return address.partition("#")[0]
