"""The back office: the operator, the board and the auditor, one after the other."""

import io
import json
import zipfile
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from consent.board import QUESTIONS
from consent.criteria import recipient_criteria
from pds.cli.demo import sample
from pds.cli.demo.journey import verify
from pds.core.clock import TOKYO, SystemClock
from tests.e2e import accounts
from tests.e2e.person import Person

PURPOSE = "health.advice"
CATEGORY = "health.vital.weight"
NUMBERS = {"ja": "6999900000201", "en": "5999900000202"}
"""Invented, with a right check digit; each may be registered once."""


def day(ahead):
    today = SystemClock().now().astimezone(TOKYO).date()
    return (today + timedelta(days=ahead)).isoformat()


@pytest.fixture
def staff(arrive, world):
    def log_in(key):
        visitor = arrive(Person)
        visitor.log_in(world.credentials.login(key))
        return visitor

    return log_in


def test_a_recipient_comes_into_good_standing(staff):
    operator = staff("operator")
    members = [staff(key) for key in ("board", "board-consumer", "board-security")]
    recipient_id = f"e2e-{uuid4().hex[:8]}"
    here = f"/operator/recipients/{recipient_id}"

    _register(operator, recipient_id)
    _contract(operator, here)
    _certificate(operator, here)
    _decide(members, recipient_id)
    operator.go(f"{here}/standing/approve")
    operator.press("Approve", status=409)
    _check(operator, here)
    operator.go(f"{here}/standing/approve")
    operator.press("Approve")
    _client(operator, here, recipient_id)

    assert not operator.sees("This recipient is given nothing now, because:")
    for step, button in (
        ("suspend", "Suspend"),
        ("resume", "Resume"),
        ("end", "End the relation"),
    ):
        operator.go(f"{here}/standing/{step}")
        if step == "suspend":
            operator.press(button, status=422)
            operator.page.locator("#reason").select_option("inspection")
        operator.press(button)


def test_the_auditor_checks_the_log(staff, tmp_path):
    auditor = staff("auditor")
    auditor.press("Check the whole log now")
    assert auditor.sees("Everything holds.")
    auditor.go("/auditor")
    auditor.press("Take a census")
    assert auditor.sees("Every entry is somebody's, and none is missing.")
    auditor.follow("Log")
    auditor.follow_to(auditor.page.locator("main a[rel=next]").first)
    auditor.follow_to(auditor.page.locator("main a[href^='/auditor/log/']").first)
    auditor.go("/auditor")
    archive = auditor.save(auditor.link("Download the log"))

    with zipfile.ZipFile(io.BytesIO(archive)) as packed:
        packed.extractall(tmp_path)
    assert verify(next(tmp_path.rglob("checkpoint")).parent).startswith("OK")


def test_the_auditor_looks_at_sampled_consents(staff):
    auditor = staff("auditor")
    auditor.go("/auditor/sample")
    auditor.fill("Seed", "the lot of the day")
    auditor.field("What is drawn").select_option("consents")
    auditor.press("Draw a sample")
    assert auditor.sees("Notice as it was shown")


def test_a_recipient_finds_no_data_here(arrive, language):
    visitor = arrive(Person)
    visitor.log_in(accounts.recipient(language))
    assert visitor.sees("Programs and their keys")
    visitor.go("/home", status=403)


def _register(operator, recipient_id):
    operator.go("/operator")
    operator.follow("Register a recipient")
    operator.press("Register", status=422)
    for label, text in {
        "Id": recipient_id,
        "Legal name in Japanese": "試験ラボ株式会社",
        "Legal name in English": "Trial Lab Inc.",
        "Corporate number": NUMBERS[operator.say.language],
        "Registered address": "東京都千代田区1-1",
        "Representative": "山田 太郎",
        "Country": "JP",
        "Contact for persons": "privacy@trial.example.jp",
    }.items():
        operator.fill(label, text)
    operator.page.locator("#recipient_class").select_option("wellness")
    operator.press("Register")
    assert operator.sees("This recipient is given nothing now, because:")


def _contract(operator, here):
    operator.go(f"{here}/contract")
    operator.press("Write the contract", status=422)
    operator.page.locator(f"input[value='{PURPOSE}']").check()
    operator.page.locator(f"input[value='{CATEGORY}']").check()
    operator.fill("First day", day(0))
    operator.fill("Last day", day(365))
    operator.fill("Longest retention in days", "30")
    operator.press("Write the contract")
    operator.press("Sign for the bank and offer it")
    operator.follow("Enter the recipient's signature")
    operator.press("Take the signature", status=422)
    paper = {"name": "signed.txt", "mimeType": "text/plain", "buffer": b"Signed."}
    operator.page.locator("#paper").set_input_files(paper)
    operator.fill("Who signed the paper", "山田 太郎")
    operator.press("Take the signature")
    assert operator.sees("Both have signed. The contract is in force.")


def _certificate(operator, here):
    operator.go(f"{here}/certificate")
    operator.press("Record the certificate", status=422)
    operator.page.locator("input[name=kind][value='isms']").check()
    operator.fill("Number", "IS 77")
    operator.fill("Last day", day(365))
    operator.press("Record the certificate")


def _check(operator, here):
    """Hold every criterion against the recipient, with a paper for each."""
    for criterion in recipient_criteria.CURRENT.mandatory:
        operator.go(f"{here}/criteria")
        link = operator.page.locator(f"main a[href$='/criteria/{criterion}']")
        operator.follow_to(link)
        operator.press("Record the check", status=422)
        operator.page.locator("input[name=result][value='met']").check()
        paper = {"name": "seen.txt", "mimeType": "text/plain", "buffer": b"Seen."}
        operator.page.locator("#paper").set_input_files(paper)
        operator.press("Record the check")
    operator.go(here)
    assert operator.sees("All mandatory criteria are met and in force.")


def _decide(members, recipient_id):
    """Propose and vote on everything that waits because of one recipient."""
    board = members[0]
    board.go(f"/board/recipient/{recipient_id}")
    board.press("Propose", status=422)
    _approve(members)
    name = {"ja": "試験ラボ株式会社", "en": "Trial Lab Inc."}[board.say.language]
    board.go("/board")
    while (link := board.page.get_by_role("link", name=name)).count():
        board.follow_to(link.first)
        _approve(members)
        board.go("/board")


def _approve(members):
    board, *others = members
    for each in board.page.locator("main form[novalidate] textarea").all():
        if each.get_attribute("name") in QUESTIONS:
            each.fill("審議の結果、問題はないと判断しました。")
    board.page.locator("input[name=result][value='approved']").check()
    board.fill("Last day of validity", day(365))
    board.press("Propose")
    assert board.sees("The proposal is open. Other members vote from their logins.")
    here = urlsplit(board.page.url).path
    for each in others:
        each.go(here)
        each.page.locator("input[name=vote][value=yes]").check()
        each.press("Vote")
    assert others[-1].sees("The decision is recorded and counts from now on.")


def _client(operator, here, recipient_id):
    keys = sample.load().Recipient("http://localhost", "x", "x").jwks()
    operator.go(f"{here}/clients/new")
    operator.press("Register the client", status=422)
    operator.fill("Id of the client", f"{recipient_id}-app")
    operator.fill("Public keys", json.dumps(keys))
    operator.fill("Redirect addresses", "http://localhost:9/callback")
    operator.page.locator(f"input[value='{PURPOSE}']").check()
    operator.page.locator(f"input[value='{CATEGORY}']").check()
    operator.press("Register the client")
