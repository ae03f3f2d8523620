"""Telling the persons concerned (A-18): drafted, approved, told page by page.

A second of staff approves what the first one drafted; then a chore tells page after
page, each in one unit of work that also says how far it came. Who is killed in between
goes on from there, and nobody is told twice of one list. Each telling is an entry in
the person's own log. In an exercise the same steps run and nobody is told.

Where somebody cannot be reached, the same text can be published instead.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import select, update

from audit.entry import Entry
from audit.leaf import EventType
from audit.work import Work
from pds.accounts import messages
from pds.accounts.message_kinds import MessageTopic
from pds.accounts.roles import Role, State
from pds.accounts.tables import account
from pds.core.database import Snapshot
from pds.core.errors import Conflict
from pds.core.ids import OwnerId
from pds.crypto.errors import EnvelopeError
from pds.oversight.incidents import acts, contents, persons, register
from pds.oversight.incidents.incident import Incident
from pds.oversight.incidents.persons import ListState, PersonList
from pds.oversight.incidents.steps import IncidentStep, Step
from pds.oversight.incidents.tables import incident_list

TOLD: Final = "incident.told"
"""The reason code of the entry in the log of a person who was told."""
_c = incident_list.c


@dataclass(frozen=True, slots=True)
class Draft:
    """What persons are told, in both languages."""

    ja: str
    en: str

    def text(self) -> dict[str, str]:
        """Return it by language, checked; raises as `contents.text`."""
        return {"en": contents.text(self.en), "ja": contents.text(self.ja)}


def draft(work: Work, incident_id: UUID, said: Draft, *, actor: str) -> Incident:
    """Write what persons shall be told; a new version of it.

    Raises:
        Conflict: `incident.closed`.
        Invalid: `incident.text` or `papers.number`.
    """
    acts.going(work, incident_id)
    return register.take(
        work, incident_id, IncidentStep.DRAFTED, {"text": said.text()}, actor=actor
    )


def tell(
    work: Work, incident_id: UUID, list_id: UUID, *, seen: int, actor: str
) -> None:
    """Approve the newest draft for a list that was found; a chore tells it.

    Args:
        work: the unit of work.
        incident_id: which incident.
        list_id: who is told.
        seen: number of the step that drafted what is told.
        actor: who of staff approves it.

    Raises:
        Conflict: `incident.closed`; `incident.no-notice`, nothing is drafted, or the
            list is another incident's, not found yet, or told already; or
            `incident.moved-on`, there is a newer draft.
        Forbidden: `incident.second`.
    """
    drafted = _drafted(work, incident_id, seen, actor)
    done = work.connection.execute(
        update(incident_list)
        .where(
            *persons.is_list(list_id),
            _c.incident_id == incident_id,
            _c.state == ListState.FOUND.value,
        )
        .values(state=ListState.TELLING.value, notice_no=drafted.no, told_from=work.now)
    )
    if not done.rowcount:
        raise Conflict("incident.no-notice", "This list cannot be told now.")
    said = {"list": str(list_id), "notice": drafted.no}
    register.take(work, incident_id, IncidentStep.TELLING, said, actor=actor)


def publish(work: Work, incident_id: UUID, *, seen: int, actor: str) -> Incident:
    """Publish the newest draft, for those who cannot be reached; raises as `tell`."""
    drafted = _drafted(work, incident_id, seen, actor)
    said = {"notice": drafted.no, "text": drafted.said["text"]}
    return register.take(work, incident_id, IncidentStep.PUBLISHED, said, actor=actor)


def go_on(work: Work, before: PersonList) -> bool:
    """Tell the next page of a list; say whether there is more.

    Two workers that take the same page tell it once.
    """
    found = register.get(work, work.keys, before.incident_id)
    if found.is_exercise is not before.is_exercise:
        # A list cannot change its kind; somebody wrote to the database.
        raise EnvelopeError
    if before.place >= before.pages:
        _finish(work, before)
        return False
    no = before.place + 1
    is_ours = work.connection.execute(
        update(incident_list)
        .where(
            *persons.is_list(before.list_id),
            _c.state == ListState.TELLING.value,
            _c.place == before.place,
        )
        .values(place=no)
    ).rowcount
    if is_ours:
        _tell_page(work, found, before, no)
    return True


def text_of(found: Incident, notice_no: int | None) -> Mapping[str, str]:
    """Return what a step drafted, by language."""
    drafted = next(each for each in found.steps if each.no == notice_no)
    text: Mapping[str, str] = drafted.said["text"]
    return text


def _drafted(work: Work, incident_id: UUID, seen: int, actor: str) -> Step:
    drafted = acts.going(work, incident_id).last(IncidentStep.DRAFTED)
    if drafted is None:
        raise Conflict("incident.no-notice", "Nothing is drafted.")
    acts.look_again_unless(drafted.no, seen)
    acts.second(drafted.actor, actor)
    return drafted


def _tell_page(work: Work, found: Incident, before: PersonList, no: int) -> None:
    owners = persons.page(work, work.keys, before.list_id, no)
    if found.is_exercise:
        told = _reachable(work, owners)
    else:
        text = text_of(found, before.notice_no)
        told = sum(_tell(work, each, before, text) for each in owners)
    gone = len(owners) - told
    work.connection.execute(
        update(incident_list)
        .where(*persons.is_list(before.list_id))
        .values(told=_c.told + told, gone=_c.gone + gone)
    )


def _tell(
    work: Work, owner: OwnerId, told: PersonList, text: Mapping[str, str]
) -> bool:
    incident_id = str(told.incident_id)
    message_id = messages.tell(
        work,
        owner,
        MessageTopic.INCIDENT_TOLD,
        facts={"incident": incident_id},
        link=f"/incidents/{incident_id}",
        text=text,
        once=str(told.list_id),
    )
    if message_id is None:
        return False
    work.log.record(
        Entry(
            type=EventType.POLICY_EVENT,
            subject=owner,
            detail={
                "actor": "bank",
                "object": f"incident:{incident_id}",
                "reasons": TOLD,
            },
        )
    )
    return True


def _reachable(snap: Snapshot, owners: list[OwnerId]) -> int:
    c = account.c
    query = select(c.account_id).where(
        c.account_id.in_(owners), c.role == Role.PERSON, c.state != State.ERASED
    )
    return len(snap.connection.execute(query).all())


def _finish(work: Work, before: PersonList) -> None:
    done = work.connection.execute(
        update(incident_list)
        .where(*persons.is_list(before.list_id), _c.state == ListState.TELLING.value)
        .values(state=ListState.DONE.value, done_at=work.now)
    )
    if done.rowcount:
        said = {"gone": before.gone, "list": str(before.list_id), "told": before.told}
        register.take(work, before.incident_id, IncidentStep.TOLD, said, actor="bank")
