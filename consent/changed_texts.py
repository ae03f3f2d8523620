"""What changed in the texts of a consent, for the person who gave it (D-08)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from consent import board_items, live_texts, text_facts
from consent.board_vocabulary import CATEGORIES
from consent.content import EventContent
from consent.facts import BoardSubjectKind
from consent.texts import TextFacts, sha256_of
from pds.core.database import Snapshot
from pds.core.vocabulary import categories, purposes
from pds.core.vocabulary.words import Words, read_words


@dataclass(frozen=True, slots=True)
class ChangedText:
    """A purpose or category that means something else than when the person agreed.

    Attributes:
        before: name and explanation that were read; None if they were not kept.
        now: those in use.
    """

    id: str
    before: Words | None
    now: Words


@dataclass(frozen=True, slots=True)
class Stopped:
    """Why texts stop a consent, or will.

    Attributes:
        changed: what means something else; the consent gives nothing of it.
        ends_at: when it stops because nobody knows what was read; None otherwise.
        is_over: whether it gives nothing because of texts.
    """

    changed: tuple[ChangedText, ...]
    ends_at: datetime | None
    is_over: bool


def of_consent(snap: Snapshot, content: EventContent) -> Stopped | None:
    """Return what texts do to a consent; None if they do nothing to it.

    Args:
        snap: one consistent state.
        content: the event that said its terms.
    """
    agreement, provision = content.agreement, content.provision
    if agreement is None or provision is None:
        return None
    found = text_facts.of_agreement(snap, agreement, provision)
    if not found.is_known:
        until = found.goes_on_until
        is_over = until is None or snap.now >= until
        return Stopped((), None if is_over else until, is_over)
    if not found.purposes and not found.categories:
        return None
    read = agreement.texts or text_facts.of_before(snap, agreement, provision)
    before = dict(read.purposes + read.categories) if read else {}
    return Stopped(tuple(_changed(snap, found, before)), None, is_over=True)


def _changed(
    snap: Snapshot, found: TextFacts, read: Mapping[str, str]
) -> Iterator[ChangedText]:
    for name in sorted(found.purposes):
        past = _purposes(snap, name)
        yield ChangedText(name, past.get(read[name]), purposes.get(name).words)
    for name in sorted(found.categories):
        past = _categories(snap, name)
        yield ChangedText(name, past.get(read[name]), categories.get(name).words)


def _purposes(snap: Snapshot, name: str) -> dict[str, Words]:
    """Return the words of every text that a purpose had, by SHA-256."""
    known = board_items.editions(snap, BoardSubjectKind.PURPOSE, name)
    return {
        sha256_of(each.subject_id): read_words(each.document["words"]) for each in known
    }


def _categories(snap: Snapshot, name: str) -> dict[str, Words]:
    """Return the words of every text that a category had, by SHA-256."""
    known = board_items.editions(snap, BoardSubjectKind.VOCABULARY, CATEGORIES)
    return {
        live_texts.of_categories(item.subject_id, item.document)[name]: read_words(
            each["words"]
        )
        for item in known
        for each in item.document["categories"]
        if each["id"] == name
    }
