"""A yes counts only for the notice that was read, in every form with one (N-01)."""

import ast
import re
from datetime import date
from pathlib import Path

import pytest

import pds.web
from consent import ledger, mandates, processors
from consent.processors import ProcessorProfile
from tests.web.conftest import RECIPIENT
from tests.web.test_web_mandate import terms as _terms
from tests.web.test_web_offers import offer as _offer

offer, terms = _offer, _terms

WEIGHT = "health.vital.weight"
BOTH = ["health.vital.blood-pressure", WEIGHT]
FORMS = {
    "offer": ("/offers/{offer}", {"decision": "give", "category": WEIGHT}),
    "renew": ("{here}/renew", {}),
    "change": ("{here}/change", {"decision": "give", "category": BOTH}),
    "mandate": ("/mandate", {}),
}
"""Address of the page, and what is answered on it; OAuth's has tests of its own."""
MODULES = {
    "oauth/decision.py": "tests/oauth/test_consent_flow.py",
    "portal/offers.py": "offer",
    "portal/amendments.py": "renew, change",
    "portal/mandate.py": "mandate",
    "portal/narrow.py": "only takes back, so nothing new is read",
}
"""Where a page takes the evidence of a person's act, and what proves its form."""


def enter_processor(work):
    made = ProcessorProfile(
        name_ja="株式会社かさね計算",
        name_en="Kasane Computing Inc.",
        corporate_number="8700110005901",
        country="JP",
        task_ja="記録の保管",
        task_en="keeping of records",
        categories=("health.vital",),
        contract_day=date(2026, 1, 1),
    )
    return processors.enter(work, RECIPIENT, made, actor="operator")


def recorded(bank, owner):
    with bank.read() as snap:
        return (
            [(c.consent_id, c.version) for c in ledger.every(snap, owner)],
            mandates.current(snap, owner),
        )


@pytest.fixture(params=FORMS)
def opened(request, person, offer):
    """A page with a form that ends in a yes, its address, and the answer."""
    address, answer = FORMS[request.param]
    if "{here}" in address:
        form = person.get(f"/offers/{offer}").form_to(str(offer))
        sent = person.post(form, decision="give", category=WEIGHT)
        address = address.format(here=sent.response.headers["Location"])
    if request.param == "mandate":
        request.getfixturevalue("terms")
    page = person.get(address.format(offer=offer))
    return form_of(page), answer


def form_of(page):
    (form,) = [form for form in page.forms if "notice" in form.fields]
    assert re.fullmatch("[0-9a-f]{64}", form.fields["notice"])
    return form


@pytest.mark.parametrize("forged", [None, "", "0" * 64, "g" * 64, "1", "０" * 64])
def test_a_yes_without_the_hash_of_what_was_read_is_none(
    bank, hanako, person, opened, forged
):
    form, answer = opened
    if forged is None:
        form.fields.pop("notice")
    else:
        form.fields["notice"] = forged
    before = recorded(bank, hanako)

    again = person.post(form, 409, **answer)

    assert "nothing was recorded" in again.text
    assert recorded(bank, hanako) == before
    person.post(form_of(again), **answer)
    assert recorded(bank, hanako) != before


def test_what_changed_since_the_page_is_marked_and_asked_anew(
    bank, hanako, person, opened
):
    form, answer = opened
    if "notice_marks" not in form.fields:
        pytest.skip("A version of the mandate never changes.")
    bank.unit_of_work(enter_processor)
    before = recorded(bank, hanako)

    again = person.post(form, 409, **answer)

    assert "The terms have changed since you opened this page" in again.text
    assert (
        "Who handles it for them Changed meanwhile They let the following" in again.text
    )
    assert again.text.count("Changed meanwhile") == 2  # once named, once marked
    assert recorded(bank, hanako) == before
    person.post(form_of(again), **answer)
    assert recorded(bank, hanako) != before


def test_what_is_no_longer_there_is_named(bank, person, offer):
    made = bank.unit_of_work(enter_processor)
    form = form_of(person.get(f"/offers/{offer}"))
    bank.unit_of_work(lambda work: processors.end(work, made, actor="operator"))

    again = person.post(form, 409, decision="give", category=WEIGHT)

    assert "No longer there: Who handles it for them" in again.text


def test_a_look_at_less_says_what_changed_as_well(bank, person, offer):
    form = form_of(person.get(f"/offers/{offer}"))
    bank.unit_of_work(enter_processor)
    assert "have changed" in person.post(form, 200, decision="look").text


@pytest.mark.parametrize("sent", ["", "x" * 9_000, "processors:12 purpose"])
def test_strange_marks_mark_nothing(bank, person, offer, sent):
    form = form_of(person.get(f"/offers/{offer}"))
    bank.unit_of_work(enter_processor)
    again = person.post(form, 409, decision="give", category=WEIGHT, notice_marks=sent)
    assert "have changed since" in again.text
    assert "is marked" not in again.text


def test_no_and_later_need_no_notice(bank, person, offer):
    form = form_of(person.get(f"/offers/{offer}"))
    form.fields.pop("notice")
    person.post(form, decision="defer")
    person.post(form, decision="refuse")


def test_every_page_that_takes_evidence_of_an_act_is_tested():
    root = Path(pds.web.__file__).parent
    found = {
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "of_visitor"
    }
    assert found == set(MODULES)


def test_nothing_keeps_a_notice_without_comparing_it():
    root = Path(pds.web.__file__).parents[2]
    found = {
        str(path.relative_to(root))
        for folder in ("consent", "pds")
        for path in (root / folder).rglob("*.py")
        if "notices.keep(" in path.read_text("utf-8")
    }
    # An announcement is what is told, and compared when it is carried out; the bench
    # gives consents of its own.
    judged = "consent/announcing.py"
    assert found == {"consent/reading.py", judged, "pds/cli/bench/world.py"}
