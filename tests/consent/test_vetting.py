"""Criteria, papers, modes and standings of recipients (R-02, R-04, R-10)."""

import hashlib
import json
from dataclasses import replace

import pytest

from consent import board, certificates, preflight, processors, recipients
from consent.criteria import accepted_certificates, recipient_criteria
from consent.facts import BoardSubjectKind, Standing
from consent.modes import RecipientMode
from consent.reasons import Reason
from consent.terms import ProvisionForm
from consent.vetting import checks, onboarding, papers, standings, steps
from consent.vetting.checks import Check, CheckResult
from consent.vetting.onboarding import NotReady
from consent.vetting.steps import SuspensionReason
from pds.core.errors import Conflict, Invalid, NotFound
from pds.core.ids import RecipientId
from pds.core.vocabulary.words import read_file
from tests import clearing
from tests.consent.test_processors import FIRM
from tests.consent.world import DAY, NOW, PROFILE, PROVISION, RECIPIENT, decision

MANDATORY = recipient_criteria.CURRENT.mandatory


@pytest.fixture
def applied(work):
    recipients.register(work, PROFILE, actor="o")


def reasons(work):
    return set(preflight.check(work, RECIPIENT, PROVISION).reasons)


def certify(work, **changes):
    parts = {"kind": "isms", "number": "1", "valid_until": NOW + DAY, "actor": "o"}
    return certificates.add(work, RECIPIENT, **parts | changes)


def agree(work):
    board.decide(work, decision(BoardSubjectKind.RECIPIENT, RECIPIENT), actor="b")


def missing(work):
    with pytest.raises(NotReady) as caught:
        onboarding.approve(work, RECIPIENT, actor="o")
    return set(caught.value.missing)


def test_an_approval_needs_criteria_certificate_and_board(work, applied):
    assert missing(work) == {
        Reason.RECIPIENT_NOT_CLEARED,
        Reason.CERTIFICATE_MISSING,
        Reason.BOARD_MISSING,
    }
    assert onboarding.readiness(work, RECIPIENT).criteria == MANDATORY
    clearing.clear(work, RECIPIENT)
    certify(work)
    assert missing(work) == {Reason.BOARD_MISSING}
    agree(work)

    onboarding.approve(work, RECIPIENT, actor="o")

    found = recipients.get(work, RECIPIENT)
    assert found.standing is Standing.APPROVED
    with pytest.raises(Conflict) as caught:
        onboarding.approve(work, RECIPIENT, actor="o")
    assert caught.value.code == "recipient.not-possible-now"


@pytest.mark.parametrize(
    ("mode", "holder", "is_enough"),
    [
        (RecipientMode.FULL, None, True),
        (RecipientMode.FULL, "processor", False),
        (RecipientMode.VIA_PROCESSOR, None, False),
        (RecipientMode.VIA_PROCESSOR, "processor", True),
        (RecipientMode.VIEW_ONLY, "nobody", True),
        (RecipientMode.NON_IDENTIFYING, "nobody", True),
    ],
)
def test_the_mode_says_whose_certificate_is_needed(
    work, applied, mode, holder, is_enough
):
    clearing.clear(work, RECIPIENT)
    agree(work)
    if mode is not RecipientMode.FULL:
        recipients.set_mode(work, RECIPIENT, mode, "It is small.", actor="o")
    if holder != "nobody":
        firm = processors.enter(work, RECIPIENT, FIRM, actor="o") if holder else None
        certify(work, processor_id=firm)
    if is_enough:
        onboarding.approve(work, RECIPIENT, actor="o")
        assert recipients.get(work, RECIPIENT).mode is mode
    else:
        assert missing(work) == {Reason.CERTIFICATE_MISSING}


def test_a_mode_needs_a_reason_and_a_change(work, applied):
    for mode, reason, code in (
        (RecipientMode.VIEW_ONLY, " ", "recipient.mode_reason"),
        (RecipientMode.VIEW_ONLY, "a\nb", "recipient.mode_reason"),
        (RecipientMode.FULL, "why", "recipient.mode-unchanged"),
    ):
        with pytest.raises((Invalid, Conflict)) as caught:
            recipients.set_mode(work, RECIPIENT, mode, reason, actor="o")
        assert caught.value.code == code


