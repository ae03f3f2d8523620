"""Facts are read whole from one snapshot, and fences tell of every change."""

from dataclasses import replace
from datetime import timedelta

import pytest

from audit import person
from consent import (
    board,
    board_vocabulary,
    certificates,
    contracts,
    facts_store,
    fences,
    pairwise,
    recipient_facts,
    recipients,
    service,
    uses,
)
from consent.engine import Deny, Permit, decide
from consent.facts import BoardSubjectKind, DisclosureRequest, GrantFacts
from consent.reasons import Reason
from consent.terms import Access, AccessMode
from consent.uses import LimitReached
from pds.core.errors import NotFound
from pds.core.ids import ConsentId, OwnerId, RecipientId
from pds.core.vocabulary import categories
from tests import clearing
from tests.consent.world import CONTRACT, DAY, EVIDENCE, NOW, PROVISION, RECIPIENT
from tests.consent.world import decision as made

ASK = DisclosureRequest(recipient_id=RECIPIENT)


def grant_of(consent_id):
    return GrantFacts(
        grant_id="g",
        consent_id=consent_id,
        recipient_id=RECIPIENT,
        is_active=True,
        client_is_active=True,
        token_is_active=True,
        token_expires_at=NOW + 800 * DAY,
    )


def load(work, owner, consent_id):
    grant = grant_of(consent_id)
    return facts_store.load(work, work.keys, owner, consent_id, grant=grant)


def reasons(work, owner, consent_id):
    decision = decide(ASK, load(work, owner, consent_id), work.now)
    return set(decision.reasons) if isinstance(decision, Deny) else set()


@pytest.fixture
def consent_id(consent_given):
    return consent_given.consent.consent_id


def test_what_was_given_is_permitted(work, owner, consent_id, contract_id):
    facts = load(work, owner, consent_id)
    permit = decide(ASK, facts, work.now)
    assert isinstance(permit, Permit)
    vital = sorted(category.id for category in categories.match("health.vital"))
    assert permit.selection.categories == ("health.activity.steps", *vital)
    assert permit.contract_id == contract_id
    assert permit.fetches_per_day == 4
    assert len(permit.board_decisions) == 3 + len(board_vocabulary.list_ids())
    assert facts.fences == fences.fences(work, owner, facts)


def test_facts_equal_those_of_the_services(work, owner, consent_id, contract_id):
    facts = load(work, owner, consent_id)
    assert facts.contract == contracts.get(work, contract_id).facts()
    assert facts.board == (
        board.current(work, BoardSubjectKind.RECIPIENT, RECIPIENT, version=1),
        board.current(work, BoardSubjectKind.CONTRACT, str(contract_id), version=1),
        board.current(
            work,
            BoardSubjectKind.PURPOSE,
            board_vocabulary.purpose_ids()[PROVISION.purpose],
            version=1,
        ),
        *(
            board.current(work, BoardSubjectKind.VOCABULARY, each, version=1)
            for each in board_vocabulary.list_ids().values()
        ),
    )
    assert facts.recipient.standing is recipients.get(work, RECIPIENT).standing
    (certificate,) = certificates.of_recipient(work, RECIPIENT)
    assert facts.certificates[0].valid_until == certificate.valid_until
    assert facts.person.adult_from == EVIDENCE.adult_from


def test_an_unknown_consent_denies(work, owner, contract_id):
    missing = ConsentId(work.ids.new())
    found = reasons(work, owner, missing)
    assert Reason.CONSENT_MISSING in found
    assert Reason.CONSENT_KEY_GONE in found


def test_another_persons_consent_denies(work, consent_id):
    other = OwnerId(work.ids.new())
    person.open_subject(work, other)
    assert Reason.CONSENT_MISSING in reasons(work, other, consent_id)


def test_a_request_denies(work, owner, asked):
    found = reasons(work, owner, asked.consent.consent_id)
    assert Reason.CONSENT_OPEN in found
    assert Reason.AGE_UNKNOWN in found


def test_a_destroyed_consent_key_denies(work, owner, consent_given, consent_id):
    generation = consent_given.consent.generation
    work.keys.destroy(work.connection, owner, 4, generation)
    assert Reason.CONSENT_KEY_GONE in reasons(work, owner, consent_id)


def test_a_shredded_category_denies(work, owner, consent_id):
    first = work.keys.create(work.connection, owner, 16, now=NOW)
    work.keys.destroy(work.connection, owner, 16, first.generation)
    assert reasons(work, owner, consent_id) == {Reason.DATA_KEY_GONE}
    asked = replace(ASK, categories=("health.activity.steps",))
    facts = load(work, owner, consent_id)
    assert isinstance(decide(asked, facts, work.now), Permit)


def test_a_rotated_key_does_not_deny(work, owner, consent_id):
    first = work.keys.create(work.connection, owner, 16, now=NOW)
    work.keys.create(work.connection, owner, 16, now=NOW)
    work.keys.destroy(work.connection, owner, 16, first.generation)
    assert reasons(work, owner, consent_id) == set()


def suspend(work, _owner, _consent, _contract):
    clearing.suspend(work, RECIPIENT)


def end_contract(work, _owner, _consent, contract_id):
    contracts.end(work, contract_id, actor="operator")


def amend_contract(work, _owner, _consent, contract_id):
    clearing.amend(work, contract_id, CONTRACT)


