"""Fixtures of the browser tests: one service and one browser for all of them."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, sync_playwright

from pds.cli.demo import world as demo_world
from pds.cli.demo.organisations import COACH
from pds.cli.demo.people import KENICHI
from pds.core.clock import TOKYO, SystemClock
from tests.e2e import accounts, chromium, recipients
from tests.e2e import callback as callbacks
from tests.e2e import world as worlds
from tests.e2e.callback import Callback
from tests.e2e.person import Person
from tests.e2e.visitor import Visitor
from tests.e2e.watch import Watch
from tests.e2e.words import LANGUAGES, LOCALES, Words
from tests.e2e.world import World

DAYS = 30
WINDOW = {"width": 1200, "height": 900}
Kind = TypeVar("Kind", bound=Visitor)


@pytest.fixture(scope="session")
def world(scratch: Path) -> Iterator[World]:
    """The service with the demo world, all data deposited.

    It is the second start: the first one's logins count no more.
    """
    folder = scratch / "world"
    folder.mkdir(mode=0o700)
    found = worlds.in_folder(folder)
    accounts.establish(found.environment())
    with found.running():
        pass
    with found.running():
        yield found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.find(), args=chromium.options()
        )
        yield browser
        browser.close()


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def say(language: str) -> Words:
    return Words(language)


@pytest.fixture(scope="session")
def addresses() -> Iterator[str]:
    """Addresses of visitors, as the reverse proxy in front would pass them on."""
    network = ip_network("198.18.0.0/15")
    return (str(each) for each in network.hosts())


@pytest.fixture
def arrive(
    browser: Browser,
    world: World,
    say: Words,
    callback: Callback,
    addresses: Iterator[str],
) -> Iterator[Callable[..., Any]]:
    """Open a window of its own for somebody: `arrive(Person, viewport=…)`.

    Further arguments are Playwright's for a new context. At the end of the test every
    page must have been looked at, and nothing may have gone wrong in any window.
    """
    opened: list[tuple[Any, Watch]] = []

    def open_window(kind: type[Kind], **options: Any) -> Kind:
        usual = {"locale": LOCALES[say.language], "viewport": WINDOW}
        context = browser.new_context(**{**usual, **options})
        context.set_extra_http_headers({"X-Forwarded-For": next(addresses)})
        context.set_default_timeout(15_000)
        watch = Watch(world.issuer, has_script=options.get("java_script_enabled", True))
        watch.attach(context)
        watch.allow(callback.origin)
        opened.append((context, watch))
        return kind(context.new_page(), say, watch)

    yield open_window
    for context, _ in opened:
        context.close()
    for _, watch in opened:
        watch.finish()


@pytest.fixture
def person(arrive: Callable[..., Any], new_login: Callable[[], str]) -> Person:
    """A new person, signed up and logged in, without any data."""
    found: Person = arrive(Person)
    found.sign_up(new_login())
    return found


@pytest.fixture
def new_login() -> Callable[[], str]:
    """Makes login names that nobody has."""
    return lambda: f"e2e-{uuid4().hex[:12]}"


@pytest.fixture(scope="session")
def files(scratch: Path) -> list[Path]:
    """A month of one person's records and purchases, written to files."""
    yesterday = SystemClock().now().astimezone(TOKYO).date() - timedelta(days=1)
    people = demo_world.build(yesterday, days=DAYS)
    (chosen,) = (each for each in people if each.persona.key == KENICHI.key)
    folder = scratch / "files"
    folder.mkdir()
    for each in chosen.files:
        (folder / each.name).write_bytes(each.content)
    return sorted(folder.iterdir())


@pytest.fixture(scope="session")
def callback() -> Iterator[Callback]:
    """The recipient's site, on another origin."""
    with callbacks.listening() as found:
        yield found


@pytest.fixture(scope="session")
def registered_recipient(world: World, callback: Callback) -> Any:
    """The sample recipient with its own client, which answers at `callback`."""
    return recipients.sample_recipient(world, COACH, "e2e-coach", callback.uri)


@pytest.fixture
def asked(world: World, registered_recipient: Any) -> str:
    """The address to send the browser to, after a pushed request."""
    details = recipients.asks(world, COACH)
    return str(registered_recipient.authorize(details))
