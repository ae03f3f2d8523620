"""What the offer board says of each offer: benefit first, then everything else.

The order is that of `consent.ranking`; the only thing about the person that is looked
at is which kinds of data are there and what was answered, and it moves no offer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from consent import (
    answers,
    board_history,
    offer_rules,
    offers,
    preflight,
    ranking,
    recipients,
    transparency,
    wording,
)
from consent.answers import Answered, OfferAnswer
from consent.board_decision import DecisionRecord
from consent.facts import BoardSubjectKind
from consent.offers import Offer
from consent.ranking import Ranked, RankingRule
from consent.reasons import Reason
from consent.recipients import Recipient
from consent.terms import DataProvision
from consent.transparency import Offered, Score, ScoringRule
from pds.core.clock import TOKYO
from pds.core.database import Snapshot
from pds.core.ids import OwnerId
from pds.core.vocabulary import categories
from pds.web.languages import language

if TYPE_CHECKING:
    from pds.bank.bank import Bank


@dataclass(frozen=True)
class OfferCard:
    """One offer on the board.

    Attributes:
        offer_id: its id.
        title: its title in the page's language.
        benefit: what the person gets, as the notice says it.
        recipient: who proposes it.
        terms: as for somebody who says yes now.
        score: its transparency score; None where no rule is in force.
        answer: how it stands with the person.
        consent_id: the person's newest consent about it.
        has_data: whether the person has any record of the kinds that are asked for.
    """

    offer_id: UUID
    title: str
    benefit: str
    recipient: Recipient
    terms: DataProvision
    score: Score | None
    answer: OfferAnswer
    consent_id: UUID | None
    has_data: bool


@dataclass(frozen=True)
class OfferBoard:
    """The board as one person sees it.

    Attributes:
        cards: live offers that could be answered, in their order.
        scoring: the rule for scores in force.
        ordering: the rule for the order in force.
        kinds: the kinds of data that the person has.
    """

    cards: Sequence[OfferCard]
    scoring: ScoringRule | None
    ordering: RankingRule | None
    kinds: Sequence[str]


def look(bank: "Bank", snap: Snapshot, owner: OwnerId) -> OfferBoard:
    """Compose the board from one snapshot."""
    held = bank.vault.count(snap, owner, categories=tuple(categories.ALL))
    live = [x for x in offers.live(snap) if not _lacking(bank, snap, x)]
    asking = {each.recipient_id for each in live}
    answered = answers.by_offer(snap, bank.keys, owner, asking)
    scoring, ordering = offer_rules.scoring(snap), offer_rules.ordering(snap)
    cards = {
        each.offer_id: _card(snap, each, answered.get(each.offer_id), held, scoring)
        for each in live
    }
    order = ranking.rank(
        [_ranked(card) for card in cards.values()], _today(snap), ordering
    )
    return OfferBoard(
        cards=[cards[offer_id] for offer_id in order],
        scoring=scoring,
        ordering=ordering,
        kinds=[each for each in categories.ALL if held.get(each)],
    )


@dataclass(frozen=True)
class OfferAlone:
    """One offer with what the bank and its board say of it.

    Attributes:
        title: its title in the page's language.
        recipient: who proposes it.
        score: its transparency score; None where no rule is in force.
        scoring: the rule for scores in force.
        decided: the board's decision in force (G-05).
        lacking: why it cannot be answered now, on the recipient's side.
    """

    title: str
    recipient: Recipient
    score: Score | None
    scoring: ScoringRule | None
    decided: DecisionRecord | None
    lacking: Sequence[Reason]


def describe(bank: "Bank", snap: Snapshot, offer: Offer) -> OfferAlone:
    """Return what is said of one offer, whoever looks."""
    recipient = recipients.get(snap, offer.recipient_id)
    rule = offer_rules.scoring(snap)
    past = board_history.history(snap, BoardSubjectKind.OFFER, str(offer.offer_id))
    return OfferAlone(
        title=title(offer),
        recipient=recipient,
        score=_score(snap, offer, recipient, rule),
        scoring=rule,
        decided=past[0] if past else None,
        lacking=_lacking(bank, snap, offer),
    )


def title(offer: Offer) -> str:
    """Return the title of an offer in the page's language."""
    template = offer.template
    return template.title_ja if language() == "ja" else template.title_en


def sentence(terms: DataProvision, term: str) -> str:
    """Return what the notice says of one term; empty for what is no term."""
    said = {each.term: each.text for each in wording.sentences(terms, language())}
    return said.get(term, "")


def _lacking(bank: "Bank", snap: Snapshot, offer: Offer) -> tuple[Reason, ...]:
    """Ask the gates of the recipient's side, so that nobody is bothered in vain."""
    terms = offer.instance(snap.now)
    found = preflight.check(snap, offer.recipient_id, terms, profile=bank.profile)
    return found.reasons


def _score(
    snap: Snapshot, offer: Offer, recipient: Recipient, rule: ScoringRule | None
) -> Score | None:
    if rule is None:
        return None
    is_named = bool(recipient.profile.corporate_number)
    offered = Offered(offer.instance(snap.now), _today(snap), is_named)
    return transparency.score(offered, rule)


def _card(
    snap: Snapshot,
    offer: Offer,
    answered: Answered | None,
    held: Mapping[str, int],
    rule: ScoringRule | None,
) -> OfferCard:
    terms = offer.instance(snap.now)
    recipient = recipients.get(snap, offer.recipient_id)
    asked = categories.expand(terms.categories)
    return OfferCard(
        offer_id=offer.offer_id,
        title=title(offer),
        benefit=sentence(terms, "benefit"),
        recipient=recipient,
        terms=terms,
        score=_score(snap, offer, recipient, rule),
        answer=answers.answer(offer, answered, snap.now),
        consent_id=answered.consent.consent_id if answered else None,
        has_data=any(held.get(each.id) for each in asked),
    )


def _ranked(card: OfferCard) -> Ranked:
    points = card.score.points if card.score else 0
    return Ranked(card.offer_id, points, len(categories.expand(card.terms.categories)))


def _today(snap: Snapshot) -> date:
    now: datetime = snap.now
    return now.astimezone(TOKYO).date()
