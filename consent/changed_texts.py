"""What changed in the texts of a consent, for the person who gave it (D-08)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from consent import board_items, board_vocabulary, live_texts, text_facts
from consent.board_vocabulary import CATEGORIES
from consent.content import Agreement, EventContent
from consent.facts import BoardSubjectKind
from consent.terms import DataProvision
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
        sha256: of the text in use.
    """

    id: str
    before: Words | None
    now: Words
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """Why texts stop a consent or a part of it, or will.

    Attributes:
        changed: what means something else; the consent gives nothing of it.
        ends_at: when it stops, or stopped, because nobody knows what was read; None
            otherwise, or if it never went on.
        undecided_since: since when it gives nothing because the board has not decided
            on a new text; None otherwise. The person cannot agree anew then.
        is_over: whether it gives nothing at all because of texts.
    """

    changed: tuple[ChangedText, ...] = ()
    ends_at: datetime | None = None
    undecided_since: datetime | None = None
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
    since = text_facts.undecided_since(snap, provision.purpose)
    if not found.is_known:
        until = found.goes_on_until
        is_over = since is not None or until is None or snap.now >= until
        return Stopped(ends_at=until, undecided_since=since, is_over=is_over)
    covered = _covered(agreement, provision)
    found = replace(found, categories=found.categories & covered)
    if not found.purposes and not found.categories and since is None:
        return None
    read = agreement.texts or text_facts.of_before(snap, agreement, provision)
    before = dict(read.purposes + read.categories) if read else {}
    is_all = bool(found.purposes) or found.categories == covered
    return Stopped(
        changed=tuple(_changed(snap, found, before)),
        undecided_since=since,
        is_over=is_all or since is not None,
    )


def _covered(agreement: Agreement, provision: DataProvision) -> frozenset[str]:
    """Return what terms cover now, of what there still is; narrowing makes it less."""
    known = categories.expand(provision.categories, as_of=agreement.vocabulary)
    texts = board_vocabulary.category_texts()
    return frozenset(each.id for each in known if each.id in texts)


def _changed(
    snap: Snapshot, found: TextFacts, read: Mapping[str, str]
) -> Iterator[ChangedText]:
    for name in sorted(found.purposes):
        past = _purposes(snap, name)
        sha256 = sha256_of(board_vocabulary.purpose_ids()[name])
        yield ChangedText(name, past.get(read[name]), purposes.get(name).words, sha256)
    parts = board_vocabulary.category_texts()
    for name in sorted(found.categories):
        past = _categories(snap, name)
        sha256, words = parts[name], categories.get(name).words
        yield ChangedText(name, past.get(read[name]), words, sha256)


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
