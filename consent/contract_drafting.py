"""Writing contracts and later versions; nothing counts before both have signed."""

import json
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import insert

from audit.work import Work
from consent import contract_documents, contract_text, contracts, recipients
from consent.contract_terms import ContractTerms, check
from consent.contract_text import ContractPaper
from consent.facts import ContractState
from consent.notices import BankParty
from consent.tables import recipient_contract
from pds.core.ids import RecipientId


class _Draft(NamedTuple):
    """A version that is to be written."""

    contract_id: UUID
    version: int
    fence: int
    recipient_id: RecipientId
    terms: ContractTerms
    optional: tuple[str, ...]


def draft(
    work: Work,
    recipient_id: RecipientId,
    terms: ContractTerms,
    *,
    bank: BankParty,
    actor: str,
    optional: Sequence[str] = (),
) -> UUID:
    """Write a new contract and return its id; it counts when both have signed.

    Args:
        work: one unit of work.
        recipient_id: the other party.
        terms: what may be given.
        bank: the bank as the text names it.
        actor: whoever ordered it.
        optional: ids of the optional clauses wished for.

    Raises:
        NotFound: `recipient.unknown`.
        Invalid: `contract.<member>` breaks a rule; see `ContractTerms`.
    """
    contract_id = work.ids.new()
    made = _Draft(contract_id, 1, 1, recipient_id, terms, tuple(optional))
    _add(work, made, bank)
    contracts.record(work, "drafted", actor, recipient_id, contract_id)
    return contract_id


def amend(
    work: Work,
    contract_id: UUID,
    terms: ContractTerms,
    *,
    bank: BankParty,
    actor: str,
    optional: Sequence[str] = (),
) -> int:
    """Write a new version, which replaces the one in force when both have signed it.

    A version that waits for a signature is dropped. The board decides anew.

    Raises:
        Conflict: `contract.ended`.
    """
    before = contracts.replaceable(work, contract_id)
    version = before.version + 1
    recipient_id = before.recipient_id
    made = _Draft(
        contract_id,
        version,
        contracts.fence(work, contract_id) + 1,
        recipient_id,
        terms,
        tuple(optional),
    )
    _add(work, made, bank)
    contracts.record(work, "amended", actor, recipient_id, contract_id)
    return version


def _add(work: Work, made: _Draft, bank: BankParty) -> None:
    check(made.terms)
    terms = made.terms
    profile = recipients.get(work, made.recipient_id).profile
    row = {
        "contract_id": made.contract_id,
        "version": made.version,
        "recipient_id": made.recipient_id,
        "state": ContractState.DRAFT.value,
        "purposes": _write(terms.purposes),
        "categories": _write(terms.categories),
        "countries": _write(terms.countries),
        "valid_from": terms.valid_from,
        "valid_until": terms.valid_until,
        "retention_days": terms.retention_days,
        "may_reprovide": terms.may_reprovide,
        "fence": made.fence,
        "signed_at": work.now,
    }
    work.connection.execute(insert(recipient_contract).values(row))
    paper = ContractPaper(
        contract_id=made.contract_id,
        version=made.version,
        bank=bank,
        recipient=profile,
        terms=terms,
        clauses=contract_text.choose(made.optional),
    )
    contract_documents.keep(work, made.recipient_id, paper)


def _write(names: Sequence[str]) -> str:
    return json.dumps(sorted(set(names)))
