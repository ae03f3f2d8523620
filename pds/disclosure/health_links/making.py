"""Making a health link: read, bundle, encrypt, keep; the key leaves with the answer.

What an attacker would send: nothing here; only the person makes links, after a fresh
proof. Reading and encrypting happen before the transaction, which keeps the file.
"""

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from itertools import islice
from typing import Final
from uuid import UUID

from audit.merkle import root
from consent.oauth import opaque
from consent.selection import Selection
from consent.terms import ProvisionForm
from pds.accounts import passwords
from pds.accounts import service as accounts
from pds.core.database import Snapshot
from pds.core.errors import Invalid
from pds.core.ids import AccountId, Ids, OwnerId
from pds.core.vocabulary import DetailLevel, Sensitivity, categories
from pds.disclosure import reading
from pds.disclosure.health_links import bundle, links, shlink
from pds.disclosure.health_links.contents import Contents
from pds.disclosure.health_links.links import Terms
from pds.disclosure.health_links.shlink import Shlink
from pds.disclosure.release import Store
from pds.keys.keyring import Keyring
from pds.vault.records import OpenRecord
from pds.vault.service import Vault

PATH: Final = "/share/"
"""Below which manifests are asked for."""
SHORTEST_PASSCODE: Final = 6
LONGEST_PASSCODE: Final = 64
MOST_RECORDS: Final = 500
LARGEST: Final = 4_000_000
"""Bytes of a bundle."""
_CARE: Final = "health.care"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a person wants to show.

    Attributes:
        categories: ids of the vocabulary, all of health.
        days: how many days back.
        label: what the person calls it.
        life: how long the link lives.
        openings: how often it opens.
        passcode: what whoever opens it has to know; empty for nothing.
        is_named: whether name and day of birth stand in it.
    """

    categories: tuple[str, ...]
    days: int
    label: str
    life: timedelta
    openings: int
    passcode: str
    is_named: bool


@dataclass(frozen=True, slots=True)
class Made:
    """A link that was made.

    Attributes:
        link_id: names it.
        text: the link with its key; kept nowhere.
        count: how many records are in it.
    """

    link_id: UUID
    text: str
    count: int


def offered() -> tuple[str, ...]:
    """Return the ids of the categories whose records are FHIR."""
    return tuple(each.id for each in categories.expand(["health"]))


def make(
    store: Store,
    vault: Vault,
    keys: Keyring,
    ids: Ids,
    issuer: str,
    owner: OwnerId,
    wish: Wish,
) -> Made:
    """Make a link.

    Raises:
        Invalid: `health-link.empty` (no records), `health-link.too-many-records`,
            `health-link.passcode` (too short or too long), `health-link.terms`.
        Conflict: `health-link.too-many`.
        Forbidden: `accounts.closed`.
    """
    terms = Terms(
        life=wish.life,
        openings=wish.openings,
        passcode_hash=_passcode(wish.passcode, ids),
    )
    with store.read() as snap:
        records, content = _bundle(snap, vault, keys, owner, wish)
        until = snap.now + wish.life
    key = ids.secret(shlink.KEY_SIZE)
    file = shlink.seal(key, content)
    text, link_hash = opaque.make(ids)
    contents = _contents(wish.label, records, file)
    link_id = store.recorded(
        lambda work: links.keep(work, owner, link_hash, contents, file, terms)
    ).result
    link = Shlink(
        url=issuer + PATH + text,
        key=key,
        label=wish.label,
        expires_at=until,
        needs_passcode=terms.passcode_hash is not None,
    )
    return Made(link_id, shlink.write(link), len(records))


def _bundle(
    snap: Snapshot, vault: Vault, keys: Keyring, owner: OwnerId, wish: Wish
) -> tuple[list[OpenRecord], bytes]:
    records = _records(snap, vault, owner, wish)
    patient = accounts.profile(snap, keys, AccountId(owner)) if wish.is_named else None
    content = bundle.write(records, snap.now, patient)
    if len(content) > LARGEST:
        raise Invalid("health-link.too-many-records", "That is too much for a link.")
    return records, content


def _contents(label: str, records: list[OpenRecord], file: bytes) -> Contents:
    return Contents(
        label=label,
        categories=tuple(sorted({each.category for each in records})),
        count=len(records),
        root=root([reading.list_leaf(each) for each in records]).hex(),
        sha256=sha256(file).hexdigest(),
    )


def _passcode(text: str, ids: Ids) -> str | None:
    if not text:
        return None
    if not SHORTEST_PASSCODE <= len(text) <= LONGEST_PASSCODE:
        raise Invalid("health-link.passcode", "The passcode is too short or too long.")
    return passwords.hash_password(text, ids)


def _records(
    snap: Snapshot, vault: Vault, owner: OwnerId, wish: Wish
) -> list[OpenRecord]:
    if not wish.categories or not set(wish.categories) <= set(offered()):
        raise Invalid("health-link.terms", "The link's terms are not offered.")
    today = snap.now.date()
    selection = Selection(
        categories=tuple(sorted(wish.categories)),
        first_day=today - timedelta(days=wish.days),
        last_day=None,
        detail=DetailLevel.RECORD,
        form=ProvisionForm.COPY,
        question=None,
        purpose=_CARE,
        sensitivity=Sensitivity.SPECIAL_CARE,
    )
    walk = reading.records(vault, snap, owner, selection, None)
    found = [
        each
        for each in islice(walk, MOST_RECORDS + 1)
        if each.schema.startswith(bundle.FHIR_SCHEMA)
    ]
    if len(found) > MOST_RECORDS:
        raise Invalid("health-link.too-many-records", "That is too much for a link.")
    if not found:
        raise Invalid("health-link.empty", "There is nothing to show.")
    return found
