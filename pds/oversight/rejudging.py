"""Making entrusted judgements again for an auditor, from their records alone (D-06).

A record holds everything that was judged by. Here it is opened, its hash compared with
the kept one, and its inputs judged again by the rules that it names. The auditor sees
the inputs as hashes: what they say is the person's. Each judgement that is opened for
the auditor to read is a look, which the person sees; of many at once only numbers come.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from audit.canonical import canonical, parse_canonical
from audit.entry import Entry
from audit.leaf import EventType
from audit.pseudonyms import Pseudonyms
from audit.work import Work
from consent import judgement_record, judgement_search, judgements
from consent.judgement import Judgement
from consent.judgements import KeptJudgement
from pds.core.database import Snapshot
from pds.core.errors import BankError
from pds.keys.keyring import Keyring

LOOKED: Final = "auditor.judged"
"""The reason code of a look at a judgement."""
MOST: Final = 200
"""How many judgements are made again at once."""
_INPUTS: Final = ("proposal", "facts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejudged:
    """A judgement that was made again.

    Attributes:
        kept: what the bank keeps of it in the clear.
        pseudonym: what the auditor calls the person.
        rule_version: the rules by which it was judged.
        then: what came out when it was made.
        now: what came out again; None if this program does not know the rules.
        denied: reason codes of the gates of the recipient's side.
        inputs: SHA-256 of each input, and of the instructions among them, in hex.
        hash: SHA-256 of the record as it is kept now.
        holds: whether hash, columns, outcome, reasons and words are the same.
    """

    kept: KeptJudgement
    pseudonym: str
    rule_version: int
    then: Judgement
    now: Judgement | None
    denied: tuple[str, ...]
    inputs: Mapping[str, str]
    hash: bytes
    holds: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """How many judgements came out the same again.

    Attributes:
        equal: those that did.
        unequal: those that came out otherwise, or whose record is not the one kept.
        unread: those that cannot be opened, such as those of erased accounts.
    """

    equal: int
    unequal: int
    unread: int


def again(
    snap: Snapshot, keys: Keyring, pseudonyms: Pseudonyms, kept: KeptJudgement
) -> Rejudged:
    """Make a judgement again; nothing may be shown before `record`.

    Raises:
        KeyUnavailable: the account was erased.
        Unavailable: `judgement.version`; a later program wrote it.
    """
    written = judgements.written(snap, keys, kept)
    record = judgement_record.decode(written)
    made = judgement_record.made_again(record)
    return Rejudged(
        kept=kept,
        pseudonym=pseudonyms.of(kept.owner),
        rule_version=record.rule_version,
        then=record.judgement,
        now=None if made is None else made.judgement,
        denied=record.facts.denied,
        inputs=_hashed(parse_canonical(written)),
        hash=hashlib.sha256(written).digest(),
        holds=judgements.holds(snap, keys, kept),
    )


def count(snap: Snapshot, keys: Keyring, most: int) -> Counts:
    """Make the newest judgements again, at most `MOST`; say how many are the same."""
    equal = unequal = unread = 0
    for kept in judgement_search.newest(snap, limit=min(most, MOST)):
        try:
            holds = judgements.holds(snap, keys, kept)
        except (BankError, ValueError, KeyError):
            unread += 1
            continue
        equal += holds
        unequal += not holds
    return Counts(equal, unequal, unread)


def record(work: Work, seen: Rejudged, *, actor: str) -> None:
    """Record the look, for the person to see."""
    detail = {
        "actor": actor,
        "object": str(seen.kept.judgement_id),
        "reasons": LOOKED,
    }
    entry = Entry(type=EventType.AUDITOR_VIEWED, subject=seen.kept.owner, detail=detail)
    work.log.record(entry)


def _hashed(written: Mapping[str, Any]) -> dict[str, str]:
    found = {name: written[name] for name in _INPUTS}
    found["instructions"] = written["facts"]["instructions"]
    return {
        name: hashlib.sha256(canonical(value)).hexdigest()
        for name, value in found.items()
    }
