"""Puts a recipient into good standing: contract, certificate, board decision, client.

The acts are those of the operator's and the board's pages; they are made by the
services below, because the demo world is there before anybody has logged in.
"""

from datetime import timedelta
from functools import partial
from typing import NamedTuple
from uuid import UUID

from audit.work import Work
from consent import (
    certificates,
    contract_drafting,
    contract_signing,
    countries,
    offer_rules,
    offers,
    rar,
    recipients,
)
from consent.contract_terms import ContractTerms
from consent.country_facts import CountryFacts, Ground
from consent.facts import BoardSubjectKind
from consent.notices import BankParty
from consent.oauth import clients
from consent.offers import OfferTemplate
from consent.recipients import RecipientProfile
from consent.vetting import onboarding, papers
from pds.bank.bank import Bank
from pds.bank.party import party
from pds.cli.demo import ethics_board
from pds.cli.demo.organisations import Organisation, public_keys
from pds.cli.demo.vetting import check_all
from pds.core.ids import RecipientId
from pds.core.vocabulary.countries import HOME
from pds.crypto import statement
from pds.crypto.statement import StatementKey

_VALID = timedelta(days=730)
_YEAR = timedelta(days=365)
OPERATOR = "demo-operator"


class BankSide(NamedTuple):
    """The bank as a party of contracts: how it is named and what it signs with."""

    party: BankParty
    key: StatementKey


def bank_side(bank: Bank) -> BankSide:
    """Return the bank as a party of contracts."""
    key = StatementKey(bank.secret(statement.SECRET_NAME))
    return BankSide(party(bank.settings), key)


def establish(
    work: Work, organisation: Organisation, key_pem: str, side: BankSide
) -> UUID:
    """Register a recipient with everything that lets it ask persons.

    Returns:
        The id of its offer, which is live.

    Args:
        work: one unit of work; all of it is done or nothing.
        organisation: who it is and what it proposes.
        key_pem: its client's private key; only the public part is registered.
        side: the bank as a party of the contract.
    """
    ethics_board.approve_texts(work)
    recipient_id = RecipientId(organisation.recipient_id)
    admit(work, organisation, side)
    template = _offer(work, organisation)
    offer_id = offers.draft(work, recipient_id, template, actor=OPERATOR)
    ethics_board.approve(work, BoardSubjectKind.OFFER, str(offer_id))
    offers.go_live(work, offer_id, actor=OPERATOR)
    _register_client(work, organisation, key_pem)
    return offer_id


def admit(work: Work, organisation: Organisation, side: BankSide) -> None:
    """Bring an organisation from its application to its approval."""
    approve = partial(ethics_board.approve, work)
    recipient_id = RecipientId(organisation.recipient_id)
    recipients.register(
        work,
        _profile(organisation),
        recipient_class=organisation.recipient_class,
        actor=OPERATOR,
    )
    _certify(work, organisation)
    contract_id = _sign(work, organisation, side)
    approve(BoardSubjectKind.RECIPIENT, recipient_id)
    approve(BoardSubjectKind.CONTRACT, str(contract_id))
    check_all(work, recipient_id, organisation.name["ja"], OPERATOR)
    if organisation.country != HOME:
        _look_abroad(work, organisation)
    onboarding.approve(work, recipient_id, actor=OPERATOR)


def _sign(work: Work, organisation: Organisation, side: BankSide) -> UUID:
    """Let both sign; the recipient on paper."""
    terms = ContractTerms(
        purposes=(organisation.purpose,),
        categories=organisation.categories,
        valid_from=work.now,
        valid_until=work.now + _VALID,
        retention_days=organisation.retention_days,
        countries=tuple(sorted({HOME, organisation.country})),
    )
    recipient_id = RecipientId(organisation.recipient_id)
    contract_id = contract_drafting.draft(
        work, recipient_id, terms, bank=side.party, actor=OPERATOR
    )
    contract_signing.offer(work, contract_id, side.key, actor=OPERATOR)
    text = f"{organisation.representative} 署名・押印(架空の書類)\n"
    scan = papers.read(text.encode())
    contract_signing.accept_paper(
        work, contract_id, organisation.representative, scan, actor=OPERATOR
    )
    return contract_id


def approve_offer_rules(work: Work) -> None:
    """Let the board approve how offers are scored and ordered."""
    offer_rules.enter(work)
    for each in offer_rules.DEFINITIONS:
        ethics_board.approve(work, each.kind, each.subject_id)


def _certify(work: Work, organisation: Organisation) -> None:
    kind, number = organisation.certificate
    certificates.add(
        work,
        RecipientId(organisation.recipient_id),
        kind=kind,
        number=number,
        valid_until=work.now + _VALID,
        actor=OPERATOR,
    )


def _look_abroad(work: Work, organisation: Organisation) -> None:
    facts = CountryFacts(
        country=organisation.country,
        ground=Ground.CONSENT,
        system_ja=(
            "個人情報を包括的に守る国の法律はなく、医療、信用情報、子どもなど分野ごと"
            "の法律と、州の法律がある。官庁が企業の約束違反を取り締まる。"
        ),
        system_en=(
            "There is no general federal law; there are laws for single fields, such "
            "as health care, credit and children, and laws of the states. An agency "
            "acts against companies that break their promises."
        ),
        measures_ja=(
            "データを暗号化し、見る人を限り、記録し、漏えいがあれば3日以内に情報銀行に"
            "知らせる。契約で日本の法律と同じ扱いを約束している。"
        ),
        measures_en=(
            "It encrypts the data, limits and records who sees it, and tells the bank "
            "of a leak within three days. By contract it promises to handle it as "
            "Japanese law asks."
        ),
        checked_at=work.now,
        valid_until=work.now + _YEAR,
    )
    recipient_id = RecipientId(organisation.recipient_id)
    countries.record(work, recipient_id, facts, actor=OPERATOR)


def _register_client(work: Work, organisation: Organisation, key_pem: str) -> None:
    clients.register(
        work,
        client_id=organisation.client_id,
        recipient_id=RecipientId(organisation.recipient_id),
        jwks=public_keys(key_pem),
        redirect_uris=[organisation.redirect_uri],
        purposes=[organisation.purpose],
        categories=list(organisation.categories),
        allow_loopback=True,
    )
    clients.set_callback(
        work, organisation.client_id, organisation.callback_url, allow_loopback=True
    )


def _profile(organisation: Organisation) -> RecipientProfile:
    return RecipientProfile(
        recipient_id=RecipientId(organisation.recipient_id),
        name_ja=organisation.name["ja"],
        name_en=organisation.name["en"],
        address=organisation.address,
        representative=organisation.representative,
        corporate_number=organisation.corporate_number,
        country="JP",
        contact=organisation.contact,
    )


def _offer(work: Work, organisation: Organisation) -> OfferTemplate:
    return OfferTemplate(
        provision=rar.parse(organisation.provision(work.now)),
        window_days=organisation.history_days,
        validity_days=organisation.lasting_days,
        title_ja=organisation.title["ja"],
        title_en=organisation.title["en"],
    )
