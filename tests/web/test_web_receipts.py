"""Every change of a consent has a receipt, taken by person and recipient."""

from pathlib import Path
from uuid import UUID

import pytest

from audit.verifier.__main__ import main
from audit.verifier.consent_receipt import TYP, check, parse_key
from consent import ledger, service, steps
from consent.content import Act
from consent.states import FINAL, TRANSITIONS, ConsentEvent, ConsentState
from consent.steps import By
from pds.bank import receipt_maker
from pds.core.errors import NotFound
from pds.core.ids import ConsentId
from pds.rights import consent_receipts
from tests.web.conftest import RECIPIENT, provision, sign_up

FROM_GIVEN = (
    (ConsentEvent.NARROWED, ConsentEvent.AMENDED, ConsentEvent.RENEWED),
    (ConsentEvent.PAUSED, ConsentEvent.NARROWED, ConsentEvent.RESUMED),
    (ConsentEvent.WITHDRAWN,),
    (ConsentEvent.REVOKED,),
    (ConsentEvent.EXPIRED,),
    (ConsentEvent.INVALIDATED,),
)
FROM_REQUESTED = ((ConsentEvent.DEFERRED, ConsentEvent.REFUSED),)
CARRIED = (ConsentEvent.NARROWED, ConsentEvent.AMENDED, ConsentEvent.RENEWED)


def keys(bank):
    maker = receipt_maker.of(bank)
    return maker.signing.public["x"], bank.signer.vkey


def take_step(bank, owner, consent_id, event):
    """Take one step with what the step before rested on."""

    def act(work):
        current = ledger.get(work, owner, ConsentId(UUID(consent_id)))
        told = ledger.terms(work, work.keys, current)
        rests = {"agreement": told.agreement, "evidence": told.evidence}
        terms = {"provision": told.provision} | rests if event in CARRIED else {}
        by = By(act=Act.PERSON, actor="person", **terms)
        steps.take(work, current, event, by, told.provision)

    bank.unit_of_work(act)


def taken(person, consent, version, ending=""):
    answer = person.client.get(f"/consents/{consent}/receipt/{version}{ending}")
    assert answer.status_code == 200, answer.text
    assert ".receipt.jwt" in answer.headers["Content-Disposition"]
    return answer.text


def asked(bank, owner):
    terms = provision(bank.clock.now())
    step = bank.unit_of_work(lambda w: service.request(w, owner, RECIPIENT, terms))
    return str(step.consent.consent_id)


def test_the_paths_take_every_step_that_there_is():
    reached = {ConsentEvent.REQUESTED, ConsentEvent.GIVEN}
    reached |= {each for path in (*FROM_GIVEN, *FROM_REQUESTED) for each in path}
    assert reached == {each for steps in TRANSITIONS.values() for each in steps}
    assert set(ConsentEvent) == reached


@pytest.mark.parametrize("path", FROM_GIVEN, ids=lambda path: path[-1].value)
def test_every_change_has_its_receipt(bank, person, hanako, consent, path):
    for event in path:
        take_step(bank, hanako, consent, event)
    all_steps = [ConsentEvent.REQUESTED, ConsentEvent.GIVEN, *path]
    x, vkey = keys(bank)
    for version, event in enumerate(all_steps, 1):
        found = check(taken(person, consent, version), parse_key(x), [vkey])
        assert found.claims["consent_version"] == version
        assert found.entry.opened["reasons"] == event.value
        assert found.claims["v"] == 3
    page = person.get(f"/consents/{consent}").text
    assert page.count("Receipt of this change") == len(all_steps)


def test_what_was_put_off_and_refused_has_its_receipts(bank, person, hanako, recipient):
    consent = asked(bank, hanako)
    for event in FROM_REQUESTED[0]:
        take_step(bank, hanako, consent, event)
    x, vkey = keys(bank)
    states = [
        check(taken(person, consent, version), parse_key(x), [vkey]).claims["state"]
        for version in (1, 2, 3)
    ]
    assert states == ["requested", "deferred", "refused"]
    assert ConsentState(states[-1]) in FINAL
    with bank.read() as snap, pytest.raises(NotFound):
        consent_receipts.for_recipient(
            snap,
            receipt_maker.of(bank),
            RECIPIENT,
            ConsentId(UUID(consent)),
            "ja",
        )


def test_a_change_that_never_was_has_none(bank, person, consent, portal):
    assert person.client.get(f"/consents/{consent}/receipt/3").status_code == 404
    assert person.client.get(f"/consents/{consent}/receipt/0").status_code == 404
    sign_up(bank, "other")
    other = portal("other")
    assert other.client.get(f"/consents/{consent}/receipt/1").status_code == 404


def test_the_recipient_has_those_from_the_first_yes_on(bank, hanako, consent):
    take_step(bank, hanako, consent, ConsentEvent.PAUSED)
    x, vkey = keys(bank)
    name = ConsentId(UUID(consent))
    with bank.read() as snap:
        maker = receipt_maker.of(bank)
        found = consent_receipts.for_recipient(snap, maker, RECIPIENT, name, "en")
        with pytest.raises(NotFound):
            consent_receipts.for_recipient(snap, maker, "another", name, "en")
    versions = [
        check(each, parse_key(x), [vkey]).claims["consent_version"] for each in found
    ]
    assert versions == [2, 3]


def test_the_file_is_verified_by_the_documented_command(
    bank, person, consent, tmp_path: Path, capsys
):
    x, vkey = keys(bank)
    file, other = tmp_path / "one.receipt.jwt", tmp_path / "two.receipt.jwt"
    file.write_text(taken(person, consent, 2))
    other.write_text(taken(person, consent, 2, "/kantara"))
    command = ["--vkey", vkey, f"--statement-key={x}", "--consent-receipt"]

    assert main([*command, str(file)]) == 0
    said = capsys.readouterr().out
    assert f"consent {consent}, change 2, state given: signed" in said
    assert main([*command, str(other)]) == 3
    assert "Kantara v1.1" in capsys.readouterr().out
    file.write_text(taken(person, consent, 2).replace("A", "B"))
    assert main([*command, str(file)]) == 1
    assert check(taken(person, consent, 2), parse_key(x), [vkey]).typ == TYP
    with pytest.raises(SystemExit):
        main([*command[:2], "--consent-receipt", str(file)])
