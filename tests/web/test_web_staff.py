"""Back office: the operator's recipients, the board's decisions, the auditor's log."""

import hashlib
import json
import re
import zipfile
from io import BytesIO
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.jwk import ECKey
from sqlalchemy import create_engine, delete, text

from audit import cosignatures, timestamps
from audit.checkpoint import open_checkpoint
from audit.cosigner import Cosigner
from audit.tiles import decode_entries
from consent import board, board_vocabulary, contracts, recipients
from consent.criteria import recipient_criteria
from consent.oauth import clients
from consent.policy import record_policy
from consent.tables import contract_document
from consent.vetting import papers
from pds.web.auditor import log as log_pages
from tests.board import approve_texts
from tests.web.conftest import RECIPIENT, board_agrees, profile

NEW = {
    "recipient_id": RECIPIENT,
    "name_ja": "元気ラボ株式会社",
    "name_en": "Genki Lab Inc.",
    "recipient_class": "wellness",
    "corporate_number": "7000012050002",
    "address": "東京都千代田区1-1",
    "representative": "山田太郎",
    "country": "JP",
    "contact": "privacy@example.jp",
}


def jwks(*, private=False) -> str:
    key = ECKey.import_key(ec.generate_private_key(ec.SECP256R1()))
    member = key.as_dict(private=private) | {"use": "sig", "alg": "ES256", "kid": "k1"}
    return json.dumps({"keys": [member]})


def register(operator) -> str:
    form = operator.get("/operator/recipients/new").form_to("/new")
    done = operator.post(form, **NEW)
    return done.response.headers["Location"]


def test_a_registered_recipient_lacks_everything(operator):
    page = operator.get(register(operator))

    assert "Applied" in page.text
    for missing in (
        "The recipient is not approved.",
        "There is no contract in force.",
        "There is no valid certificate.",
        "The ethics board has not approved it.",
    ):
        assert missing in page.text
    assert "Genki Lab Inc." in operator.get("/operator").text


def test_registration_names_the_wrong_field(operator):
    form = operator.get("/operator/recipients/new").form_to("/new")

    number = operator.post(form, 422, **NEW | {"corporate_number": "1" * 13})
    country = operator.post(form, 422, **NEW | {"country": "Japan"})
    empty = operator.post(form, 422, **NEW | {"contact": ""})

    assert "#corporate_number" in number.links
    assert "#country" in country.links
    assert "#contact" in empty.links


def test_a_recipient_has_a_class_that_can_be_changed(operator, bank):
    here = register(operator)
    assert "Wellness services" in operator.get(here).text
    form = operator.get(f"{here}/class").form_to("/class")

    why = {"class_reason": "It runs a clinic now"}
    same = operator.post(form, 422, recipient_class="wellness", **why)
    none = operator.post(form, 422, recipient_class="nobody", **why)
    silent = operator.post(form, 422, recipient_class="medical", class_reason="")
    odd = operator.post(form, 422, recipient_class="medical", class_reason="a\x07b")
    operator.post(form, recipient_class="medical", **why)

    assert "of this class already" in same.text
    assert "#recipient_class" in none.links
    assert "#class_reason" in silent.links
    assert "#class_reason" in odd.links
    assert "It runs a clinic now" in operator.get(f"{here}/class").text
    with bank.read() as snap:
        assert recipients.get(snap, RECIPIENT).recipient_class == "medical"


def test_a_recipient_is_registered_only_once(operator):
    register(operator)
    form = operator.get("/operator/recipients/new").form_to("/new")

    page = operator.post(form, 422, **NEW)

    assert "registered already" in page.text


TERMS = {
    "purposes": "health.advice",
    "categories": "health.vital.weight",
    "countries": "JP",
    "valid_from": "2026-11-01",
    "valid_until": "2027-10-31",
    "retention_days": "30",
}


