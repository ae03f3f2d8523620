"""Unmasking: a second person, once, within a day; on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest

from audit.leaf import EventType
from audit.subject import page
from pds.accounts import service
from pds.accounts.logins import PEPPER
from pds.accounts.roles import Role
from pds.accounts.service import SignUp
from pds.core.errors import Conflict, Forbidden
from pds.core.ids import AccountId, OwnerId
from pds.oversight import unmasking
from pds.oversight.unmasking import UnmaskReason, UnmaskState
from tests.web.conftest import BORN


@pytest.fixture
def hanako(bank):
    pepper = bank.secret(PEPPER)
    wish = SignUp(login="hanako", password_hash="-", name="H", birth_date=BORN)
    return OwnerId(bank.unit_of_work(lambda work: service.sign_up(work, pepper, wish)))


@pytest.fixture
def auditor(bank):
    return AccountId(bank.ids.new())


@pytest.fixture
def other(bank):
    return AccountId(bank.ids.new())


@pytest.fixture
def asked(bank, hanako, auditor):
    ask = partial(unmasking.ask, by=auditor)
    return bank.unit_of_work(lambda work: ask(work, hanako, 3, UnmaskReason.COMPLAINT))


def decide(bank, asked, by, role=Role.BOARD, *, approve=True):
    act = partial(unmasking.decide, approve=approve, by=by, role=role)
    bank.unit_of_work(lambda work: act(work, asked))


def use(bank, asked, by):
    return bank.unit_of_work(lambda work: unmasking.use(work, asked, by=by))


def unmasked(bank, owner):
    with bank.read() as snap:
        own = page(snap, bank.keys, owner).entries
    return [
        each.detail.fields
        for each in own
        if each.leaf["typ"] == EventType.AUDITOR_UNMASKED
    ]


def test_an_approved_request_is_used_and_recorded(bank, hanako, auditor, other, asked):
    decide(bank, asked, other)

    assert use(bank, asked, auditor) == hanako
    recorded = unmasked(bank, hanako)
    assert len(recorded) == 1
    assert recorded[0]["reasons"] == "unmask.complaint"
    assert recorded[0]["actor"] == f"auditor:{auditor}"
    assert str(other) in recorded[0]["object"]


def test_of_many_at_once_one_is_told(bank, hanako, auditor, other, asked):
    decide(bank, asked, other)

    def attempt(_):
        try:
            return use(bank, asked, auditor)
        except Conflict:
            return None

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(attempt, range(16)))

    assert [each for each in told if each] == [hanako]
    assert len(unmasked(bank, hanako)) == 1


def test_nothing_is_told_without_an_approval(bank, hanako, auditor, other, asked):
    with pytest.raises(Conflict):
        use(bank, asked, auditor)
    decide(bank, asked, other, approve=False)
    with pytest.raises(Conflict):
        use(bank, asked, auditor)

    assert unmasked(bank, hanako) == []


def test_an_approval_is_good_for_a_day_and_for_one_auditor(
    bank, clock, auditor, other, asked
):
    decide(bank, asked, other)

    with pytest.raises(Conflict):
        use(bank, asked, other)
    clock.advance(timedelta(hours=24))
    with pytest.raises(Conflict):
        use(bank, asked, auditor)
    with bank.read() as snap:
        assert not unmasking.of_auditor(snap, auditor)[0].is_usable(snap.now)


def test_nobody_decides_twice_or_for_themselves(bank, auditor, other, asked):
    with pytest.raises(Conflict):
        decide(bank, asked, auditor)
    for role in (Role.AUDITOR, Role.PERSON, Role.RECIPIENT):
        with pytest.raises(Forbidden):
            decide(bank, asked, other, role)
    decide(bank, asked, other, Role.OPERATOR, approve=False)
    with pytest.raises(Conflict):
        decide(bank, asked, other)

    with bank.read() as snap:
        assert unmasking.waiting(snap) == []
        assert unmasking.of_auditor(snap, auditor)[0].state is UnmaskState.REFUSED


def test_a_request_waits_a_week_for_somebody(bank, clock, auditor, other, asked):
    clock.advance(unmasking.WAITS - timedelta(milliseconds=1))
    with bank.read() as snap:
        assert len(unmasking.waiting(snap)) == 1
        assert not unmasking.of_auditor(snap, auditor)[0].is_late(snap.now)

    clock.advance(timedelta(milliseconds=1))

    with pytest.raises(Conflict):
        decide(bank, asked, other)
    with bank.read() as snap:
        assert unmasking.waiting(snap) == []
        assert unmasking.of_auditor(snap, auditor)[0].is_late(snap.now)
