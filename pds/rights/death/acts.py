"""Acts on a report of a death; each is a unit of work and an entry of the person's log.

The entry is a `policy:event` of the person: `object` is the report, `reasons` what was
done, `actor` the member of staff; all of it in the sealed detail.
"""

import hmac
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, insert, select, update

from audit import person
from audit.entry import Entry
from audit.leaf import EventType
from audit.work import Work
from consent import ledger, service
from consent.states import ConsentState
from pds.accounts import codes, freezing, looks, papers
from pds.accounts import service as accounts
from pds.accounts.agents import links
from pds.accounts.agents.links import AgentEnding, AgentState
from pds.accounts.papers import Paper
from pds.core.errors import Conflict, NotFound
from pds.core.ids import AccountId, OwnerId
from pds.keys.shredding import require_not_held
from pds.rights import agents
from pds.rights.archive import jobs
from pds.rights.death import reports, wishes
from pds.rights.death.reports import WINDOW, DeathReport, DeathState
from pds.rights.death.tables import death_report
from pds.rights.death.wishes import LastWish

PEPPER: Final = "heir-codes"
"""Name of the secret that keys the hashes of heirs' codes."""
REPORTED: Final = "death.reported"
"""Why consents are paused."""
LOOKED: Final = "staff.death-paper"
"""The reason code of a look at the paper."""
LABEL: Final = b"sys.death-paper"
"""Label of the envelope's additional data."""


def report(work: Work, owner: OwnerId, paper: Paper, *, by: AccountId) -> UUID:
    """Enter a report with its paper; nothing is frozen before another confirms it.

    Raises:
        NotFound: `accounts.unknown`; this is no person.
        Conflict: `death.open` (there is a report already), or `accounts.not-in-use`.
    """
    person.hold(work, owner)
    account = accounts.get(work, AccountId(owner))
    if account.owner is None:
        raise NotFound("accounts.unknown", "This is no person.")
    if not account.is_active:
        raise Conflict("accounts.not-in-use", "The account is not in use.")
    if any(each.state in reports.OPEN for each in reports.of_owner(work, owner)):
        raise Conflict("death.open", "There is a report already.")
    report_id = work.ids.new()
    work.connection.execute(
        insert(death_report).values(
            owner_id=owner,
            report_id=report_id,
            state=DeathState.REPORTED,
            entered_by=by,
            entered_at=work.now,
            **papers.seal(work, owner, report_id, LABEL, paper),
        )
    )
    _record(work, owner, report_id, REPORTED, by)
    return report_id


def confirm(work: Work, found: DeathReport, *, by: AccountId) -> None:
    """Freeze the account; another member of staff than the one who entered it says so.

    Raises:
        Conflict: `death.not-possible-now`, or `papers.not-seen` (they have not opened
            the paper).
    """
    owner = found.owner
    person.hold(work, owner)
    waits = and_(
        death_report.c.state == DeathState.REPORTED, death_report.c.entered_by != by
    )
    until = work.now + WINDOW
    _change(
        work, found, waits, state=DeathState.FROZEN, window_until=until, **_by(work, by)
    )
    looks.require(work, owner, found.report_id, by, [looks.ONLY])
    freezing.freeze(work, AccountId(owner))
    for link in links.of_owner(work, owner):
        if link.state is not AgentState.ENDED:
            end = AgentEnding.DEATH
            agents.end(work, owner, link.link_id, end, actor=found.actor)
    for each in ledger.every(work, owner, states=[ConsentState.GIVEN]):
        service.suspend(
            work, owner, each.consent_id, actor=found.actor, reason=REPORTED
        )
    person.bump_fence(work, owner)
    _record(work, owner, found.report_id, "death.confirmed", by)


def refuse(work: Work, found: DeathReport, *, by: AccountId) -> None:
    """Put a report aside that was not confirmed: staff, or the person who lives.

    Raises:
        Conflict: `death.not-possible-now`.
    """
    waits = death_report.c.state == DeathState.REPORTED
    _change(work, found, waits, state=DeathState.REFUSED, **_by(work, by))
    _record(work, found.owner, found.report_id, "death.refused", by)


def lift(work: Work, found: DeathReport, *, by: AccountId) -> None:
    """Take a wrong report back: the login opens, and paused consents go on.

    Raises:
        Conflict: `death.not-possible-now`.
    """
    owner = found.owner
    person.hold(work, owner)
    _change(
        work,
        found,
        death_report.c.state == DeathState.FROZEN,
        state=DeathState.LIFTED,
        code_hash=None,
        **_by(work, by),
    )
    freezing.thaw(work, AccountId(owner))
    for each in ledger.every(work, owner, states=[ConsentState.PAUSED]):
        events = ledger.history(work, work.keys, owner, each.consent_id)
        if events[-1].actor == found.actor:
            service.lift(work, owner, each.consent_id, actor=found.actor)
    _record(work, owner, found.report_id, "death.lifted", by)


