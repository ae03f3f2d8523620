"""Passkeys below the pages: what is accepted, and everything that is not."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select

from pds.accounts import ceremonies, changes, passkeys, service, sessions
from pds.accounts.authenticators import RelyingParty
from pds.accounts.ceremonies import CeremonyKind
from pds.accounts.changes import AccountChange
from pds.accounts.roles import Role
from pds.accounts.service import SignUp
from pds.accounts.sessions import Session
from pds.accounts.tables import passkey, webauthn_challenge
from pds.bank.bank import Bank
from pds.core.errors import BankError, Conflict, Invalid, NotFound
from pds.web import door, passkey_door
from tests.accounts.software_authenticator import (
    COPIED,
    ELIGIBLE,
    ES256,
    PRESENT,
    RS256,
    VERIFIED,
    Authenticator,
    EdDSA,
    b64,
)
from tests.fakes import FrozenClock

HERE, ELSEWHERE = bytes(32), bytes(range(32))
Bend = Callable[[dict[str, Any]], None]


def session_of(bank: Bank, login: str = "kazuko", role: Role = Role.PERSON) -> Session:
    pepper = bank.secret("login-pepper")
    wish = SignUp(
        login=login,
        password_hash="$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA",
        name="和子",
        birth_date=date(1961, 4, 3) if role is Role.PERSON else None,
        role=role,
    )

    def act(work):
        return sessions.open_session(work, service.sign_up(work, pepper, wish))

    return alive(bank, bank.unit_of_work(act))


def alive(bank: Bank, token: str) -> Session:
    found = door.find(bank, token)
    assert found is not None
    return found


def register(bank: Bank, session: Session, device: Authenticator) -> Session:
    answer = device.create(passkey_door.ask_register(bank, session))
    return alive(bank, passkey_door.register(bank, session, answer, "phone")[0])


@pytest.fixture
def device() -> Authenticator:
    return Authenticator()


@pytest.fixture
def session(bank: Bank, device: Authenticator) -> Session:
    """A person's session, renewed by the passkey that the device has just made."""
    return register(bank, session_of(bank), device)


def enter(bank: Bank, device: Authenticator) -> Session:
    answer = device.get(passkey_door.ask_log_in(bank, HERE))
    return alive(bank, passkey_door.log_in(bank, HERE, answer))


def refused(code: str, act: Callable[[], object]) -> None:
    with pytest.raises(BankError) as caught:
        act()
    assert caught.value.code == code


@pytest.mark.parametrize("key", [ES256, EdDSA, RS256])
def test_a_passkey_opens_its_account_without_a_name(bank: Bank, key) -> None:
    device = Authenticator(key())
    first = register(bank, session_of(bank), device)

    entered = enter(bank, device)

    assert entered.account_id == first.account_id
    assert (entered.acr, entered.amr) == ("aal2", ("hwk", "mfa", "user"))
    with bank.read() as snap:
        (kept,) = passkeys.of_account(snap, first.account_id)
        salt = snap.connection.execute(select(passkey.c.prf_salt)).scalar_one()
        capable = snap.connection.execute(select(passkey.c.prf_capable)).scalar_one()
    assert kept.label == "phone"
    assert kept.transports == ("hybrid", "internal")
    assert kept.last_used_at is not None
    assert (len(salt), capable) == (32, 1)


def test_what_is_asked_of_an_authenticator(bank: Bank, session: Session) -> None:
    made = passkey_door.ask_register(bank, session)
    shown = passkey_door.ask_confirm(bank, session)
    strangers = passkey_door.ask_log_in(bank, HERE)

    assert made["rp"]["id"] == "localhost"
    assert made["attestation"] == "none"
    assert made["extensions"] == {"prf": {}}
    assert made["authenticatorSelection"]["residentKey"] == "required"
    assert made["authenticatorSelection"]["userVerification"] == "required"
    assert {each["alg"] for each in made["pubKeyCredParams"]} == {-7, -8, -257}
    assert len(made["excludeCredentials"]) == len(shown["allowCredentials"]) == 1
    assert strangers["allowCredentials"] == []
    assert strangers["userVerification"] == "required"
    assert b64(session.account_id.bytes) not in str(made)


