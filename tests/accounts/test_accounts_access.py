"""An auditor's account ends by itself, for open sessions too."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from pds.accounts import access, service, sessions
from pds.accounts.logins import PEPPER
from pds.accounts.roles import Role
from pds.accounts.service import SignUp
from pds.accounts.tables import account
from pds.core.errors import Forbidden, Invalid, NotFound
from pds.oversight import auditors

HASH = "not a hash, since nobody logs in by it"


def wish(role=Role.AUDITOR, until=None):
    return SignUp(
        login="aki", password_hash=HASH, name="Aki", role=role, access_until=until
    )


def admit(bank, **options):
    pepper = bank.secret(PEPPER)
    return bank.unit_of_work(
        lambda work: auditors.admit(work, pepper, wish(**options), actor="test")
    )


def enter(bank, account_id):
    return bank.unit_of_work(lambda work: sessions.open_session(work, account_id))


def is_in(bank, token):
    with bank.read() as snap:
        return sessions.find(snap, token) is not None


def test_the_end_closes_an_open_session_and_the_door(bank, clock):
    auditor = admit(bank, until=clock.now() + timedelta(minutes=5))
    token = enter(bank, auditor)

    clock.advance(timedelta(seconds=299))
    assert is_in(bank, token)
    clock.advance(timedelta(seconds=1))

    assert not is_in(bank, token)
    with pytest.raises(Forbidden, match="closed"):
        enter(bank, auditor)


def test_the_operator_ends_it_at_once_and_gives_more_time(bank, clock):
    auditor = admit(bank)
    token = enter(bank, auditor)

    def end(at):
        bank.unit_of_work(lambda work: auditors.set_end(work, auditor, at, actor="t"))

    end(clock.now())
    assert not is_in(bank, token)
    end(clock.now() + timedelta(days=30))
    assert is_in(bank, token)
    with pytest.raises(Invalid):
        end(clock.now() + access.LONGEST + timedelta(seconds=1))


def test_where_nothing_is_said_the_time_is_ninety_days(bank, clock):
    auditor = admit(bank)

    with bank.read() as snap:
        assert access.until(snap, auditor) == clock.now() + access.USUAL


def test_an_auditor_without_an_end_does_not_get_in(bank):
    auditor = admit(bank)
    bank.unit_of_work(
        lambda work: work.connection.execute(update(account).values(access_until=None))
    )

    with pytest.raises(Forbidden):
        enter(bank, auditor)


@pytest.mark.parametrize("days", [0, -1, 367])
def test_an_end_that_is_past_or_far_away_is_refused(bank, clock, days):
    with pytest.raises(Invalid):
        admit(bank, until=clock.now() + timedelta(days=days))


def test_other_roles_have_no_end(bank, clock):
    pepper, until = bank.secret(PEPPER), clock.now() + timedelta(days=1)
    asked = wish(Role.OPERATOR, until)

    with pytest.raises(Invalid):
        bank.unit_of_work(lambda work: service.sign_up(work, pepper, asked))
    with pytest.raises(Invalid):
        admit(bank, role=Role.OPERATOR)
    staff = bank.unit_of_work(
        lambda work: service.sign_up(work, pepper, wish(Role.OPERATOR))
    )
    assert is_in(bank, enter(bank, staff))
    with pytest.raises(NotFound):
        bank.unit_of_work(
            lambda work: auditors.set_end(work, staff, until, actor="test")
        )