def ask(work: Work, found: DeathReport, what: LastWish, *, by: AccountId) -> None:
    """Ask for the erasure, or for an archive for the heir; another approves.

    Raises:
        Conflict: `death.not-possible-now`, `death.window` (too early to erase), or
            `death.other-wish` (the person has named no heir).
        KeyHeld: a legal hold forbids the erasure.
    """
    _check(work, found, what)
    is_frozen = death_report.c.state == DeathState.FROZEN
    _change(work, found, is_frozen, asked=what, asked_by=by)
    _record(work, found.owner, found.report_id, f"death.asked-{what}", by)


def approve(
    work: Work,
    pepper: bytes,
    found: DeathReport,
    code: str,
    *,
    records: int,
    by: AccountId,
) -> LastWish:
    """Approve what another asked for; return what it was.

    An erasure is the caller's to carry out (`pds.bank.mourning`). For an archive the
    heir's code counts from now on; an earlier one does not.

    Raises:
        Conflict: `death.not-possible-now` (nothing was asked, or by oneself), or as
            for `ask`; `papers.not-seen` (they have not opened the paper);
            `archive.under-way`.
    """
    what = found.asked
    if what is None:
        raise _too_late()
    _check(work, found, what)
    looks.require(work, found.owner, found.report_id, by, [looks.ONLY])
    stands = and_(
        death_report.c.state == DeathState.FROZEN,
        death_report.c.asked == what,
        death_report.c.asked_by != by,
    )
    done: dict[str, Any] = {"asked": None, "asked_by": None}
    if what is LastWish.ERASE:
        _change(work, found, stands, state=DeathState.ERASING, **done)
    else:
        hashed = code_hash(pepper, code)
        _change(work, found, stands, code_hash=hashed, **done)
        archive_id = _archive(work, found.owner, records, f"operator:{by}")
        _change(work, found, death_report.c.code_hash == hashed, archive_id=archive_id)
    _record(work, found.owner, found.report_id, f"death.approved-{what}", by)
    return what


def open_paper(work: Work, found: DeathReport, *, by: AccountId) -> Paper:
    """Return the paper, for a member of staff; the look is recorded with it.

    Raises:
        NotFound: `death.unknown`.
    """
    kept = select(
        death_report.c.proof_type, death_report.c.proof_generation, death_report.c.proof
    ).where(_is(found))
    row = work.connection.execute(kept).first()
    if row is None:
        raise NotFound("death.unknown", "There is no such report.")
    look(work, found, by=by)
    looks.note(work, found.owner, found.report_id, by, [looks.ONLY])
    place = (row.proof_type, row.proof_generation, bytes(row.proof))
    return papers.unseal(work, found.owner, found.report_id, LABEL, place)


def look(work: Work, found: DeathReport, *, by: AccountId) -> None:
    """Record that a member of staff looks at the paper, or at the person's wish."""
    detail = {
        "actor": f"operator:{by}",
        "object": str(found.report_id),
        "reasons": LOOKED,
    }
    entry = Entry(type=EventType.STAFF_VIEWED, subject=found.owner, detail=detail)
    work.log.record(entry)


def forget(work: Work, owner: OwnerId) -> None:
    """Delete wish and reports of a person, for erasure."""
    wishes.forget(work, owner)
    mine = death_report.c.owner_id == owner
    work.connection.execute(delete(death_report).where(mine))


def code_hash(pepper: bytes, code: str) -> bytes:
    """Return the 32 bytes under which an heir's code is found."""
    octets = codes.normal(code).encode("utf-8", "surrogatepass")
    return hmac.digest(pepper, b"heir" + octets, "sha256")


def _archive(work: Work, owner: OwnerId, records: int, actor: str) -> UUID:
    language = accounts.get(work, AccountId(owner)).language
    return jobs.ask(work, owner, language=language, records=records, actor=actor)


def _check(work: Work, found: DeathReport, what: LastWish) -> None:
    if what is LastWish.ERASE:
        require_not_held(work.connection, found.owner)
        if found.window_until is None or work.now < found.window_until:
            raise Conflict("death.window", "The heirs' window is not over.")
        return
    wish = wishes.get(work, work.keys, found.owner)
    if wish is None or wish.wish is not LastWish.HAND_OVER:
        raise Conflict("death.other-wish", "The person has named no heir.")


def _by(work: Work, by: AccountId) -> dict[str, AccountId | datetime]:
    return {"decided_by": by, "decided_at": work.now}


def _is(found: DeathReport) -> ColumnElement[bool]:
    return and_(
        death_report.c.owner_id == found.owner,
        death_report.c.report_id == found.report_id,
    )


def _change(
    work: Work, found: DeathReport, which: ColumnElement[bool], **values: Any
) -> None:
    statement = update(death_report).where(_is(found), which).values(**values)
    if not work.connection.execute(statement).rowcount:
        raise _too_late()


def _record(
    work: Work, owner: OwnerId, report_id: UUID, action: str, by: AccountId
) -> None:
    actor = "person" if by == owner else f"operator:{by}"
    detail = {"actor": actor, "object": str(report_id), "reasons": action}
    work.log.record(Entry(type=EventType.POLICY_EVENT, subject=owner, detail=detail))


def _too_late() -> Conflict:
    return Conflict("death.not-possible-now", "It has changed, or is your own.")
