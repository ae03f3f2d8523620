"""Provision contracts between the bank and recipients, in versions (R-01, R-06)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select, update

from audit.work import Work
from consent import recipients
from consent.facts import ContractFacts, ContractState
from consent.policy import record_policy
from consent.tables import recipient_contract
from consent.terms import DataProvision
from pds.core.database import Snapshot
from pds.core.errors import Conflict, Invalid, NotFound
from pds.core.ids import RecipientId
from pds.core.vocabulary import categories, purposes


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractTerms:
    """What a contract lets the bank give.

    Attributes:
        purposes: ids of the vocabulary.
        categories: ids or prefixes of the vocabulary.
        countries: countries where the data may be handled, ISO 3166-1 alpha-2.
        valid_from: first moment of force.
        valid_until: first moment after it.
        retention_days: longest that the recipient may keep data.
        may_reprovide: whether the ban on passing data on is lifted (R-07).
    """

    purposes: tuple[str, ...]
    categories: tuple[str, ...]
    valid_from: datetime
    valid_until: datetime
    retention_days: int
    countries: tuple[str, ...] = ("JP",)
    may_reprovide: bool = False


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


def sign(
    work: Work, recipient_id: RecipientId, terms: ContractTerms, *, actor: str
) -> UUID:
    """Put a new contract in force and return its id.

    Raises:
        NotFound: `recipient.unknown`.
        Invalid: `contract.<member>` breaks a rule; see `ContractTerms`.
    """
    recipients.get(work, recipient_id)
    contract_id = work.ids.new()
    _add(work, contract_id, 1, 1, recipient_id, terms)
    _record(work, "signed", actor, recipient_id, contract_id)
    return contract_id


def amend(work: Work, contract_id: UUID, terms: ContractTerms, *, actor: str) -> int:
    """Replace the terms by a new version, which the board has to decide anew.

    Raises:
        Conflict: `contract.ended`.
    """
    before = _alive(work, contract_id)
    version = before.version + 1
    recipient_id = before.recipient_id
    _add(work, contract_id, version, before.fence + 1, recipient_id, terms)
    _record(work, "amended", actor, recipient_id, contract_id)
    return version


def end(work: Work, contract_id: UUID, *, actor: str) -> None:
    """End a contract; nothing is given under it any more.

    Raises:
        Conflict: `contract.ended`.
    """
    before = _alive(work, contract_id)
    work.connection.execute(
        update(recipient_contract)
        .where(
            recipient_contract.c.contract_id == contract_id,
            recipient_contract.c.version == before.version,
        )
        .values(state=ContractState.ENDED.value, fence=before.fence + 1)
    )
    _record(work, "ended", actor, before.recipient_id, contract_id)


def get(snap: Snapshot, contract_id: UUID) -> Contract:
    """Return the version that counts; NotFound `contract.unknown` if none."""
    query = (
        select(recipient_contract)
        .where(recipient_contract.c.contract_id == contract_id)
        .order_by(recipient_contract.c.version.desc())
        .limit(1)
    )
    row = snap.connection.execute(query).first()
    if row is None:
        raise NotFound("contract.unknown", "There is no such contract.")
    return _read(row)


def of_recipient(snap: Snapshot, recipient_id: RecipientId) -> list[Contract]:
    """Return a recipient's contracts, newest first, each in the version that counts."""
    table = recipient_contract
    newest = (
        select(table.c.contract_id, func.max(table.c.version).label("version"))
        .where(table.c.recipient_id == recipient_id)
        .group_by(table.c.contract_id)
        .subquery()
    )
    query = (
        select(table)
        .join(
            newest,
            (newest.c.contract_id == table.c.contract_id)
            & (newest.c.version == table.c.version),
        )
        .order_by(table.c.contract_id.desc())
    )
    return [_read(row) for row in snap.connection.execute(query)]


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


def _alive(work: Work, contract_id: UUID) -> Contract:
    found = get(work, contract_id)
    if found.state is ContractState.ENDED:
        raise Conflict("contract.ended", "The contract has ended.")
    return found


def _add(
    work: Work,
    contract_id: UUID,
    version: int,
    fence: int,
    recipient_id: str,
    terms: ContractTerms,
) -> None:
    _check(terms)
    row = {
        "contract_id": contract_id,
        "version": version,
        "recipient_id": recipient_id,
        "state": ContractState.IN_FORCE.value,
        "purposes": _write(terms.purposes),
        "categories": _write(terms.categories),
        "countries": _write(terms.countries),
        "valid_from": terms.valid_from,
        "valid_until": terms.valid_until,
        "retention_days": terms.retention_days,
        "may_reprovide": terms.may_reprovide,
        "fence": fence,
        "signed_at": work.now,
    }
    work.connection.execute(insert(recipient_contract).values(row))


def _check(terms: ContractTerms) -> None:
    if not terms.purposes or not terms.categories or not terms.countries:
        raise Invalid("contract.empty", "Purposes, categories, countries are needed.")
    for purpose in terms.purposes:
        purposes.get(purpose)
    for prefix in terms.categories:
        if not categories.match(prefix):
            raise Invalid("contract.categories", "A category is not known.")
    if terms.valid_until <= terms.valid_from:
        raise Invalid("contract.valid_until", "The contract ends before it begins.")
    if terms.retention_days < 0:
        raise Invalid("contract.retention_days", "Retention is not negative.")


def _write(names: Sequence[str]) -> str:
    return json.dumps(sorted(set(names)))


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


def _record(
    work: Work, action: str, actor: str, recipient_id: RecipientId, contract_id: UUID
) -> None:
    recipients.touch(work, recipient_id)
    record_policy(
        work,
        f"contract.{action}",
        actor=actor,
        recipient_id=recipient_id,
        about=str(contract_id),
    )
