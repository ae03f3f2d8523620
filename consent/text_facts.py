"""Compares the texts that a person read with those that the board has in force (D-08).

Almost always they are the same, and nothing is asked of the database. Where they are
not, three things can be: the board found that the new text means the same, and the
consent goes on; it means something else, and the person is asked anew; or the board has
not decided yet, and what was agreed under the text before goes on for the days of
`text.decided-within`.

Consents of before named no text. What the person read is then the text about which the
consent names the board's decision, and of categories the one that was registered on
that day. Where that cannot be said, `consent.text_transition` says until when they go
on.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import and_, exists, or_, select

from consent import (
    board,
    board_items,
    board_vocabulary,
    live_texts,
    text_meaning,
    text_transition,
)
from consent.board_facts import DECIDED_WITHIN
from consent.board_items import BoardItem
from consent.board_tables import board_item
from consent.board_vocabulary import CATEGORIES
from consent.content import Agreement
from consent.facts import BoardSubjectKind
from consent.tables import board_decision
from consent.terms import DataProvision
from consent.text_tables import text_transition as transition_table
from consent.texts import SAME_TEXTS, TextFacts, Texts, sha256_of
from pds.core.database import Snapshot
from pds.core.vocabulary import categories

_PURPOSE, _VOCABULARY = BoardSubjectKind.PURPOSE, BoardSubjectKind.VOCABULARY
Pairs = list[tuple[str, str]]
"""Ids with the SHA-256 of the text that was read."""


def of_agreement(
    snap: Snapshot, agreement: Agreement, provision: DataProvision
) -> TextFacts:
    """Compare the texts of a yes with those in force."""
    read = agreement.texts or of_before(snap, agreement, provision)
    return unknown(snap, agreement.given_at) if read is None else compare(snap, read)


def unknown(snap: Snapshot, given_at: datetime) -> TextFacts:
    """Return what holds for something of before that names no text."""
    found = text_transition.read(snap)
    is_of_before = found is not None and given_at < found.began_at
    until = found.ends_at if found is not None and is_of_before else None
    return TextFacts(is_known=False, goes_on_until=until)


def compare(snap: Snapshot, read: Texts) -> TextFacts:
    """Compare texts that were read with those in force.

    What the vocabulary has no more is left to the gates that say so.
    """
    ids, parts = board_vocabulary.purpose_ids(), board_vocabulary.category_texts()
    other = [(n, s) for n, s in read.purposes if sha256_of(ids.get(n, s)) != s]
    kinds = [(n, s) for n, s in read.categories if parts.get(n, s) != s]
    if not other and not kinds:
        return SAME_TEXTS
    purposes = frozenset(n for n, sha256 in other if _is_changed(snap, n, sha256))
    return _of_categories(snap, kinds, purposes)


def _is_changed(snap: Snapshot, name: str, sha256: str) -> bool:
    live = board_vocabulary.purpose_ids()[name]
    found = governing(snap, _PURPOSE, name, live)
    # Where nobody ever decided, the gate of the board says so.
    return found is not None and _differs(
        snap, _PURPOSE, name, sha256, sha256_of(found.subject_id)
    )


def _of_categories(snap: Snapshot, kinds: Pairs, purposes: frozenset[str]) -> TextFacts:
    if not kinds:
        return TextFacts(purposes=purposes)
    live = board_vocabulary.category_texts()
    found = governing(
        snap, _VOCABULARY, CATEGORIES, board_vocabulary.list_ids()[CATEGORIES]
    )
    now = live_texts.of_categories(found.subject_id, found.document) if found else {}
    changed = frozenset(
        name
        for name, sha256 in kinds
        if name in now and _differs(snap, _VOCABULARY, name, sha256, now[name])
    )
    waiting = frozenset(n for n, _ in kinds if now.get(n) != live[n]) - changed
    return TextFacts(
        purposes=purposes,
        categories=changed,
        waiting=waiting,
        goes_on_until=_wait(snap, _VOCABULARY, CATEGORIES, found) if waiting else None,
    )


def _differs(
    snap: Snapshot, kind: BoardSubjectKind, name: str, one: str, other: str
) -> bool:
    if one == other:
        return False
    meanings = {text_meaning.meaning(snap, (kind, name, sha)) for sha in (one, other)}
    return len(meanings) > 1


def governing(
    snap: Snapshot, kind: BoardSubjectKind, name: str, live: str
) -> BoardItem | None:
    """Return the newest text that the board decided on, up to the one that is used.

    None if it decided on none of them.
    """
    known = board_items.editions(snap, kind, name)
    end = next((n for n, each in enumerate(known, 1) if each.subject_id == live), 0)
    past = reversed(known[:end])
    return next((x for x in past if _decided(snap, kind, x.subject_id)), None)


def _decided(snap: Snapshot, kind: BoardSubjectKind, subject_id: str) -> bool:
    found = board.current(snap, kind, subject_id, version=board_items.VERSION)
    return found.decision_id is not None


def undecided_since(snap: Snapshot, purpose: str) -> datetime | None:
    """Return since when a purpose gives nothing for want of a decision on a new text.

    That is its own or that of the categories. None while what was agreed before goes
    on, and where nobody ever decided, of which the gate of the board speaks.
    """
    lists = board_vocabulary.list_ids()
    ends = (
        _waits_until(snap, _PURPOSE, purpose, board_vocabulary.purpose_ids()),
        _waits_until(snap, _VOCABULARY, CATEGORIES, lists),
    )
    return min((x for x in ends if x is not None and x <= snap.now), default=None)


def _waits_until(
    snap: Snapshot, kind: BoardSubjectKind, name: str, ids: Mapping[str, str]
) -> datetime | None:
    live = ids.get(name)
    if live is None or _decided(snap, kind, live):
        return None
    found = governing(snap, kind, name, live)
    return None if found is None else _wait(snap, kind, name, found)


def _wait(
    snap: Snapshot, kind: BoardSubjectKind, name: str, decided: BoardItem | None
) -> datetime | None:
    """Return until when a text may wait: from the first undecided one on."""
    known = board_items.editions(snap, kind, name)
    undecided = known[decided.edition :] if decided else known
    return undecided[0].registered_at + DECIDED_WITHIN if undecided else None


def may_stop(snap: Snapshot) -> bool:
    """Say whether texts may do anything to a consent; one query for a whole page.

    They do nothing while each has one edition and no upgrade is recorded.
    """
    c = board_item.c
    is_categories = and_(c.kind == _VOCABULARY.value, c.name == CATEGORIES)
    is_named = or_(c.kind == _PURPOSE.value, is_categories)
    changed = exists().where(is_named, c.edition > 1)
    query = select(or_(changed, exists(select(transition_table.c.id))))
    return bool(snap.connection.execute(query).scalar())


def of_before(
    snap: Snapshot, agreement: Agreement, provision: DataProvision
) -> Texts | None:
    """Return the texts that somebody read who named none; None if nobody can tell."""
    purpose = _decided_text(snap, agreement, provision.purpose)
    kinds = _registered_on(snap, agreement.given_at)
    if purpose is None or kinds is None:
        return None
    parts = live_texts.of_registered(snap, kinds)
    covered = categories.expand(provision.categories, as_of=agreement.vocabulary)
    names = sorted(each.id for each in covered if each.id in parts)
    return Texts(
        ((provision.purpose, sha256_of(purpose)),),
        tuple((name, parts[name]) for name in names),
    )


def _decided_text(snap: Snapshot, agreement: Agreement, purpose: str) -> str | None:
    """Return the text of a purpose about which a yes names the board's decision."""
    c = board_decision.c
    query = select(c.subject_id).where(
        c.kind == _PURPOSE.value,
        c.subject_id.startswith(f"{purpose}@", autoescape=True),
        c.decision_id.in_(agreement.board_decisions),
    )
    return snap.connection.execute(query.limit(1)).scalar()


def _registered_on(snap: Snapshot, at: datetime) -> str | None:
    """Return the id of the text of the categories that was shown at a moment.

    That a release was taken back is written nowhere, so that of two texts the one that
    is in use no more may never have been shown: then nobody can tell.
    """
    c = board_item.c
    query = select(c.subject_id, c.is_live).where(
        c.kind == _VOCABULARY.value, c.name == CATEGORIES, c.registered_at <= at
    )
    rows = snap.connection.execute(query.order_by(c.edition.desc()).limit(2)).all()
    is_sure = len(rows) == 1 or (rows and rows[0].is_live)
    return str(rows[0].subject_id) if is_sure else None
