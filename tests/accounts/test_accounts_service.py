import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select

from audit import person
from pds.accounts import logins, service
from pds.accounts.roles import Role, State
from pds.accounts.service import SignUp
from pds.accounts.tables import account, account_login
from pds.bank.bank import Bank
from pds.core.errors import BankError, Conflict, Invalid, NotFound
from pds.core.ids import AccountId, OwnerId, RecipientId
from pds.keys.classes import KeyClass
from pds.keys.errors import KeyUnavailable
from tests.fakes import FrozenClock

PEPPER = bytes(range(32))
BORN = date(1961, 4, 3)
HASH = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA"


def wish(**changes: Any) -> SignUp:
    values: dict[str, Any] = {
        "login": "kazuko",
        "password_hash": HASH,
        "name": " 佐藤 和子 ",
        "birth_date": BORN,
    }
    return SignUp(**(values | changes))


def staff(role: Role = Role.OPERATOR, **changes: Any) -> SignUp:
    return wish(role=role, birth_date=None, **changes)


def sign_up(bank: Bank, wanted: SignUp) -> AccountId:
    return bank.unit_of_work(lambda work: service.sign_up(work, PEPPER, wanted))


def test_a_person_signs_up_and_is_found_by_any_spelling(bank: Bank) -> None:
    account_id = sign_up(bank, wish(language="en"))

    with bank.read() as snap:
        found = service.find_by_login(snap, PEPPER, " ＫＡＺＵＫＯ")
        assert found == service.get(snap, account_id)
        kept = service.profile(snap, bank.keys, account_id)
        index = service.login_index(snap, account_id)
    assert index == logins.index(PEPPER, "kazuko")
    assert found is not None
    assert (found.role, found.state, found.language) == (
        Role.PERSON,
        State.ACTIVE,
        "en",
    )
    assert found.is_active
    assert found.owner == OwnerId(account_id)
    assert found.password_hash == HASH
    assert (kept.name, kept.birth_date) == ("佐藤 和子", BORN)


def test_a_person_begins_with_keys_and_a_log_of_her_own(bank: Bank) -> None:
    owner = OwnerId(sign_up(bank, wish()))

    with bank.read() as snap:
        for key_class in (KeyClass.ACCOUNT, KeyClass.INDEX, KeyClass.AUDIT):
            assert bank.keys.active(snap.connection, owner, key_class).owner == owner
        assert person.state(snap, owner).n == 1


@pytest.mark.parametrize(
    ("role", "recipient"),
    [
        (Role.OPERATOR, None),
        (Role.BOARD, None),
        (Role.AUDITOR, None),
        (Role.RECIPIENT, RecipientId("clinic")),
    ],
)
def test_other_roles_have_a_log_and_no_owner(
    bank: Bank, role: Role, recipient: RecipientId | None
) -> None:
    account_id = sign_up(bank, staff(role, recipient_id=recipient))

    with bank.read() as snap:
        found = service.get(snap, account_id)
        assert person.state(snap, OwnerId(account_id)).n == 1
        assert service.adult_from(snap, bank.keys, OwnerId(account_id)) is None
        with pytest.raises(KeyUnavailable):
            bank.keys.active(snap.connection, OwnerId(account_id), KeyClass.INDEX)
    assert found.owner is None
    assert (found.role, found.recipient_id) == (role, recipient)


def test_nothing_personal_is_stored_in_the_clear(bank: Bank) -> None:
    sign_up(bank, wish())

    with bank.read() as snap:
        rows = snap.connection.execute(
            select(account, account_login).join_from(account, account_login)
        ).all()
    stored = repr(rows).encode() + b"".join(
        bytes(value) for row in rows for value in row if isinstance(value, bytes)
    )
    for secret in ("kazuko", "佐藤", "1961"):
        assert secret.encode() not in stored


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (wish(login="ab"), "login-shape"),
        (wish(name=" "), "name"),
        (wish(birth_date=None), "birth-date"),
        (wish(birth_date=date(2008, 11, 21)), "under-age"),
        (wish(language="fr"), "language"),
        (wish(recipient_id=RecipientId("clinic")), "recipient"),
        (staff(Role.RECIPIENT), "recipient"),
        (wish(role=Role.BOARD), "birth-date"),
    ],
)
def test_a_wish_that_breaks_a_rule_leaves_nothing(
    bank: Bank, wanted: SignUp, code: str
) -> None:
    with pytest.raises(Invalid) as caught:
        sign_up(bank, wanted)

    assert caught.value.code == f"accounts.{code}"
    with bank.read() as snap:
        count = snap.connection.scalar(select(func.count()).select_from(account))
    assert count == 0


