"""Mail over real SMTP: what it says, whom it reaches, what goes wrong."""

import email
import shutil
import subprocess
from datetime import date, timedelta
from email import policy

import pytest

from consent import outbox
from consent.outbox import OutboxKind, OutboxState
from pds.accounts import mail_addresses, messages, service
from pds.accounts.mail_addresses import AddressState
from pds.accounts.message_kinds import MessageTopic
from pds.bank import mailing
from pds.bank.bank import open_bank
from pds.bank.delivering import deliver
from pds.core.environment import SettingsError
from pds.core.ids import OwnerId
from pds.core.settings import Settings
from tests.delivery.outside import mail_server

T = MessageTopic
ADDRESS = "hanako@example.jp"
LOGIN = ("infobank", "secret of mail")


@pytest.fixture
def server():
    with mail_server() as place:
        yield place


@pytest.fixture
def environment(tmp_path, sqlite_template):
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    shutil.copy(sqlite_template, folder / "infobank.db")
    return {
        "INFOBANK_DATA_DIR": str(folder),
        "INFOBANK_KEY_DIR": str(tmp_path / "keys"),
        "INFOBANK_SMTP_HOST": "localhost",
        "INFOBANK_SMTP_SECURITY": "plain",
        "INFOBANK_SMTP_SENDER": "news@bank.example",
        "INFOBANK_OPERATOR_NAME": "みらい情報銀行",
    }


@pytest.fixture
def opened(environment, clock):
    banks = []

    def make(port, **more):
        said = environment | {"INFOBANK_SMTP_PORT": str(port)} | more
        banks.append(open_bank(Settings.from_environment(said), clock))
        return banks[-1]

    yield make
    for each in banks:
        each.close()


@pytest.fixture
def bank(opened, server):
    return opened(server.port)


def sign_up(bank, language="ja"):
    wish = service.SignUp(
        login=f"hanako-{language}",
        password_hash="x",
        name="山田 花子",
        birth_date=date(1980, 1, 1),
        language=language,
    )
    return OwnerId(
        bank.unit_of_work(lambda work: service.sign_up(work, bytes(32), wish))
    )


def proved(bank, owner, address=ADDRESS):
    def act(work):
        assert mail_addresses.prove(
            work, owner, mail_addresses.ask(work, owner, address)
        )

    bank.unit_of_work(act)


def tell(bank, owner, topic, **named):
    bank.unit_of_work(lambda work: messages.tell(work, owner, topic, **named))


def read(place):
    [(receivers, data)] = place.mails
    place.mails.clear()
    return receivers, email.message_from_bytes(data, policy=policy.default)


def row(bank, owner):
    with bank.read() as view:
        [found] = outbox._list(view, outbox._c.owner_id == owner, limit=9)
        assert found.kind is OutboxKind.MAIL
        return found


def send(bank):
    mailing.collect(bank)
    return deliver(bank, OutboxKind.MAIL)


def test_the_number_that_proves_an_address_goes_there(bank, server):
    owner = sign_up(bank)
    bank.unit_of_work(lambda work: mailing.ask_address(work, owner, ADDRESS, "ja"))
    assert deliver(bank, OutboxKind.MAIL) == 1

    receivers, mail = read(server)
    assert receivers == [ADDRESS]
    text = mail.get_body("plain").get_content()
    with bank.read() as view:
        asked = mail_addresses.find(view, bank.keys, owner, AddressState.ASKED)
    assert asked.secret in text
    assert "花子" not in text
    assert bank.unit_of_work(
        lambda work: mail_addresses.prove(work, owner, asked.secret)
    )


@pytest.mark.parametrize(
    ("language", "subject", "word"),
    [
        ("ja", "みらい情報銀行からお知らせがあります", "2件"),
        ("en", "There is news for you at みらい情報銀行", "2 new messages"),
    ],
)
def test_mail_says_that_there_is_news_and_not_what(
    bank, server, language, subject, word
):
    owner = sign_up(bank, language)
    proved(bank, owner)
    facts = {"recipient": "hikari-health"}
    tell(bank, owner, T.CONSENT_REVOKED, facts=facts, link="/consents/x")
    tell(bank, owner, T.CONSENT_EXPIRED, facts=facts, link="/consents/x")

    assert send(bank) == 1
    assert send(bank) == 0

    _receivers, mail = read(server)
    assert mail["Subject"] == subject
    assert mail["From"].addresses[0].addr_spec == "news@bank.example"
    assert mail["Auto-Submitted"] == "auto-generated"
    text = mail.get_body("plain").get_content()
    html = mail.get_body("html").get_content()
    for body in (text, html):
        assert word in body
        assert f"{bank.settings.issuer}/messages" in body
        for private in ("hikari", "花子", "consents", str(owner)):
            assert private not in body
    assert f'lang="{language}"' in html
    assert "<script" not in html
    assert "src=" not in html
    stop = mail["List-Unsubscribe"].strip(" <>")
    assert stop.startswith(f"{bank.settings.issuer}/mail/stop/")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    with bank.read() as view:
        token = stop.rpartition("/")[2]
        assert mail_addresses.owner_of_stop(view, token) == owner


