from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from pds.accounts import service, sessions
from pds.accounts.roles import Role
from pds.accounts.service import SignUp
from pds.accounts.sessions import Kind, Session
from pds.accounts.tables import session
from pds.bank.bank import Bank
from pds.core.errors import Conflict, Forbidden
from pds.core.ids import AccountId, OwnerId
from pds.crypto.tokens import hash_of_text, token_text
from tests.fakes import START, FrozenClock

PEPPER = bytes(range(32))
MINUTE = timedelta(minutes=1)


@pytest.fixture
def person_id(bank: Bank) -> AccountId:
    return sign_up(bank, Role.PERSON)


def sign_up(bank: Bank, role: Role) -> AccountId:
    is_person = role is Role.PERSON
    wish = SignUp(
        login=f"the-{role}",
        password_hash="x",
        name="和子",
        role=role,
        birth_date=date(1961, 4, 3) if is_person else None,
    )
    return bank.unit_of_work(lambda work: service.sign_up(work, PEPPER, wish))


def log_in(bank: Bank, account_id: AccountId) -> str:
    return bank.unit_of_work(lambda work: sessions.open_session(work, account_id))


def find(bank: Bank, token: str) -> Session | None:
    with bank.read() as snap:
        return sessions.find(snap, token)


def found(bank: Bank, token: str) -> Session:
    result = find(bank, token)
    assert result is not None
    return result


def use(bank: Bank, token: str) -> None:
    alive = found(bank, token)
    bank.unit_of_work(lambda work: sessions.touch(work, alive))


def count(bank: Bank) -> int | None:
    with bank.read() as snap:
        return snap.connection.scalar(select(func.count()).select_from(session))


def test_a_session_says_who_and_how(bank: Bank, person_id: AccountId) -> None:
    alive = found(bank, log_in(bank, person_id))

    assert alive.account_id == person_id
    assert alive.owner == OwnerId(person_id)
    assert (alive.role, alive.kind) == (Role.PERSON, Kind.PERSON)
    assert (alive.amr, alive.acr) == (("pwd",), "aal1")
    assert alive.auth_time == alive.created_at == alive.last_seen_at == START
    assert alive.expires_at == START + timedelta(hours=12)


def test_a_second_factor_is_kept(bank: Bank, person_id: AccountId) -> None:
    token = bank.unit_of_work(
        lambda work: sessions.open_session(
            work, person_id, amr=("pwd", "hwk"), acr="aal2"
        )
    )

    assert found(bank, token).amr == ("pwd", "hwk")
    assert found(bank, token).acr == "aal2"


def test_only_the_hash_of_a_token_is_stored(bank: Bank, person_id: AccountId) -> None:
    token = log_in(bank, person_id)

    with bank.read() as snap:
        row = snap.connection.execute(select(session)).one()
    assert bytes(row.token_hash) == hash_of_text(token)
    assert token not in repr(row)


@pytest.mark.parametrize(
    "token", ["", "x", "\ud800" * 43, "A" * 44, token_text(bytes(32))]
)
def test_foreign_tokens_find_nothing(
    bank: Bank, person_id: AccountId, token: str
) -> None:
    log_in(bank, person_id)

    assert find(bank, token) is None


@pytest.mark.parametrize(
    ("role", "idle", "absolute"),
    [
        (Role.PERSON, timedelta(minutes=30), timedelta(hours=12)),
        (Role.OPERATOR, timedelta(minutes=15), timedelta(hours=8)),
        (Role.BOARD, timedelta(minutes=15), timedelta(hours=8)),
        (Role.AUDITOR, timedelta(minutes=15), timedelta(hours=8)),
    ],
)
def test_sessions_end_when_idle_and_after_their_absolute_time(
    bank: Bank, clock: FrozenClock, role: Role, idle: timedelta, absolute: timedelta
) -> None:
    account_id = sign_up(bank, role)
    idle_token = log_in(bank, account_id)
    clock.advance(idle - timedelta(milliseconds=1))
    assert find(bank, idle_token) is not None
    clock.advance(timedelta(milliseconds=1))
    assert find(bank, idle_token) is None

    token = log_in(bank, account_id)
    end = clock.now() + absolute
    while clock.now() + 10 * MINUTE < end:
        clock.advance(10 * MINUTE)
        use(bank, token)
    clock.advance(end - clock.now() - timedelta(milliseconds=1))
    assert find(bank, token) is not None
    clock.advance(timedelta(milliseconds=1))
    assert find(bank, token) is None


