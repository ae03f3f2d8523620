"""Processors (委託先) of recipients and of the bank: who handles data for whom.

What reaches a processor of a recipient is provision to the recipient all the same, so
notices and records of provision name both (R-05). The bank's own are supervised and
shown to everybody (S-09). A processor that ends takes its certificates with it, so that
the mode *via processor* denies from then on (R-04).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, insert, select, update

from audit.work import Work
from consent import recipients
from consent.policy import record_policy
from consent.tables import processor, recipient_certificate
from pds.core.check_digits import is_corporate_number
from pds.core.clock import TOKYO, start_of
from pds.core.database import Snapshot
from pds.core.errors import Conflict, Invalid, NotFound
from pds.core.ids import RecipientId
from pds.core.vocabulary import categories, countries

OF_BANK: Final = ""
"""What rows of the bank's own processors have in place of a recipient."""
CHECK_EVERY: Final = timedelta(days=365)
"""How often each is looked at anew (S-09)."""

_LINE = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]{1,300}\Z")
_TEXTS: Final = ("name_ja", "name_en", "task_ja", "task_en")
_p = processor.c


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessorProfile:
    """Who a processor is and what it does.

    Attributes:
        corporate_number: thirteen digits with check digit; empty only outside Japan.
        country: ISO 3166-1 alpha-2 code of where it handles data.
        task_ja: what it does, in a few words of Japanese.
        task_en: the same in English.
        categories: ids or prefixes of the data that it handles.
        contract_day: day of the contract with it.
    """

    name_ja: str
    name_en: str
    corporate_number: str
    country: str
    task_ja: str
    task_en: str
    categories: tuple[str, ...]
    contract_day: date

    @property
    def names(self) -> Mapping[str, str]:
        """Its name by language."""
        return MappingProxyType({"ja": self.name_ja, "en": self.name_en})

    @property
    def tasks(self) -> Mapping[str, str]:
        """What it does by language."""
        return MappingProxyType({"ja": self.task_ja, "en": self.task_en})


@dataclass(frozen=True, slots=True, kw_only=True)
class Processor:
    """A processor as it stands.

    Attributes:
        recipient_id: whose it is; None for the bank's own.
        checked_day: when it was last looked at.
        ended_at: when it ended; None while it is in force.
    """

    processor_id: UUID
    recipient_id: RecipientId | None
    profile: ProcessorProfile
    checked_day: date
    entered_at: datetime
    ended_at: datetime | None

    @property
    def check_by(self) -> datetime:
        """First moment at which looking at it anew is overdue."""
        return start_of(self.checked_day) + CHECK_EVERY

    def was_in_force(self, at: datetime) -> bool:
        """Say whether it was in force at a moment."""
        is_entered = self.entered_at <= at
        return is_entered and (self.ended_at is None or at < self.ended_at)


def enter(
    work: Work,
    recipient_id: RecipientId | None,
    profile: ProcessorProfile,
    *,
    actor: str,
) -> UUID:
    """Enter a processor that was looked at today; return its id.

    Args:
        work: one unit of work.
        recipient_id: whose it is; None for the bank's own.
        profile: who it is and what it does.
        actor: one of the staff.

    Raises:
        NotFound: `recipient.unknown`.
        Invalid: `processor.<field>` is malformed; a check digit is wrong; the contract
            lies in the future.
        Conflict: `processor.known`; one with this number is in force already.
    """
    if recipient_id is not None:
        recipients.get(work, recipient_id)
    _check(profile, work.now.astimezone(TOKYO).date())
    number = profile.corporate_number
    known = {each.profile.corporate_number for each in in_force(work, recipient_id)}
    if number and number in known:
        raise Conflict("processor.known", "It is entered already.")
    made = work.ids.new()
    row = {
        "recipient_id": recipient_id or OF_BANK,
        "processor_id": made,
        **{name: getattr(profile, name) for name in _TEXTS},
        "corporate_number": number,
        "country": profile.country,
        "categories": json.dumps(list(profile.categories)),
        "contract_day": profile.contract_day.isoformat(),
        "checked_day": work.now.astimezone(TOKYO).date().isoformat(),
        "entered_at": work.now,
        "ended_at": None,
    }
    work.connection.execute(insert(processor).values(row))
    _record(work, "entered", actor, recipient_id, made)
    return made


