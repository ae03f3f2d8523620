"""Messages, and how to be told of them, clicked through."""

import pytest

from pds.accounts import mail_addresses, message_wishes, messages
from pds.accounts.message_kinds import LEGAL, MessageKind, MessageTopic, MessageWay
from pds.web import message_words

T = MessageTopic


@pytest.fixture
def tell(bank, hanako):
    def told(topic, **named):
        return bank.unit_of_work(
            lambda work: messages.tell(work, hanako, topic, **named)
        )

    return told


def unread(bank, owner):
    with bank.read() as view:
        return messages.unread(view, owner)


def test_every_topic_kind_and_way_has_words():
    assert set(message_words.TOPICS) == set(MessageTopic)
    assert set(message_words.KINDS) == set(MessageKind)
    assert set(message_words.WAYS) == set(MessageWay)


def test_every_topic_can_be_said_whatever_its_facts(bank, hanako, person, tell):
    for topic in MessageTopic:
        tell(topic, facts={"until": "2026-12-01T00:00:00+00:00", "day": "2026-11-30"})
    page = person.get("/messages")
    assert "%(" not in page.text


def test_a_message_is_read_by_following_it(bank, hanako, person, tell):
    told = tell(T.CREDENTIALS_CHANGED, facts={"change": "codes-made"}, link="/account")
    before = unread(bank, hanako)
    assert f"({before} new)" in person.get("/messages").text
    assert unread(bank, hanako) == before

    answer = person.send(person.get("/messages").form_to(f"{told}/open"))
    assert (answer.status_code, answer.location) == (303, "/account")
    assert unread(bank, hanako) == before - 1


def test_somebody_who_logs_in_with_a_new_browser_is_told_once(bank, hanako, portal):
    def logins():
        with bank.read() as view:
            page = messages.page(view, bank.keys, hanako, limit=50)
        return sum(each.topic is T.LOGIN_NEW for each in page)

    first = portal("hanako")
    assert logins() == 1
    first.log_in("hanako")
    assert logins() == 1
    portal("hanako")
    assert logins() == 2


def test_ways_are_kept_and_legal_kinds_have_none(bank, hanako, person):
    page = person.get("/messages/settings")
    for kind in MessageKind:
        shown = page.response.get_data(as_text=True)
        assert (f'name="{kind.value}"' in shown) is (kind not in LEGAL)
    form = {kind.value: "daily" for kind in MessageKind if kind not in LEGAL}
    form |= {kind.value: "portal" for kind in LEGAL}
    person.post(page.form_to("/messages/settings"), **form)
    with bank.read() as view:
        ways = message_wishes.of_owner(view, hanako)
    assert {ways[kind] for kind in MessageKind if kind not in LEGAL} == {
        MessageWay.DAILY
    }
    assert {ways[kind] for kind in LEGAL} == {MessageWay.MAIL}


def test_mail_is_stopped_by_its_bearer_and_not_by_looking(app, bank, hanako):
    def act(work):
        code = mail_addresses.ask(work, hanako, "hanako@example.jp")
        mail_addresses.prove(work, hanako, code)
        state = mail_addresses.AddressState.PROVED
        return mail_addresses.find(work, work.keys, hanako, state).secret

    token = bank.unit_of_work(act)
    visitor = app.test_client()
    assert visitor.get(f"/mail/stop/{token}").status_code == 200
    with bank.read() as view:
        assert message_wishes.of_owner(view, hanako)[MessageKind.EXPIRED] == "mail"

    answer = visitor.post(f"/mail/stop/{token}", data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    with bank.read() as view:
        ways = message_wishes.of_owner(view, hanako)
    assert {way for kind, way in ways.items() if kind not in LEGAL} == {"portal"}
    assert {way for kind, way in ways.items() if kind in LEGAL} == {"mail"}
    assert visitor.post("/mail/stop/x").status_code == 404