def test_contract_and_certificate_are_recorded(operator):
    here = register(operator)
    contract = operator.get(f"{here}/contract").form_to("/contract")
    certificate = operator.get(f"{here}/certificate").form_to("/certificate")

    written = operator.follow(operator.post(contract, **TERMS, clauses="usage-reports"))
    assert "Reports of use" in written.text
    offered = operator.follow(operator.post(written.form_to("/offer")))
    (end,) = [link for link in written.links if link.endswith("/end")]
    there = end.removesuffix("/end")
    form = operator.get(f"{there}/sign").form_to("/sign")
    bare = operator.post(form, 422)
    forged = operator.post(form, 422, statement="a.b.c")
    nobody = operator.post(form, 422, paper=upload(b"Signed."), signer="")
    strange = operator.post(form, 422, paper=upload(b"GIF89a\xff"), signer="x")
    signed = operator.follow(operator.post(form, paper=upload(b"Signed."), signer="x"))
    done = operator.post(
        certificate, kind="isms", number="IS 77", valid_until="2027-03-31"
    )

    assert "Signed by the bank" in offered.text
    assert "#statement" in bare.links
    assert "#statement" in forged.links
    assert "#signer" in nobody.links
    assert "#paper" in strange.links
    assert "Signed by both" in signed.text
    page = operator.follow(done)
    assert "IS 77" in page.text
    assert "There is no contract in force." not in page.text
    assert "There is no valid certificate." not in page.text
    operator.get(f"{there}/sign", 409)


def test_a_contract_is_amended_compared_and_ended(operator, recipient, bank):
    with bank.read() as snap:
        (found,) = contracts.of_recipient(snap, RECIPIENT)
    here = f"/operator/contracts/{found.contract_id}"
    form = operator.get(f"{here}/amend").form_to("/amend")

    wrong = operator.post(form, 422, **TERMS | {"valid_until": "2020-01-01"})
    late = operator.post(form, 422, **TERMS | {"countries": "Japan"})
    done = operator.follow(operator.post(form, **TERMS))

    assert "#valid_until" in wrong.links
    assert "#countries" in late.links
    assert "New" in done.text
    assert "longer than 30 days" in done.text
    before = operator.get(f"{here}?version=1")
    assert "longer than 90 days" in before.text
    operator.get(f"{here}?version=9", 404)
    body = operator.client.get(f"{here}/text?version=2").get_data()
    assert hashlib.sha256(body).hexdigest() in done.text
    end = operator.get(f"{here}/end").form_to("/end")
    ended = operator.follow(operator.post(end))
    assert "The contract has ended." in ended.text
    assert f"{here}/end" not in ended.links
    operator.post(end, 409)
    bank.unit_of_work(lambda work: work.connection.execute(delete(contract_document)))
    old = operator.get(f"{here}?version=1")
    assert "from before texts were kept" in old.text
    operator.get(f"{here}/text?version=1", 404)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"purposes": "spying"}, "purposes"),
        ({"categories": ""}, "categories"),
        ({"valid_from": "soon"}, "valid_from"),
        ({"valid_until": "2025-01-01"}, "valid_until"),
        ({"retention_days": "-1"}, "retention_days"),
    ],
)
def test_a_wrong_contract_is_refused_at_its_field(operator, wrong, field):
    form = operator.get(f"{register(operator)}/contract").form_to("/contract")

    page = operator.post(form, 422, **TERMS | wrong)

    assert f"#{field}" in page.links


def test_an_expired_certificate_is_refused(operator):
    form = operator.get(f"{register(operator)}/certificate").form_to("/certificate")

    page = operator.post(form, 422, kind="isms", number="1", valid_until="2020-01-01")

    assert "The certificate has expired already." in page.text


def test_a_client_is_registered_and_gets_other_keys(operator, bank):
    here = register(operator)
    form = operator.get(f"{here}/clients/new").form_to("/new")

    operator.post(
        form,
        client_id="genki-app",
        jwks=jwks(),
        redirect_uris="https://genki.example/callback",
        purposes="health.advice",
        categories="health.vital.weight",
    )
    with bank.read() as snap:
        before = clients.find(snap, "genki-app")
    again = operator.get(f"{here}/clients/genki-app/keys").form_to("/keys")
    operator.post(again, jwks=jwks())

    with bank.read() as snap:
        after = clients.find(snap, "genki-app")
    assert before.redirect_uris == ("https://genki.example/callback",)
    assert after.jwks != before.jwks


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"jwks": "no json"}, "jwks"),
        ({"jwks": "[]"}, "jwks"),
        ({"jwks": "[" * 5000}, "jwks"),
        ({"jwks": '{"keys": []}'}, "jwks"),
        ({"jwks": jwks(private=True)}, "jwks"),
        ({"redirect_uris": "http://evil.example/"}, "redirect_uris"),
        ({"client_id": ""}, "client_id"),
    ],
)
def test_a_wrong_client_is_refused_at_its_field(operator, wrong, field):
    form = operator.get(f"{register(operator)}/clients/new").form_to("/new")
    right = {
        "client_id": "genki-app",
        "jwks": jwks(),
        "redirect_uris": "https://genki.example/callback",
        "purposes": "health.advice",
        "categories": "health.vital.weight",
    }

    page = operator.post(form, 422, **right | wrong)

    assert f"#{field}" in page.links