def checked(work: Work, processor_id: UUID, *, actor: str) -> None:
    """Write down that a processor was looked at today (S-09).

    Raises:
        NotFound: `processor.unknown`.
        Conflict: `processor.ended`.
    """
    today = work.now.astimezone(TOKYO).date().isoformat()
    _change(work, processor_id, "checked", actor, checked_day=today)


def end(work: Work, processor_id: UUID, *, actor: str) -> None:
    """End a processor, and with it what rests on its certificates.

    Raises:
        NotFound: `processor.unknown`.
        Conflict: `processor.ended`.
    """
    _change(work, processor_id, "ended", actor, ended_at=work.now)
    held = recipient_certificate.c
    work.connection.execute(
        update(recipient_certificate)
        .where(held.processor_id == processor_id, held.valid_until > work.now)
        .values(valid_until=work.now)
    )


def get(snap: Snapshot, processor_id: UUID) -> Processor:
    """Return a processor; NotFound `processor.unknown` if there is none."""
    query = select(processor).where(_p.processor_id == processor_id)
    row = snap.connection.execute(query).first()
    if row is None:
        raise NotFound("processor.unknown", "There is no such processor.")
    return _read(row)


def every(snap: Snapshot) -> list[Processor]:
    """Return all processors, ended ones too, in the order of their entry."""
    query = select(processor).order_by(_p.recipient_id, _p.processor_id)
    return [_read(row) for row in snap.connection.execute(query)]


def of(snap: Snapshot, recipient_id: RecipientId | None) -> list[Processor]:
    """Return the processors of a recipient or the bank, ended ones too."""
    query = (
        select(processor)
        .where(_p.recipient_id == (recipient_id or OF_BANK))
        .order_by(_p.processor_id)
    )
    return [_read(row) for row in snap.connection.execute(query)]


def in_force(snap: Snapshot, recipient_id: RecipientId | None) -> list[Processor]:
    """Return the processors of a recipient or the bank that are in force now."""
    return [each for each in of(snap, recipient_id) if each.was_in_force(snap.now)]


def _check(profile: ProcessorProfile, today: date) -> None:
    for name in _TEXTS:
        text = getattr(profile, name)
        if _LINE.match(text) is None or not text.strip():
            raise Invalid(f"processor.{name}", "One line of text is needed.")
    if profile.country not in countries.ALL:
        raise Invalid("processor.country", "There is no such country.")
    number = profile.corporate_number
    may_lack = profile.country != countries.HOME and not number
    if not may_lack and not is_corporate_number(number):
        raise Invalid("processor.corporate_number", "The check digit is wrong.")
    if not profile.categories or not all(
        categories.expand([each]) for each in profile.categories
    ):
        raise Invalid("processor.categories", "Known categories are needed.")
    if profile.contract_day > today:
        raise Invalid("processor.contract_day", "The contract is not made yet.")


def _change(
    work: Work, processor_id: UUID, action: str, actor: str, **values: object
) -> None:
    found = get(work, processor_id)
    if found.ended_at is not None:
        raise Conflict("processor.ended", "It has ended.")
    work.connection.execute(
        update(processor).where(_p.processor_id == processor_id).values(**values)
    )
    _record(work, action, actor, found.recipient_id, processor_id)


def _record(
    work: Work, action: str, actor: str, whose: RecipientId | None, about: UUID
) -> None:
    if whose is not None:
        recipients.touch(work, whose)
    record_policy(
        work,
        f"processor.{action}",
        actor=actor,
        recipient_id=whose,
        about=str(about),
    )


def _read(row: Row[Any]) -> Processor:
    return Processor(
        processor_id=row.processor_id,
        recipient_id=RecipientId(row.recipient_id) if row.recipient_id else None,
        profile=ProcessorProfile(
            **{name: getattr(row, name) for name in _TEXTS},
            corporate_number=row.corporate_number,
            country=row.country,
            categories=tuple(json.loads(row.categories)),
            contract_day=date.fromisoformat(row.contract_day),
        ),
        checked_day=date.fromisoformat(row.checked_day),
        entered_at=row.entered_at,
        ended_at=row.ended_at,
    )