def test_registering_renews_the_session_as_two_factors(bank: Bank, device) -> None:
    before = session_of(bank)

    after = register(bank, before, device)

    assert (before.acr, after.acr) == ("aal1", "aal2")
    assert after.token_hash != before.token_hash
    with bank.read() as snap:
        assert [each.kind for each in changes.newest(snap, after.account_id)] == [
            AccountChange.PASSKEY_ADDED
        ]
        assert len(sessions.of_account(snap, after.account_id)) == 1


def test_a_key_that_travels_is_called_one_in_software(bank: Bank) -> None:
    device = Authenticator(flags=PRESENT | VERIFIED | ELIGIBLE | COPIED)
    register(bank, session_of(bank), device)

    assert enter(bank, device).amr == ("swk", "mfa", "user")


def test_confirming_renews_the_session(bank: Bank, session, device, clock) -> None:
    clock.advance(timedelta(minutes=10))
    answer = device.get(passkey_door.ask_confirm(bank, session))

    renewed = alive(bank, passkey_door.confirm(bank, session, answer))

    assert renewed.auth_time == clock.now()
    assert renewed.expires_at == session.expires_at


WRONG = {
    "another origin": {"origin": "http://localhost:8001"},
    "a longer origin": {"origin": "http://localhost:8000.evil.example"},
    "another site": {"rp_id": "evil.example"},
    "no verification": {"flags": PRESENT},
    "nobody there": {"flags": VERIFIED},
    "copied but not eligible": {"flags": PRESENT | VERIFIED | COPIED},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a_wrong_login_is_refused_and_spends_the_challenge(
    bank: Bank, session, device, wrong
) -> None:
    options = passkey_door.ask_log_in(bank, HERE)
    right = {name: getattr(device, name) for name in wrong}
    vars(device).update(wrong)
    bent = device.get(options)
    vars(device).update(right)
    good = device.get(options)

    refused("passkey.refused", lambda: passkey_door.log_in(bank, HERE, bent))
    refused("passkey.challenge", lambda: passkey_door.log_in(bank, HERE, good))
    assert enter(bank, device).account_id == session.account_id


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a_wrong_registration_keeps_nothing(bank: Bank, wrong) -> None:
    session = session_of(bank)
    answer = Authenticator(**wrong).create(passkey_door.ask_register(bank, session))

    refused(
        "passkey.refused", lambda: passkey_door.register(bank, session, answer, "x")
    )
    with bank.read() as snap:
        assert passkeys.count(snap, session.account_id) == 0


def cut(name: str, keep: int) -> Bend:
    def bend(answer: dict[str, Any]) -> None:
        answer["response"][name] = answer["response"][name][:keep]

    return bend


def put(name: str, value: object) -> Bend:
    return lambda answer: answer["response"].update({name: value})


BROKEN: dict[str, Bend] = {
    "no response": lambda answer: answer.pop("response"),
    "no id": lambda answer: answer.pop("id"),
    "another raw id": lambda answer: answer.update(rawId=b64(bytes(8))),
    "another type": lambda answer: answer.update(type="password"),
    "a list": put("clientDataJSON", []),
    "no JSON": put("clientDataJSON", b64(b"{")),
    "no text": put("clientDataJSON", b64(b"\xff\xfe")),
    "JSON that is no object": put("clientDataJSON", b64(b"[1]")),
    "null": put("clientDataJSON", None),
}


@pytest.mark.parametrize(
    "bend",
    [
        *BROKEN.values(),
        cut("signature", 20),
        cut("authenticatorData", 20),
        put("signature", b64(bytes(64))),
        put("authenticatorData", b64(b"\xa5" * 10_000)),
        put("userHandle", b64(bytes(32))),
    ],
)
def test_broken_logins_are_refused(bank: Bank, session, device, bend: Bend) -> None:
    answer = device.get(passkey_door.ask_log_in(bank, HERE))
    bend(answer)

    with pytest.raises(Invalid):
        passkey_door.log_in(bank, HERE, answer)


@pytest.mark.parametrize(
    "bend",
    [
        *BROKEN.values(),
        cut("attestationObject", 60),
        cut("attestationObject", 200),
        put("attestationObject", b64(b"\x81" * 8_000)),
        put("attestationObject", b64(b"\xbb" + b"\xff" * 8)),
    ],
)
def test_broken_registrations_are_refused(bank: Bank, bend: Bend) -> None:
    session = session_of(bank)
    answer = Authenticator().create(passkey_door.ask_register(bank, session))
    bend(answer)

    with pytest.raises(Invalid):
        passkey_door.register(bank, session, answer, "x")


def test_an_id_of_extreme_length_is_refused(bank: Bank) -> None:
    session = session_of(bank)
    device = Authenticator(credential_id=bytes(1024))
    answer = device.create(passkey_door.ask_register(bank, session))

    refused(
        "passkey.refused", lambda: passkey_door.register(bank, session, answer, "x")
    )


def test_an_unknown_passkey_is_refused(bank: Bank) -> None:
    answer = Authenticator().get(passkey_door.ask_log_in(bank, HERE))

    refused("passkey.refused", lambda: passkey_door.log_in(bank, HERE, answer))


def test_an_answer_counts_once(bank: Bank, session, device) -> None:
    answer = device.get(passkey_door.ask_log_in(bank, HERE))
    passkey_door.log_in(bank, HERE, answer)

    refused("passkey.challenge", lambda: passkey_door.log_in(bank, HERE, answer))


def test_of_many_equal_answers_at_once_exactly_one_counts(
    bank: Bank, session, device
) -> None:
    answer = device.get(passkey_door.ask_log_in(bank, HERE))
    start = Barrier(4)

    def one(_number: int) -> str:
        start.wait()
        try:
            passkey_door.log_in(bank, HERE, answer)
        except BankError as error:
            return error.code
        return "in"

    with ThreadPoolExecutor(4) as pool:
        results = sorted(pool.map(one, range(4)))

    assert results == ["in", *["passkey.challenge"] * 3]


def test_a_challenge_is_dead_after_five_minutes(
    bank: Bank, session, device, clock: FrozenClock
) -> None:
    answer = device.get(passkey_door.ask_log_in(bank, HERE))
    clock.advance(timedelta(minutes=5))

    refused("passkey.challenge", lambda: passkey_door.log_in(bank, HERE, answer))
    passkey_door.ask_log_in(bank, ELSEWHERE)
    with bank.read() as snap:
        counted = select(func.count()).select_from(webauthn_challenge)
        assert snap.connection.execute(counted).scalar_one() == 1


def test_a_newer_challenge_replaces_the_older(bank: Bank, session, device) -> None:
    older = device.get(passkey_door.ask_log_in(bank, HERE))
    passkey_door.ask_log_in(bank, HERE)

    refused("passkey.challenge", lambda: passkey_door.log_in(bank, HERE, older))


def test_a_challenge_counts_only_where_it_was_given(
    bank: Bank, session, device
) -> None:
    answer = device.get(passkey_door.ask_log_in(bank, HERE))
    refused("passkey.challenge", lambda: passkey_door.log_in(bank, ELSEWHERE, answer))

    other = enter(bank, device)
    answer = device.get(passkey_door.ask_confirm(bank, other))
    refused("passkey.challenge", lambda: passkey_door.confirm(bank, session, answer))


def test_a_challenge_counts_only_for_its_ceremony(bank: Bank, session, device) -> None:
    binding = session.token_hash
    confirming = device.get(passkey_door.ask_confirm(bank, session))
    refused("passkey.challenge", lambda: passkey_door.log_in(bank, binding, confirming))

    entering = device.get(passkey_door.ask_log_in(bank, binding))
    refused("passkey.challenge", lambda: passkey_door.confirm(bank, session, entering))

    registering = passkey_door.ask_register(bank, session)
    shown = device.get(registering)
    refused("passkey.refused", lambda: passkey_door.register(bank, session, shown, "x"))


def test_the_answer_of_one_ceremony_is_none_of_another(bank: Bank, device) -> None:
    session = session_of(bank)
    options = passkey_door.ask_register(bank, session)
    answer = device.create(options)
    answer["response"]["clientDataJSON"] = b64(
        device.client("webauthn.get", options["challenge"])
    )

    refused(
        "passkey.refused", lambda: passkey_door.register(bank, session, answer, "x")
    )


def test_somebody_elses_passkey_confirms_nothing(bank: Bank, session) -> None:
    stranger = Authenticator()
    register(bank, session_of(bank, "misaki"), stranger)
    answer = stranger.get(passkey_door.ask_confirm(bank, session))

    refused("passkey.refused", lambda: passkey_door.confirm(bank, session, answer))


def test_a_counter_that_goes_back_is_refused_and_told(bank: Bank) -> None:
    device = Authenticator(count=7)
    session = register(bank, session_of(bank), device)
    device.count = 8
    enter(bank, device)

    for copy in (8, 3, 0):
        device.count = copy
        refused("passkey.counter", lambda: enter(bank, device))

    device.count = 9
    enter(bank, device)
    with bank.read() as snap:
        told = [each.kind for each in changes.newest(snap, session.account_id)]
    assert told.count(AccountChange.PASSKEY_SUSPECT) == 3


def test_a_passkey_is_kept_once(bank: Bank, session, device) -> None:
    answer = device.create(passkey_door.ask_register(bank, session))
    refused(
        "passkey.known", lambda: passkey_door.register(bank, session, answer, "again")
    )

    other = session_of(bank, "misaki")
    answer = device.create(passkey_door.ask_register(bank, other))
    refused("passkey.known", lambda: passkey_door.register(bank, other, answer, "x"))


def test_an_account_has_only_so_many(bank: Bank, session) -> None:
    for _ in range(passkeys.MOST - 1):
        session = register(bank, session, Authenticator())

    refused("passkey.too-many", lambda: register(bank, session, Authenticator()))


def test_removing_closes_every_other_session(bank: Bank, session, device) -> None:
    other = enter(bank, device)
    with bank.read() as snap:
        (kept,) = passkeys.of_account(snap, session.account_id)

    passkey_door.remove(bank, session, kept.reference)

    refused("passkey.refused", lambda: enter(bank, device))
    with bank.read() as snap:
        left = sessions.of_account(snap, session.account_id)
    assert [each.token_hash for each in left] == [session.token_hash]
    assert other.token_hash != session.token_hash
    with pytest.raises(NotFound):
        passkey_door.remove(bank, session, kept.reference)


def test_nobody_removes_the_passkey_of_another(bank: Bank, session) -> None:
    other = session_of(bank, "misaki")
    with bank.read() as snap:
        (kept,) = passkeys.of_account(snap, session.account_id)

    with pytest.raises(NotFound):
        passkey_door.remove(bank, other, kept.reference)


def test_the_first_passkey_of_staff_closes_what_a_password_opened(
    bank: Bank, device
) -> None:
    here = session_of(bank, "staff", Role.OPERATOR)
    bank.unit_of_work(lambda work: sessions.open_session(work, here.account_id))

    renewed = register(bank, here, device)

    with bank.read() as snap:
        left = sessions.of_account(snap, here.account_id)
    assert [each.token_hash for each in left] == [renewed.token_hash]


def test_a_closed_account_has_no_door(bank: Bank, session, device) -> None:
    bank.unit_of_work(lambda work: service.close(work, session.account_id))

    refused("accounts.closed", lambda: enter(bank, device))


def test_a_session_that_ended_meanwhile_registers_nothing(bank: Bank, device) -> None:
    session = session_of(bank)
    answer = device.create(passkey_door.ask_register(bank, session))
    bank.unit_of_work(lambda work: sessions.close(work, session))

    refused(
        "accounts.session-ended",
        lambda: passkey_door.register(bank, session, answer, "x"),
    )
    with bank.read() as snap:
        assert passkeys.count(snap, session.account_id) == 0


def test_who_has_no_passkey_cannot_be_asked_for_one(bank: Bank) -> None:
    refused("passkey.none", lambda: passkey_door.ask_confirm(bank, session_of(bank)))


@pytest.mark.parametrize(
    ("issuer", "rp_id", "origin"),
    [
        ("http://localhost:8000", "localhost", "http://localhost:8000"),
        ("https://Bank.example", "bank.example", "https://bank.example"),
        ("https://bank.example:443/x", "bank.example", "https://bank.example"),
        ("https://bank.example:8443", "bank.example", "https://bank.example:8443"),
    ],
)
def test_we_are_the_issuers_host(issuer: str, rp_id: str, origin: str) -> None:
    party = RelyingParty.of(issuer, "bank")

    assert (party.rp_id, party.origin) == (rp_id, origin)


def test_a_challenge_that_was_never_given_is_refused(bank: Bank) -> None:
    with pytest.raises(Conflict):
        bank.unit_of_work(
            lambda work: ceremonies.spend(work, CeremonyKind.LOG_IN, HERE, bytes(32))
        )