def test_keys_of_a_stranger_cannot_be_replaced(operator):
    here = register(operator)

    operator.get(f"{here}/clients/nobody/keys", 404)


def test_standing_is_asked_first_and_changed_by_one_post(operator, recipient):
    here = f"/operator/recipients/{recipient}"
    for step, word in (
        ("suspend", "Suspended"),
        ("resume", "Approved"),
        ("end", "Ended"),
    ):
        form = operator.get(f"{here}/standing/{step}").form_to(f"/{step}")
        answer = operator.post(form, reason="complaints", note="Three in a week.")
        assert word in operator.follow(answer).text
    history = operator.get(here).text
    assert "Complaints are being looked into" in history
    assert history.count("Three in a week.") == 2
    operator.post(form, 409)
    operator.get(f"{here}/standing/promote", 404)


def test_persons_see_that_and_why_a_recipient_was_stopped(
    operator, person, consent, recipient
):
    here = f"/operator/recipients/{recipient}"
    before = person.get(f"/consents/{consent}")
    form = operator.get(f"{here}/standing/suspend").form_to("/suspend")
    operator.post(form, reason="deletion-overdue", note="Batch 7.")
    during = person.get(f"/consents/{consent}")
    operator.post(operator.get(f"{here}/standing/resume").form_to("/resume"))
    after = person.get(f"/consents/{consent}")
    operator.post(operator.get(f"{here}/standing/end").form_to("/end"))
    ended = person.get(f"/consents/{consent}")

    assert "receives nothing now" not in before.text
    assert "Reason: Data was not deleted in time." in during.text
    assert "Batch 7." not in during.text
    assert "receives nothing now" not in after.text
    assert "ended its relation" in ended.text


def test_a_suspension_needs_a_reason_and_a_clean_note(operator, recipient):
    here = f"/operator/recipients/{recipient}/standing/suspend"
    form = operator.get(here).form_to("/suspend")

    bare = operator.post(form, 422)
    number = operator.post(form, 422, reason="other", note="1234 5678 9018")

    assert "#reason" in bare.links
    assert "#note" in number.links
    assert "Approved" in operator.get(f"/operator/recipients/{recipient}").text


def test_an_approval_says_all_that_is_missing(operator):
    here = register(operator)
    form = operator.get(f"{here}/standing/approve").form_to("/approve")

    page = operator.post(form, 409)

    for missing in (
        "A mandatory criterion or the yearly confirmation is missing or out of date.",
        "There is no valid certificate.",
        "The ethics board has not approved it.",
    ):
        assert missing in page.text
    assert f"{here}/criteria/security" in page.links


def test_a_criterion_is_checked_with_its_paper(operator, recipient, bank):
    here = f"/operator/recipients/{recipient}/criteria"
    form = operator.get(f"{here}/security").form_to("/security")

    empty = operator.post(form, 422)
    bare = operator.post(form, 422, result="met", valid_until="2027-03-31")
    far = operator.post(
        form, 422, result="not-met", reason="No lock.", valid_until="2099-03-31"
    )
    picture = operator.post(form, 422, result="met", paper=upload(b"GIF89a\xff"))
    number = operator.post(
        form, 422, result="not-met", reason="1234 5678 9018", valid_until="2027-03-31"
    )
    done = operator.post(
        form,
        result="not-met",
        reason="No lock on the door.",
        valid_until="2027-03-31",
        paper=upload("鍵がない。".encode()),
    )

    assert "#result" in empty.links
    assert "#paper" in bare.links
    assert "#valid_until" in far.links
    assert "#paper" in picture.links
    assert "#reason" in number.links
    page = operator.follow(done)
    assert "No lock on the door." in page.text
    paper = next(f for f in page.forms if "/papers/" in f.action and is_text(f, bank))
    assert operator.post(paper, 200).response.get_data() == "鍵がない。".encode()
    assert "Stopped or overdue" in operator.get("/operator").text
    operator.get(f"{here}/luck", 404)


def is_text(form, bank):
    paper_id = UUID(form.action.rpartition("/")[2])
    with bank.read() as snap:
        return papers.get(snap, RECIPIENT, paper_id).media_type == "text/plain"


def upload(content):
    return (BytesIO(content), "paper.txt")


