"""Signing contracts: first the bank, then the recipient (R-01).

Both sign a statement that names contract, version and the SHA-256 of the text: the
bank with its key for statements, the recipient with a key of one of its clients, or on
paper, whose scan is kept. Only a version that both have signed counts for the gate.
"""

from typing import Final
from uuid import UUID

from audit.canonical import canonical
from audit.work import Work
from consent import contract_documents, contracts
from consent.contract_documents import Document, Party, Signature, SignatureForm
from consent.contracts import Contract
from consent.facts import ContractState
from consent.oauth import statements
from consent.policy import record_policy
from consent.vetting import papers
from pds.accounts.papers import Paper
from pds.core.database import Snapshot
from pds.core.errors import Conflict, Invalid, NotFound
from pds.core.ids import RecipientId
from pds.crypto.statement import StatementKey

TYP: Final = "provision-contract+jwt"
VERSION: Final = 1
_LONGEST_NAME: Final = 200


def payload(contract: Contract, digest: bytes) -> bytes:
    """Return the canonical bytes that a party's statement carries."""
    return canonical(
        {
            "v": VERSION,
            "contract_id": str(contract.contract_id),
            "version": contract.version,
            "sha256": digest.hex(),
        }
    )


def offer(work: Work, contract_id: UUID, key: StatementKey, *, actor: str) -> None:
    """Sign the newest draft for the bank, and offer it.

    Raises:
        NotFound: `contract.unknown`.
        Conflict: `contract.not-possible-now`; there is no draft.
    """
    found, document = _open(work, contract_id, ContractState.DRAFT)
    signature = Signature(
        party=Party.BANK,
        form=SignatureForm.STATEMENT,
        signer=key.kid,
        statement=key.sign(TYP, payload(found, document.digest)),
        paper_id=None,
        signed_at=work.now,
    )
    _take(work, found, signature, ContractState.OFFERED, actor)


def accept_statement(work: Work, contract_id: UUID, text: str, *, actor: str) -> None:
    """Take the recipient's statement; the contract is in force from now on.

    Raises:
        Conflict: `contract.not-possible-now`; nothing is offered.
        Invalid: `statement.unsound`; no key of the recipient signed it, or it says
            something else than this version.
    """
    found, document = _open(work, contract_id, ContractState.OFFERED)
    said, signer = statements.open_statement(work, found.recipient_id, text, TYP)
    if said != payload(found, document.digest):
        raise Invalid("statement.unsound", "The statement says something else.")
    signature = Signature(
        party=Party.RECIPIENT,
        form=SignatureForm.STATEMENT,
        signer=signer,
        statement=text.strip(),
        paper_id=None,
        signed_at=work.now,
    )
    _take(work, found, signature, ContractState.IN_FORCE, actor)


def accept_paper(
    work: Work, contract_id: UUID, signer: str, paper: Paper, *, actor: str
) -> None:
    """Take a scan of the paper that the recipient signed; in force from now on.

    Raises:
        Conflict: `contract.not-possible-now`; nothing is offered.
        Invalid: `contract.signer` is empty or too long.
    """
    found, _document = _open(work, contract_id, ContractState.OFFERED)
    if not signer.strip() or len(signer) > _LONGEST_NAME:
        raise Invalid("contract.signer", "The name of who signed is needed.")
    signature = Signature(
        party=Party.RECIPIENT,
        form=SignatureForm.PAPER,
        signer=signer,
        statement="",
        paper_id=papers.keep(work, found.recipient_id, paper),
        signed_at=work.now,
    )
    _take(work, found, signature, ContractState.IN_FORCE, actor)


def pending(snap: Snapshot, contract_id: UUID) -> Contract | None:
    """Return the version that waits for a signature, if there is one."""
    newest = contracts.versions(snap, contract_id)[0]
    is_open = newest.state in (ContractState.DRAFT, ContractState.OFFERED)
    return newest if is_open else None


def text_to_sign(snap: Snapshot, contract_id: UUID) -> bytes:
    """Return the payload that the recipient signs.

    Raises:
        NotFound: `contract.unknown`; nothing waits for a signature.
    """
    found = pending(snap, contract_id)
    if found is None:
        raise NotFound("contract.unknown", "Nothing waits for a signature.")
    document = contract_documents.find(snap, contract_id, found.version)
    if document is None:
        raise NotFound("contract.unknown", "Nothing waits for a signature.")
    return payload(found, document.digest)


def _open(
    work: Work, contract_id: UUID, state: ContractState
) -> tuple[Contract, Document]:
    newest = contracts.versions(work, contract_id)[0]
    document = contract_documents.find(work, contract_id, newest.version)
    if newest.state is not state or document is None:
        raise Conflict("contract.not-possible-now", "The contract is not that far.")
    return newest, document


def _take(
    work: Work,
    found: Contract,
    signature: Signature,
    state: ContractState,
    actor: str,
) -> None:
    contract_documents.add_signature(work, found.contract_id, found.version, signature)
    contracts.set_state(work, found, state)
    recipient_id: RecipientId = found.recipient_id
    record_policy(
        work,
        f"contract.{'signed' if state is ContractState.IN_FORCE else 'offered'}",
        actor=actor,
        recipient_id=recipient_id,
        about=str(found.contract_id),
    )
