"""What the board decided about everything that one provision rests on (G-05).

Recipient, contract, offer and question are decided on by version (a recipient's is the
number of its class), purposes and screens by their text (`consent.board_items`). A
purpose bites at every disclosure, a screen when something is asked or agreed to: what
was agreed on a screen stays agreed.

A release may change the text of a purpose. What was agreed before goes on under the
decision about the text before it, for as many days as `text.decided-within` says; then
it stops, too. Nothing new is asked or agreed under a text that nobody decided on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from consent import board, board_items, board_vocabulary, facts_queries
from consent.facts import (
    BoardFacts,
    BoardResult,
    BoardSubjectKind,
    ContractFacts,
    OfferFacts,
)
from consent.fences import subject_ids
from consent.terms import DataProvision
from pds.core.clock import from_millis
from pds.core.database import Snapshot
from pds.core.rules import rule_values
from pds.core.vocabulary import questions

DECIDED_WITHIN: Final = rule_values.days("text.decided-within")
"""How long a changed text of a purpose may wait for the board."""


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
    subjects = subject_ids(rests.recipient_id, contract_id, *_named(rests.provision))
    rows = facts_queries.BOARD.all(snap.connection, **subjects)
    decided = {BoardSubjectKind(row[0]): row[1:] for row in rows}
    found = [
        _decision(kind, version, decided.get(kind))
        for kind, version in _live_versions(rests).items()
    ]
    if BoardSubjectKind.PURPOSE not in decided and rests.agreed_at and rests.provision:
        found[-1] = _held_over(snap, rests.provision.purpose, rests.agreed_at)
    return tuple(found)


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
    """What needs a decision; the purpose stands last."""
    contract, offer = rests.contract, rests.offer
    offer_id, question, _purpose = _named(rests.provision)
    versions = {BoardSubjectKind.RECIPIENT: rests.recipient_version}
    versions[BoardSubjectKind.CONTRACT] = contract.version if contract else 0
    if offer_id is not None:
        versions[BoardSubjectKind.OFFER] = offer.version if offer else 0
    if question is not None:
        asked = questions.ALL.get(question)
        versions[BoardSubjectKind.QUESTION] = asked.version if asked else 0
    versions[BoardSubjectKind.PURPOSE] = board_items.VERSION
    return versions


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


def _held_over(snap: Snapshot, purpose: str, agreed_at: datetime) -> BoardFacts:
    """Return what was decided on the text before, if that still holds for a consent.

    The days count from the first text that nobody decided on, so that no second change
    makes them more. A text that the board stopped or rejected holds nothing over.
    """
    kind, version = BoardSubjectKind.PURPOSE, board_items.VERSION
    bare = BoardFacts(kind=kind, version=version)
    texts = board_items.editions(snap, kind, purpose)
    wanted = board_vocabulary.purpose_ids().get(purpose)
    live = next((n for n, x in enumerate(texts) if x.subject_id == wanted), 0)
    since = texts[live].registered_at if texts else agreed_at
    for text in reversed(texts[:live]):
        decided = board.current(snap, kind, text.subject_id, version=version)
        if decided.valid_until is not None:
            until = min(decided.valid_until, since + DECIDED_WITHIN)
            return replace(decided, valid_until=until) if agreed_at < since else bare
        since = text.registered_at
    return bare
