"""The register of foreign countries in which recipients handle data (Z-01, Z-03).

Rows are only added. The last about a country counts, until its time is over or another
says that it does not hold any more; each bumps the recipient's fence, so that a
disclosure decided before does not commit after it.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, insert, select

from audit.work import Work
from consent import country_facts, recipients
from consent.country_facts import CountryFacts, Ground
from consent.policy import record_policy
from consent.vetting.tables import recipient_country
from pds.core.database import Snapshot
from pds.core.errors import NotFound
from pds.core.ids import RecipientId

_MEMBERS: Final = tuple(CountryFacts.__dataclass_fields__)


@dataclass(frozen=True, slots=True, kw_only=True)
class CountryRecord:
    """Facts as recorded.

    Attributes:
        no: number of the row, from 1 for each recipient.
        facts: what was found.
        recorded_by: account id of whoever recorded it.
        recorded_at: when.
    """

    no: int
    facts: CountryFacts
    recorded_by: str
    recorded_at: datetime


def record(
    work: Work, recipient_id: RecipientId, facts: CountryFacts, *, actor: str
) -> None:
    """Record what was found of a country; it counts from now on.

    Raises:
        NotFound: `recipient.unknown`.
        Invalid: `country.<member>` breaks a rule.
    """
    country_facts.check(facts, work.now)
    _add(work, recipient_id, facts, actor)
    _record(work, recipient_id, "checked", facts.country, actor)


def end(work: Work, recipient_id: RecipientId, country: str, *, actor: str) -> None:
    """Say that the facts about a country do not hold any more; nothing goes there.

    Raises:
        NotFound: `country.unknown`; no facts about it count now.
    """
    found = current(work, recipient_id, country)
    if found is None:
        raise NotFound("country.unknown", "No facts about this country count now.")
    _add(work, recipient_id, replace(found, valid_until=work.now), actor)
    _record(work, recipient_id, "ended", country, actor)


def current(
    snap: Snapshot, recipient_id: RecipientId, country: str
) -> CountryFacts | None:
    """Return the facts about a country that count now, or None."""
    found = latest(snap, recipient_id).get(country)
    if found is None or snap.now >= found.facts.valid_until:
        return None
    return found.facts


def latest(snap: Snapshot, recipient_id: RecipientId) -> dict[str, CountryRecord]:
    """Return the last record of each country that was ever looked at."""
    return {each.facts.country: each for each in history(snap, recipient_id)}


def history(snap: Snapshot, recipient_id: RecipientId) -> list[CountryRecord]:
    """Return every record of a recipient, oldest first."""
    query = (
        select(recipient_country)
        .where(recipient_country.c.recipient_id == recipient_id)
        .order_by(recipient_country.c.no)
    )
    return [_read(row) for row in snap.connection.execute(query)]


def _add(
    work: Work, recipient_id: RecipientId, facts: CountryFacts, actor: str
) -> None:
    recipients.get(work, recipient_id)
    recipients.touch(work, recipient_id)
    row = {name: getattr(facts, name) for name in _MEMBERS} | {
        "recipient_id": recipient_id,
        "no": len(history(work, recipient_id)) + 1,
        "ground": facts.ground.value,
        "recorded_by": actor,
        "recorded_at": work.now,
    }
    work.connection.execute(insert(recipient_country).values(row))


def _record(
    work: Work, recipient_id: RecipientId, action: str, country: str, actor: str
) -> None:
    record_policy(
        work,
        f"country.{action}",
        actor=actor,
        recipient_id=recipient_id,
        about=country,
    )


def _read(row: Row[Any]) -> CountryRecord:
    values = {name: getattr(row, name) for name in _MEMBERS}
    facts = CountryFacts(**values | {"ground": Ground(row.ground)})
    return CountryRecord(
        no=row.no,
        facts=facts,
        recorded_by=row.recorded_by,
        recorded_at=row.recorded_at,
    )