def test_what_the_law_asks_for_goes_apart_and_cannot_be_stopped(bank, server):
    owner = sign_up(bank)
    proved(bank, owner)
    tell(bank, owner, T.INCIDENT_TOLD)
    tell(bank, owner, T.CONSENT_EXPIRED)

    assert send(bank) == 2
    stops = sorted("List-Unsubscribe:" in data.decode() for _to, data in server.mails)
    assert stops == [False, True]


def test_nobody_without_an_address_gets_mail(bank, server):
    owner = sign_up(bank)
    tell(bank, owner, T.INCIDENT_TOLD)
    assert send(bank) == 0

    proved(bank, owner)
    tell(bank, owner, T.INCIDENT_TOLD)
    mailing.collect(bank)
    bank.unit_of_work(lambda work: mail_addresses.remove(work, owner))
    assert deliver(bank, OutboxKind.MAIL) == 0
    assert row(bank, owner).failure == "mail.no-address"
    assert server.mails == []


def test_collected_mail_waits_for_its_hour(bank, server, clock):
    owner = sign_up(bank)
    proved(bank, owner)
    tell(bank, owner, T.DISCLOSED_DAY)
    tell(bank, owner, T.DISCLOSED_DAY)
    assert send(bank) == 0
    clock.advance(timedelta(days=7))
    assert send(bank) == 1
    assert "2件" in read(server)[1].get_body("plain").get_content()


@pytest.mark.parametrize(
    ("replies", "failure", "state"),
    [
        ({"RCPT": "450 later"}, "mail.deferred", OutboxState.WAITING),
        ({"RCPT": "550 nobody"}, "mail.refused", OutboxState.DEAD),
        ({"DATA": "451 later"}, "mail.deferred", OutboxState.WAITING),
        ({"DATA": "554 no"}, "mail.rejected", OutboxState.WAITING),
        ({"MAIL": "550 no"}, "mail.rejected", OutboxState.WAITING),
    ],
    ids=["later", "nobody", "data-later", "data-no", "sender-no"],
)
def test_what_the_server_says_decides(bank, server, replies, failure, state):
    owner = sign_up(bank)
    proved(bank, owner)
    server.replies = replies
    tell(bank, owner, T.INCIDENT_TOLD)

    assert send(bank) == 0
    found = row(bank, owner)
    assert (found.failure, found.state) == (failure, state)
    assert server.mails == []


@pytest.mark.parametrize("parting", ["421 busy", "250 what", "nonsense"])
def test_what_a_server_says_in_parting_sends_nothing_again(bank, server, parting):
    owner = sign_up(bank)
    proved(bank, owner)
    server.replies = {"QUIT": parting}
    tell(bank, owner, T.INCIDENT_TOLD)

    assert send(bank) == 1
    assert row(bank, owner).state is OutboxState.SENT
    server.replies = {"QUIT": parting, "RCPT": "550 nobody"}
    tell(bank, owner, T.INCIDENT_TOLD)
    assert send(bank) == 0
    with bank.read() as view:
        found = mail_addresses.find(view, bank.keys, owner, AddressState.FAILED)
    assert found.address == ADDRESS


def test_an_address_that_is_refused_gets_nothing_more_and_the_person_knows(
    bank, server
):
    owner = sign_up(bank)
    proved(bank, owner)
    server.replies = {"RCPT": "550 nobody"}
    tell(bank, owner, T.INCIDENT_TOLD)
    send(bank)
    server.replies = {}

    with bank.read() as view:
        page = messages.page(view, bank.keys, owner)
        assert T.ADDRESS_FAILED in [each.topic for each in page]
        failed = mail_addresses.find(view, bank.keys, owner, AddressState.FAILED)
    assert failed.address == ADDRESS
    tell(bank, owner, T.INCIDENT_TOLD)
    assert send(bank) == 0


