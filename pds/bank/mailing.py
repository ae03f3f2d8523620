"""Mail to persons: collected, written without any of its content, sent by SMTP.

    messages due for mail ─► one row of the outbox for each person ─► SMTP

A row is put down in the unit of work that takes the mark off the messages, so that each
message is mailed about once. Mail that the law asks for and other mail go apart, since
only the other one can be stopped by whoever holds it (RFC 8058). The `Message-ID` is
that of the row, the same in every attempt.

Failures: no connection, 4xx, a login that fails: tried again. The address refused for
good (5xx): nothing more goes there until it is proved anew, and the person is told in
the portal. A server that does not offer TLS is given nothing.
"""

import smtplib
import ssl
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import partial
from typing import Any, Final

from sqlalchemy import select, update

from audit.work import Work
from consent import outbox
from consent.outbox import Entered, OutboxKind, Outgoing
from pds.accounts import mail_addresses, messages
from pds.accounts import service as accounts
from pds.accounts.mail_addresses import AddressState, MailAddress
from pds.accounts.message_kinds import LEGAL, MessageKind, MessageTopic
from pds.accounts.message_tables import message
from pds.bank import mail_words
from pds.bank.bank import Bank
from pds.bank.mail_words import Written
from pds.bank.one_by_one import one_by_one
from pds.core.database import Snapshot
from pds.core.deadline import Deadline
from pds.core.delivery_settings import STARTTLS, TLS, DeliverySettings
from pds.core.ids import AccountId, OwnerId

COLLECT: Final = "collect mail"
NEWS: Final = "news"
CODE: Final = "address.code"
"""Topics of mail in the outbox."""
_MOST: Final = 200
_SECONDS: Final = 15.0
_LONGEST: Final = 60.0
_PERMANENT: Final = range(500, 600)
_c = message.c