def test_the_mode_is_set_with_its_reason(operator, recipient):
    here = f"/operator/recipients/{recipient}/mode"
    form = operator.get(here).form_to("/mode")

    same = operator.post(form, 422, mode="full", mode_reason="It is certified.")
    bare = operator.post(form, 422, mode="view-only", mode_reason="")
    split = operator.post(form, 422, mode="view-only", mode_reason="a\nb")
    done = operator.post(form, mode="view-only", mode_reason="Not certified yet.")

    assert "#mode" in same.links
    assert "#mode_reason" in bare.links
    assert "#mode_reason" in split.links
    page = operator.follow(done)
    assert "It may only look, at the bank" in page.text
    assert "Not certified yet." in page.text


def test_everybody_sees_how_recipients_are_chosen(portal, recipient):
    page = portal().get("/recipients")

    assert "Genki Lab Inc." in page.text
    assert "Approved" in page.text
    for each in recipient_criteria.CURRENT.all.values():
        assert each.words["en"].name in page.text


def test_the_board_sees_how_a_question_is_answered(bank, member):
    bank.unit_of_work(approve_texts)
    asked = board_vocabulary.question_ids()["steps.mean-8000"]
    page = member.get(f"/board/question/{asked}")

    assert "Walked at least 8,000 steps a day" in page.headings[0]
    assert "divided by the days that have any" in page.text
    assert page.form_to(asked)


def test_the_board_decides_on_what_waits(member, bank):
    bank.unit_of_work(lambda work: recipients.register(work, profile(), actor="t"))
    waiting = member.get("/board")
    here = f"/board/recipient/{RECIPIENT}"
    assert here in waiting.links
    form = member.get(here).form_to(RECIPIENT)
    answers = dict.fromkeys(board.QUESTIONS, "We looked at it.")

    open_ = member.post(form, 422, result="approved", valid_until="2027-03-31")
    bare = member.post(
        form,
        422,
        result="approved-with-conditions",
        valid_until="2027-03-31",
        **answers,
    )
    past = member.post(
        form, 422, result="approved", valid_until="2020-01-01", **answers
    )
    done = member.post(form, result="approved", valid_until="2027-03-31", **answers)
    said = member.follow(done)
    still = member.get("/board")
    board_agrees(bank)

    assert "#necessity" in open_.links
    assert "#condition_1" in bare.links
    assert "#valid_until" in past.links
    assert "Other members vote from their logins." in said.text
    assert here in still.links
    assert here not in member.get("/board").links
    assert here in member.get("/board/decisions").links


def test_the_board_can_stop_at_once(member, recipient):
    here = f"/board/recipient/{recipient}"
    form = member.get(f"{here}/stop").form_to("/stop")

    member.post(form)

    assert here in member.get("/board").links
    assert "Suspended" in member.get(here).text


def test_what_needs_no_decision_is_not_found(member):
    member.get("/board/recipient/nobody", 404)
    member.get("/board/spaceship/x", 404)


def test_the_auditor_sees_what_can_be_claimed(auditor, consent):
    page = auditor.get("/auditor")

    assert "Witnesses outside that signed the log 0" in page.text
    assert "Receipts given to recipients 0" in page.text


def test_the_log_is_read_backwards_by_position(auditor, bank, recipient):
    def many(work):
        for _ in range(60):
            record_policy(work, "rule.changed", actor="test")

    bank.unit_of_work(many)
    first = auditor.get("/auditor/log")
    older = next(x for x in first.links if "before=" in x and "lang=" not in x)
    second = auditor.get(older)

    def positions(page):
        found = [re.fullmatch(r"/auditor/log/(\d+)", link) for link in page.links]
        return [int(match[1]) for match in found if match]

    shown = positions(first) + positions(second)
    assert shown == list(range(max(shown), min(shown) - 1, -1))
    assert len(positions(first)) == 50
    auditor.get("/auditor/log?before=x", 422)


def test_an_entry_is_shown_as_it_was_hashed(auditor, recipient):
    page = auditor.get("/auditor/log/1")

    assert '"typ":"' in page.text
    assert "Entry 1" in page.headings
    for index in (999_999, 2**63 - 1, 2**63, 10**30):
        auditor.get(f"/auditor/log/{index}", 404)


def test_the_whole_log_is_checked_by_the_outsiders_verifier(auditor, consent):
    page = auditor.post(auditor.get("/auditor").form_to("/verify"), 200)

    assert "Everything holds." in page.text


