"""Provision contracts between the bank and recipients, in versions (R-01, R-06).

A version is written, offered by the bank's signature, and in force by the recipient's
(`consent.contract_signing`)::

    draft ─the bank signs─► offered ─the recipient signs─► in-force ─► ended
      └───────── a newer version is written: dropped ◄───────┘

A version in force counts until a newer one is. Versions from before texts were kept
have none and stay as they were.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, select, update

from audit.work import Work
from consent import recipients
from consent.contract_terms import ContractTerms
from consent.facts import ContractFacts, ContractState
from consent.policy import record_policy
from consent.tables import recipient_contract
from consent.terms import DataProvision
from pds.core.database import Snapshot
from pds.core.errors import Conflict, NotFound
from pds.core.ids import RecipientId
from pds.core.vocabulary import categories

COUNTED: Final = (ContractState.IN_FORCE, ContractState.ENDED)
"""States of versions that count; the newest of these is the contract."""
OPEN: Final = (ContractState.DRAFT, ContractState.OFFERED)
"""States of a version that waits for a signature."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """One version of a contract."""

    contract_id: UUID
    version: int
    recipient_id: RecipientId
    state: ContractState
    terms: ContractTerms
    fence: int
    signed_at: datetime

    def facts(self) -> ContractFacts:
        """Return it as the engine reads it."""
        return ContractFacts(
            contract_id=self.contract_id,
            version=self.version,
            state=self.state,
            purposes=frozenset(self.terms.purposes),
            categories=self.terms.categories,
            countries=frozenset(self.terms.countries),
            valid_from=self.terms.valid_from,
            valid_until=self.terms.valid_until,
            retention_days=self.terms.retention_days,
            may_reprovide=self.terms.may_reprovide,
        )

    def permits(self, provision: DataProvision, now: datetime) -> bool:
        """Say whether it is in force and speaks of this purpose and this data."""
        terms = self.terms
        permitted = categories.expand(terms.categories)
        return (
            self.state is ContractState.IN_FORCE
            and terms.valid_from <= now < terms.valid_until
            and provision.purpose in terms.purposes
            and all(
                category in permitted
                for category in categories.expand(provision.categories)
            )
        )


def end(work: Work, contract_id: UUID, *, actor: str) -> None:
    """End a contract; nothing is given under it any more.

    Raises:
        Conflict: `contract.ended`.
    """
    before = replaceable(work, contract_id)
    set_state(work, get(work, contract_id), ContractState.ENDED)
    record(work, "ended", actor, before.recipient_id, contract_id)


def replaceable(work: Work, contract_id: UUID) -> Contract:
    """Return the newest version, dropped if it waited for a signature.

    Raises:
        Conflict: `contract.ended`.
    """
    before = versions(work, contract_id)[0]
    if get(work, contract_id).state is ContractState.ENDED:
        raise Conflict("contract.ended", "The contract has ended.")
    if before.state in OPEN:
        set_state(work, before, ContractState.DROPPED)
    return versions(work, contract_id)[0]


def fence(snap: Snapshot, contract_id: UUID) -> int:
    """Return the greatest fence of a contract's versions, as the gate compares it."""
    return max(each.fence for each in versions(snap, contract_id))


def set_state(work: Work, contract: Contract, state: ContractState) -> None:
    """Write the state of one version down and bump the contract's fence."""
    table = recipient_contract
    work.connection.execute(
        update(table)
        .where(
            table.c.contract_id == contract.contract_id,
            table.c.version == contract.version,
        )
        .values(state=state.value, fence=fence(work, contract.contract_id) + 1)
    )
    recipients.touch(work, contract.recipient_id)


def get(snap: Snapshot, contract_id: UUID) -> Contract:
    """Return the version that counts; NotFound `contract.unknown` if none.

    It is the newest that was in force, else the newest at all.
    """
    return _counting(versions(snap, contract_id))


def versions(snap: Snapshot, contract_id: UUID) -> list[Contract]:
    """Return every version of a contract, newest first.

    Raises:
        NotFound: `contract.unknown`.
    """
    query = (
        select(recipient_contract)
        .where(recipient_contract.c.contract_id == contract_id)
        .order_by(recipient_contract.c.version.desc())
    )
    found = [_read(row) for row in snap.connection.execute(query)]
    if not found:
        raise NotFound("contract.unknown", "There is no such contract.")
    return found


def of_recipient(snap: Snapshot, recipient_id: RecipientId) -> list[Contract]:
    """Return a recipient's contracts, newest first, each in the version that counts."""
    table = recipient_contract
    query = (
        select(table)
        .where(table.c.recipient_id == recipient_id)
        .order_by(table.c.contract_id.desc(), table.c.version.desc())
    )
    found = [_read(row) for row in snap.connection.execute(query)]
    return [
        _counting(list(each))
        for _id, each in groupby(found, key=attrgetter("contract_id"))
    ]


def governing(
    snap: Snapshot, recipient_id: RecipientId, provision: DataProvision
) -> Contract | None:
    """Return the newest contract under which these terms may be agreed, or None.

    Where none permits them, the newest contract at all is returned, so that the
    reasons can be named.
    """
    found = of_recipient(snap, recipient_id)
    fitting = [contract for contract in found if contract.permits(provision, snap.now)]
    return next(iter([*fitting, *found]), None)


def _counting(found: list[Contract]) -> Contract:
    return next((each for each in found if each.state in COUNTED), found[0])


def _read(row: Row[Any]) -> Contract:
    return Contract(
        contract_id=row.contract_id,
        version=row.version,
        recipient_id=RecipientId(row.recipient_id),
        state=ContractState(row.state),
        terms=ContractTerms(
            purposes=tuple(json.loads(row.purposes)),
            categories=tuple(json.loads(row.categories)),
            countries=tuple(json.loads(row.countries)),
            valid_from=row.valid_from,
            valid_until=row.valid_until,
            retention_days=row.retention_days,
            may_reprovide=row.may_reprovide,
        ),
        fence=row.fence,
        signed_at=row.signed_at,
    )


def record(
    work: Work, action: str, actor: str, recipient_id: RecipientId, contract_id: UUID
) -> None:
    """Record an act about a contract and bump the recipient's fence."""
    recipients.touch(work, recipient_id)
    record_policy(
        work,
        f"contract.{action}",
        actor=actor,
        recipient_id=recipient_id,
        about=str(contract_id),
    )
