"""Messages to persons: told with the act, once, sealed; ways of mail; addresses."""

import shutil
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from pds.accounts import (
    forgetting,
    mail_addresses,
    message_wishes,
    messages,
    service,
)
from pds.accounts.mail_addresses import AddressState
from pds.accounts.message_kinds import (
    KIND_OF,
    LEGAL,
    USUAL,
    MessageKind,
    MessageTopic,
    MessageWay,
)
from pds.accounts.message_tables import mail_address, message
from pds.core.errors import Conflict, Invalid, NotFound
from pds.core.ids import AccountId, OwnerId

T = MessageTopic
SOME_DAY = datetime(2020, 1, 1, tzinfo=UTC)
PEPPER = bytes(32)


@pytest.fixture
def database_url(tmp_path, sqlite_template):
    """One kind is enough here; what locks and conflicts do is tried in `tests/bank`."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    shutil.copy(sqlite_template, folder / "infobank.db")
    return f"sqlite:///{folder / 'infobank.db'}"


def sign_up(bank, login="hanako@example.jp"):
    wish = service.SignUp(
        login=login, password_hash="x", name="花子", birth_date=date(1980, 1, 1)
    )
    return OwnerId(bank.unit_of_work(lambda work: service.sign_up(work, PEPPER, wish)))


@pytest.fixture
def hanako(bank):
    return sign_up(bank)


def act(bank, function, *given, **named):
    return bank.unit_of_work(lambda work: function(work, *given, **named))


def inbox(bank, owner, **named):
    with bank.read() as view:
        return messages.page(view, bank.keys, owner, **named)


def proved(bank, owner, address="hanako@example.jp"):
    code = act(bank, mail_addresses.ask, owner, address)
    assert act(bank, mail_addresses.prove, owner, code)


def due_at(bank, owner):
    with bank.read() as view:
        return view.connection.scalars(
            select(message.c.mail_at)
            .where(message.c.owner_id == owner)
            .order_by(message.c.message_id)
        ).all()


def test_a_message_is_there_unread_until_it_is_read(bank, hanako, clock):
    told = act(
        bank,
        messages.tell,
        hanako,
        T.CONSENT_REVOKED,
        facts={"recipient": "hikari"},
        link="/consents/1",
        text={"ja": "お知らせ", "en": "News"},
    )

    [found] = inbox(bank, hanako)
    assert found.message_id == told
    assert (found.kind, found.topic) == (MessageKind.WITHDRAWN, T.CONSENT_REVOKED)
    assert (found.facts, found.link) == ({"recipient": "hikari"}, "/consents/1")
    assert found.text["en"] == "News"
    assert found.read_at is None
    with bank.read() as view:
        assert messages.unread(view, hanako) == 1

    clock.advance(timedelta(minutes=1))
    assert act(bank, messages.mark_read, hanako, [told]) == 1
    assert act(bank, messages.mark_read, hanako) == 0

    [found] = inbox(bank, hanako)
    assert found.read_at == clock.now()
    with bank.read() as view:
        assert messages.unread(view, hanako) == 0
        assert messages.get(view, bank.keys, hanako, told) == found


def test_nothing_of_a_message_can_be_read_without_the_key(bank, hanako):
    act(bank, messages.tell, hanako, T.INCIDENT_TOLD, text={"ja": "秘密", "en": "x"})
    with bank.read() as view:
        row = view.connection.execute(select(message)).one()
    assert "秘密".encode() not in bytes(row.envelope)
    assert b"incident.told" not in bytes(row.envelope)


def test_what_is_told_once_is_told_once(bank, hanako):
    first = act(bank, messages.tell, hanako, T.CONSENT_EXPIRING, once="7:2026-12-01")
    assert first is not None
    again = act(bank, messages.tell, hanako, T.CONSENT_EXPIRING, once="7:2026-12-01")
    assert again is None
    assert act(bank, messages.tell, hanako, T.CONSENT_UNUSED, once="7:2026-12-01")
    assert act(bank, messages.tell, hanako, T.CONSENT_EXPIRING)
    assert len(inbox(bank, hanako)) == 3


def test_pages_go_on_behind_a_place(bank, hanako, clock):
    told = []
    for _ in range(5):
        clock.advance(timedelta(seconds=1))
        told.append(act(bank, messages.tell, hanako, T.LOGIN_NEW))

    first = [each.message_id for each in inbox(bank, hanako, limit=2)]
    assert first == [told[4], told[3]]
    rest = inbox(bank, hanako, before=first[-1], limit=10)
    assert [each.message_id for each in rest] == told[2::-1]


def test_many_unread_are_counted_up_to_a_limit(bank, hanako):
    def many(work):
        for _ in range(messages.COUNTED + 5):
            messages.tell(work, hanako, T.LOGIN_NEW)

    bank.unit_of_work(many)
    with bank.read() as view:
        assert messages.unread(view, hanako) == messages.COUNTED + 1


def test_a_message_of_another_is_unknown(bank, hanako):
    told = act(bank, messages.tell, hanako, T.LOGIN_NEW)
    other = sign_up(bank, "taro@example.jp")
    with bank.read() as view, pytest.raises(NotFound):
        messages.get(view, bank.keys, other, told)
    assert act(bank, messages.mark_read, other, [told]) == 0


@pytest.mark.parametrize(
    "link",
    ["//evil.example/x", "https://evil.example", "consents", "/a?b=c", "/a\r\nB", "/"],
)
def test_a_link_that_leads_elsewhere_is_refused(bank, hanako, link):
    with pytest.raises(Invalid, match="portal"):
        act(bank, messages.tell, hanako, T.LOGIN_NEW, link=link)


def test_a_text_in_one_language_is_refused(bank, hanako):
    with pytest.raises(Invalid):
        act(bank, messages.tell, hanako, T.INCIDENT_TOLD, text={"ja": "x"})


def test_nobody_is_told_who_is_not_there(bank, hanako):
    stranger = OwnerId(bank.ids.new())
    assert act(bank, messages.tell, stranger, T.LOGIN_NEW) is None

    act(bank, messages.tell, hanako, T.LOGIN_NEW)
    proved(bank, hanako)
    act(bank, message_wishes.wish, hanako, MessageKind.EXPIRED, MessageWay.PORTAL)
    act(bank, forgetting.forget, AccountId(hanako))

    assert act(bank, messages.tell, hanako, T.LOGIN_NEW) is None
    assert inbox(bank, hanako) == []
    with bank.read() as view:
        assert message_wishes.of_owner(view, hanako) == USUAL
        assert not view.connection.execute(select(mail_address)).all()


def test_old_messages_go_once_they_were_read(bank, hanako, clock):
    read = act(bank, messages.tell, hanako, T.LOGIN_NEW)
    kept = act(bank, messages.tell, hanako, T.LOGIN_NEW)
    act(bank, messages.mark_read, hanako, [read])
    clock.advance(timedelta(days=400))

    assert act(bank, messages.delete_old, clock.now(), limit=10) == 1
    assert [each.message_id for each in inbox(bank, hanako)] == [kept]


def test_every_topic_has_a_kind():
    assert set(KIND_OF) == set(MessageTopic)
    assert set(KIND_OF.values()) == set(MessageKind)
    assert set(USUAL) == set(MessageKind)


def test_mail_is_due_as_the_person_wishes(bank, hanako, clock):
    def tell():
        act(bank, messages.tell, hanako, T.CONSENT_EXPIRED)
        clock.advance(timedelta(milliseconds=1))

    tell()
    proved(bank, hanako)
    told_at = clock.now()
    tell()
    act(bank, message_wishes.wish, hanako, MessageKind.EXPIRED, MessageWay.PORTAL)
    tell()
    act(bank, message_wishes.wish, hanako, MessageKind.EXPIRED, MessageWay.DAILY)
    tell()

    without, usual, portal, daily = due_at(bank, hanako)
    assert (without, usual, portal) == (None, told_at, None)
    assert daily == message_wishes.due(MessageWay.DAILY, clock.now())
    with bank.read() as view:
        ways = message_wishes.of_owner(view, hanako)
    assert ways[MessageKind.EXPIRED] is MessageWay.DAILY
    assert ways[MessageKind.DISCLOSED] is MessageWay.WEEKLY


@pytest.mark.parametrize("kind", sorted(LEGAL))
def test_what_the_law_asks_to_be_told_cannot_be_switched_off(bank, hanako, kind):
    with pytest.raises(Invalid, match="always"):
        act(bank, message_wishes.wish, hanako, kind, MessageWay.PORTAL)


def test_what_was_read_needs_no_mail(bank, hanako):
    proved(bank, hanako)
    act(bank, messages.tell, hanako, T.LOGIN_NEW)
    act(bank, messages.mark_read, hanako)
    assert due_at(bank, hanako) == [None]


@pytest.mark.parametrize(
    ("way", "now", "expected"),
    [
        (MessageWay.DAILY, datetime(2026, 11, 29, 22, 59, tzinfo=UTC), (29, 23)),
        (MessageWay.DAILY, datetime(2026, 11, 29, 23, 0, tzinfo=UTC), (30, 23)),
        (MessageWay.WEEKLY, datetime(2026, 11, 24, 3, 0, tzinfo=UTC), (29, 23)),
        (MessageWay.WEEKLY, datetime(2026, 11, 22, 22, 59, tzinfo=UTC), (22, 23)),
    ],
)
def test_collected_mail_goes_at_eight_in_japan(way, now, expected):
    day, hour = expected
    assert message_wishes.due(way, now) == datetime(2026, 11, day, hour, tzinfo=UTC)


@given(
    st.timedeltas(timedelta(), timedelta(days=5000)).map(lambda past: SOME_DAY + past)
)
def test_collected_mail_is_never_late(now):
    daily = message_wishes.due(MessageWay.DAILY, now)
    weekly = message_wishes.due(MessageWay.WEEKLY, now)
    assert timedelta() < daily - now <= timedelta(days=1)
    assert timedelta() < weekly - now <= timedelta(days=7)


def test_an_address_counts_once_its_code_was_entered(bank, hanako):
    code = act(bank, mail_addresses.ask, hanako, "hanako@example.jp")
    with bank.read() as view:
        assert mail_addresses.find(view, bank.keys, hanako, AddressState.PROVED) is None
        row = view.connection.execute(select(mail_address)).one()
    assert b"hanako@" not in bytes(row.envelope)

    wrong = f"{(int(code) + 1) % 10**8:08d}"
    assert not act(bank, mail_addresses.prove, hanako, wrong)
    assert act(bank, mail_addresses.prove, hanako, f" {code} ")

    with bank.read() as view:
        found = mail_addresses.find(view, bank.keys, hanako, AddressState.PROVED)
        assert found.address == "hanako@example.jp"
        assert mail_addresses.owner_of_stop(view, found.secret) == hanako
        with pytest.raises(NotFound):
            mail_addresses.owner_of_stop(view, "x")
    with pytest.raises(Conflict):
        act(bank, mail_addresses.prove, hanako, code)


def test_a_code_dies_of_time_and_of_wrong_tries(bank, hanako, clock):
    code = act(bank, mail_addresses.ask, hanako, "hanako@example.jp")
    wrong = f"{(int(code) + 1) % 10**8:08d}"
    for _ in range(mail_addresses.TRIES):
        assert not act(bank, mail_addresses.prove, hanako, wrong)
    with pytest.raises(Conflict):
        act(bank, mail_addresses.prove, hanako, code)

    with pytest.raises(Conflict, match="moment ago"):
        act(bank, mail_addresses.ask, hanako, "hanako@example.jp")
    clock.advance(timedelta(minutes=1))
    code = act(bank, mail_addresses.ask, hanako, "hanako@example.jp")
    clock.advance(timedelta(minutes=31))
    with pytest.raises(Conflict):
        act(bank, mail_addresses.prove, hanako, code)


def test_the_old_address_stays_until_the_new_one_is_proved(bank, hanako, clock):
    proved(bank, hanako, "old@example.jp")
    clock.advance(timedelta(minutes=2))
    code = act(bank, mail_addresses.ask, hanako, "new@example.jp")

    def current():
        with bank.read() as view:
            found = mail_addresses.find(view, bank.keys, hanako, AddressState.PROVED)
            return found and found.address

    assert current() == "old@example.jp"
    act(bank, mail_addresses.prove, hanako, code)
    assert current() == "new@example.jp"

    act(bank, mail_addresses.fail, hanako, "old@example.jp")
    assert current() == "new@example.jp"
    act(bank, mail_addresses.fail, hanako, "new@example.jp")
    assert current() is None
    with bank.read() as view:
        failed = mail_addresses.find(view, bank.keys, hanako, AddressState.FAILED)
    assert failed.address == "new@example.jp"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "hanako",
        "@example.jp",
        "hanako@",
        "hanako@example.jp\r\nBcc: all@example.jp",
        "a b@example.jp",
        "Hanako <hanako@example.jp>",
        "hanako@example.jp,taro@example.jp",
        "花子@example.jp",
        "hanako@-example.jp",
        ".hanako@example.jp",
        f"{'a' * 250}@example.jp",
    ],
)
def test_an_address_that_is_none_is_refused(bank, hanako, address):
    with pytest.raises(Invalid, match="address"):
        act(bank, mail_addresses.ask, hanako, address)
