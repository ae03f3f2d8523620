"""The sample recipient, clicked through in a real browser as a newcomer would."""

import importlib
import re
import threading
from contextlib import contextmanager

import pytest

from pds.cli.demo import sample
from pds.cli.demo.organisations import COACH
from tests.e2e import recipients
from tests.e2e.watch import violations
from tests.ops.serving import free_port

NARROW = {"width": 360, "height": 740}


@contextmanager
def serving(app, port):
    module = importlib.import_module("genki_coach.serving")
    server = module.server(app, "127.0.0.1", port)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="session")
def coach(world):
    """Genki Coach's pages, with a client of its own; their address."""
    example = sample.load()
    key = example.SigningKey.generate()
    port = free_port()
    callback = f"http://localhost:{port}/callback"
    recipients.register(
        world,
        COACH,
        client_id="e2e-pages",
        jwks=key.key_set(),
        redirect_uri=callback,
    )

    def recipient():
        return example.Recipient(world.issuer, "e2e-pages", callback, client_key=key)

    web = importlib.import_module("genki_coach.web")
    app = web.create_app(recipient, world.credentials.client(COACH.key).offer_id)
    with serving(app, port):
        yield f"http://localhost:{port}"


class Words:
    """What Genki Coach says, in the language of the test."""

    def __init__(self, language):
        self._words = importlib.import_module("genki_coach.words")
        self._language = language

    def __call__(self, key):
        return self._words.say(key, self._language)


@pytest.fixture
def coach_says(coach, language):
    return Words(language)


def press(page, name):
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).click()


def told(page):
    return page.get_by_role("status").inner_text()


def test_a_newcomer_connects_withdraws_and_sees_the_refusal(
    person, files, coach, coach_says, caplog
):
    page = person.page
    person.watch.allow(coach)
    (steps,) = (each for each in files if b'"41950-7"' in each.read_bytes())
    person.bring_in(steps)
    page.goto(coach)
    assert not violations(page)

    press(page, coach_says("connect"))
    person.look()
    person.tick("health.activity.steps")
    person.give()

    assert page.url == f"{coach}/"
    assert coach_says("connected") in told(page)
    assert page.locator("svg.chart rect").count() > 0
    assert not [each for each in caplog.messages if "code=" in each]
    assert coach_says("fits") in page.locator("main").inner_text()
    assert not violations(page)
    page.set_viewport_size(NARROW)
    person.watch.measure(page)
    consent = page.get_by_role("link", name=coach_says("open_consent"))
    person.withdraw(re.search(r"[0-9a-f-]{36}", consent.get_attribute("href"))[0])

    page.goto(coach)
    press(page, coach_says("fetch"))

    assert coach_says("ended") in told(page)
    assert "401" in told(page)
    assert not violations(page)
    assert page.get_by_role("button", name=coach_says("connect")).is_visible()