def stop_by_board(work, _owner, _consent, contract_id):
    kind = BoardSubjectKind.CONTRACT
    board.stop(work, kind, str(contract_id), actor="board")


def lose_certificate(work, _owner, _consent, _contract):
    (certificate,) = certificates.of_recipient(work, RECIPIENT)
    certificates.end(work, RECIPIENT, certificate.certificate_id, actor="operator")


def withdraw(work, owner, consent_id, _contract):
    service.withdraw(work, owner, consent_id)


def pause(work, owner, consent_id, _contract):
    service.pause(work, owner, consent_id)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (suspend, Reason.RECIPIENT_SUSPENDED),
        (end_contract, Reason.CONTRACT_NOT_IN_FORCE),
        (amend_contract, Reason.BOARD_OTHER_VERSION),
        (stop_by_board, Reason.BOARD_SUSPENDED),
        (lose_certificate, Reason.CERTIFICATE_EXPIRED),
        (withdraw, Reason.CONSENT_WITHDRAWN),
        (pause, Reason.CONSENT_PAUSED),
    ],
)
def test_a_change_denies_and_moves_a_fence(
    work, owner, consent_id, contract_id, change, reason
):
    before = load(work, owner, consent_id)
    change(work, owner, consent_id, contract_id)
    assert reasons(work, owner, consent_id) == {reason}
    after = fences.fences(work, owner, before)
    assert after != before.fences
    assert all(a >= b for a, b in zip(after, before.fences, strict=True))


def test_the_board_may_approve_the_new_version(work, owner, consent_id, contract_id):
    amend_contract(work, owner, consent_id, contract_id)
    new = made(BoardSubjectKind.CONTRACT, contract_id, 2)
    board.decide(work, new, actor="board")
    assert reasons(work, owner, consent_id) == set()


def test_another_recipients_contract_does_not_count(work, owner, consent_id):
    facts = recipient_facts.surroundings(
        work,
        "somebody-else",
        contract_id=load(work, owner, consent_id).contract.contract_id,
        provision=replace(PROVISION, offer_id=work.ids.new()),
    )
    assert facts.contract is None
    assert facts.offer is None
    assert facts.recipient is None


def test_fetches_are_counted_to_the_limit(work, at, owner, consent_id):
    permit = decide(ASK, load(work, owner, consent_id), work.now)
    assert [uses.count(work, owner, permit) for _ in range(4)] == [1, 2, 3, 4]
    assert reasons(work, owner, consent_id) == {Reason.TOO_OFTEN}
    with pytest.raises(LimitReached) as caught:
        uses.count(work, owner, permit)
    assert caught.value.code == "consent.limit-reached"
    tomorrow = at(NOW + DAY)
    assert reasons(tomorrow, owner, consent_id) == set()
    assert uses.count(tomorrow, owner, permit) == 1


def test_days_end_in_tokyo(at, owner, consent_id):
    evening = at(NOW + timedelta(hours=11, minutes=59))
    night = at(NOW + timedelta(hours=12))
    permit = decide(ASK, load(evening, owner, consent_id), evening.now)
    assert uses.count(evening, owner, permit) == 1
    assert uses.count(night, owner, permit) == 1


def test_one_fetch_is_one_fetch(work, at, owner, consent_id):
    once = replace(PROVISION, access=Access(AccessMode.ONCE, PROVISION.access.until))
    service.narrow(work, owner, consent_id, once, evidence=EVIDENCE)
    permit = decide(ASK, load(work, owner, consent_id), work.now)
    uses.count(work, owner, permit)
    assert reasons(work, owner, consent_id) == {Reason.USED_UP}
    later = at(NOW + 2 * DAY)
    assert reasons(later, owner, consent_id) == {Reason.USED_UP}
    with pytest.raises(LimitReached):
        uses.count(later, owner, permit)


def test_narrowing_later_breaks_no_ceiling(at, owner, consent_id):
    later = at(NOW + 80 * DAY)
    less = replace(PROVISION, retention_days=1)
    service.narrow(later, owner, consent_id, less, evidence=EVIDENCE)
    assert reasons(later, owner, consent_id) == set()


def test_pairwise_names_are_per_recipient_and_stable(work, owner, contract_id):
    one = pairwise.for_recipient(work, owner, RECIPIENT)
    other = pairwise.for_recipient(work, owner, RecipientId("other"))
    assert one == pairwise.for_recipient(work, owner, RECIPIENT)
    assert one == pairwise.find(work, owner, RECIPIENT)
    assert one != other
    assert pairwise.resolve(work, RECIPIENT, one) == owner
    assert pairwise.resolve(work, RECIPIENT, other) is None


@pytest.mark.parametrize("name", ["", "x" * 22, "x" * 23, "é" * 22, "A" * 21 + "\n"])
def test_foreign_names_mean_nobody(work, contract_id, name):
    assert pairwise.resolve(work, RECIPIENT, name) is None


def test_erasure_forgets_the_names(work, owner, contract_id):
    one = pairwise.for_recipient(work, owner, RECIPIENT)
    assert pairwise.forget(work, owner) == 1
    assert pairwise.resolve(work, RECIPIENT, one) is None
    with pytest.raises(NotFound):
        pairwise.find(work, owner, RECIPIENT)
