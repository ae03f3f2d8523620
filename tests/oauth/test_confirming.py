"""What is grave is explained and confirmed apart on the consent page."""

from dataclasses import replace

from consent import ledger
from consent.confirmations import Confirmation, needed
from consent.oauth import clients
from consent.rar import parse
from pds.cli.demo.organisations import SLEEP
from pds.cli.demo.standing import bank_side, establish
from pds.web import confirming
from tests.oauth import test_consent_flow
from tests.oauth.visitors import Session

database_url = test_consent_flow.database_url
example = test_consent_flow.example
app = test_consent_flow.app
owner = test_consent_flow.owner
browser = test_consent_flow.browser

INSURER = replace(
    SLEEP,
    purpose="insurance.assessment",
    categories=("health.vital.weight",),
    history_days=90,
    lasting_days=20,
    max_per_day=1,
    retention_days=30,
    detail="month",
)


def arrive(app, bank, example, organisation):
    """Return the software of an organisation that may ask."""
    made = example.Recipient(
        bank.settings.issuer,
        organisation.client_id,
        organisation.redirect_uri,
        session=Session(app, bank.settings.issuer),
        clock=lambda: bank.clock.now().timestamp(),
    )
    pem, side = made.client_key.pem(), bank_side(bank)
    bank.unit_of_work(lambda work: establish(work, organisation, pem, side))
    bank.unit_of_work(
        lambda work: clients.replace_keys(work, organisation.client_id, made.jwks())
    )
    return made


def evidence(bank, owner):
    with bank.read() as snap:
        (given,) = ledger.every(snap, owner)
        return ledger.terms(snap, bank.keys, given).evidence


def test_what_goes_abroad_is_told_and_confirmed(app, bank, example, browser, owner):
    recipient = arrive(app, bank, example, SLEEP)
    page = browser.open(recipient.authorize(SLEEP.provision(bank.clock.now())))

    assert page.text.count("United States") >= 2
    assert "An agency acts against companies" in page.text
    assert "It encrypts the data" in page.text
    assert 'id="confirm-cross-border"' in page.text
    assert 'value="cross-border" checked' not in page.text
    refused = browser.decide(page, "give", confirmed=None)
    assert refused.status_code == 422
    assert 'href="#confirm-cross-border"' in refused.text
    made_up = browser.decide(page, "give", confirmed="everything")
    assert made_up.status_code == 422

    back = browser.decide(page, "give", confirmed="cross-border")

    assert recipient.callback(back.location)["token_type"] == "DPoP"
    assert evidence(bank, owner).confirmed == (Confirmation.CROSS_BORDER,)


def test_the_page_speaks_japanese_too(app, bank, example, browser):
    recipient = arrive(app, bank, example, SLEEP)
    address = recipient.authorize(SLEEP.provision(bank.clock.now()))
    page = browser.open(address, "ja")
    assert "アメリカ合衆国" in page.text
    assert "データが外国に渡ります" in page.text
    refused = browser.decide(page, "give", confirmed=None)
    assert "外国に渡ることに同意する欄" in refused.text


def test_a_decision_about_the_person_is_told_and_confirmed(
    app, bank, example, browser, owner
):
    recipient = arrive(app, bank, example, INSURER)
    page = browser.open(recipient.authorize(INSURER.provision(bank.clock.now())))

    assert "insurer&#39;s standards" in page.text
    assert INSURER.contact in page.text
    half = browser.decide(page, "give", confirmed="cross-border")
    assert half.status_code == 422
    assert 'href="#confirm-significant-effect"' in half.text
    assert 'href="#confirm-cross-border"' not in half.text
    both = ["cross-border", "significant-effect"]
    browser.decide(page, "give", confirmed=both)
    assert [each.value for each in evidence(bank, owner).confirmed] == both


def test_special_care_is_confirmed_only_where_it_is_given(app, bank):
    asked = parse(SLEEP.provision(bank.clock.now()) | {"country": "JP"})
    grave = replace(asked, categories=("health.lab", "health.sleep"))
    assert needed(grave) == (Confirmation.SPECIAL_CARE,)
    assert needed(asked) == ()
    with app.test_request_context(method="POST", data={}):
        form = confirming.Form()
        assert confirming.read(form, grave) == ()
        assert list(form.errors) == ["confirm-special-care"]
        calm = confirming.Form()
        assert confirming.read(calm, asked) == ()
        assert calm.is_good
    sent = {"confirmed": ["special-care", "cross-border"]}
    with app.test_request_context(method="POST", data=sent):
        form = confirming.Form()
        assert confirming.read(form, grave) == (Confirmation.SPECIAL_CARE,)
        assert form.is_good
