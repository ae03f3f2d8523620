"""The person's log told as happenings: the pages of one fetch are one of them (C-02).

Nothing is left out and nothing is made up: each entry of the log stands in exactly one
happening, and the counts are sums over entries. The log does not say which pages
belong to one fetch; they are taken together where they follow each other directly,
rest on the same consent and could be the pages of one: all but the last are full.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from audit.leaf import EventType
from audit.retention import Retired
from pds.core.database import Snapshot
from pds.core.ids import OwnerId
from pds.disclosure.cursor import FETCH_LIFETIME
from pds.keys.keyring import Keyring
from pds.rights.history import Happening, Walk

_EQUALS_APART: Final = timedelta(days=1)
"""Equal refusals, or looks of an agent, further apart are told one by one."""


@dataclass(frozen=True, slots=True)
class Group:
    """Entries of the log that tell of one act.

    Attributes:
        entries: the entries, newest first; never empty.
    """

    entries: tuple[Happening, ...]

    @property
    def newest(self) -> Happening:
        """The last entry; how the act ended stands here."""
        return self.entries[0]

    @property
    def oldest(self) -> Happening:
        """The first entry; the act began here."""
        return self.entries[-1]

    @property
    def type(self) -> EventType | None:
        """What happened: given, refused, seen; None while it waits for its place."""
        kinds = {each.type for each in self.entries}
        released = EventType.DISCLOSURE_RELEASED
        return released if released in kinds else self.newest.type

    @property
    def at(self) -> datetime | None:
        """The moment at which it began; None while it waits for its place."""
        return self.oldest.at

    @property
    def place(self) -> str:
        """The address of its first entry."""
        return self.oldest.place

    @property
    def recipient(self) -> str:
        """Id of the recipient; empty where there is none."""
        return self.newest.recipient

    @property
    def consent_id(self) -> str:
        """Id of the consent behind it; empty where there is none."""
        return self.newest.consent_id or self.oldest.consent_id

    @property
    def leaf(self) -> dict[str, Any]:
        """The leaf of its first entry, which names purpose and categories."""
        return self.oldest.entry.leaf

    @property
    def reasons(self) -> tuple[str, ...]:
        """Reasons of a refusal, or how a delivery ended."""
        return self.newest.reasons

    @property
    def is_refusal(self) -> bool:
        """Whether nothing went."""
        return self.newest.is_refusal

    @property
    def times(self) -> int:
        """How often it was refused; 1 for everything else."""
        if not self.is_refusal:
            return 1
        return sum(each.count or 1 for each in self.entries)

    @property
    def records(self) -> int | None:
        """Records that went; None while a delivery says nothing of its count."""
        if self.is_refusal:
            return 0
        # A completion says what really went under the entry that it points at.
        ended = {each.entry.leaf.get("ref") for each in self.entries}
        counts = [e.count for e in self.entries if str(e.entry.id) not in ended]
        known = [count for count in counts if count is not None]
        return sum(known) if known else None

    def takes(self, older: Happening) -> bool:
        """Say whether the next older entry tells of the same act."""
        if older.entry.id is not None and any(
            each.entry.leaf.get("ref") == str(older.entry.id) for each in self.entries
        ):
            return True
        last = self.oldest
        if last.at is None or older.at is None or _matter(last) != _matter(older):
            return False
        if older.type in (EventType.DISCLOSURE_DENIED, EventType.AGENT_VIEWED):
            return last.at - older.at <= _EQUALS_APART
        return (
            older.type is EventType.DISCLOSURE_RELEASED
            and (self.newest.at or last.at) - older.at <= FETCH_LIFETIME
            and self._could_precede(older)
        )

    def _could_precede(self, older: Happening) -> bool:
        """Say whether it could be a page before these: all but the last are full."""
        pages = [e for e in self.entries if e.type is EventType.DISCLOSURE_RELEASED]
        if older.count is None or pages[-1].count is None:
            return False
        if len(pages) == 1:
            return older.count >= pages[-1].count
        return older.count == pages[-1].count


@dataclass(frozen=True, slots=True)
class Told:
    """A page of happenings, newest first.

    Attributes:
        next: where the next page begins, as text for an address; None at the end.
        is_sealed: whether older entries exist whose key died with its retention.
        retired: what the log says of them, if there are such.
    """

    groups: tuple[Group, ...]
    next: str | None
    is_sealed: bool
    retired: Retired | None = None


def tell(
    snap: Snapshot,
    keys: Keyring,
    owner: OwnerId,
    *,
    types: Collection[EventType],
    recipient: str = "",
    since: datetime | None = None,
    after: str | None = None,
    limit: int,
) -> Told:
    """Return what happened, newest first.

    Args:
        snap: one consistent state.
        keys: opens the entries.
        owner: whose log.
        types: kinds of entries that count.
        recipient: only what concerns this recipient; everybody if empty.
        since: nothing older is told, and `next` is None when it is reached.
        after: where the page before ended.
        limit: most happenings.

    Raises:
        Invalid: `rights.cursor`; the cursor is none of ours.
        VerificationError: an entry does not hold together.
    """
    groups: list[Group] = []
    walk = Walk(snap, keys, owner, after)
    for each in walk.entries():
        if since is not None and each.at is not None and each.at < since:
            return Told(tuple(groups), None, is_sealed=False)
        if each.type not in types:
            continue
        if recipient and each.recipient != recipient:
            continue
        if groups and groups[-1].takes(each):
            groups[-1] = Group((*groups[-1].entries, each))
        elif len(groups) == limit:
            return Told(tuple(groups), each.place, is_sealed=False)
        else:
            groups.append(Group((each,)))
    return Told(
        tuple(groups), walk.next, is_sealed=walk.is_sealed, retired=walk.retired
    )


def _matter(entry: Happening) -> tuple[object, ...]:
    """Return what entries of one act have in common."""
    leaf, fields = entry.entry.leaf, entry.entry.detail.fields
    return (
        entry.type,
        entry.recipient,
        leaf.get("pur"),
        tuple(leaf.get("cats", ())),
        entry.consent_id,
        fields.get("consent_version"),
        entry.reasons,
    )
