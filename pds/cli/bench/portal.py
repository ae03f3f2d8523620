"""Every page of the portal on the demo world: server time, bytes; and a cold start.

A service of its own is started the way `make run` starts it. Somebody of each role
then follows every link, as a browser without script would, and asks for each page
several times. Pages that differ only in an id count as one; the slowest of them is
what is told.
"""

import re
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from pds.cli.bench.running import FIRST_START, free_port, running, wait_until
from pds.cli.bench.table import Figure
from pds.cli.demo import credentials as credentials_file
from pds.cli.demo.browser import Browser
from pds.cli.demo.command import PLAYED
from pds.cli.demo.credentials import Credentials
from pds.cli.demo.journey import recipient_of
from pds.cli.demo.organisations import COACH
from pds.cli.demo.people import KENICHI
from pds.core.clock import SystemClock

_MOST_ALIKE = 3
"""Pages of one shape that are opened: lists lead to thousands of records."""

_SHAPE = re.compile(r"(?<=/)(?:[0-9a-f-]{20,}|[\w-]*\d[\w-]*)(?=/|\Z)")
_PERSON = "person"
_LANGUAGE = "ja"
"""Japanese takes more bytes a letter, so its pages are the larger ones."""


@dataclass(frozen=True)
class Weighed:
    """One page: where it is, the median of its seconds, its bytes."""

    path: str
    seconds: float
    size: int


def measure(folder: Path, *, rounds: int = 5, most: int = 1000) -> list[Figure]:
    """Return the slowest and the largest page, and how long a first start takes.

    Args:
        folder: an empty folder for a service of its own.
        rounds: how often each page is asked for.
        most: pages of each visitor, at most.
    """
    port = free_port()
    settings = {
        "INFOBANK_DATA_DIR": str(folder / "data"),
        "INFOBANK_KEY_DIR": str(folder / "keys"),
        "INFOBANK_ISSUER": f"http://localhost:{port}",
        "INFOBANK_DEMO": "1",
    }
    path = credentials_file.path_in(folder / "keys")
    began = time.perf_counter()
    with running(FIRST_START, settings, port, "/readyz"):
        ready = time.perf_counter() - began
        wait_until(path.with_name(PLAYED).exists)
        played = time.perf_counter() - began
        pages = list(_every_page(credentials_file.read(path), rounds, most))
    slowest = max(pages, key=lambda each: each.seconds)
    largest = max(pages, key=lambda each: each.size)
    count = f"of {len(pages)} pages"
    return [
        Figure("page_ms_max", slowest.seconds * 1e3, "ms", f"{slowest.path} {count}"),
        Figure("page_kb_max", largest.size / 1e3, "KB", f"{largest.path} {count}"),
        Figure("first_start_s", ready, "s", "until the first page can be opened"),
        Figure("first_journey_s", played, "s", "until the demo world is deposited"),
    ]


def _every_page(found: Credentials, rounds: int, most: int) -> Iterator[Weighed]:
    """Yield the pages of strangers, then of each role."""
    yield from islice(_crawl(Browser(found.issuer, _LANGUAGE), ["/"], rounds), most)
    roles = {each.role: each for each in found.logins if each.role != _PERSON}
    for login in [found.login(KENICHI.key), *roles.values()]:
        browser = Browser(found.issuer, _LANGUAGE)
        first = urlsplit(browser.log_in(login).address).path
        start = [first]
        if login.role == _PERSON:
            start.append(_consent_page(found))
        yield from islice(_crawl(browser, start, rounds), most)


def _consent_page(found: Credentials) -> str:
    """Let a recipient ask; return where the person is sent."""
    client = found.client(COACH.key)
    asked = COACH.provision(SystemClock().now(), client.offer_id)
    parts = urlsplit(recipient_of(found.issuer, client).authorize(asked))
    return f"{parts.path}?{parts.query}"


def _crawl(browser: Browser, start: list[str], rounds: int) -> Iterator[Weighed]:
    seen: dict[str, int] = {}
    waiting = list(start)
    while waiting:
        path = waiting.pop(0)
        shape = shape_of(path)
        seen[shape] = seen.get(shape, 0) + 1
        if seen[shape] > _MOST_ALIKE:
            continue
        page = browser.open(path)
        if not page.text:
            continue  # A download, or a page of somebody else.
        waiting += [_local(each) for each in page.links if _is_next(browser, each)]
        yield Weighed(path, _median(browser, path, rounds), len(page.body))


def _median(browser: Browser, path: str, rounds: int) -> float:
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        browser.ask(path)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def _is_next(browser: Browser, link: str) -> bool:
    """Say whether a link leads on, and not only to the other language."""
    names = dict(parse_qsl(urlsplit(link).query))
    return browser.is_own(link) and "lang" not in names


def _local(link: str) -> str:
    parts = urlsplit(link)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def shape_of(path: str) -> str:
    """Return the address with every id and every value of its query left out."""
    parts = urlsplit(path)
    names = "&".join(sorted(name for name, _ in parse_qsl(parts.query)))
    return f"{_SHAPE.sub('*', parts.path)}?{names}"
