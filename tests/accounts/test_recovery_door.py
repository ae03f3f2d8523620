"""Recovery codes, new passwords and closed sessions below the pages."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from pds.accounts import changes, passwords, recovery, service, sessions
from pds.accounts.changes import AccountChange
from pds.accounts.roles import Role
from pds.accounts.service import SignUp
from pds.accounts.sessions import Session
from pds.accounts.tables import recovery_code
from pds.bank.bank import Bank
from pds.core.errors import Invalid
from pds.web import door, passkey_door, recovery_door
from tests.accounts.software_authenticator import Authenticator
from tests.fakes import FrozenClock

GOOD = "seven blue herons"
NEW = "nine green herons"


def session_of(bank: Bank, role: Role = Role.PERSON, login: str = "kazuko") -> Session:
    pepper = bank.secret("login-pepper")
    wish = SignUp(
        login=login,
        password_hash=passwords.hash_password(GOOD, bank.ids),
        name="和子",
        birth_date=date(1961, 4, 3) if role is Role.PERSON else None,
        role=role,
    )

    def act(work):
        return sessions.open_session(work, service.sign_up(work, pepper, wish))

    return alive(bank, bank.unit_of_work(act))


def alive(bank: Bank, token: str | None) -> Session:
    assert token is not None
    found = door.find(bank, token)
    assert found is not None
    return found


def kinds(bank: Bank, session: Session) -> list[AccountChange]:
    with bank.read() as snap:
        return [each.kind for each in changes.newest(snap, session.account_id)]


def test_ten_codes_are_made_and_none_is_stored(bank: Bank) -> None:
    session = session_of(bank)

    codes = recovery_door.make_codes(bank, session)

    assert len(set(codes)) == 10
    shape = re.compile(r"[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}")
    assert all(shape.fullmatch(code) for code in codes)
    with bank.read() as snap:
        stored = snap.connection.execute(select(recovery_code)).all()
        assert recovery.left(snap, session.account_id) == 10
    text = repr(stored)
    assert not any(code in text or code.replace("-", "") in text for code in codes)


def test_a_person_gets_in_by_a_code_without_the_password(
    bank: Bank, clock: FrozenClock
) -> None:
    session = session_of(bank)
    code = recovery_door.make_codes(bank, session)[3]
    clock.advance(timedelta(minutes=1))

    entered = alive(bank, recovery_door.log_in(bank, " KAZUKO", "", code))

    assert entered.account_id == session.account_id
    assert (entered.acr, entered.amr) == ("aal1", ("otp",))
    assert kinds(bank, session) == [AccountChange.CODE_USED, AccountChange.CODES_MADE]


def test_staff_get_in_by_a_code_and_the_password_together(bank: Bank) -> None:
    session = session_of(bank, Role.OPERATOR)
    code = recovery_door.make_codes(bank, session)[0]

    assert recovery_door.log_in(bank, "kazuko", "", code) is None
    assert recovery_door.log_in(bank, "kazuko", NEW, code) is None
    entered = alive(bank, recovery_door.log_in(bank, "kazuko", GOOD, code))

    assert (entered.acr, entered.amr) == ("aal2", ("pwd", "otp", "mfa"))


@pytest.mark.parametrize(
    "spell",
    [
        str.lower,
        lambda code: code.replace("-", " "),
        lambda code: code.replace("-", ""),
        lambda code: code.replace("0", "O").replace("1", "l"),
        lambda code: "".join(
            chr(ord(each) + 0xFEE0) if each.isalnum() else "ー" for each in code
        ),
    ],
)
def test_a_code_may_be_typed_as_people_type(bank: Bank, spell) -> None:
    code = recovery_door.make_codes(bank, session_of(bank))[0]

    assert recovery_door.log_in(bank, "kazuko", "", spell(code))


def test_a_code_counts_once(bank: Bank) -> None:
    session = session_of(bank)
    code = recovery_door.make_codes(bank, session)[0]

    assert recovery_door.log_in(bank, "kazuko", "", code)
    assert recovery_door.log_in(bank, "kazuko", "", code) is None
    with bank.read() as snap:
        assert recovery.left(snap, session.account_id) == 9


def test_of_many_who_use_a_code_at_once_exactly_one_gets_in(bank: Bank) -> None:
    code = recovery_door.make_codes(bank, session_of(bank))[0]
    start = Barrier(4)

    def one(_number: int) -> bool:
        start.wait()
        return recovery_door.log_in(bank, "kazuko", "", code) is not None

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(one, range(4))) == [False, False, False, True]


def test_new_codes_kill_the_old_ones(bank: Bank) -> None:
    session = session_of(bank)
    old = recovery_door.make_codes(bank, session)[0]
    new = recovery_door.make_codes(bank, session)[0]

    assert recovery_door.log_in(bank, "kazuko", "", old) is None
    assert recovery_door.log_in(bank, "kazuko", "", new)


def test_the_code_of_another_opens_nothing(bank: Bank) -> None:
    session_of(bank)
    code = recovery_door.make_codes(bank, session_of(bank, login="misaki"))[0]

    assert recovery_door.log_in(bank, "kazuko", "", code) is None
    assert recovery_door.log_in(bank, "nobody", "", code) is None
    assert recovery_door.log_in(bank, "misaki", "", "") is None


def test_guesses_are_counted_with_those_of_the_password(
    bank: Bank, clock: FrozenClock
) -> None:
    code = recovery_door.make_codes(bank, session_of(bank))[0]
    for _ in range(5):
        assert recovery_door.log_in(bank, "kazuko", "", "AAAA-AAAA-AAAA-AAAA") is None

    assert recovery_door.log_in(bank, "kazuko", "", code) is None
    assert door.log_in(bank, "kazuko", GOOD) is None
    clock.advance(timedelta(minutes=15))
    assert recovery_door.log_in(bank, "kazuko", "", code)


def test_a_closed_account_stays_closed(bank: Bank) -> None:
    session = session_of(bank)
    code = recovery_door.make_codes(bank, session)[0]
    bank.unit_of_work(lambda work: service.close(work, session.account_id))

    assert recovery_door.log_in(bank, "kazuko", "", code) is None


def test_a_new_password_counts_and_closes_other_sessions(bank: Bank) -> None:
    session = session_of(bank)
    other = door.log_in(bank, "kazuko", GOOD)

    recovery_door.change_password(bank, session, NEW)

    assert other is not None
    assert door.find(bank, other[0]) is None
    assert door.log_in(bank, "kazuko", GOOD) is None
    assert door.log_in(bank, "kazuko", NEW)
    with bank.read() as snap:
        here = [
            each.token_hash for each in sessions.of_account(snap, session.account_id)
        ]
    assert session.token_hash in here
    assert kinds(bank, session) == [AccountChange.PASSWORD_CHANGED]


@pytest.mark.parametrize(
    ("password", "code"),
    [("short", "password-short"), ("KazukoOfSapporo", "password-login")],
)
def test_a_weak_password_changes_nothing(bank: Bank, password: str, code: str) -> None:
    session = session_of(bank, login="kazukoofsapporo")

    with pytest.raises(Invalid) as caught:
        recovery_door.change_password(bank, session, password)

    assert caught.value.code == f"accounts.{code}"
    assert door.log_in(bank, "kazukoofsapporo", GOOD)


def test_one_session_or_all_others_can_be_closed(bank: Bank) -> None:
    here = session_of(bank)
    tokens = [door.log_in(bank, "kazuko", GOOD) for _ in range(3)]
    first, second, third = (alive(bank, token and token[0]) for token in tokens)

    recovery_door.close_session(bank, here, first.reference)
    recovery_door.close_session(bank, here, "0" * 32)

    with bank.read() as snap:
        left = {each.token_hash for each in sessions.of_account(snap, here.account_id)}
    assert left == {here.token_hash, second.token_hash, third.token_hash}
    recovery_door.close_others(bank, here)
    recovery_door.close_others(bank, here)
    with bank.read() as snap:
        (kept,) = sessions.of_account(snap, here.account_id)
    assert kept.token_hash == here.token_hash
    assert kinds(bank, here) == [AccountChange.SESSIONS_CLOSED] * 2


def test_nobody_closes_the_session_of_another(bank: Bank) -> None:
    here, other = session_of(bank), session_of(bank, login="misaki")

    recovery_door.close_session(bank, here, other.reference)
    recovery_door.close_others(bank, here)

    with bank.read() as snap:
        assert sessions.of_account(snap, other.account_id)


@pytest.mark.parametrize(
    ("role", "is_enough"), [(Role.PERSON, True), (Role.BOARD, False)]
)
def test_with_a_passkey_the_password_is_enough_for_persons_only(
    bank: Bank, role: Role, is_enough: bool
) -> None:
    session = session_of(bank, role)
    answer = Authenticator().create(passkey_door.ask_register(bank, session))
    token, is_first = passkey_door.register(bank, session, answer, "phone")

    assert is_first
    assert (door.log_in(bank, "kazuko", GOOD) is not None) is is_enough
    again = door.log_in_again(bank, alive(bank, token), GOOD)
    assert (again is not None) is is_enough


@pytest.mark.parametrize("role", [Role.PERSON, Role.OPERATOR])
@pytest.mark.parametrize("password", [GOOD, NEW])
def test_an_answer_to_a_wrong_code_takes_the_same_work_for_everybody(
    bank: Bank, monkeypatch, role: Role, password: str
) -> None:
    session_of(bank, role)
    # The secret that keys the codes is made at its first use.
    recovery_door.log_in(bank, "somebody", password, "AAAA-AAAA")
    acts: list[object] = []
    really = bank.unit_of_work

    def counted(act):
        acts.append(act)
        return really(act)

    monkeypatch.setattr(bank, "unit_of_work", counted)

    def work(login: str) -> int:
        acts.clear()
        assert recovery_door.log_in(bank, login, password, "AAAA-AAAA") is None
        return len(acts)

    assert work("kazuko") == work("nobody")
