"""What the consent page shows: the notice, and what exactly would go now.

The notice is composed from the very object that the engine enforces, and the one that
is shown is the one whose hash the consent points at. The preview comes from
`pds.disclosure`, the path on which the records themselves would go.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask_babel import gettext as _

from consent import notices, recipients
from consent.notices import BankParty, Notice, Paragraph
from consent.oauth.clients import Client
from consent.terms import DataProvision
from pds.core.database import Snapshot
from pds.core.ids import OwnerId
from pds.core.settings import Settings
from pds.core.vocabulary import DetailLevel, categories
from pds.disclosure.preview import preview
from pds.web.languages import language, named

if TYPE_CHECKING:
    from pds.bank.bank import Bank


@dataclass(frozen=True)
class ConsentPage:
    """Everything on the page but the form.

    Attributes:
        recipient: the recipient's name.
        paragraphs: the notice, heading by heading.
        count: the person's matching records now.
        rows: the first of them, exactly as they would go.
        by_category: names of categories with their counts.
    """

    recipient: str
    paragraphs: Sequence[Paragraph]
    count: int
    rows: Sequence[str]
    by_category: Sequence[tuple[str, int]]


def describe(
    bank: "Bank", owner: OwnerId, client: Client, asked: DataProvision
) -> ConsentPage:
    """Compose the page from one snapshot."""
    with bank.read() as snap:
        notice = compose(bank, snap, client, asked)
        shown = preview(snap, bank.selector, owner, client.recipient_id, asked)
    return ConsentPage(
        recipient=notice.content["recipient"][f"name_{language()}"],
        paragraphs=notice.paragraphs(language()),
        count=shown.count,
        rows=[row.decode() for row in shown.rows],
        by_category=[
            (named(categories.get(each).words), count)
            for each, count in shown.by_category.items()
        ],
    )


def compose(
    bank: "Bank", snap: Snapshot, client: Client, asked: DataProvision
) -> Notice:
    """Compose the notice of a request, the same bytes whenever it is shown."""
    recipient = recipients.get(snap, client.recipient_id)
    return notices.compose(asked, recipient.profile, party(bank.settings))


def party(settings: Settings) -> BankParty:
    """Return the bank as notices name it, from its settings."""
    name, contact = settings.operator_name, settings.issuer
    return BankParty(
        name_ja=name,
        name_en=name,
        address=contact,
        representative=name,
        contact=contact,
        url=settings.issuer,
    )


def level_words(levels: Sequence[DetailLevel]) -> list[tuple[str, str]]:
    """Return the levels of detail with their words, for a form."""
    words = {
        DetailLevel.RECORD: _("Each record as it is"),
        DetailLevel.DAY: _("Only values summed up by day"),
        DetailLevel.MONTH: _("Only values summed up by month"),
        DetailLevel.ANSWER: _("Only yes or no to the question"),
    }
    return [(level.value, words[level]) for level in levels]
