"""Tells persons what no act tells them: what ends soon, what was given, rounds.

Each is a chore of small steps. What must not be told twice has a name of its own
(`messages.tell`), so that two processes, or one that begins anew, tell once. The walk
over all consents begins again when it is through; at 200 every ten seconds it takes
half a day for a million, and reminders come days before they are needed.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

from sqlalchemy import exists, select, update

from audit import person
from audit.work import Work
from consent import instruction_register, ledger, reminders, rounds
from consent.instructions import StandingInstruction
from consent.reminders import Remembered, Reminder
from consent.rounds import Round
from consent.tables import consent_use
from pds.accounts import messages
from pds.accounts.message_kinds import MessageTopic
from pds.bank.bank import Bank
from pds.bank.one_by_one import one_by_one
from pds.core.clock import day_of, tokyo_day
from pds.core.errors import NotFound
from pds.core.ids import ConsentId, OwnerId

TELL_ROUNDS: Final = "tell rounds"
TELL_DISCLOSED: Final = "tell of disclosures"
REMIND: Final = "remind"
_MOST: Final = 200
_LAST_DAYS: Final = timedelta(days=3)
"""Before its end a consent is brought to mind once more, and a short one at all."""
_KEPT: Final = timedelta(days=3 * 366)
"""How long messages that were read stay; as long as records of provision (A-09)."""
_FIRST: Final = UUID(int=0)


def tell_rounds(bank: Bank) -> None:
    """Tell the next persons of every round that is under way."""
    with bank.read() as view:
        found = rounds.under_way(view, limit=_MOST)
    one_by_one(bank, TELL_ROUNDS, found, partial(_through, bank))


def _through(bank: Bank, found: Round) -> None:
    # The place is read anew each time, as another worker may have gone on.
    act = partial(rounds.go_on, round_id=found.round_id, limit=_MOST)
    while bank.unit_of_work(act):
        pass


def tell_disclosed(bank: Bank) -> None:
    """Tell persons of consents that were used today for the first time of the day."""
    c = consent_use.c
    query = (
        select(c.owner_id, c.consent_id, c.day)
        .where(c.told_at.is_(None))
        .order_by(c.day)
        .limit(_MOST)
    )
    with bank.read() as view:
        found = view.connection.execute(query).all()
    one_by_one(
        bank,
        TELL_DISCLOSED,
        found,
        lambda use: bank.unit_of_work(partial(_tell_use, use=use)),
    )


def _tell_use(work: Work, use: Any) -> None:
    owner, consent_id, day = OwnerId(use.owner_id), ConsentId(use.consent_id), use.day
    c = consent_use.c
    mine = (c.owner_id == owner, c.consent_id == consent_id)
    person.hold(work, owner)
    work.connection.execute(
        update(consent_use).where(*mine, c.day == day).values(told_at=work.now)
    )
    try:
        consent = ledger.get(work, owner, consent_id)
    except NotFound:
        # Its evidence went meanwhile, and with it what could be told.
        return
    earlier = work.connection.scalar(select(exists().where(*mine, c.day < day)))
    messages.tell(
        work,
        owner,
        MessageTopic.DISCLOSED_DAY if earlier else MessageTopic.DISCLOSED_FIRST,
        facts={"day": day_of(day).isoformat(), "recipient": consent.recipient_id},
        link="/disclosures",
        once=f"{consent_id}:{day}",
    )


class Reminding:
    """Walks over consents and instructions; owned by the thread that calls it."""

    def __init__(self) -> None:
        self._consent: tuple[UUID, UUID] = (_FIRST, _FIRST)
        self._person = _FIRST

    def turn(self, bank: Bank) -> None:
        """Remind of the next ones, and begin anew at the end."""
        with bank.read() as view:
            found, place = reminders.after(view, bank.keys, self._consent, limit=_MOST)
            owners = reminders.instructing(view, self._person, limit=_MOST)
        self._consent = place or (_FIRST, _FIRST)
        self._person = owners[-1] if len(owners) == _MOST else _FIRST
        one_by_one(
            bank,
            REMIND,
            found,
            lambda each: bank.unit_of_work(partial(_remind, found=each)),
        )
        one_by_one(
            bank,
            REMIND,
            owners,
            lambda each: bank.unit_of_work(partial(_remind_of_ends, owner=each)),
        )


def _remind(work: Work, found: Remembered) -> None:
    consent = found.consent
    told = partial(
        messages.tell,
        work,
        consent.owner,
        facts={
            "recipient": consent.recipient_id,
            "until": consent.expires_at.isoformat(),
        },
        link=f"/consents/{consent.consent_id}",
    )
    name = f"{consent.consent_id}:{consent.expires_at.isoformat()}"
    if Reminder.ENDS_SOON in found.why:
        if found.is_long:
            told(MessageTopic.CONSENT_EXPIRING, once=name)
        if consent.expires_at - work.now <= _LAST_DAYS:
            told(MessageTopic.CONSENT_EXPIRING, once=f"{name}:last")
    _remind_of_texts(found, told, name)
    if Reminder.UNUSED in found.why:
        period = tokyo_day(work.now) // reminders.UNUSED_FOR.days
        told(MessageTopic.CONSENT_UNUSED, once=f"{consent.consent_id}:{period}")


def _remind_of_texts(
    found: Remembered, told: Callable[..., UUID | None], name: str
) -> None:
    """Tell once of each text by which a consent, or a part of it, stops (D-08)."""
    texts = found.texts
    if texts is None:
        return
    if Reminder.TEXT_CHANGED in found.why:
        changed = ",".join(f"{each.id}@{each.sha256}" for each in texts.changed)
        told(MessageTopic.CONSENT_TEXT_CHANGED, once=f"{name}:text:{changed}")
    if Reminder.TEXT_ENDS in found.why and texts.ends_at and not texts.is_over:
        facts = {
            "recipient": found.consent.recipient_id,
            "until": texts.ends_at.isoformat(),
        }
        told(MessageTopic.CONSENT_TEXT_ENDS, facts=facts, once=f"{name}:text")


def _remind_of_ends(work: Work, owner: OwnerId) -> None:
    held = instruction_register.current(work, work.keys, owner).instructions
    for each in reminders.ending(held, work.now):
        _remind_of_end(work, owner, each)


def _remind_of_end(work: Work, owner: OwnerId, found: StandingInstruction) -> None:
    until = "" if found.until is None else found.until.isoformat()
    messages.tell(
        work,
        owner,
        MessageTopic.INSTRUCTION_EXPIRING,
        facts={"until": until},
        link=f"/instructions/{found.instruction_id}",
        once=f"{found.instruction_id}:{until}",
    )


def delete_old_messages(bank: Bank) -> int:
    """Delete messages that were read years ago; none while the clock is ahead."""
    if bank.clock_is_ahead():
        return 0
    before = bank.clock.now() - _KEPT
    return bank.unit_of_work(partial(messages.delete_old, before=before, limit=_MOST))
