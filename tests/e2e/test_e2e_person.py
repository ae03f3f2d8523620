"""A person's whole way, with scripts and without: the pages must not need them."""

import json
from datetime import timedelta

import pytest

from pds.cli.demo import sample
from pds.cli.demo.organisations import COACH
from pds.core.clock import TOKYO, SystemClock
from tests.e2e.person import Person

STEPS = "health.activity.steps"
SLEEP = "health.sleep"


@pytest.fixture(params=[True, False], ids=["script", "no-script"])
def visitor(request, arrive):
    return arrive(Person, java_script_enabled=request.param)


def test_the_whole_way(
    visitor, new_login, files, asked, registered_recipient, callback
):
    visitor.go("/")
    visitor.link("Sign up").wait_for()
    visitor.sign_up(new_login())
    _deposit(visitor, files)
    _look_at_data(visitor)

    _consent(visitor, asked)
    address = visitor.give()

    assert address.startswith(callback.uri)
    granted = registered_recipient.callback(address)
    (terms,) = granted["authorization_details"]
    assert terms["categories"] == [STEPS, SLEEP]
    fetched = registered_recipient.fetch().records()
    assert {each["category"] for each in fetched} == {STEPS, SLEEP}
    _look_back(visitor)
    _keep_proofs(visitor, terms["consent_id"])
    _withdraw(visitor, registered_recipient, terms["consent_id"])
    _take_everything(visitor)
    visitor.press("Log out")
    assert visitor.sees("You are logged out.")


def _deposit(visitor, files):
    visitor.go("/home")
    assert visitor.sees("Nobody can see any of your data.")
    for each in files:
        if each.suffix == ".ndjson":
            visitor.bring_in(each)


def _look_at_data(visitor):
    visitor.go("/data")
    visitor.follow_to(visitor.page.locator("main a[href^='/data/records/']").first)
    visitor.follow("My data")


def _consent(visitor, asked):
    visitor.consider(asked)
    assert visitor.page.locator("input[name=category]:checked").count() == 0
    with_name = visitor.say("%(name)s asks for your data", name=_coach(visitor))
    assert visitor.heading == with_name
    assert visitor.matching() > 0
    visitor.press("Give what I ticked", status=422)
    visitor.tick(STEPS, SLEEP)
    today = SystemClock().now().astimezone(TOKYO).date()
    visitor.narrow_to(
        first_day=(today - timedelta(days=10)).isoformat(),
        last_day=(today + timedelta(days=20)).isoformat(),
    )


def _look_back(visitor):
    visitor.go("/home")
    visitor.go("/disclosures")
    assert _coach(visitor) in visitor.page.locator("main").inner_text()
    visitor.follow_to(visitor.page.locator("main a[href^='/disclosures/']").first)
    proof = visitor.save(visitor.link("Download the proof"))
    assert proof.startswith(b"c2sp.org/tlog-proof@v1\n")


def _keep_proofs(visitor, consent_id):
    visitor.go(f"/consents/{consent_id}")
    receipt = visitor.save(visitor.link("Download the signed receipt"))
    assert receipt.count(b".") == 2
    visitor.follow("Take back a part")
    visitor.page.locator(f"input[name=category][value='{SLEEP}']").uncheck()
    visitor.press("Give only this")


def _withdraw(visitor, recipient, consent_id):
    visitor.withdraw(consent_id)
    with pytest.raises(sample.load().RecipientError) as refusal:
        recipient.fetch()
    assert refusal.value.status == 401
    visitor.go("/disclosures")
    assert visitor.sees("Refused")


def _take_everything(visitor):
    visitor.go("/copy")
    copy = visitor.save(visitor.button("Download my records"))
    assert all(json.loads(line) for line in copy.splitlines())
    visitor.go("/imports")
    visitor.follow("Take this back")
    visitor.press("Take it back")


def _coach(visitor):
    return COACH.name[visitor.say.language]
