"""What the consent page shows: the notice, and what exactly would go now.

The notice is composed from the very object that the engine enforces, and the one that
is shown is the one whose hash the consent points at. The preview comes from
`pds.disclosure`, the path on which the records themselves would go.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from flask_babel import gettext as _

from consent import certificates, ledger, notices, recipients
from consent.certificates import Certificate
from consent.ledger import CurrentConsent
from consent.notices import Notice, Paragraph
from consent.periods import SUMMED
from consent.states import ConsentState
from consent.terms import DataProvision
from pds.accounts.agents.links import AgentScope
from pds.bank.party import party
from pds.core.database import Snapshot
from pds.core.ids import OwnerId, RecipientId
from pds.core.vocabulary import DetailLevel
from pds.disclosure.preview import Preview, preview
from pds.web import acting, confirming, noticed
from pds.web.languages import language, purpose_name
from pds.web.noticed import Noticed
from pds.web.oauth import samples
from pds.web.oauth.samples import Box

if TYPE_CHECKING:
    from pds.bank.bank import Bank


FIRST = (
    "controller",
    "purpose",
    "benefit",
    "period",
    "frequency",
    "retention",
    "withdrawal",
    "onward",
    "location",
)
"""Paragraphs of the notice that everybody reads; the rest lies one level down (N-11).

Nothing is left out: the notice that the consent points at is on the page as a whole.
"""
_IN_FORCE = (ConsentState.GIVEN, ConsentState.PAUSED)


SHOWN = 3
"""Records of each kind that the page shows; the newest."""


@dataclass(frozen=True)
class ConsentPage:
    """Everything on the page but the form.

    Attributes:
        recipient: the recipient's name.
        standing: where it stands with the bank.
        certificates: its certificates in force (R-02).
        purpose: name of the purpose.
        until: end of the access that is asked for.
        first: what everybody reads of the notice, heading by heading.
        more: the rest of the notice.
        boxes: each kind of data that is asked for, with what would go of it.
        is_answer: whether only the answer to a question would go.
        is_summed: whether only sums of the records would go.
        count: the person's matching records now.
        confirmations: what a yes has to confirm apart, with its explanation.
        earlier: consents in force of the same recipient for the same purpose.
        waits_until: when the request lapses if nothing is decided.
        noticed: what the form carries of the notice, and what changed in it.
    """

    recipient: str
    standing: str
    certificates: Sequence[Certificate]
    purpose: str
    until: datetime
    first: Sequence[Paragraph]
    more: Sequence[Paragraph]
    boxes: Sequence[Box]
    is_answer: bool
    is_summed: bool
    count: int
    confirmations: Sequence[confirming.Box]
    earlier: Sequence[CurrentConsent]
    waits_until: datetime
    noticed: Noticed


def describe(
    bank: "Bank",
    owner: OwnerId,
    recipient_id: RecipientId,
    asked: DataProvision,
    shown_terms: DataProvision,
    waits_until: datetime,
) -> ConsentPage:
    """Compose the page from one snapshot.

    Args:
        bank: the bank.
        owner: whose records.
        recipient_id: who asks.
        asked: the terms, of which the notice speaks.
        shown_terms: those, or narrower ones that the person looks at; the preview
            shows what they would let go.
        waits_until: when the request lapses.
    """
    with bank.read() as snap:
        notice = compose(bank, snap, recipient_id, asked)
        shown = preview(
            snap, bank.selector, owner, recipient_id, shown_terms, rows=_rows()
        )
        standing = recipients.get(snap, recipient_id).standing.value
        papers = certificates.of_recipient(snap, recipient_id)
        in_force = [each for each in papers if snap.now < each.valid_until]
        earlier = _earlier(bank, snap, owner, recipient_id, asked)
    paragraphs = {each.id: each for each in notice.paragraphs(language())}
    boxes = confirming.boxes(asked, paragraphs)
    return ConsentPage(
        recipient=notice.content["recipient"][f"name_{language()}"],
        standing=standing,
        certificates=in_force,
        purpose=purpose_name(asked.purpose),
        until=asked.access.until,
        first=[paragraphs[name] for name in FIRST],
        more=_rest(paragraphs, boxes),
        boxes=samples.boxes(asked, shown),
        is_answer=shown_terms.question is not None,
        is_summed=shown_terms.detail in SUMMED,
        count=shown.count,
        confirmations=boxes,
        earlier=earlier,
        waits_until=waits_until,
        noticed=noticed.describe(notice),
    )


def sketch(
    bank: "Bank", snap: Snapshot, recipient_id: RecipientId, asked: DataProvision
) -> ConsentPage:
    """Compose what anybody would be shown, without anybody's records.

    Staff and board see by it the very words that a person will read (G-07).
    """
    notice = compose(bank, snap, recipient_id, asked)
    papers = certificates.of_recipient(snap, recipient_id)
    paragraphs = {each.id: each for each in notice.paragraphs(language())}
    boxes = confirming.boxes(asked, paragraphs)
    return ConsentPage(
        recipient=notice.content["recipient"][f"name_{language()}"],
        standing=recipients.get(snap, recipient_id).standing.value,
        certificates=[each for each in papers if snap.now < each.valid_until],
        purpose=purpose_name(asked.purpose),
        until=asked.access.until,
        first=[paragraphs[name] for name in FIRST],
        more=_rest(paragraphs, boxes),
        boxes=samples.boxes(asked, Preview([])),
        is_answer=asked.question is not None,
        is_summed=asked.detail in SUMMED,
        count=0,
        confirmations=boxes,
        earlier=[],
        waits_until=asked.access.until,
        noticed=noticed.describe(notice),
    )


def _rest(
    paragraphs: Mapping[str, Paragraph], apart: Sequence[confirming.Box]
) -> list[Paragraph]:
    """Return what neither everybody reads nor a box explains."""
    shown = {*FIRST, *(each.id for box in apart for each in box.paragraphs)}
    return [each for name, each in paragraphs.items() if name not in shown]


def _rows() -> int:
    """Return how many records of a kind are shown; none to agents who may not look."""
    agent = acting.link()
    return SHOWN if agent is None or agent.may(AgentScope.VIEW) else 0


def _earlier(
    bank: "Bank",
    snap: Snapshot,
    owner: OwnerId,
    recipient_id: RecipientId,
    asked: DataProvision,
) -> list[CurrentConsent]:
    """Return consents that a new one would silently stand beside."""
    found = ledger.every(snap, owner, states=_IN_FORCE)
    return [
        each
        for each in found
        if each.recipient_id == recipient_id
        and snap.now < each.expires_at
        and _purpose(bank, snap, each) == asked.purpose
    ]


def _purpose(bank: "Bank", snap: Snapshot, consent: CurrentConsent) -> str:
    provision = ledger.terms(snap, bank.keys, consent).provision
    return provision.purpose if provision else ""


def compose(
    bank: "Bank", snap: Snapshot, recipient_id: RecipientId, asked: DataProvision
) -> Notice:
    """Compose the notice of a request, the same bytes whenever it is shown."""
    return notices.of_now(snap, recipient_id, asked, party(bank.settings))


def level_words(levels: Sequence[DetailLevel]) -> list[tuple[str, str]]:
    """Return the levels of detail with their words, for a form."""
    words = {
        DetailLevel.RECORD: _("Each record as it is"),
        DetailLevel.DAY: _("Only values summed up by day"),
        DetailLevel.MONTH: _("Only values summed up by month"),
        DetailLevel.ANSWER: _("Only yes or no to the question"),
    }
    return [(level.value, words[level]) for level in levels]