def test_use_is_noted_at_most_once_a_minute(
    bank: Bank, clock: FrozenClock, person_id: AccountId
) -> None:
    token = log_in(bank, person_id)

    def last_seen_after(step: timedelta) -> datetime:
        clock.advance(step)
        use(bank, token)
        return found(bank, token).last_seen_at

    assert not found(bank, token).needs_touch(clock.now() + timedelta(seconds=59))
    assert found(bank, token).needs_touch(clock.now() + MINUTE)
    assert last_seen_after(timedelta(seconds=59)) == START
    assert last_seen_after(timedelta(seconds=1)) == START + MINUTE


def test_proving_again_rotates_the_token_and_renews_the_moment_of_login(
    bank: Bank, clock: FrozenClock, person_id: AccountId
) -> None:
    old = log_in(bank, person_id)
    before = found(bank, old)
    clock.advance(20 * MINUTE)

    new = bank.unit_of_work(lambda work: sessions.reauthenticate(work, before))

    after = found(bank, new)
    assert find(bank, old) is None
    assert after.auth_time == after.last_seen_at == START + 20 * MINUTE
    assert after.created_at == START
    assert after.expires_at == before.expires_at
    assert after.kind == before.kind


def test_a_session_is_renewed_once_and_never_after_its_end(
    bank: Bank, person_id: AccountId
) -> None:
    alive = found(bank, log_in(bank, person_id))
    new = bank.unit_of_work(lambda work: sessions.reauthenticate(work, alive))

    with pytest.raises(Conflict) as caught:
        bank.unit_of_work(lambda work: sessions.reauthenticate(work, alive))

    assert caught.value.code == "accounts.session-ended"
    assert find(bank, new) is not None


def test_a_closed_session_is_dead_and_the_others_live(
    bank: Bank, clock: FrozenClock, person_id: AccountId
) -> None:
    first, second = log_in(bank, person_id), log_in(bank, person_id)
    alive = found(bank, first)
    for _ in range(2):
        bank.unit_of_work(lambda work: sessions.close(work, alive))
    clock.advance(2 * MINUTE)
    bank.unit_of_work(lambda work: sessions.touch(work, alive))

    assert find(bank, first) is None
    assert find(bank, second) is not None


def test_all_sessions_of_one_account_are_closed_at_once(
    bank: Bank, person_id: AccountId
) -> None:
    mine = [log_in(bank, person_id) for _ in range(3)]
    other = log_in(bank, sign_up(bank, Role.AUDITOR))

    closed = bank.unit_of_work(lambda work: sessions.close_all(work, person_id))
    again = bank.unit_of_work(lambda work: sessions.close_all(work, person_id))

    assert (closed, again) == (3, 0)
    assert [find(bank, token) for token in mine] == [None] * 3
    assert find(bank, other) is not None


def test_a_closed_account_loses_its_sessions_and_gets_no_more(
    bank: Bank, person_id: AccountId
) -> None:
    token = log_in(bank, person_id)
    bank.unit_of_work(lambda work: service.close(work, person_id))

    assert find(bank, token) is None
    with pytest.raises(Forbidden) as caught:
        log_in(bank, person_id)
    assert caught.value.code == "accounts.closed"


def test_an_account_that_nobody_has_gets_no_session(bank: Bank) -> None:
    with pytest.raises(Forbidden):
        log_in(bank, AccountId(bank.ids.new()))


def test_ended_sessions_are_cleared_at_the_next_login(
    bank: Bank, clock: FrozenClock, person_id: AccountId
) -> None:
    log_in(bank, person_id)
    clock.advance(timedelta(hours=11))
    log_in(bank, person_id)
    assert count(bank) == 2

    clock.advance(timedelta(hours=1))
    log_in(bank, person_id)

    assert count(bank) == 2
