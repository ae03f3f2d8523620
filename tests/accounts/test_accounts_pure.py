from datetime import UTC, date, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from hypothesis import given
from hypothesis import strategies as st

from audit.canonical import canonical
from pds.accounts import logins, passwords
from pds.accounts.profile import (
    Profile,
    check_birth_date,
    check_name,
    comes_of_age,
)
from pds.core.clock import SystemClock
from pds.core.errors import Invalid
from pds.core.ids import RandomIds

IDS = RandomIds(SystemClock())
GOOD = "seven blue herons"
NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
PEPPER = bytes(range(32))


def older_hash(password: str) -> str:
    kdf = Argon2id(
        salt=b"0123456789abcdef", length=32, iterations=1, lanes=1, memory_cost=64
    )
    return kdf.derive_phc_encoded(password.encode())


def test_a_password_opens_only_its_own_hash() -> None:
    encoded = passwords.hash_password(GOOD, IDS)

    assert passwords.check(encoded, GOOD)
    assert not passwords.check(encoded, GOOD + "!")
    assert not passwords.check(encoded, "")


def test_hashes_have_the_owasp_profile_and_a_fresh_salt() -> None:
    first, second = (passwords.hash_password(GOOD, IDS) for _ in range(2))

    assert first.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert first != second
    assert not passwords.needs_rehash(first)


def test_a_hash_with_an_older_profile_still_opens_and_wants_renewal() -> None:
    encoded = older_hash(GOOD)

    assert passwords.check(encoded, GOOD)
    assert passwords.needs_rehash(encoded)


def test_an_unknown_login_costs_one_hash_with_the_same_profile(monkeypatch) -> None:
    seen = []

    class Watched:
        @staticmethod
        def verify_phc_encoded(octets: bytes, encoded: str) -> None:
            seen.append(encoded.rpartition("$")[0].rpartition("$")[0])
            Argon2id.verify_phc_encoded(octets, encoded)

    known = passwords.hash_password(GOOD, IDS)
    monkeypatch.setattr(passwords, "Argon2id", Watched)

    assert not passwords.check(None, GOOD)
    assert not passwords.check(known, "another password")
    assert seen[0] == seen[1]


def test_nobody_has_no_password_even_if_the_hash_would_fit(monkeypatch) -> None:
    monkeypatch.setattr(passwords, "_NOBODY", older_hash(GOOD))

    assert not passwords.check(None, GOOD)


def test_the_same_password_typed_in_another_form_of_unicode_opens() -> None:
    encoded = passwords.hash_password("ﾊﾟｽﾜｰﾄﾞは長い文にする", IDS)

    assert passwords.check(encoded, "パスワードは長い文にする")


def test_a_lone_surrogate_is_a_wrong_password_not_a_crash() -> None:
    assert not passwords.check(older_hash(GOOD), "\ud800")


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("", "short"),
        ("elevenchars", "short"),
        ("が" * 11, "short"),
        # Twelve code points in this spelling, six once they are composed.
        ("か\u3099" * 6, "short"),
        ("hanako" * 40, "long"),
        ("Hanako.Yamada@Example.JP", "login"),
        ("password1234", "common"),
        ("PassWord1234", "common"),
        ("ｐａｓｓｗｏｒｄ１２３４", "common"),
        ("correct horse battery staple", "common"),
        ("aaaaaaaaaaaaaaaa", "common"),
        ("abcabcabcabcABC", "common"),
    ],
)
def test_weak_passwords_are_refused_by_reason(password: str, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        passwords.check_acceptable(password, "hanako.yamada@example.jp")

    assert caught.value.code == f"accounts.password-{code}"


@pytest.mark.parametrize(
    "password", [GOOD, "あさごはんはいつもたべます", "x" * 8 + "yzab"]
)
def test_long_enough_passwords_are_accepted(password: str) -> None:
    passwords.check_acceptable(password, "hanako")


def test_the_list_holds_only_passwords_that_are_long_enough_to_matter() -> None:
    listed = passwords._common()

    assert len(listed) > 200
    assert all(
        len(each) >= passwords.SHORTEST and each == each.casefold() for each in listed
    )


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Hanako", "hanako"),
        ("  hanako ", "hanako"),
        ("ＨＡＮＡＫＯ", "hanako"),
        ("ﾊﾅｺ", "ハナコ"),
        ("STRASSE", "straße"),
        ("e\u0301va", "ÉVA"),
    ],
)
def test_spellings_of_a_login_are_one(typed: str, kept: str) -> None:
    assert logins.index(PEPPER, typed) == logins.index(PEPPER, kept)