def test_the_mode_is_enforced_before_a_person_is_asked(work, contract_id):
    mode = RecipientMode.VIEW_ONLY
    recipients.set_mode(work, RECIPIENT, mode, "No certificate yet.", actor="o")
    assert reasons(work) == {Reason.RECIPIENT_VIEW_ONLY}
    viewed = replace(PROVISION, form=ProvisionForm.VIEW_ONLY, retention_days=0)
    found = preflight.check(work, RECIPIENT, viewed).reasons
    assert Reason.RECIPIENT_VIEW_ONLY not in found


@pytest.mark.parametrize("criterion", MANDATORY)
def test_each_mandatory_criterion_blocks_alone(work, contract_id, criterion):
    assert not reasons(work)
    clearing.fail(work, RECIPIENT, criterion)
    assert reasons(work) == {Reason.RECIPIENT_NOT_CLEARED}
    assert checks.lacking(work, RECIPIENT, NOW) == (criterion,)
    clearing.clear(work, RECIPIENT)
    assert not reasons(work)


def test_a_criterion_blocks_from_the_moment_of_its_end(at, work, contract_id):
    short = replace(clearing.met(work, RECIPIENT)[0], valid_until=NOW + DAY)
    checks.record(work, RECIPIENT, [short], actor="o")
    assert not reasons(at(NOW + DAY * 0.99))
    assert reasons(at(NOW + DAY)) == {Reason.RECIPIENT_NOT_CLEARED}


def test_an_optional_criterion_takes_nothing_away(work, contract_id):
    clearing.fail(work, RECIPIENT, "training")
    assert not reasons(work)


def test_recipients_from_before_have_a_term(work, contract_id):
    """What the migration writes for them stands until it ends or a check fails."""
    other = RecipientId("from-before")
    profile = replace(PROFILE, recipient_id=other, corporate_number="8700110005901")
    recipients.register(work, profile, actor="o")
    recipients.set_cleared(work, other, NOW + 20 * DAY)
    one, *rest = clearing.met(work, other)
    checks.record(work, other, [one], actor="o")
    assert recipients.get(work, other).cleared_until == NOW + 20 * DAY
    checks.record(work, other, [replace(one, valid_until=NOW + DAY)], actor="o")
    assert recipients.get(work, other).cleared_until == NOW + DAY
    checks.record(work, other, [one, *rest], actor="o")
    assert recipients.get(work, other).cleared_until == NOW + 366 * DAY
    clearing.fail(work, other)
    assert recipients.get(work, other).cleared_until is None


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"criterion": "luck"}, "criterion.unknown"),
        ({"result": CheckResult.NOT_MET}, "criterion.reason"),
        ({"reason": "x" * 1_001}, "criterion.reason"),
        ({"reason": "1234 5678 9018"}, "papers.number"),
        (
            {"result": CheckResult.NOT_APPLICABLE, "reason": "No."},
            "criterion.result",
        ),
        ({"paper_id": None}, "criterion.paper"),
        ({"valid_until": NOW}, "criterion.valid_until"),
        ({"valid_until": NOW + 367 * DAY}, "criterion.valid_until"),
    ],
)
def test_a_broken_check_is_refused(work, applied, change, code):
    good = clearing.met(work, RECIPIENT)[0]
    with pytest.raises(Invalid) as caught:
        checks.record(work, RECIPIENT, [replace(good, **change)], actor="o")
    assert caught.value.code == code
    assert not checks.history(work, RECIPIENT)


def test_a_check_names_a_paper_of_its_own_recipient(work, applied, owner):
    good = clearing.met(work, RECIPIENT)[0]
    strange = replace(good, paper_id=work.ids.new())
    with pytest.raises(NotFound):
        checks.record(work, RECIPIENT, [strange], actor="o")
    with pytest.raises(NotFound):
        checks.record(work, RecipientId("nobody"), [good], actor="o")


def test_what_does_not_apply_is_said_with_its_reason(work, applied):
    found = Check(
        criterion="processors",
        result=CheckResult.NOT_APPLICABLE,
        valid_until=NOW + DAY,
        reason="It has none.",
    )
    checks.record(work, RECIPIENT, [found], actor="o7")
    (kept,) = checks.history(work, RECIPIENT)
    assert (kept.check, kept.checked_by, kept.checked_at) == (found, "o7", NOW)
    assert kept.rule_version == recipient_criteria.CURRENT.version
    assert "processors" not in checks.lacking(work, RECIPIENT, NOW)


