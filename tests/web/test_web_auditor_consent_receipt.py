"""A consent receipt that somebody brings to the auditor, good and bad."""

import base64
import json
from io import BytesIO
from uuid import UUID

import pytest
from sqlalchemy import text

from audit.canonical import canonical
from audit.signer import load_signer
from consent import ledger, service
from consent.receipts import TYP
from pds.bank.retiring import destroy_details
from pds.core.errors import Unavailable
from pds.core.ids import ConsentId
from pds.crypto import statement
from pds.crypto.statement import StatementKey
from pds.keys.classes import KeyClass
from pds.oversight import consent_receipt, receipt_verdict, whose
from pds.web.auditor import consent_receipt as pages
from tests.web.test_web_auditor_sample import publish

HOLDS = "Nothing that could be checked speaks against this receipt."
DIFFERS = "This receipt and what the bank keeps do not agree."
UNREADABLE = "This is no consent receipt, or a part of it is missing."
CHANGED = "The signature does not hold: the text was changed."
FOREIGN = "Another key than this bank's signed it."
SEEN = "An auditor checked a receipt of your consent"


@pytest.fixture
def receipt(bank, person, consent):
    """The receipt as the person downloads it, with a checkpoint in it."""
    publish(bank)
    return person.client.get(f"/consents/{consent}/receipt").text


def ask(auditor, receipt, status=200, **more):
    form = auditor.get("/auditor/consent-receipt").form_to("/consent-receipt")
    return auditor.post(form, status, receipt=receipt, **more)


def claims(receipt):
    part = receipt.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def signed(bank, said, typ=TYP):
    """What the bank's own key signs, whatever it says."""
    return StatementKey(bank.secret(statement.SECRET_NAME)).sign(typ, canonical(said))


def test_a_receipt_that_the_person_took_holds(auditor, person, bank, hanako, receipt):
    page = ask(auditor, receipt)

    assert HOLDS in page.text
    for each in receipt_verdict.HOLDS:
        assert str(pages.words.RECEIPT_VERDICTS[each.value]) in page.text
    assert bank.pseudonyms.of(hanako) in page.text
    assert str(hanako) not in page.response.text
    assert claims(receipt)["record"]["dpv:hasDataSubject"]["dpv:hasIdentifier"] not in (
        page.response.text
    )
    assert person.get("/disclosures").text.count(SEEN) == 1


def test_it_may_come_as_a_file_or_with_line_breaks(auditor, receipt):
    wrapped = "\r\n".join(receipt[i : i + 70] for i in range(0, len(receipt), 70))
    file = (BytesIO(receipt.encode()), "x.receipt.jwt")

    assert HOLDS in ask(auditor, f"  {wrapped}\n").text
    assert HOLDS in ask(auditor, "", file=file).text


def test_what_happened_since_is_told(auditor, bank, hanako, consent, receipt):
    bank.unit_of_work(
        lambda work: service.withdraw(work, hanako, ConsentId(UUID(consent)))
    )

    page = ask(auditor, receipt)

    assert HOLDS in page.text
    assert "the consent is at version 3 now" in page.text


def broken(receipt):
    head, body, signature = receipt.split(".")
    other = json.dumps({"alg": "EdDSA", "kid": "x", "typ": "jwt"}).encode()
    yield "", "Paste a receipt, or choose its file."
    yield "x" * 20_001, "This is too long for a receipt."
    yield "ハナコさん", UNREADABLE
    yield "a.b.c", UNREADABLE
    yield f"{head}.{body}", UNREADABLE
    yield receipt[:-40], UNREADABLE
    yield f"{base64.urlsafe_b64encode(other).decode()}.{body}.{signature}", UNREADABLE
    yield f"{head}.{body[:-8]}AAAAAAAA.{signature}", CHANGED
    yield f"{head}.{body}.{'A' * len(signature)}", CHANGED
    foreign = StatementKey(b"k" * 32).sign(TYP, canonical(claims(receipt)))
    yield foreign, FOREIGN


def test_what_the_bank_did_not_sign_is_looked_up_nowhere(
    auditor, person, receipt, monkeypatch
):
    monkeypatch.setattr(whose, "find", None)
    monkeypatch.setattr(statement, "LONGEST", 20_000)
    for text_, wrong in broken(receipt):
        page = ask(auditor, text_, 422)
        assert wrong in page.text
    huge = (BytesIO(b"x" * 20_009), "x.jwt")
    assert "too long" in ask(auditor, "", 422, file=huge).text
    assert SEEN not in person.get("/disclosures").text


