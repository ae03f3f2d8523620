"""What waits for the ethics board, and what it has decided (G-03 to G-06)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from consent import (
    board,
    board_items,
    board_members,
    contracts,
    mandate_terms,
    offers,
    recipients,
)
from consent.board import DecisionRecord
from consent.board_items import BoardItem
from consent.board_member import Member, MemberState
from consent.contracts import Contract
from consent.facts import (
    BoardFacts,
    BoardResult,
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

REMIND: Final = timedelta(days=30)
"""How long before a review is due the board is reminded of it (G-07)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing that needs a decision of the board.

    Attributes:
        kind: what kind of thing it is.
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
        member: the term of office, if it is one.
        text: the text, if the board decides on one.
        review_at: when the last decision is to be looked at again, or the stop by one
            member to be confirmed or lifted; None if it says nothing.
        is_to_review: whether that time has come or is near.
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
    member: Member | None = None
    text: BoardItem | None = None
    review_at: datetime | None = None
    is_to_review: bool = False

    @property
    def is_waiting(self) -> bool:
        """Whether the board has to decide before this lives, or lives again."""
        if self.member is not None:
            return self.member.state is MemberState.NOMINATED
        return not self.is_in_force


def items(snap: Snapshot) -> list[Item]:
    """Return everything that needs a decision and has not ended, waiting first."""
    reviews = board.reviews(snap)
    found = [_dated(each, reviews, snap.now) for each in _every(snap)]
    found.sort(key=lambda item: item.is_in_force)
    return found


def item(snap: Snapshot, kind: BoardSubjectKind, subject_id: str) -> Item:
    """Return one thing that needs a decision.

    Raises:
        NotFound: `board.nothing-to-decide`.
    """
    for each in _every(snap):
        if (each.kind, each.subject_id) == (kind, subject_id):
            return _dated(each, board.reviews(snap), snap.now)
    raise NotFound("board.nothing-to-decide", "Nothing like this needs a decision.")


def history(snap: Snapshot, found: Item) -> list[DecisionRecord]:
    """Return every decision about a thing, newest first."""
    return board.history(snap, found.kind, found.subject_id)


def _every(snap: Snapshot) -> Iterator[Item]:
    yield from _of_recipients(snap)
    yield from _of_the_bank(snap)
    yield from _of_the_board(snap)


def _of_recipients(snap: Snapshot) -> Iterator[Item]:
    for recipient in recipients.every(snap):
        if recipient.standing is Standing.ENDED:
            continue
        here = RecipientId(recipient.recipient_id)
        yield _item(
            snap, BoardSubjectKind.RECIPIENT, here, recipient.class_no, recipient
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


def _of_the_bank(snap: Snapshot) -> Iterator[Item]:
    for terms in mandate_terms.open_versions(snap):
        kind, name = BoardSubjectKind.MANDATE_TERMS, str(terms.version)
        yield replace(_item(snap, kind, name, terms.version, None), mandate=terms)
    for each in register.every(snap):
        if each.state not in (DataSetState.FAILED, DataSetState.DELETED):
            name, version = str(each.data_set_id), register.BOARD_VERSION
            found = _item(snap, BoardSubjectKind.DATA_SET, name, version, None)
            yield replace(found, data_set=each)
    for text in board_items.live(snap):
        found = _item(snap, text.kind, text.subject_id, board_items.VERSION, None)
        is_asked = text.kind is BoardSubjectKind.QUESTION
        asked = questions.ALL.get(text.name) if is_asked else None
        yield replace(found, text=text, question=asked)


def _of_the_board(snap: Snapshot) -> Iterator[Item]:
    kind = BoardSubjectKind.MEMBER
    for member in board_members.every(snap):
        if member.state in (MemberState.NOMINATED, MemberState.SITTING):
            name = str(member.member_id)
            found = _item(snap, kind, name, board_items.VERSION, None)
            yield replace(found, member=member)


def _dated(
    item: Item,
    reviews: Mapping[tuple[BoardSubjectKind, str], datetime],
    now: datetime,
) -> Item:
    review_at = reviews.get((item.kind, item.subject_id))
    # A rejected thing rests until it is proposed anew; nothing has to be looked at.
    rests = item.decided.result is BoardResult.REJECTED
    is_near = review_at is not None and review_at - now <= REMIND and not rests
    return replace(item, review_at=review_at, is_to_review=is_near)


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
