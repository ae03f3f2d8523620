from collections.abc import Callable
from datetime import date, timedelta

import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from pds.accounts import passwords, service, sessions
from pds.accounts.roles import Role
from pds.accounts.sessions import Session
from pds.bank.bank import Bank
from pds.core.errors import Conflict, Invalid, Unavailable
from pds.web import door
from tests.fakes import START, FrozenClock

GOOD = "seven blue herons"
WRONG = "seven grey herons"
MINUTE = timedelta(minutes=1)


def sign_up(bank: Bank, password: str = GOOD) -> Session:
    token = door.sign_up(
        bank,
        login="Kazuko",
        password=password,
        name="和子",
        birth_date=date(1961, 4, 3),
        language="ja",
    )
    found = door.find(bank, token)
    assert found is not None
    return found


def test_who_signs_up_is_in_and_comes_back_with_the_password(bank: Bank) -> None:
    first = sign_up(bank)

    entered = door.log_in(bank, " kazuko ", GOOD)

    assert entered is not None
    token, account = entered
    again = door.find(bank, token)
    assert again is not None
    assert again.account_id == account.account_id == first.account_id
    assert account.role is Role.PERSON


def test_a_weak_password_or_a_taken_login_makes_no_account(bank: Bank) -> None:
    with pytest.raises(Invalid):
        sign_up(bank, "short")
    sign_up(bank)
    with pytest.raises(Conflict):
        sign_up(bank)


def test_every_refusal_is_the_same_after_one_check_of_a_hash(
    bank: Bank, monkeypatch
) -> None:
    session = sign_up(bank)
    checked: list[bool] = []

    def watched(encoded: str | None, password: str) -> bool:
        checked.append(True)
        return really(encoded, password)

    really = passwords.check
    monkeypatch.setattr(passwords, "check", watched)

    assert door.log_in(bank, "nobody", GOOD) is None
    assert door.log_in(bank, "kazuko", WRONG) is None
    bank.unit_of_work(lambda work: service.close(work, session.account_id))
    assert door.log_in(bank, "kazuko", GOOD) is None
    assert len(checked) == 3


def test_five_wrong_passwords_lock_even_the_right_one_out(
    bank: Bank, clock: FrozenClock
) -> None:
    sign_up(bank)
    for _ in range(5):
        assert door.log_in(bank, "kazuko", WRONG) is None
    assert door.log_in(bank, "KAZUKO", GOOD) is None

    clock.advance(15 * MINUTE)

    assert door.log_in(bank, "kazuko", GOOD) is not None


def test_a_success_forgets_the_failures_before_it(bank: Bank) -> None:
    sign_up(bank)
    for _ in range(2):
        for _ in range(4):
            assert door.log_in(bank, "kazuko", WRONG) is None
        assert door.log_in(bank, "kazuko", GOOD) is not None


def test_a_hash_of_an_older_profile_is_renewed_at_the_login(bank: Bank) -> None:
    session = sign_up(bank)
    older = Argon2id(
        salt=b"0123456789abcdef", length=32, iterations=1, lanes=1, memory_cost=64
    ).derive_phc_encoded(GOOD.encode())
    replace_hash(bank, session, older)

    assert door.log_in(bank, "kazuko", GOOD) is not None

    with bank.read() as snap:
        kept = service.get(snap, session.account_id).password_hash
    assert not passwords.needs_rehash(kept)
    assert passwords.check(kept, GOOD)


def replace_hash(bank: Bank, session: Session, new: str) -> None:
    with bank.read() as snap:
        old = service.get(snap, session.account_id).password_hash
    bank.unit_of_work(
        lambda work: service.set_password_hash(work, session.account_id, old, new)
    )


def during_check(monkeypatch, act: Callable[[], None]) -> None:
    """Let something happen while the password is being checked."""
    really = passwords.check

    def interrupted(encoded: str | None, password: str) -> bool:
        act()
        return really(encoded, password)

    monkeypatch.setattr(passwords, "check", interrupted)


def test_an_account_closed_during_the_check_is_not_entered(
    bank: Bank, monkeypatch
) -> None:
    session = sign_up(bank)
    during_check(
        monkeypatch,
        lambda: bank.unit_of_work(lambda work: service.close(work, session.account_id)),
    )

    assert door.log_in(bank, "kazuko", GOOD) is None


def test_proving_again_gives_a_new_token_and_moment(
    bank: Bank, clock: FrozenClock
) -> None:
    session = sign_up(bank)
    clock.advance(10 * MINUTE)

    token = door.log_in_again(bank, session, GOOD)

    assert token is not None
    renewed = door.find(bank, token)
    assert renewed is not None
    assert renewed.auth_time == START + 10 * MINUTE


def test_a_stolen_session_does_not_help_to_guess(bank: Bank) -> None:
    session = sign_up(bank)
    for _ in range(5):
        assert door.log_in_again(bank, session, WRONG) is None

    assert door.log_in_again(bank, session, GOOD) is None


def test_a_session_closed_during_the_check_is_not_renewed(
    bank: Bank, monkeypatch
) -> None:
    session = sign_up(bank)
    during_check(monkeypatch, lambda: door.close(bank, session))

    assert door.log_in_again(bank, session, GOOD) is None


def test_use_keeps_a_session_alive_and_closing_ends_it(
    bank: Bank, clock: FrozenClock
) -> None:
    sign_up(bank)
    entered = door.log_in(bank, "kazuko", GOOD)
    assert entered is not None
    for _ in range(3):
        clock.advance(20 * MINUTE)
        found = door.find(bank, entered[0])
        assert found is not None

    door.close(bank, found)

    assert door.find(bank, entered[0]) is None
    assert door.find(bank, "no token") is None


def test_readers_stay_in_while_the_store_takes_no_writes(
    bank: Bank, clock: FrozenClock, monkeypatch
) -> None:
    sign_up(bank)
    entered = door.log_in(bank, "kazuko", GOOD)
    assert entered is not None
    clock.advance(2 * MINUTE)

    def full(_work, _found) -> None:
        raise Unavailable("store.unavailable")

    monkeypatch.setattr(sessions, "touch", full)

    assert door.find(bank, entered[0]) is not None
