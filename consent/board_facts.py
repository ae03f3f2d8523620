"""What the board decided about everything that one provision rests on (G-05).

Recipient, contract and offer are decided on by version (a recipient's is the number of
its class); purposes, questions, screens and the lists of the vocabulary by their text
(`consent.board_items`). All but screens bite at every disclosure, a screen when
something is asked or agreed to: what was agreed on a screen stays agreed.

A release may change the text of a purpose or of a list. What was agreed before goes on
under the decision about the text before it, for as many days as `text.decided-within`
says; then it stops, too. Nothing new is asked or agreed under a text that nobody
decided on. A changed question is answered no more until the board has decided, and a
list of elements that leaves out less than the one before holds nothing over.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from consent import (
    board,
    board_items,
    facts_queries,
    text_transition,
)
from consent.board_items import BoardItem
from consent.facts import (
    BoardFacts,
    BoardResult,
    BoardSubjectKind,
    ContractFacts,
    OfferFacts,
)
from consent.fences import subject_ids, subjects
from consent.terms import DataProvision
from pds.core.clock import from_millis
from pds.core.database import Snapshot
from pds.core.ids import OwnerId
from pds.core.rules import rule_values
from pds.core.vocabulary import elements

DECIDED_WITHIN: Final = rule_values.days("text.decided-within")
"""How long a changed text of a purpose or a list may wait for the board."""
_HELD_OVER: Final = (BoardSubjectKind.PURPOSE, BoardSubjectKind.VOCABULARY)
_STOPPED: Final = (BoardResult.SUSPENDED, BoardResult.REJECTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rests:
    """What a provision rests on, as far as the board decides on it.

    Attributes:
        recipient_version: number of the recipient's class, which is its version.
        contract: the contract, or None if there is none.
        offer: the offer that the terms name, if it is there.
        provision: the terms; None if they are not known.
        agreed_at: when the person said yes; None if nobody has yet.
    """

    recipient_id: str
    recipient_version: int
    contract: ContractFacts | None
    offer: OfferFacts | None
    provision: DataProvision | None
    agreed_at: datetime | None


def of_provision(snap: Snapshot, rests: Rests) -> tuple[BoardFacts, ...]:
    """Return the last decision on each thing; one that was never decided on is bare."""
    contract_id = rests.contract.contract_id if rests.contract else None
    wanted = subjects(rests.recipient_id, contract_id, *_named(rests.provision))
    rows = facts_queries.BOARD.all(snap.connection, **subject_ids(wanted))
    decided = {(row[0], row[1]): row[2:] for row in rows}
    versions = _live_versions(rests)
    return tuple(
        _decision(kind, versions[kind], decided[kind.value, subject_id])
        if (kind.value, subject_id) in decided
        else _undecided(snap, kind, subject_id, versions[kind], rests)
        for kind, subject_id in wanted
        if kind in versions
    )


def of_mandate(snap: Snapshot, owner: OwnerId) -> tuple[BoardFacts, ...]:
    """Return the decision by which the terms of a person's mandate were stopped.

    Terms that lapse are another matter: who did not accept newer ones stays under the
    old (N-10), on which the board decides no more.
    """
    kind = BoardSubjectKind.MANDATE_TERMS
    row = facts_queries.MANDATE.one(snap.connection, owner=owner.bytes, kind=kind.value)
    if row is None or BoardResult(row[2]) not in _STOPPED:
        return ()
    return (_decision(kind, row[1], row),)


def of_screens(snap: Snapshot) -> tuple[BoardFacts, ...]:
    """Return the last decision on each screen that is live.

    Where no screen is registered, nobody decided on what persons are shown.
    """
    kind = BoardSubjectKind.SCREEN
    rows = facts_queries.SCREENS.all(snap.connection, kind=kind.value)
    found = (row if row[0] is not None else None for row in rows)
    decided = tuple(_decision(kind, board_items.VERSION, row) for row in found)
    return decided or (BoardFacts(kind=kind, version=board_items.VERSION),)


def _named(
    provision: DataProvision | None,
) -> tuple[UUID | None, str | None, str | None]:
    if provision is None:
        return None, None, None
    return provision.offer_id, provision.question, provision.purpose


def _live_versions(rests: Rests) -> Mapping[BoardSubjectKind, int]:
    """Return the kinds of things that need a decision, with their live version."""
    contract, offer = rests.contract, rests.offer
    offer_id, question, _purpose = _named(rests.provision)
    versions = {BoardSubjectKind.RECIPIENT: rests.recipient_version}
    versions[BoardSubjectKind.CONTRACT] = contract.version if contract else 0
    if offer_id is not None:
        versions[BoardSubjectKind.OFFER] = offer.version if offer else 0
    if question is not None:
        versions[BoardSubjectKind.QUESTION] = board_items.VERSION
    versions[BoardSubjectKind.PURPOSE] = board_items.VERSION
    versions[BoardSubjectKind.VOCABULARY] = board_items.VERSION
    return versions


def _undecided(
    snap: Snapshot,
    kind: BoardSubjectKind,
    subject_id: str,
    version: int,
    rests: Rests,
) -> BoardFacts:
    if kind in _HELD_OVER and subject_id and rests.agreed_at:
        return _held_over(snap, kind, subject_id, rests.agreed_at)
    return BoardFacts(kind=kind, version=version)


def _decision(kind: BoardSubjectKind, version: int, row: Any) -> BoardFacts:
    if row is None:
        return BoardFacts(kind=kind, version=version)
    decision_id, decided_version, result, valid_until = row
    return BoardFacts(
        kind=kind,
        version=version,
        decision_id=UUID(bytes=bytes(decision_id)),
        decided_version=decided_version,
        result=BoardResult(result),
        valid_until=from_millis(valid_until),
    )


def _held_over(
    snap: Snapshot, kind: BoardSubjectKind, subject_id: str, agreed_at: datetime
) -> BoardFacts:
    """Return what was decided on the text before, if that still holds for a consent.

    The days count from the first text that nobody decided on, so that no second change
    makes them more. A text that the board stopped or rejected holds nothing over, and
    neither does a list of elements that left out what is not left out now.
    """
    version = board_items.VERSION
    bare = BoardFacts(kind=kind, version=version)
    texts = board_items.editions(snap, kind, subject_id.partition("@")[0])
    ids = [each.subject_id for each in texts]
    live = ids.index(subject_id) if subject_id in ids else None
    if texts and live is None:
        # Nobody entered the text in use, so nobody knows what came before it.
        return bare
    since = texts[live].registered_at if live is not None else agreed_at
    for text in reversed(texts[:live]):
        decided = board.current(snap, kind, text.subject_id, version=version)
        if decided.valid_until is not None:
            until = min(decided.valid_until, since + DECIDED_WITHIN)
            may_last = agreed_at < since and _gives_no_more(text)
            return replace(decided, valid_until=until) if may_last else bare
        since = text.registered_at
    return replace(bare, bridged_until=_bridge(snap, kind, agreed_at))


def _gives_no_more(text: BoardItem) -> bool:
    """Say whether what was left out by a text of before is left out now, too."""
    if text.name != "elements":
        return True
    with suppress(KeyError, ValueError):
        return elements.leaves_out(elements.read(text.document).values())
    return False


def _bridge(
    snap: Snapshot, kind: BoardSubjectKind, agreed_at: datetime
) -> datetime | None:
    """Return until when a consent goes on although nobody ever decided, if it does."""
    found = text_transition.read(snap)
    if found is None or not found.bridges(kind) or agreed_at >= found.began_at:
        return None
    return found.ends_at
