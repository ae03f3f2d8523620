"""Writing entries of a period as audit events, and recording each look at a person.

Whose an entry is has to be found and its detail opened, so that every person whose
entries are written sees an entry about it (section 17).
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Final

from audit import store
from audit.entry import Entry
from audit.leaf import EventType
from audit.pseudonyms import Pseudonyms
from audit.work import Work
from consent.policy import record_policy
from pds.core.database import Snapshot
from pds.core.errors import Invalid
from pds.core.ids import OwnerId
from pds.keys.keyring import Keyring
from pds.oversight import audit_events, whose
from pds.oversight.audit_events import Act, Names
from pds.oversight.bundle.period import Period
from pds.oversight.log_search import readable

MOST_ENTRIES: Final = 10_000
"""Entries of the log in the period of a page's export; a command has no limit."""

_STEP: Final = 5_000
_SHOWN: Final = frozenset({"consent_id", "consent_version", "reasons", "n"})
_REASONS: Final = {
    EventType.AUDITOR_VIEWED: "auditor.exported",
    EventType.STAFF_VIEWED: "staff.exported",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Exporter:
    """What an export is made with.

    Attributes:
        keys: opens details.
        pseudonyms: names persons whose entries do not name them yet.
        names: how the bank is named.
        most: `MOST_ENTRIES`, or None for no limit.
    """

    keys: Keyring
    pseudonyms: Pseudonyms
    names: Names
    most: int | None = MOST_ENTRIES

    def write(
        self, snap: Snapshot, period: Period, file: IO[bytes]
    ) -> Mapping[OwnerId, int]:
        """Write one event a line; return how many are of whom.

        Nothing may be handed out before `record`.

        Raises:
            Invalid: `events.period`; it holds too many entries for one request.
        """
        low, high = period.places(snap, store.size(snap.connection))
        if self.most is not None and high - low > self.most:
            raise Invalid("events.period", "The period holds too many entries.")
        looked: Counter[OwnerId] = Counter()
        for start in range(low, high, _STEP):
            stop = min(start + _STEP, high)
            for owner, act in self._acts(snap, start, stop):
                if not audit_events.is_decided(act):
                    continue
                written = audit_events.event(self.names, act)
                line = json.dumps(written, ensure_ascii=False, separators=(",", ":"))
                file.write(line.encode() + b"\n")
                if owner is not None:
                    looked[owner] += 1
        return looked

    def _acts(
        self, snap: Snapshot, start: int, stop: int
    ) -> Iterator[tuple[OwnerId | None, Act]]:
        stored = store.leaves(snap.connection, start, stop - start)
        read = [(each.index, readable(each)) for each in stored]
        leaves = [
            (index, leaf)
            for index, leaf in read
            if leaf and leaf["typ"] in audit_events.WRITTEN
        ]
        most = whose.MOST_TRIED if self.most is not None else None
        found = whose.find(
            snap,
            self.keys,
            [leaf for _, leaf in leaves],
            most=most,
            # A look names no recipient, so that it may be anybody's.
            everybody=any("rcp" not in leaf for _, leaf in leaves),
        )
        for index, leaf in leaves:
            owner, own = found.get(leaf["id"], (None, None))
            if owner is None or own is None:
                yield None, Act(index=index, leaf=leaf, pseudonym="", fields={})
                continue
            shown = _SHOWN
            if leaf["typ"] != EventType.CONSENT_EVENT:
                # A client, or an account of staff; of a consent it is the person.
                shown = shown | {"actor"}
            fields = {k: v for k, v in own.detail.fields.items() if k in shown}
            name = own.pseudonym or self.pseudonyms.of(owner)
            yield owner, Act(index=index, leaf=leaf, pseudonym=name, fields=fields)


def record(
    work: Work,
    looked: Mapping[OwnerId, int],
    digest: str,
    *,
    kind: EventType,
    actor: str,
) -> None:
    """Record the export, and for each person how many of their entries are in it.

    Args:
        work: the unit of work.
        looked: how many entries are of whom.
        digest: SHA-256 of the export in hex.
        kind: `auditor:viewed` or `staff:viewed`.
        actor: who takes it.
    """
    record_policy(work, "events.exported", actor=actor, about=f"sha256:{digest}")
    for owner, count in looked.items():
        work.log.record(
            Entry(
                type=kind,
                subject=owner,
                count=count,
                detail={"actor": actor, "reasons": _REASONS[kind]},
            )
        )