def test_mail_that_waited_goes_later_under_the_same_id(bank, server, clock):
    owner = sign_up(bank)
    proved(bank, owner)
    server.replies = {"DATA": "451 later"}
    tell(bank, owner, T.INCIDENT_TOLD)
    send(bank)
    server.replies = {}
    clock.advance(timedelta(minutes=1))

    assert deliver(bank, OutboxKind.MAIL) == 1
    _receivers, mail = read(server)
    assert mail["Message-ID"] == f"<{row(bank, owner).outbox_id}@bank.example>"


def test_a_server_that_is_away_costs_one_attempt(opened, clock):
    with mail_server() as gone:
        port = gone.port
    bank = opened(port)
    owner = sign_up(bank)
    proved(bank, owner)
    tell(bank, owner, T.INCIDENT_TOLD)
    assert send(bank) == 0
    assert row(bank, owner).failure == "mail.unreachable"


def test_mail_to_an_erased_account_is_never_sent(bank, server):
    owner = sign_up(bank)
    proved(bank, owner)
    tell(bank, owner, T.INCIDENT_TOLD)
    mailing.collect(bank)
    found = row(bank, owner)
    bank.unit_of_work(
        lambda work: work.keys.destroy(
            work.connection, owner, found.key_class, found.generation
        )
    )
    assert deliver(bank, OutboxKind.MAIL) == 0
    assert row(bank, owner).failure == "key.destroyed"
    assert server.mails == []


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    if shutil.which("openssl") is None:
        pytest.skip("TLS OF MAIL IS NOT TESTED: apt-get install openssl")
    folder = tmp_path_factory.mktemp("mail")
    asked = (
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650"
        " -keyout key -out pem -subj /CN=localhost"
        " -addext subjectAltName=DNS:localhost"
    )
    command = ["openssl", *asked.split()]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder / "pem", folder / "key"


def secure(tmp_path, certificate, password=LOGIN[1]):
    file = tmp_path / "password"
    file.write_text(f"{password}\n")
    return {
        "INFOBANK_SMTP_SECURITY": "starttls",
        "INFOBANK_SMTP_USER": LOGIN[0],
        "INFOBANK_SMTP_PASSWORD_FILE": str(file),
        "INFOBANK_SMTP_CERTIFICATE": str(certificate[0]),
    }


def test_mail_goes_by_tls_with_a_login(opened, tmp_path, certificate):
    with mail_server(certificate, LOGIN) as place:
        bank = opened(place.port, **secure(tmp_path, certificate))
        owner = sign_up(bank)
        proved(bank, owner)
        tell(bank, owner, T.INCIDENT_TOLD)
        assert send(bank) == 1
        verbs = [each.partition(" ")[0].upper() for each in place.said]
        assert verbs.index("STARTTLS") < verbs.index("AUTH") < verbs.index("DATA")


def test_a_wrong_password_is_told_as_such(opened, tmp_path, certificate):
    with mail_server(certificate, LOGIN) as place:
        bank = opened(place.port, **secure(tmp_path, certificate, "wrong"))
        owner = sign_up(bank)
        proved(bank, owner)
        tell(bank, owner, T.INCIDENT_TOLD)
        assert send(bank) == 0
        assert row(bank, owner).failure == "mail.login"
        assert place.mails == []


def test_a_server_without_tls_is_given_nothing(opened, tmp_path, certificate):
    with mail_server(None, LOGIN) as place:
        bank = opened(place.port, **secure(tmp_path, certificate))
        owner = sign_up(bank)
        proved(bank, owner)
        tell(bank, owner, T.INCIDENT_TOLD)
        assert send(bank) == 0
        assert row(bank, owner).failure == "mail.insecure"
        assert "AUTH" not in " ".join(place.said)


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"INFOBANK_SMTP_SENDER": ""}, "SENDER"),
        ({"INFOBANK_SMTP_SENDER": "a@b\r\nBcc: c@d"}, "SENDER"),
        ({"INFOBANK_SMTP_SECURITY": "none"}, "SECURITY"),
        ({"INFOBANK_SMTP_HOST": "mail.example"}, "this machine"),
        ({"INFOBANK_SMTP_USER": "x"}, "PASSWORD_FILE"),
        ({"INFOBANK_DELIVERY_DAYS": "0"}, "DELIVERY_DAYS"),
    ],
)
def test_settings_that_cannot_be_right_are_refused(environment, changed, word):
    with pytest.raises(SettingsError, match=word):
        Settings.from_environment(environment | changed)