@given(st.text())
def test_the_normal_form_of_a_login_is_stable(login: str) -> None:
    once = logins.normal(login)

    assert logins.normal(once) == once
    assert len(logins.index(PEPPER, login)) == 32


def test_the_index_depends_on_the_pepper_and_on_the_login() -> None:
    found = {
        logins.index(PEPPER, "hanako"),
        logins.index(PEPPER, "hanaka"),
        logins.index(bytes(32), "hanako"),
    }

    assert len(found) == 3


def test_the_index_is_the_published_vector() -> None:
    assert logins.index(PEPPER, " Hanako ").hex() == (
        "6a115d5f55017cc89e956688e7dbb5508439ed176283451cb0e714ca5485f61e"
    )


@pytest.mark.parametrize("login", ["", "ab", " ab ", "x" * 65, "a\x00bc", "a\nbc"])
def test_logins_out_of_shape_are_refused(login: str) -> None:
    with pytest.raises(Invalid) as caught:
        logins.check_acceptable(login)

    assert caught.value.code == "accounts.login-shape"


@pytest.mark.parametrize("login", ["abc", "x" * 64, "花子さん", "h@example.jp"])
def test_logins_in_shape_are_accepted(login: str) -> None:
    logins.check_acceptable(login)


@pytest.mark.parametrize("name", ["", "  ", "\u3000", "x" * 101, "a\x00b", "\ud800"])
def test_names_that_are_no_text_are_refused(name: str) -> None:
    with pytest.raises(Invalid) as caught:
        check_name(name)

    assert caught.value.code == "accounts.name"


@pytest.mark.parametrize("name", ["佐藤 和子", "佐藤\u3000和子", "Ann O'Neil"])
def test_names_with_spaces_of_any_width_are_accepted(name: str) -> None:
    check_name(name)


@pytest.mark.parametrize(
    ("born", "adult"),
    [
        (date(2008, 11, 20), date(2026, 11, 20)),
        (date(2008, 2, 29), date(2026, 3, 1)),
        (date(2008, 12, 31), date(2026, 12, 31)),
    ],
)
def test_majority_begins_on_the_18th_birthday(born: date, adult: date) -> None:
    assert comes_of_age(born) == adult


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 1, 1)))
def test_majority_comes_after_eighteen_years_and_never_early(born: date) -> None:
    adult = comes_of_age(born)

    assert adult.year == born.year + 18
    assert (adult.month, adult.day) >= (born.month, born.day)
    assert adult - born < timedelta(days=366 * 18)


def test_adult_on_the_birthday_in_tokyo_not_in_london() -> None:
    born = date(2008, 11, 21)
    eve = datetime(2026, 11, 20, 14, 59, tzinfo=UTC)

    with pytest.raises(Invalid) as caught:
        check_birth_date(born, eve)
    check_birth_date(born, eve + timedelta(minutes=1))

    assert caught.value.code == "accounts.under-age"


@pytest.mark.parametrize("born", [None, date(2026, 11, 21), date(1899, 12, 31)])
def test_impossible_days_of_birth_are_refused(born: date | None) -> None:
    with pytest.raises(Invalid) as caught:
        check_birth_date(born, NOW)

    assert caught.value.code == "accounts.birth-date"


@given(st.text(st.characters(exclude_categories=["Cs"])), st.none() | st.dates())
def test_a_profile_comes_back_as_it_was(name: str, born: date | None) -> None:
    found = Profile(name, born)

    assert Profile.decode(found.encode()) == found


def test_a_profile_of_an_unknown_version_is_refused() -> None:
    written = canonical({"birth_date": "", "name": "x", "v": 2})

    with pytest.raises(Invalid) as caught:
        Profile.decode(written)

    assert caught.value.code == "accounts.profile-version"
