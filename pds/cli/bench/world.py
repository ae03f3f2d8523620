"""The world that is measured: persons with receipts who consented to one recipient.

Made by the services that the pages call, so every gate is passed as in earnest. Only
passwords are missing: nobody logs in here, and hashing them would take a minute.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from audit.work import Work
from consent import notices, rar, recipients, service
from consent.content import Evidence
from consent.notices import BankParty
from consent.oauth import grants, tokens
from consent.oauth.grants import Grant
from consent.oauth.tokens import TokenKind
from pds.accounts import service as accounts
from pds.accounts.service import SignUp
from pds.bank.bank import Bank
from pds.cli.bench.receipts import store
from pds.cli.demo.organisations import BUDGET, new_key
from pds.cli.demo.standing import bank_side, establish
from pds.core.clock import tokyo_day
from pds.core.ids import OwnerId, RecipientId

_BORN, _ADULT_FROM = date(1980, 1, 1), date(1998, 1, 1)
_RECORDS = 40
_PEPPER = b"p" * 32
_PARTY = BankParty(
    name_ja="計測",
    name_en="Bench",
    address="東京都千代田区架空町3-3",
    representative="計測 担当",
    contact="bench@bank.example.jp",
    url="https://bank.example.jp",
)


@dataclass(frozen=True)
class Caller:
    """A recipient's access to one person's records.

    Attributes:
        owner: the person.
        token: the access token; it lasts five minutes.
    """

    owner: OwnerId
    token: str


def populate(
    bank: Bank, count: int, thumbprint: bytes, *, offered: bool = False
) -> list[Caller]:
    """Make persons who gave the same consent, and a token for each.

    Args:
        bank: an empty bank.
        count: how many persons.
        thumbprint: of the key that the tokens are bound to.
        offered: whether the consents answer the recipient's offer.
    """
    side = bank_side(bank)
    offer_id = bank.unit_of_work(lambda work: establish(work, BUDGET, new_key(), side))
    answered = str(offer_id) if offered else None
    owners = [bank.unit_of_work(partial(_settle, bank, n)) for n in range(count)]
    consenting = [partial(_consent, owner, answered) for owner in owners]
    granted = [bank.unit_of_work(act) for act in consenting]
    return bank.unit_of_work(lambda work: _issue(work, granted, thumbprint))


def _settle(bank: Bank, number: int, work: Work) -> OwnerId:
    wish = SignUp(
        login=f"bench-{number}",
        password_hash="!",  # noqa: S106 - no password hashes to this
        name="計測 太郎",
        birth_date=_BORN,
    )
    owner = OwnerId(accounts.sign_up(work, _PEPPER, wish))
    store(work, bank.vault, owner, tokyo_day(work.now), range(_RECORDS))
    return owner


def _consent(owner: OwnerId, offer_id: str | None, work: Work) -> Grant:
    recipient_id = RecipientId(BUDGET.recipient_id)
    provision = rar.parse(BUDGET.provision(work.now, offer_id))
    asked = service.request(
        work, owner, recipient_id, provision, client_id=BUDGET.client_id
    )
    profile = recipients.get(work, recipient_id).profile
    given = service.give(
        work,
        owner,
        asked.consent.consent_id,
        provision,
        notice=notices.keep(work, notices.compose(provision, profile, _PARTY)),
        evidence=_evidence(work.now),
    )
    return grants.create(
        work,
        owner=owner,
        consent_id=given.consent.consent_id,
        client_id=BUDGET.client_id,
        recipient_id=recipient_id,
        is_recurring=True,
        expires_at=given.consent.expires_at,
    )


def _evidence(now: datetime) -> Evidence:
    return Evidence(
        auth_time=now,
        acr="urn:infobank:acr:1",
        amr=("pwd",),
        language="ja",
        adult_from=_ADULT_FROM,
    )


def _issue(work: Work, granted: Sequence[Grant], thumbprint: bytes) -> list[Caller]:
    return [
        Caller(each.owner, tokens.issue(work, each, TokenKind.ACCESS, thumbprint))
        for each in granted
    ]