def altered(receipt, bank):
    # The operator's own key, in a program that forgot what it signed.
    other = load_signer(bank.settings.key_dir, bank.signer.verifier.name)
    good = claims(receipt)
    head = good["checkpoint"].split("\n")
    bigger = "\n".join([head[0], str(int(head[1]) + 1), *head[2:]])
    size = int(head[1]) + 1_000
    verdicts = pages.words.RECEIPT_VERDICTS
    yield {"leaf_id": str(bank.ids.new())}, verdicts["not-in-log"]
    yield {"consent_id": str(bank.ids.new())}, verdicts["other-entry"]
    yield {"consent_version": 1}, verdicts["other-entry"]
    yield {"consent_version": 7}, verdicts["other-history"]
    yield {"consent_version": 0}, verdicts["other-history"]
    yield {"state": "withdrawn"}, verdicts["other-history"]
    yield {"agreement": {}}, verdicts["other-history"]
    yield (
        {"record": {**good["record"], "dpv:hasProcess": []}},
        verdicts["other-history"],
    )
    yield {"checkpoint": bigger}, verdicts["checkpoint-forged"]
    yield {"checkpoint": ""}, verdicts["checkpoint-forged"]
    yield {"checkpoint": other.sign(size, b"r" * 32)}, verdicts["log-differs"]
    known = other.sign(2, b"r" * 32)
    yield {"checkpoint": known}, verdicts["log-differs"]


def test_a_receipt_that_was_signed_over_another_history_is_found(
    auditor, bank, receipt
):
    for change, wrong in altered(receipt, bank):
        page = ask(auditor, signed(bank, {**claims(receipt), **change}))
        assert DIFFERS in page.text
        assert str(wrong) in page.text


def test_another_entry_of_another_kind_is_no_entry_of_a_consent(auditor, bank, receipt):
    with bank.read() as snap:
        first = snap.connection.execute(
            text("SELECT id FROM log_leaf WHERE idx = 0")
        ).scalar_one()
    said = {**claims(receipt), "leaf_id": str(UUID(bytes=bytes(first)))}

    assert str(pages.words.RECEIPT_VERDICTS["other-entry"]) in (
        ask(auditor, signed(bank, said)).text
    )


@pytest.mark.parametrize(
    "change",
    [{"consent_id": "x"}, {"record": {}}, {"iat": "soon"}, {"state": "half"}],
)
def test_what_is_signed_and_makes_no_sense_is_no_receipt(
    auditor, bank, receipt, change
):
    odd = signed(bank, {**claims(receipt), **change})

    assert UNREADABLE in ask(auditor, odd, 422).text


def test_a_receipt_of_another_version_is_refused(auditor, bank, receipt):
    odd = signed(bank, {**claims(receipt), "v": 2})

    assert CHANGED in ask(auditor, odd, 422).text


def test_what_was_rewritten_since_is_found_by_an_old_receipt(auditor, bank, receipt):
    for statement_ in (
        "UPDATE consent_current SET state = 'paused'",
        "DELETE FROM consent_event WHERE version = 2",
    ):
        bank.unit_of_work(
            lambda work, act=statement_: work.connection.execute(text(act))
        )
    page = ask(auditor, receipt)

    assert str(pages.words.RECEIPT_VERDICTS["other-history"]) in page.text


def test_without_a_checkpoint_or_keys_it_is_said_what_was_not_checked(
    auditor, person, bank, hanako, consent, receipt
):
    bare = claims(receipt)
    del bare["checkpoint"]
    verdicts = pages.words.RECEIPT_VERDICTS
    page = ask(auditor, signed(bank, bare))
    assert HOLDS in page.text
    assert str(verdicts["checkpoint-none"]) in page.text

    with bank.read() as snap:
        current = ledger.get(snap, hanako, ConsentId(UUID(consent)))

    def end(work):
        work.keys.destroy(work.connection, hanako, KeyClass.CONSENT, current.generation)

    bank.unit_of_work(end)
    page = ask(auditor, receipt)
    assert HOLDS in page.text
    assert str(verdicts["history-sealed"]) in page.text

    over = text("UPDATE owner_key SET destroy_after = 1 WHERE class = 2")
    bank.unit_of_work(lambda work: work.connection.execute(over))
    assert destroy_details(bank) > 0
    page = ask(auditor, receipt)
    assert str(verdicts["entry-sealed"]) in page.text
    assert bank.pseudonyms.of(hanako) not in page.text


def test_a_look_that_cannot_be_recorded_shows_nothing(auditor, receipt, monkeypatch):
    form = auditor.get("/auditor/consent-receipt").form_to("/consent-receipt")

    def fail(*_args, **_options):
        raise Unavailable("test.full")

    monkeypatch.setattr(pages.consent_receipt, "record", fail)
    page = auditor.post(form, 503, receipt=receipt)

    assert HOLDS not in page.text


def test_the_check_of_a_sample_includes_the_receipt(
    auditor, bank, receipt, monkeypatch
):
    form = auditor.get("/auditor/sample").form_to("/sample")
    asked = {"seed": "x", "kind": "consents", "count": "5"}
    assert "the receipt that the person can take holds" in (
        auditor.post(form, 200, **asked).text
    )

    verdict = receipt_verdict.ReceiptVerdict.LOG_DIFFERS
    monkeypatch.setattr(consent_receipt, "of_checkpoint", lambda *_args: verdict)
    assert "The receipt that the person can take does not hold." in (
        auditor.post(form, 200, **asked).text
    )


def test_only_auditors_check_receipts(person, operator):
    person.get("/auditor/consent-receipt", 403)
    operator.get("/auditor/consent-receipt", 403)