def test_a_changed_entry_is_named(auditor, consent, bank, clock):
    for _ in range(2):
        clock.seconds += 2
        bank.unit_of_work(lambda work: record_policy(work, "rule.set", actor="test"))
    engine = create_engine(bank.settings.database_url)
    with engine.begin() as connection:
        connection.execute(text("DROP TRIGGER log_leaf_no_update"))
        leaf = connection.execute(text("SELECT leaf FROM log_leaf WHERE idx = 3"))
        changed = bytes(leaf.scalar_one()).replace(b'"typ":"', b'"typ":"x')
        connection.execute(
            text("UPDATE log_leaf SET leaf = :leaf WHERE idx = 3"), {"leaf": changed}
        )
    engine.dispose()

    page = auditor.post(auditor.get("/auditor").form_to("/verify"), 200)

    assert "Something does not hold." in page.text
    assert "First bad entry 3" in page.text


def test_a_log_that_is_too_long_for_a_page_is_checked_elsewhere(
    auditor, consent, monkeypatch
):
    monkeypatch.setattr(log_pages, "MOST_ENTRIES", 0)

    page = auditor.post(auditor.get("/auditor").form_to("/verify"), 422)

    assert "check it on a machine of your own" in page.text


def test_the_log_can_be_taken_away(auditor, consent):
    with auditor.client.get("/auditor/export") as answer:
        names = zipfile.ZipFile(BytesIO(answer.data)).namelist()

    assert {"checkpoint", "vkey", "infobank-verify.pyz"} <= set(names)
    assert any(name.startswith("tile/entries/") for name in names)


def test_the_verifier_can_be_taken_away(auditor):
    answer = auditor.client.get("/auditor/verifier")

    assert auditor.get("/auditor").links.count("/auditor/verifier") == 1
    assert (
        "audit/verifier/__main__.py" in zipfile.ZipFile(BytesIO(answer.data)).namelist()
    )


def test_checkpoint_and_key_are_public(portal, consent, bank):
    client = portal().client

    note = client.get("/log/checkpoint")
    vkey = client.get("/log/vkey")

    checkpoint, _ = open_checkpoint(note.text, [vkey.text.strip()])
    assert checkpoint.origin == bank.settings.log_origin
    assert checkpoint.size > 0


def test_tiles_are_the_auditors(auditor, consent, portal):
    note = auditor.client.get("/log/checkpoint").text
    size = int(note.splitlines()[1])

    entries = auditor.client.get(f"/log/tile/entries/000.p/{size}")
    hashes = auditor.client.get(f"/log/tile/0/000.p/{size}")

    assert len(decode_entries(entries.data, size)) == size
    assert len(hashes.data) == 32 * size
    assert portal().client.get(f"/log/tile/0/000.p/{size}").status_code == 303


@pytest.mark.parametrize(
    "path",
    [
        "0/000",
        "0/000.p/256",
        "0/000.p/0",
        "0/1",
        "9/000.p/1",
        "entries/000.p/250",
        "entries/x00/000",
        "entries/../000",
    ],
)
def test_a_tile_that_is_not_there_is_not_found(auditor, consent, path):
    assert auditor.client.get(f"/log/tile/{path}").status_code == 404


def test_what_witnesses_signed_is_shown_with_the_checkpoint(auditor, consent, bank):
    before = auditor.client.get("/log/checkpoint").text
    text = before.partition("\n\n")[0] + "\n"
    size = int(before.splitlines()[1])
    witness = Cosigner("witness.example", bytes(32))
    line = witness.cosign(text, 1_790_000_000)
    bank.unit_of_work(
        lambda work: cosignatures.keep(
            work.connection, size, witness.verifier, line, work.now
        )
    )

    note = auditor.client.get("/log/checkpoint").text
    page = auditor.get("/auditor").text

    assert note == before + line
    assert "Witnesses outside that signed the log 1" in page
    assert f"Entries that witnesses have signed for {size}" in page


def test_third_party_time_is_shown_or_its_absence_said(auditor, consent, bank):
    before = auditor.get("/auditor").text
    stamp = timestamps.Timestamp(2, bank.clock.now(), "CN=時刻", b"")
    bank.unit_of_work(lambda work: timestamps.keep(work.connection, stamp))

    after = auditor.get("/auditor").text

    assert "None: only this machine vouches for times" in before
    assert "only this machine vouches" not in after
    assert "Authority that gave it CN=時刻" in after
    assert "Entries that it covers 2" in after


def test_an_entry_shows_only_what_it_has(auditor, consent):
    page = auditor.get("/auditor/log/0")

    assert "When" in page.text
    assert "<dd></dd>" not in page.response.text
    assert "<dd>–</dd>" not in page.response.text
    assert "Recipient" not in page.text
