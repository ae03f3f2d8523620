"""The kept bytes of contracts, and who signed them (R-01)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import insert, select

from audit.work import Work
from consent import contract_text
from consent.contract_text import ContractPaper
from consent.tables import contract_document, contract_signature
from pds.core.database import Snapshot
from pds.core.ids import RecipientId


class Party(StrEnum):
    """Who signs."""

    BANK = "bank"
    RECIPIENT = "recipient"


class SignatureForm(StrEnum):
    """How somebody signed: a statement by a key, or a scanned paper."""

    STATEMENT = "statement"
    PAPER = "paper"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a version says.

    Attributes:
        body: canonical bytes.
        digest: their SHA-256, which parties sign.
    """

    body: bytes
    digest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A party's signature under one version.

    Attributes:
        signer: thumbprint of the key, or the name on the paper.
        statement: the compact JWS; empty for a paper.
        paper_id: the scan; None for a statement.
    """

    party: Party
    form: SignatureForm
    signer: str
    statement: str
    paper_id: UUID | None
    signed_at: datetime


def keep(work: Work, recipient_id: RecipientId, paper: ContractPaper) -> None:
    """Write and keep what a version says; its bytes never change."""
    body = contract_text.write(paper)
    work.connection.execute(
        insert(contract_document).values(
            contract_id=paper.contract_id,
            version=paper.version,
            recipient_id=recipient_id,
            body=body,
            digest=contract_text.digest(body),
            made_at=work.now,
        )
    )


def find(snap: Snapshot, contract_id: UUID, version: int) -> Document | None:
    """Return what a version says; None for versions of before texts were kept."""
    table = contract_document
    query = select(table.c.body, table.c.digest).where(
        table.c.contract_id == contract_id, table.c.version == version
    )
    row = snap.connection.execute(query).first()
    if row is None:
        return None
    return Document(body=bytes(row.body), digest=bytes(row.digest))


def signatures(
    snap: Snapshot, contract_id: UUID, version: int
) -> dict[Party, Signature]:
    """Return who signed a version."""
    table = contract_signature
    query = select(table).where(
        table.c.contract_id == contract_id, table.c.version == version
    )
    return {
        Party(row.party): Signature(
            party=Party(row.party),
            form=SignatureForm(row.form),
            signer=row.signer,
            statement=row.statement,
            paper_id=row.paper_id,
            signed_at=row.signed_at,
        )
        for row in snap.connection.execute(query)
    }


def add_signature(
    work: Work, contract_id: UUID, version: int, signature: Signature
) -> None:
    """Add a signature; `consent.contract_signing` has looked at it."""
    work.connection.execute(
        insert(contract_signature).values(
            contract_id=contract_id,
            version=version,
            party=signature.party.value,
            form=signature.form.value,
            signer=signature.signer,
            statement=signature.statement,
            paper_id=signature.paper_id,
            signed_at=signature.signed_at,
        )
    )
