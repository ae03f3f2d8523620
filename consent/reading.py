"""Compares the notice that a person read with the one that counts now (N-01, D-08).

A form that ends in a yes carries the hash of the notice on its page. The unit of work
that would record the yes composes the notice once more and compares::

    page (hash, marks) ─► yes ─► hold recipient ─► compose ─► same ─► kept
                                                           └► other ─► page anew

An attacker can leave the hash out, send a stranger's, or send one of an older page:
each is another notice, so nothing is recorded. The recipient is held from comparison to
commit, so facts about it, its processors and its countries cannot change between.
Marks only say which paragraphs are new to the reader; nothing is decided by them.
"""

import hashlib
import re
from collections.abc import Mapping
from hmac import compare_digest
from typing import Final

from audit.canonical import canonical
from audit.work import Work
from consent import notices, recipients
from consent.notice_words import HEADINGS, PROCESSORS
from consent.notices import BankParty, Notice
from consent.terms import DataProvision
from pds.core.errors import Conflict
from pds.core.ids import RecipientId
from pds.core.vocabulary.words import LANGUAGES

CHANGED: Final = "consent.notice-changed"
"""Code of the conflict: the person read something else than what counts now."""
_MARK: Final = re.compile(r"([a-z_]{1,40}):([0-9a-f]{16})")


def require(
    work: Work,
    recipient_id: RecipientId,
    asked: DataProvision,
    bank: BankParty,
    read: bytes,
) -> bytes:
    """Keep the notice of now if it is the one that was read; return its hash.

    Args:
        work: the unit of work of the yes.
        recipient_id: who asks.
        asked: the terms that the notice tells of.
        bank: the bank, as the notice names it.
        read: hash of the notice that was on the screen; empty for none.

    Raises:
        Conflict: `consent.notice-changed`.
        NotFound: `recipient.unknown`.
    """
    recipients.hold(work, recipient_id)
    now = notices.of_now(work, recipient_id, asked, bank)
    if not compare_digest(read, now.hash):
        raise Conflict(CHANGED, "What was read is not what counts now.")
    return notices.keep(work, now)


def marks(notice: Notice) -> str:
    """Return a mark of every paragraph, to be sent back with the answer."""
    return " ".join(f"{name}:{mark}" for name, mark in _marks(notice).items())


def changed(notice: Notice, sent: str) -> frozenset[str]:
    """Return the ids of paragraphs that read otherwise than the marks sent.

    Without any mark nothing is known of what was read, and nothing is marked.
    """
    before = dict(_MARK.findall(sent))
    if not before:
        return frozenset()
    now = _marks(notice)
    return frozenset(name for name, mark in now.items() if before.get(name) != mark)


def gone(notice: Notice, sent: str, language: str) -> tuple[str, ...]:
    """Return the headings of paragraphs that were read and are no longer there."""
    known = {**HEADINGS[language], "processors": PROCESSORS[language][0]}
    before, now = dict(_MARK.findall(sent)), _marks(notice)
    return tuple(
        heading for name, heading in known.items() if name in before and name not in now
    )


def _marks(notice: Notice) -> Mapping[str, str]:
    """Return by id the first eight bytes of a hash over both languages, in hex."""
    said: dict[str, dict[str, str]] = {}
    for language in LANGUAGES:
        for each in notice.paragraphs(language):
            said.setdefault(each.id, {})[language] = each.text
    return {
        name: hashlib.sha256(canonical(texts)).hexdigest()[:16]
        for name, texts in said.items()
    }