def test_papers_are_sealed_and_every_look_is_recorded(work, applied):
    content = "照会への回答 12".encode()
    paper_id = papers.keep(work, RECIPIENT, papers.read(content))
    kept = papers.get(work, RECIPIENT, paper_id)
    assert (kept.media_type, kept.size) == ("text/plain", len(content))
    assert kept.digest == hashlib.sha256(content).digest()
    opened = papers.look(work, RECIPIENT, paper_id, actor="o")
    assert opened.content == content
    last = work.log.recorded[-1].prepared
    assert last.fields["reasons"] == "paper.opened"
    for act in (papers.get, lambda *of: papers.look(*of, actor="o")):
        with pytest.raises(NotFound):
            act(work, RecipientId("other"), paper_id)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "papers.form"),
        (b"\xff\xfe\x00a", "papers.form"),
        (b"a\x00b", "papers.form"),
        (b"a" * (papers.LARGEST + 1), "papers.form"),
        (b"GIF89a\xff", "papers.form"),
        ("番号は 1234 5678 9018 です".encode(), "papers.number"),
        (b"4111 1111 1111 1111", "papers.number"),
    ],
)
def test_other_papers_are_refused(content, code):
    with pytest.raises(Invalid) as caught:
        papers.read(content)
    assert caught.value.code == code


def test_the_history_tells_every_step(work, contract_id):
    clearing.suspend(work, RECIPIENT)
    clearing.approve(work, RECIPIENT)
    standings.end(work, RECIPIENT, actor="o", note="Contract over.")
    told = [(e.standing, e.reason, e.note) for e in steps.history(work, RECIPIENT)]
    assert told == [
        (Standing.ENDED, None, "Contract over."),
        (Standing.APPROVED, None, ""),
        (Standing.SUSPENDED, SuspensionReason.INCIDENT, "leak"),
        (Standing.APPROVED, None, ""),
        (Standing.APPLIED, None, ""),
    ]


@pytest.mark.parametrize(
    ("note", "code"),
    [("x" * 1_001, "recipient.note"), ("1234 5678 9018", "papers.number")],
)
def test_a_note_is_short_and_holds_no_refused_number(work, contract_id, note, code):
    with pytest.raises(Invalid) as caught:
        standings.end(work, RECIPIENT, actor="o", note=note)
    assert caught.value.code == code


def test_a_suspension_is_lifted_only_if_all_is_still_there(work, contract_id):
    clearing.suspend(work, RECIPIENT)
    clearing.fail(work, RECIPIENT)
    assert missing(work) == {Reason.RECIPIENT_NOT_CLEARED}
    assert recipients.get(work, RECIPIENT).standing is Standing.SUSPENDED


CRITERIA = read_file("recipient_criteria.json", "consent.criteria")
CERTIFICATES = read_file("accepted_certificates.json", "consent.criteria")


def changed(read, **changes):
    return json.loads(json.dumps(read)) | changes


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"more": 1},
        {"criteria": []},
        {"criteria": CRITERIA["criteria"] * 2},
        {"criteria": [CRITERIA["criteria"][0] | {"is_mandatory": 1}]},
        {"criteria": [CRITERIA["criteria"][0] | {"valid_days": 0}]},
        {"criteria": [CRITERIA["criteria"][0] | {"cites": []}]},
        {
            "criteria": [
                each for each in CRITERIA["criteria"] if each["id"] == "training"
            ]
        },
    ],
)
def test_criteria_of_another_form_are_refused(change):
    with pytest.raises(ValueError, match=r"[A-Z].*\."):
        recipient_criteria.parse(changed(CRITERIA, **change))


@pytest.mark.parametrize(
    "change", [{"version": 2}, {"certificates": CERTIFICATES["certificates"] * 2}]
)
def test_a_list_of_certificates_of_another_form_is_refused(change):
    with pytest.raises(ValueError, match=r"[A-Z].*\."):
        accepted_certificates.parse(changed(CERTIFICATES, **change))