class MailFailed(Exception):  # noqa: N818 - what happened
    """It did not go; `code` says why, in words of `pds.web.message_words`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def collect(bank: Bank) -> int:
    """Put mail down for whoever has messages that wait for it; return for how many."""
    with bank.read() as view:
        due = _due(view)
    return one_by_one(
        bank,
        COLLECT,
        due,
        lambda owner: bank.unit_of_work(partial(_collect, owner=owner)),
    )


def ask_address(work: Work, owner: OwnerId, address: str, language: str) -> None:
    """Keep an address and send the code there that proves it.

    Raises:
        Invalid: `mail.address`.
        Conflict: `mail.too-soon`.
    """
    code = mail_addresses.ask(work, owner, address)
    content = {"address": address, "code": code, "language": language}
    outbox.put(
        work,
        Outgoing(kind=OutboxKind.MAIL, topic=CODE, content=content, owner=owner),
    )


def send(bank: Bank, found: Entered) -> None:
    """Send one mail of the outbox.

    Raises:
        MailFailed: it did not go.
        KeyUnavailable: the account was erased meanwhile.
    """
    settings = bank.settings.delivery
    if settings.smtp_host is None:
        raise MailFailed("mail.off")
    with bank.read() as view:
        said = outbox.opened(view, bank.keys, found)
        mail = _written(bank, view, found, said)
    try:
        _transmit(settings, mail)
    except smtplib.SMTPRecipientsRefused as refused:
        codes = [code for code, _text in refused.recipients.values()]
        is_for_good = all(code in _PERMANENT for code in codes)
        raise MailFailed("mail.refused" if is_for_good else "mail.deferred") from None
    except smtplib.SMTPAuthenticationError:
        raise MailFailed("mail.login") from None
    except (smtplib.SMTPConnectError, smtplib.SMTPServerDisconnected):
        raise MailFailed("mail.unreachable") from None
    except smtplib.SMTPResponseException as error:
        is_late = error.smtp_code not in _PERMANENT
        raise MailFailed("mail.deferred" if is_late else "mail.rejected") from None
    except (smtplib.SMTPException, ssl.SSLError):
        raise MailFailed("mail.insecure") from None
    except OSError:
        raise MailFailed("mail.unreachable") from None


def refused(work: Work, found: Entered) -> None:
    """Note that an address takes nothing, and tell its person in the portal."""
    if found.topic != NEWS:
        return
    now = mail_addresses.find(work, work.keys, found.owner, AddressState.PROVED)
    if now is not None:
        mail_addresses.fail(work, found.owner, now.address)
        messages.tell(
            work, found.owner, MessageTopic.ADDRESS_FAILED, link="/messages/settings"
        )


def _due(view: Snapshot) -> list[OwnerId]:
    query = (
        select(_c.owner_id)
        .where(_c.mail_at.is_not(None), _c.mail_at <= view.now)
        .distinct()
        .limit(_MOST)
    )
    return [OwnerId(each) for each in view.connection.execute(query).scalars()]


def _collect(work: Work, owner: OwnerId) -> None:
    due = (_c.owner_id == owner, _c.mail_at.is_not(None), _c.mail_at <= work.now)
    taken = work.connection.execute(
        update(message).where(*due).values(mail_at=None).returning(_c.kind)
    ).scalars()
    counts: dict[bool, int] = defaultdict(int)
    for kind in taken:
        counts[MessageKind(kind) in LEGAL] += 1
    for is_legal, count in counts.items():
        content = {"count": count, "legal": is_legal}
        outbox.put(
            work,
            Outgoing(kind=OutboxKind.MAIL, topic=NEWS, content=content, owner=owner),
        )


def _written(bank: Bank, view: Snapshot, found: Entered, said: Any) -> EmailMessage:
    issuer, name = bank.settings.issuer, bank.settings.operator_name
    if found.topic == CODE:
        wording = mail_words.code(said["language"], bank=name, code=said["code"])
        return _mail(bank, found, said["address"], wording)
    address = _address(bank, view, found.owner)
    stop = "" if said["legal"] else f"{issuer}/mail/stop/{address.secret}"
    wording = mail_words.news(
        accounts.get(view, AccountId(found.owner)).language,
        bank=name,
        count=said["count"],
        url=f"{issuer}/messages",
        stop=stop,
    )
    return _mail(bank, found, address.address, wording, stop)


def _address(bank: Bank, view: Snapshot, owner: OwnerId) -> MailAddress:
    found = mail_addresses.find(view, bank.keys, owner, AddressState.PROVED)
    if found is None:
        raise MailFailed("mail.no-address")
    return found


def _mail(
    bank: Bank, found: Entered, address: str, wording: Written, stop: str = ""
) -> EmailMessage:
    sender = bank.settings.delivery.smtp_sender
    mail = EmailMessage(policy=SMTP)
    name = bank.settings.operator_name
    # What cannot stand in a header is refused there, not folded into another one.
    mail["From"] = Address(name, addr_spec=sender)
    mail["To"] = Address(addr_spec=address)
    mail["Subject"] = wording.subject
    mail["Date"] = format_datetime(found.put_at.astimezone(UTC))
    mail["Message-ID"] = f"<{found.outbox_id}@{sender.partition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    if stop:
        mail["List-Unsubscribe"] = f"<{stop}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(wording.text, cte="base64")
    mail.add_alternative(wording.html, subtype="html", cte="base64")
    return mail


def _transmit(settings: DeliverySettings, mail: EmailMessage) -> None:
    host, port = settings.smtp_host or "", settings.smtp_port
    context = ssl.create_default_context(cafile=settings.smtp_certificate)
    connection = (
        smtplib.SMTP_SSL(host, port, timeout=_SECONDS, context=context)
        if settings.smtp_security == TLS
        else smtplib.SMTP(host, port, timeout=_SECONDS)
    )
    is_taken = False
    try:
        with Deadline(_LONGEST) as deadline, _parting(connection) as server:
            _watch(deadline, server)
            if settings.smtp_security == STARTTLS:
                server.starttls(context=context)
                _watch(deadline, server)
            if settings.smtp_password_file is not None:
                password = settings.smtp_password_file.read_text(encoding="utf-8")
                server.login(settings.smtp_user, password.strip())
            server.send_message(mail)
            is_taken = True
    except TimeoutError:
        # A server that took the mail and is slow to part has the mail.
        if not is_taken:
            raise


@contextmanager
def _parting(server: smtplib.SMTP) -> Iterator[smtplib.SMTP]:
    """Part from a server at the end; what it says to that changes nothing any more."""
    try:
        yield server
    finally:
        with suppress(OSError):
            server.quit()
        server.close()


def _watch(deadline: Deadline, server: smtplib.SMTP) -> None:
    if server.sock is not None:
        deadline.watch(server.sock)
