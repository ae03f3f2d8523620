"""The pictures of README: taken in each run, kept only by `make images`.

A run of the tests draws them into a folder that vanishes, so that it proves they can be
drawn and changes nothing; `INFOBANK_TEST_IMAGES` names the folder that keeps them.
"""

import os
from pathlib import Path

import pytest

from pds.cli.demo import sample
from pds.cli.demo.organisations import BUDGET, COACH
from tests.e2e import recipients
from tests.e2e.person import Person

FOLDER = os.environ.get("INFOBANK_TEST_IMAGES")
WIDE = {"width": 1200, "height": 1000}
PHONE = {"width": 360, "height": 740}
LARGEST = 200_000
"""Bytes of a picture, so that the repository stays small."""


@pytest.fixture
def keep(tmp_path, language):
    folder = Path(FOLDER) if FOLDER else tmp_path
    folder.mkdir(parents=True, exist_ok=True)

    def take(visitor, name):
        path = folder / f"{name}-{language}.png"
        visitor.page.screenshot(path=path, animations="disabled", scale="css")
        assert path.stat().st_size < LARGEST, path.name

    return take


def test_pages_of_one_person(
    arrive, new_login, files, world, registered_recipient, keep
):
    person = arrive(Person, viewport=WIDE)
    person.sign_up(new_login())
    for each in files[:4]:
        person.bring_in(each)
    person.consider(registered_recipient.authorize(recipients.asks(world, COACH)))
    keep(person, "consent")
    person.page.set_viewport_size(PHONE)
    person.page.evaluate("document.querySelector('fieldset').scrollIntoView()")
    keep(person, "consent-phone")
    person.tick()
    registered_recipient.callback(person.give())
    registered_recipient.fetch()
    person.withdraw(person.consent_ids()[0])
    with pytest.raises(sample.load().RecipientError):
        registered_recipient.fetch()
    person.page.set_viewport_size(WIDE)
    person.go("/disclosures")
    keep(person, "history")


def test_pages_of_the_demo(arrive, world, keep):
    person = arrive(Person, viewport=WIDE)
    person.log_in(world.credentials.login("misaki"))
    assert BUDGET.name[person.say.language] in person.page.content()
    keep(person, "home")
    person.go("/data/charts/blood-pressure")
    keep(person, "charts")
    person.go("/account")
    keep(person, "security")
