"""Opening a health link: passcode, one opening, one entry, one short-lived address.

1. A passcode is tried only after a try was taken in a transaction of its own, so that
   many guesses at once are as many as one after the other; a right one gives its try
   back. When none is left the link is locked and its file gone.
2. Then, in one transaction: the link is still open, an opening is taken, the disclosure
   stands in the log with its records, the person is told, and a new address for the
   file is kept. Nothing goes before that is durable.
3. The address lives for minutes, and as long as the link was not cut.

What an attacker would send: guesses (above); the manifest many times at once (openings
are counted down in the row); an old address (its time, or the cut); a link to somebody
else's server (the page takes only this bank's).
"""

import unicodedata
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from audit.canonical import canonical
from audit.draft import Recorded
from audit.entry import Entry, PreparedEntry, prepare
from audit.leaf import EventType
from audit.pseudonyms import Pseudonyms
from audit.work import Work
from consent.oauth import opaque
from pds.accounts import messages, passwords
from pds.accounts.message_kinds import MessageTopic
from pds.core.clock import Clock
from pds.core.database import Snapshot
from pds.core.errors import Forbidden, Invalid
from pds.core.ids import Ids
from pds.disclosure.health_links import counting, links
from pds.disclosure.health_links.links import (
    FORM,
    HealthLink,
    HealthLinkState,
)
from pds.disclosure.health_links.tables import health_link, health_link_opening
from pds.disclosure.release import Store, Undelivered, commit
from pds.keys.errors import KeyUnavailable
from pds.keys.keyring import Keyring

LONGEST_NAME: Final = 100
"""Characters of what whoever opens a link calls themselves."""
_l, _o = health_link.c, health_link_opening.c


@dataclass(frozen=True, slots=True)
class Opened:
    """An opening.

    Attributes:
        file_text: the tail of the file's address.
        file: the encrypted file.
    """

    file_text: str
    file: bytes


@dataclass(frozen=True, slots=True)
class WrongPasscode:
    """A passcode was missing or wrong; how many tries the link has left."""

    tries_left: int


@dataclass(frozen=True)
class Door:
    """The gate of health links.

    Attributes:
        store: snapshots and units of work.
        keys: opens what is said of a link.
        ids: maker of ids and secrets.
        clock: the moment of the release.
        pseudonyms: names persons for auditors.
    """

    store: Store
    keys: Keyring
    ids: Ids
    clock: Clock
    pseudonyms: Pseudonyms

    def open(
        self, text: str, recipient: str, passcode: str, address: str
    ) -> Opened | WrongPasscode:
        """Open a link.

        Args:
            text: the tail of the link's address.
            recipient: what whoever opens it calls themselves.
            passcode: empty if none was given.
            address: their network address, for the sealed detail.

        Raises:
            Invalid: `health-link.recipient`.
            NotFound: `health-link.gone`; there is no such link, or it is dead.
            Unavailable: nothing went.
        """
        name = _name(recipient)
        link = self._find(text)
        if link.passcode_hash is not None:
            wrong = self._try(link, passcode)
            if wrong is not None:
                return wrong
        file_text, file_hash = opaque.make(self.ids)
        entry = self._entry(link, name, address)

        def act(work: Work) -> Recorded:
            counting.take(work, link)
            counting.keep(work, link, name, file_hash)
            messages.tell(
                work,
                link.owner,
                MessageTopic.SHARE_OPENED,
                link=f"/shares/{link.link_id}",
            )
            return work.log.record(entry)

        try:
            commit(
                self.store,
                self.clock,
                act,
                None,
                Undelivered(entry.id, link.owner, "", ""),
            )
        except Forbidden:
            raise counting.gone() from None
        return Opened(file_text, self.file(text, file_text))

    def file(self, text: str, file_text: str) -> bytes:
        """Return the encrypted file by an address that an opening gave.

        Raises:
            NotFound: `health-link.gone`.
        """
        digest = opaque.digest(file_text)
        if digest is None:
            raise counting.gone()
        with self.store.read() as snap:
            link = self._found(snap, text)
            query = (
                select(_l.file)
                .select_from(
                    health_link.join(
                        health_link_opening,
                        (_o.owner_id == _l.owner_id) & (_o.link_id == _l.link_id),
                    )
                )
                .where(
                    _l.owner_id == link.owner,
                    _l.link_id == link.link_id,
                    _l.ended_at.is_(None),
                    _l.expires_at > snap.now,
                    _o.file_hash == digest,
                    _o.file_until > snap.now,
                )
            )
            file = snap.connection.execute(query).scalar()
        if not file:
            raise counting.gone()
        return bytes(file)

    def sealed(self, text: str) -> bytes:
        """Return the file of a link, to see if a key fits; it goes nowhere.

        Raises:
            NotFound: `health-link.gone`.
        """
        with self.store.read() as snap:
            link = self._found(snap, text)
            mine = (_l.owner_id == link.owner, _l.link_id == link.link_id)
            file = snap.connection.execute(select(_l.file).where(*mine)).scalar()
        if not file:
            raise counting.gone()
        return bytes(file)

    def _find(self, text: str) -> HealthLink:
        with self.store.read() as snap:
            link = self._found(snap, text)
            if link.state is not HealthLinkState.OPEN or link.expires_at <= snap.now:
                raise counting.gone()
        return link

    def _found(self, snap: Snapshot, text: str) -> HealthLink:
        try:
            link = links.find(snap, self.keys, text)
        except KeyUnavailable:
            link = None
        if link is None:
            raise counting.gone()
        return link

    def _try(self, link: HealthLink, passcode: str) -> WrongPasscode | None:
        """Take a try and check; None if it was right, and the try is given back."""
        if not passcode:
            # Nothing was guessed.
            return WrongPasscode(link.tries_left)
        left = self.store.recorded(lambda work: counting.spend_try(work, link)).result
        if passwords.check(link.passcode_hash, passcode):
            self.store.recorded(lambda work: counting.give_back(work, link))
            return None
        if left == 0:
            self.store.recorded(lambda work: counting.lock(work, link))
        return WrongPasscode(left)

    def _entry(self, link: HealthLink, name: str, address: str) -> PreparedEntry:
        about = {"health_link": str(link.link_id), "recipient": name}
        entry = Entry(
            type=EventType.DISCLOSURE_RELEASED,
            subject=link.owner,
            categories=link.contents.categories,
            count=link.contents.count,
            form=FORM,
            detail={
                "actor": FORM,
                "addr": address,
                "body_sha256": link.contents.sha256,
                "decided_at": self.clock.now().isoformat(),
                "object": canonical(about).decode(),
                "record_list_root": link.contents.root,
                "request_id": str(self.ids.new()),
            },
        )
        return prepare(entry, self.ids, self.pseudonyms)


def _name(text: str) -> str:
    name = unicodedata.normalize("NFKC", text).strip()
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise Invalid("health-link.recipient", "Who opens it is missing or malformed.")
    return name
