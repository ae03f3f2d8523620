"""Every page, in both languages: wide and narrow, light and dark, zoomed and still."""

from collections import Counter

import pytest

from pds.bank.bank import open_bank
from pds.bank.schema import upgrade
from pds.core.settings import Settings
from pds.web.app import create_app
from tests.e2e.every import ELSEWHERE, NO_PAGES, NOBODY, PAGES
from tests.e2e.person import Person

PHONE = {"width": 360, "height": 740}
ZOOMED = {"width": 320, "height": 256}
"""A window of 1280 × 1024 at 400 % (WCAG 1.4.10)."""

PAPER = {"width": 794, "height": 1123}
"""A sheet of A4 at 96 px per inch."""

PRINTED = ("consents.show", "receipts.read", "disclosures.browse", "disclosures.show")
_MOVING = """() => [...document.querySelectorAll('*')].filter(each => {
    const style = getComputedStyle(each)
    return [style.transitionDuration, style.animationDuration].some(
        text => text.split(',').some(part => parseFloat(part) > 0.01))
}).map(each => each.outerHTML.slice(0, 200))"""


def test_every_page_of_the_application_has_a_place(tmp_path, clock):
    environment = {
        "INFOBANK_DATA_DIR": str(tmp_path / "data"),
        "INFOBANK_KEY_DIR": str(tmp_path / "keys"),
    }
    settings = Settings.from_environment(environment)
    settings.data_dir.mkdir(mode=0o700)
    upgrade(settings.database_url)
    bank = open_bank(settings, clock)
    rules = create_app(bank).url_map.iter_rules()
    bank.close()

    readable = {each.endpoint for each in rules if "GET" in (each.methods or ())}

    listed = [name for pages in PAGES.values() for name in pages]
    assert readable == {*listed, *ELSEWHERE, *NO_PAGES}
    assert not [name for name, times in Counter(listed).items() if times > 1]


@pytest.mark.parametrize("who", PAGES)
def test_every_page_is_accessible_in_every_window(arrive, world, who):
    visitor = arrive(Person, reduced_motion="reduce")
    if who != NOBODY:
        visitor.log_in(world.credentials.login(who))
    for place in PAGES[who].values():
        visitor.page.emulate_media(color_scheme="light")
        visitor.page.set_viewport_size({"width": 1200, "height": 900})
        place.visit(visitor)
        visitor.look()
        visitor.page.emulate_media(color_scheme="dark")
        visitor.page.set_viewport_size(PHONE)
        visitor.look()
        visitor.page.set_viewport_size(ZOOMED)
        visitor.watch.measure(visitor.page)
        assert not visitor.page.evaluate(_MOVING), visitor.page.url


def test_what_people_keep_can_be_read_on_paper(arrive, world):
    visitor = arrive(Person, viewport=PAPER, color_scheme="dark")
    visitor.log_in(world.credentials.login("kenichi"))
    for endpoint in PRINTED:
        visitor.page.emulate_media(media="screen")
        PAGES["misaki"][endpoint].visit(visitor)
        visitor.page.emulate_media(media="print")

        visitor.watch.look(visitor.page, without=("target-size",))

        assert not visitor.page.locator("nav.nav").is_visible()
        assert visitor.page.get_by_role("heading", level=1).is_visible()
