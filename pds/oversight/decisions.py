"""What waits for the ethics board, and what it has decided (G-03 to G-06)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from consent import board, contracts, mandate_terms, offers, recipients
from consent.board import DecisionRecord
from consent.contracts import Contract
from consent.facts import (
    BoardFacts,
    BoardSubjectKind,
    ContractState,
    OfferState,
    Standing,
)
from consent.mandate_terms import MandateTerms
from consent.offers import Offer
from consent.recipients import Recipient
from pds.core.database import Snapshot
from pds.core.errors import NotFound
from pds.core.ids import RecipientId
from pds.core.vocabulary import questions
from pds.core.vocabulary.questions import Question
from pds.datasets import register
from pds.datasets.orders import DataSet
from pds.datasets.tables import DataSetState
from pds.oversight.recipients import RECIPIENT_VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing that needs a decision of the board.

    Attributes:
        kind: recipient, contract, offer, data set or question.
        subject_id: its id as text.
        version: the version that is live.
        recipient: whose it is; data sets and questions are nobody's.
        decided: the last decision, if there was one.
        is_in_force: whether that decision lets this version live now.
        contract: the contract, if it is one.
        offer: the offer, if it is one.
        data_set: the data set, if it is one.
        mandate: the terms of the mandate, if it is a version of them.
        question: the question, if it is one.
    """

    kind: BoardSubjectKind
    subject_id: str
    version: int
    recipient: Recipient | None
    decided: BoardFacts
    is_in_force: bool
    contract: Contract | None = None
    offer: Offer | None = None
    data_set: DataSet | None = None
    mandate: MandateTerms | None = None
    question: Question | None = None


def items(snap: Snapshot) -> list[Item]:
    """Return everything that needs a decision and has not ended, waiting first."""
    found = list(_every(snap))
    found.sort(key=lambda item: item.is_in_force)
    return found


def item(snap: Snapshot, kind: BoardSubjectKind, subject_id: str) -> Item:
    """Return one thing that needs a decision.

    Raises:
        NotFound: `board.nothing-to-decide`.
    """
    for each in _every(snap):
        if (each.kind, each.subject_id) == (kind, subject_id):
            return each
    raise NotFound("board.nothing-to-decide", "Nothing like this needs a decision.")


def history(snap: Snapshot, found: Item) -> list[DecisionRecord]:
    """Return every decision about a thing, newest first."""
    return board.history(snap, found.kind, found.subject_id)


def _every(snap: Snapshot) -> Iterator[Item]:
    for recipient in recipients.every(snap):
        if recipient.standing is Standing.ENDED:
            continue
        here = RecipientId(recipient.recipient_id)
        yield _item(
            snap, BoardSubjectKind.RECIPIENT, here, RECIPIENT_VERSION, recipient
        )
        for contract in contracts.of_recipient(snap, here):
            if contract.state is not ContractState.ENDED:
                kind, name = BoardSubjectKind.CONTRACT, str(contract.contract_id)
                found = _item(snap, kind, name, contract.version, recipient)
                yield replace(found, contract=contract)
        for offer in offers.every(snap, here):
            if offer.state is not OfferState.ENDED:
                kind, name = BoardSubjectKind.OFFER, str(offer.offer_id)
                found = _item(snap, kind, name, offer.version, recipient)
                yield replace(found, offer=offer)
    yield from _of_the_bank(snap)
    for each in register.every(snap):
        if each.state not in (DataSetState.FAILED, DataSetState.DELETED):
            name, version = str(each.data_set_id), register.BOARD_VERSION
            found = _item(snap, BoardSubjectKind.DATA_SET, name, version, None)
            yield replace(found, data_set=each)


def _of_the_bank(snap: Snapshot) -> Iterator[Item]:
    for terms in mandate_terms.open_versions(snap):
        kind, name = BoardSubjectKind.MANDATE_TERMS, str(terms.version)
        yield replace(_item(snap, kind, name, terms.version, None), mandate=terms)
    for asked in questions.ALL.values():
        kind, version = BoardSubjectKind.QUESTION, asked.version
        yield replace(_item(snap, kind, asked.id, version, None), question=asked)


def _item(
    snap: Snapshot,
    kind: BoardSubjectKind,
    subject_id: str,
    version: int,
    recipient: Recipient | None,
) -> Item:
    decided = board.current(snap, kind, subject_id, version=version)
    return Item(
        kind=kind,
        subject_id=subject_id,
        version=version,
        recipient=recipient,
        decided=decided,
        is_in_force=board.is_in_force(decided, snap.now),
    )
