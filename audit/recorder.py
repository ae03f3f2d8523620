"""Writing entries in the caller's transaction.

One recorder serves one act. It takes the entry's number from the subject's state,
seals the detail and collects the leaf; the writer gives the leaf its time and place.
If the act is rolled back, the recorder is thrown away with it.
"""

from datetime import datetime

from sqlalchemy import Connection, bindparam, insert

from audit import commitment, detail, person, quarter
from audit.draft import LeafDraft, Recorded
from audit.entry import Entry, PreparedEntry, prepare
from audit.leaf import EventType
from audit.pseudonyms import Pseudonyms
from audit.tables import log_detail
from pds.core.database import Prepared
from pds.core.ids import Ids, OwnerId
from pds.keys.classes import KeyClass
from pds.keys.errors import KeyUnavailable
from pds.keys.keyring import Keyring
from pds.keys.open_key import OpenKey

K_SUB_LABEL = b"ib1/subject-handle"
"""Label under which k_sub is derived from an audit key."""

KEEP_DETAIL = Prepared(
    insert(log_detail).values(
        owner_id=bindparam("owner"),
        gen=bindparam("gen"),
        i=bindparam("i"),
        envelope=bindparam("envelope"),
    )
)
"""Keeps the sealed detail of an entry."""


class Recorder:
    """Records entries of one act.

    Args:
        connection: the connection of the act's transaction.
        now: the moment of the act, aware, in UTC.
        ids: maker of ids and secrets.
        keys: the keyring.
        retention_years: how long audit keys live after the end of their quarter.
        pseudonyms: names persons for auditors; None where only the bank itself acts.
    """

    def __init__(
        self,
        connection: Connection,
        now: datetime,
        ids: Ids,
        keys: Keyring,
        retention_years: int = quarter.RETENTION_YEARS,
        pseudonyms: Pseudonyms | None = None,
    ) -> None:
        self._connection = connection
        self._now = now
        self._ids = ids
        self._keys = keys
        self._pseudonyms = pseudonyms
        self._destroy_after = quarter.destroy_after(now, retention_years)
        self.recorded: list[Recorded] = []

    @property
    def drafts(self) -> list[LeafDraft]:
        """The leaves so far, in the order in which they were recorded."""
        return [each.draft for each in self.recorded]

    def record(self, entry: Entry | PreparedEntry) -> Recorded:
        """Write an entry: its number, its sealed detail, its leaf.

        Raises:
            NotFound: the subject was never opened.
            Invalid: the entry breaks a rule (only for one not yet prepared).
            BankError: the audit key cannot be used; nothing may be released.
        """
        if isinstance(entry, Entry):
            entry = prepare(entry, self._ids, self._pseudonyms)
        state = person.take(self._connection, entry.subject)
        key, i = self._usable(entry.subject, state.gen), state.n - 1
        if key is None:
            # The new generation's first entry tells how many the old one had, so
            # that no tail can be cut from it.
            key = self._turn(entry.subject, state.gen, final_n=i)
            i = 1
        return self._write(entry, key, i)

    def new_key(self, owner: OwnerId) -> OpenKey:
        """Create the subject's audit key for the present quarter."""
        return self._keys.create(
            self._connection,
            owner,
            KeyClass.AUDIT,
            now=self._now,
            destroy_after=self._destroy_after,
        )

    def _usable(self, owner: OwnerId, gen: int) -> OpenKey | None:
        try:
            key = self._keys.active(self._connection, owner, KeyClass.AUDIT)
        except KeyUnavailable:
            return None
        return key if is_usable(key, gen, self._destroy_after) else None

    def _turn(self, owner: OwnerId, old_gen: int, final_n: int) -> OpenKey:
        key = self.new_key(owner)
        person.turn(self._connection, owner, key.generation, 2)
        previous = {"prev_gen": str(old_gen), "prev_n": str(final_n)}
        opened = Entry(type=EventType.SUBJECT_OPENED, subject=owner, detail=previous)
        self._write(prepare(opened, self._ids, self._pseudonyms), key, 0)
        return key

    def _write(self, entry: PreparedEntry, key: OpenKey, i: int) -> Recorded:
        recorded = compose(entry, key, i)
        self._keep_detail(recorded, key)
        self.recorded.append(recorded)
        return recorded

    def _keep_detail(self, recorded: Recorded, key: OpenKey) -> None:
        entry, gen, i = recorded.prepared, recorded.gen, recorded.i
        envelope = self._keys.seal(
            self._connection,
            key,
            detail.object_id(gen, i),
            detail.ENVELOPE_VERSION,
            detail.LABEL,
            plaintext(entry, gen, i),
        )
        KEEP_DETAIL.run(
            self._connection,
            owner=entry.subject.bytes,
            gen=gen,
            i=i,
            envelope=envelope,
        )


def is_usable(key: OpenKey, gen: int, destroy_after: datetime) -> bool:
    """Say whether a key is the one in use and lives long enough for a new entry.

    Args:
        key: the subject's newest active audit key.
        gen: the generation that the subject's state names.
        destroy_after: until when details of this moment are kept.
    """
    return (
        key.generation == gen
        and key.destroy_after is not None
        and key.destroy_after >= destroy_after
    )


def compose(entry: PreparedEntry, key: OpenKey, i: int) -> Recorded:
    """Return an entry with its number and its leaf; nothing is written by it."""
    gen = key.generation
    m = _detail_map(entry, gen, i)
    com = commitment.detail_commitment(entry.opening, entry.id_text, m)
    sub = commitment.subject_handle(key.data_key.derive_once(K_SUB_LABEL), i)
    before, middle, before_t, after = entry.leaf_parts
    prefix = b"".join(
        (before, com.hex().encode(), middle, sub.hex().encode(), before_t)
    )
    draft = LeafDraft(entry.id.bytes, sub, prefix, after)
    return Recorded(entry, gen, i, m, draft)


def plaintext(entry: PreparedEntry, gen: int, i: int) -> bytes:
    """Return the detail of an entry, to be sealed."""
    head, tail = entry.detail_parts
    return head + b'"gen":"%d","i":"%d"' % (gen, i) + tail


def _detail_map(entry: PreparedEntry, gen: int, i: int) -> bytes:
    salts, (head, tail) = entry.salts, entry.m_parts
    of_gen = commitment.field_commitment(salts["gen"], "gen", str(gen)).hex()
    of_i = commitment.field_commitment(salts["i"], "i", str(i)).hex()
    return head + f'"gen":"{of_gen}","i":"{of_i}"'.encode() + tail