def test_a_taken_login_is_refused_and_leaves_nothing(bank: Bank) -> None:
    first = sign_up(bank, wish())

    with pytest.raises(Conflict) as caught:
        sign_up(bank, wish(login="Kazuko", name="somebody else"))

    assert caught.value.code == "accounts.login-taken"
    with bank.read() as snap:
        ids = snap.connection.scalars(select(account.c.account_id)).all()
    assert ids == [first]


def test_of_two_who_want_one_login_at_once_exactly_one_gets_it(bank: Bank) -> None:
    start = Barrier(2)

    def one(name: str) -> AccountId | str:
        start.wait()
        try:
            return sign_up(bank, wish(name=name))
        except BankError as error:
            return error.code

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(one, ("a", "b")))

    assert results.count("accounts.login-taken") == 1
    winner = next(each for each in results if each != "accounts.login-taken")
    with bank.read() as snap:
        found = service.find_by_login(snap, PEPPER, "kazuko")
    assert found is not None
    assert found.account_id == winner


def test_a_login_is_found_only_under_its_own_pepper(bank: Bank) -> None:
    sign_up(bank, wish())

    with bank.read() as snap:
        assert service.find_by_login(snap, bytes(32), "kazuko") is None
        assert service.find_by_login(snap, PEPPER, "misaki") is None


def test_an_unknown_account_is_not_found(bank: Bank) -> None:
    nobody = AccountId(bank.ids.new())

    with bank.read() as snap:
        with pytest.raises(NotFound):
            service.get(snap, nobody)
        with pytest.raises(NotFound):
            service.profile(snap, bank.keys, nobody)
        with pytest.raises(NotFound):
            service.login_index(snap, nobody)
        assert service.adult_from(snap, bank.keys, OwnerId(nobody)) is None
    with pytest.raises(NotFound):
        bank.unit_of_work(lambda work: service.close(work, nobody))


def test_majority_is_known_until_the_key_is_destroyed(bank: Bank) -> None:
    owner = OwnerId(sign_up(bank, wish(birth_date=date(2004, 2, 29))))
    with bank.read() as snap:
        assert service.adult_from(snap, bank.keys, owner) == date(2022, 3, 1)

    bank.unit_of_work(
        lambda work: work.keys.destroy(work.connection, owner, KeyClass.ACCOUNT, 1)
    )

    with bank.read() as snap:
        assert service.adult_from(snap, bank.keys, owner) is None
        with pytest.raises(KeyUnavailable):
            service.profile(snap, bank.keys, AccountId(owner))


def test_a_new_hash_replaces_only_the_one_that_was_checked(bank: Bank) -> None:
    account_id = sign_up(bank, wish())

    def renew(old: str, new: str) -> None:
        bank.unit_of_work(
            lambda work: service.set_password_hash(work, account_id, old, new)
        )

    renew(HASH, "newer")
    with pytest.raises(Conflict) as caught:
        renew(HASH, secrets.token_hex())

    assert caught.value.code == "accounts.password-changed"
    with bank.read() as snap:
        assert service.get(snap, account_id).password_hash == "newer"


def test_a_closed_account_stays_closed_and_keeps_its_login(
    bank: Bank, clock: FrozenClock
) -> None:
    account_id = sign_up(bank, wish())
    for _ in range(2):
        bank.unit_of_work(lambda work: service.close(work, account_id))

    with bank.read() as snap:
        found = service.find_by_login(snap, PEPPER, "kazuko")
        closed_at = snap.connection.scalar(select(account.c.closed_at))
    assert found is not None
    assert not found.is_active
    assert closed_at == clock.now()
    with pytest.raises(Conflict):
        sign_up(bank, wish())
