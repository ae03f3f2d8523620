"""What the home page says in one glance: who can see, who looked, what ends, what came.

Everything is read from the consents and from the person's own log; what nothing is
recorded of is not made up.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from consent import changed_texts, ledger, wording
from consent.changed_texts import Stopped
from consent.ledger import CurrentConsent
from consent.states import ConsentState
from consent.terms import DataProvision
from pds.core.database import Snapshot
from pds.core.ids import OwnerId
from pds.core.vocabulary import categories
from pds.keys.keyring import Keyring
from pds.rights import happenings, history
from pds.rights.happenings import Group

PERIOD: Final = timedelta(days=30)
"""How far the glance reaches, back and ahead."""

_MOST: Final = 200
"""Happenings of the period that are looked at; more are said to be more."""

_MOST_CONSENTS: Final = 20
"""Consents that are opened for the page, newest first; a list of all is behind it."""

_ANSWERABLE: Final = (ConsentState.REQUESTED, ConsentState.DEFERRED)
_NEVER_GIVEN: Final = (*_ANSWERABLE, ConsentState.REFUSED)


@dataclass(frozen=True)
class Share:
    """A consent and how it was used in the period.

    Attributes:
        consent: where it stands.
        terms: what it covers now.
        categories: what goes of that; not what is explained otherwise now.
        given_at: since when; None if it was never given.
        is_live: whether data can go under it now.
        benefit: what the recipient promised, in the page's language.
        fetches: times that data was given in the period.
        last_at: the last of them.
    """

    consent: CurrentConsent
    terms: DataProvision
    categories: Sequence[str]
    given_at: datetime | None
    is_live: bool
    benefit: str
    fetches: int
    last_at: datetime | None


@dataclass
class Look:
    """What one recipient, or one kind of staff, did in the period.

    Attributes:
        recipient: id of the recipient; empty for the bank's side.
        kind: kind of the entries, for staff and auditors.
        given: times that data was given.
        records: records that went.
        refused: times that nothing was given.
        last_at: the last of all.
    """

    recipient: str
    kind: str
    given: int = 0
    records: int = 0
    refused: int = 0
    last_at: datetime | None = None

    def add(self, group: Group) -> None:
        """Count one happening."""
        if group.is_refusal:
            self.refused += group.times
        else:
            self.given += 1
            self.records += group.records or 0
        self.last_at = self.last_at or group.newest.at


@dataclass(frozen=True)
class Glance:
    """Everything about sharing on the home page.

    Attributes:
        shares: consents that were given, newest first.
        looks: who looked in the period, last look first.
        is_more: whether more happened than was counted.
        waiting: requests that wait for an answer.
        ending: consents in force that end within the period.
    """

    shares: Sequence[Share]
    looks: Sequence[Look]
    is_more: bool
    waiting: Sequence[CurrentConsent] = field(default_factory=list)
    ending: Sequence[Share] = field(default_factory=list)

    @property
    def live(self) -> list[Share]:
        """Consents under which data can go now."""
        return [each for each in self.shares if each.is_live]

    @property
    def viewers(self) -> int:
        """Number of organisations that can see something now."""
        return len({each.consent.recipient_id for each in self.live})


def at(snap: Snapshot, keys: Keyring, owner: OwnerId, language: str) -> Glance:
    """Return the glance of a person at this moment."""
    told = happenings.tell(
        snap,
        keys,
        owner,
        types=history.LOOKS,
        since=snap.now - PERIOD,
        limit=_MOST,
    )
    consents = ledger.every(snap, owner)
    given = [each for each in consents if each.state not in _NEVER_GIVEN]
    # Whatever can be seen now is said, however many newer ones have ended.
    given.sort(key=lambda each: each.state is not ConsentState.GIVEN)
    shares = [
        _share(snap, keys, each, told.groups, language)
        for number, each in enumerate(given)
        if number < _MOST_CONSENTS or each.state is ConsentState.GIVEN
    ]
    return Glance(
        shares=shares,
        looks=_looks(told.groups),
        is_more=told.next is not None,
        waiting=[
            each
            for each in consents
            if each.state in _ANSWERABLE and snap.now < each.expires_at
        ],
        ending=[
            each
            for each in shares
            if each.consent.state is ConsentState.GIVEN
            and snap.now < each.consent.expires_at < snap.now + PERIOD
        ],
    )


def _share(
    snap: Snapshot,
    keys: Keyring,
    consent: CurrentConsent,
    groups: Iterable[Group],
    language: str,
) -> Share:
    content = ledger.terms(snap, keys, consent)
    if content.provision is None:
        raise AssertionError("The event in force says no terms.")
    used = [
        each
        for each in groups
        if each.consent_id == str(consent.consent_id) and not each.is_refusal
    ]
    is_given = consent.state is ConsentState.GIVEN and snap.now < consent.expires_at
    texts = changed_texts.of_consent(snap, content) if is_given else None
    return Share(
        consent=consent,
        terms=content.provision,
        categories=_going(content.provision, texts),
        given_at=content.agreement.given_at if content.agreement else None,
        is_live=is_given and not (texts and texts.is_over),
        benefit=_benefit(content.provision, language),
        fetches=len(used),
        last_at=used[0].newest.at if used else None,
    )


def _going(terms: DataProvision, texts: Stopped | None) -> list[str]:
    stopped = {each.id for each in texts.changed} if texts else set()
    return [
        prefix
        for prefix in terms.categories
        if not stopped or {x.id for x in categories.expand((prefix,))} - stopped
    ]


def _benefit(terms: DataProvision, language: str) -> str:
    said = {each.term: each.text for each in wording.sentences(terms, language)}
    return said["benefit"]


def _looks(groups: Iterable[Group]) -> list[Look]:
    found: dict[tuple[str, str], Look] = {}
    for group in groups:
        kind = "" if group.recipient else str(group.type)
        key = (group.recipient, kind)
        found.setdefault(key, Look(*key)).add(group)
    return list(found.values())
