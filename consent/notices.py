"""Consent notices: what is shown before the answer, fixed by its hash (N-01 to N-12).

A notice is a structured object with the headings of ISO/IEC 29184 (JIS X 9252) 5.3 and
those of the certification rules, in Japanese and in English. Its hash is the SHA-256 of
its canonical bytes (RFC 8785); the preview of the person's own records is shown beside
it and is never part of it, so that a notice names no person.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import insert, select

from audit.canonical import canonical, parse_canonical
from audit.work import Work
from consent import (
    countries,
    country_facts,
    processors,
    rar,
    recipients,
    statutory,
    wording,
)
from consent.country_facts import CountryFacts
from consent.notice_words import HEADINGS, NUMBERS, PROCESSORS, TEXTS
from consent.processors import Processor, ProcessorProfile
from consent.recipients import RecipientProfile
from consent.tables import consent_notice
from consent.terms import DataProvision
from pds.core.database import Snapshot
from pds.core.errors import Invalid, NotFound
from pds.core.ids import RecipientId
from pds.core.vocabulary import categories
from pds.core.vocabulary.countries import name as country_name
from pds.core.vocabulary.words import LANGUAGES

TEMPLATE = "consent-notice/5"
"""Version of the headings and texts; 2 says what is left out of records, 3 names
processors (R-05), 4 explains apart what goes abroad, decides, or needs special care, 5
leaves out numbers of records."""

_OF_TERMS = {
    "purpose": "purpose",
    "data": "categories",
    "detail": "detail",
    "left_out": "left_out",
    "period": "window",
    "use": "form",
    "frequency": "access",
    "retention": "retention_days",
    "withdrawal": "after_withdrawal",
    "onward": "onward",
    "location": "country",
    "benefit": "benefit",
    "terms": "terms",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BankParty:
    """The bank, as notices and receipts name it (A-24)."""

    name_ja: str
    name_en: str
    address: str
    representative: str
    contact: str
    url: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One heading of a notice with its text."""

    id: str
    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice as fixed; everything is read from its canonical bytes."""

    body: bytes

    @property
    def hash(self) -> bytes:
        """SHA-256 of the canonical bytes, 32 bytes."""
        return hashlib.sha256(self.body).digest()

    @property
    def content(self) -> Mapping[str, Any]:
        """The object that was hashed."""
        content: Mapping[str, Any] = parse_canonical(self.body)
        return content

    @property
    def provision(self) -> DataProvision:
        """The terms that the notice explains."""
        return rar.parse(self.content["provision"])

    @property
    def abroad(self) -> Mapping[str, Any] | None:
        """What it tells of a foreign country, as `country_facts.written` says it."""
        told: Mapping[str, Any] | None = self.content.get("abroad")
        return told

    @property
    def recipient_id(self) -> str:
        """The recipient that the notice names."""
        recipient_id: str = self.content["recipient"]["recipient_id"]
        return recipient_id

    def paragraphs(self, language: str) -> tuple[Paragraph, ...]:
        """Return what a person reads, in `ja` or `en`."""
        return tuple(Paragraph(**item) for item in self.content["text"][language])


def of_now(
    snap: Snapshot, recipient_id: RecipientId, provision: DataProvision, bank: BankParty
) -> Notice:
    """Write the notice for terms, with recipient and processors as they are now.

    Raises:
        NotFound: `recipient.unknown`.
    """
    known = processors.in_force(snap, recipient_id)
    profile = recipients.get(snap, recipient_id).profile
    country = countries.current(snap, recipient_id, provision.country)
    return compose(provision, profile, bank, touching(known, provision), country)


def touching(
    known: Sequence[Processor], provision: DataProvision
) -> list[ProcessorProfile]:
    """Return the processors that would handle data of the terms."""
    asked = set(categories.expand(provision.categories))
    return [
        each.profile
        for each in known
        if not asked.isdisjoint(categories.expand(each.profile.categories))
    ]


def compose(
    provision: DataProvision,
    recipient: RecipientProfile,
    bank: BankParty,
    handling: Sequence[ProcessorProfile] = (),
    country: CountryFacts | None = None,
) -> Notice:
    """Write the notice for terms that a recipient asks for; pure.

    Args:
        provision: the terms.
        recipient: who asks.
        bank: the bank.
        handling: processors of the recipient that would handle the data.
        country: what is known of the foreign country in which the data is handled.
    """
    content: dict[str, Any] = {
        "v": 1,
        "type": "consent_notice",
        "template": TEMPLATE,
        "provision": rar.serialise(provision),
        "recipient": asdict(recipient),
        "bank": asdict(bank),
        "text": {
            language: _with_processors(
                _text(provision, recipient, bank, country, language), handling, language
            )
            for language in LANGUAGES
        },
    }
    if handling:
        content["processors"] = [_said(each) for each in handling]
    if country is not None:
        content["abroad"] = country_facts.written(country)
    return Notice(canonical(content))


def _said(each: ProcessorProfile) -> dict[str, Any]:
    day = each.contract_day.isoformat()
    return asdict(each) | {"categories": list(each.categories), "contract_day": day}


def _with_processors(
    text: list[dict[str, str]], handling: Sequence[ProcessorProfile], language: str
) -> list[dict[str, str]]:
    """Put a paragraph about processors behind the one about passing data on."""
    if not handling:
        return text
    heading, beginning, form = PROCESSORS[language]
    said = [
        form.format_map(
            {
                "name": each.names[language],
                "number": NUMBERS[language].format(number=each.corporate_number)
                if each.corporate_number
                else "",
                "country": country_name(each.country, language),
                "task": each.tasks[language],
                "data": _data(each.categories, language),
            }
        )
        for each in handling
    ]
    part = {"id": "processors", "heading": heading, "text": "".join([beginning, *said])}
    at = [each["id"] for each in text].index("onward") + 1
    return [*text[:at], part, *text[at:]]


def _data(prefixes: Sequence[str], language: str) -> str:
    words = [getattr(categories.words(each), language).name for each in prefixes]
    return {"ja": "、", "en": ", "}[language].join(words)


def _text(
    provision: DataProvision,
    recipient: RecipientProfile,
    bank: BankParty,
    country: CountryFacts | None,
    language: str,
) -> list[dict[str, str]]:
    said = {
        sentence.term: sentence.text
        for sentence in wording.sentences(provision, language)
    }
    names = {"ja": recipient.name_ja, "en": recipient.name_en}
    banks = {"ja": bank.name_ja, "en": bank.name_en}
    fixed = {
        "recipient": names[language],
        "address": recipient.address,
        "representative": recipient.representative,
        "number": recipient.corporate_number,
        "contact": recipient.contact,
        "bank": banks[language],
        "bank_contact": bank.contact,
        "url": bank.url,
    }
    texts = {name: said[term] for name, term in _OF_TERMS.items()}
    texts |= {name: each.format_map(fixed) for name, each in TEXTS[language].items()}
    texts |= statutory.texts(provision, recipient, banks[language], country, language)
    return [
        {"id": name, "heading": heading, "text": texts[name]}
        for name, heading in HEADINGS[language].items()
        if name in texts
    ]


def keep(work: Work, notice: Notice) -> bytes:
    """Store a notice that is about to be shown; return its hash. Twice is no error."""
    if find(work, notice.hash) is None:
        work.connection.execute(
            insert(consent_notice).values(
                hash=notice.hash,
                template=notice.content["template"],
                body=notice.body,
                made_at=work.now,
            )
        )
    return notice.hash


def find(snap: Snapshot, notice_hash: bytes) -> Notice | None:
    """Return the notice of a hash, or None if none was kept."""
    query = select(consent_notice.c.body).where(consent_notice.c.hash == notice_hash)
    body = snap.connection.execute(query).scalar()
    return None if body is None else Notice(bytes(body))


def get(snap: Snapshot, notice_hash: bytes) -> Notice:
    """Return the notice of a hash; NotFound `consent.notice-unknown` if none."""
    found = find(snap, notice_hash)
    if found is None:
        raise NotFound("consent.notice-unknown", "No such notice was shown.")
    return found


def require(
    snap: Snapshot, notice_hash: bytes, recipient_id: RecipientId, asked: DataProvision
) -> None:
    """Check that a notice tells of these terms and of what is known abroad now.

    Raises:
        NotFound: `consent.notice-unknown`.
        Invalid: `consent.other-notice`.
    """
    shown = get(snap, notice_hash)
    known = countries.current(snap, recipient_id, asked.country)
    is_of_terms = shown.recipient_id == recipient_id and shown.provision == asked
    if not is_of_terms or not country_facts.is_told(known, shown.abroad):
        raise Invalid("consent.other-notice", "The notice tells of something else.")
