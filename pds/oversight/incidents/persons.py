"""Lists of the persons whom an incident concerns: asked for, found, kept sealed.

    asked ─chore─► found ─notice approved─► telling ─chore, page by page─► done

Staff see how many there are and never who. A list is not changed; whoever wants another
one asks again.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, insert, select, update

from audit.canonical import canonical, parse_canonical
from audit.work import Work
from pds.core.database import Snapshot
from pds.core.errors import NotFound
from pds.core.ids import BANK, OwnerId
from pds.keys.classes import KeyClass
from pds.keys.keyring import Keyring
from pds.oversight.incidents import acts, question, register
from pds.oversight.incidents.finding import Concerned
from pds.oversight.incidents.question import Question
from pds.oversight.incidents.steps import IncidentStep
from pds.oversight.incidents.tables import incident_list, incident_page

LABEL: Final = b"sys.incident.question"
"""Label of questions; object id is the list's."""
PAGE_LABEL: Final = b"sys.incident.persons"
"""Label of pages of persons; object id is the list's, version the page's number."""
VERSION: Final = 1
"""Version that a question is bound to; it never changes."""
PAGE: Final = 200
"""Persons of one page, told in one unit of work."""
_ID: Final = 16
_c = incident_list.c


class ListState(StrEnum):
    """How far a list of persons is."""

    ASKED = "asked"
    FOUND = "found"
    TELLING = "telling"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonList:
    """A list and how far it is.

    Attributes:
        persons: how many it names.
        unresolved: entries that fit whose persons cannot be told any more.
        notice_no: the step that drafted what they are told.
        place: the last page that was told.
        told: persons who were told, or in an exercise could have been.
        gone: persons who have no account any more.
        told_from: when telling began.
    """

    list_id: UUID
    incident_id: UUID
    is_exercise: bool
    state: ListState
    asked_at: datetime
    asked_by: str
    found_at: datetime | None
    persons: int
    unresolved: int
    pages: int
    notice_no: int | None
    place: int
    told: int
    gone: int
    told_from: datetime | None
    done_at: datetime | None


_SHOWN: Final = tuple(_c[name] for name in PersonList.__slots__)


def ask(work: Work, incident_id: UUID, asked: Question, *, actor: str) -> UUID:
    """Ask whom an incident concerns; a chore answers soon.

    Raises:
        Conflict: `incident.closed`.
    """
    found = acts.going(work, incident_id)
    list_id = work.ids.new()
    said = question.written(asked)
    key = work.keys.ensure(work.connection, BANK, KeyClass.ACCOUNT, now=work.now)
    work.connection.execute(
        insert(incident_list).values(
            owner_id=BANK,
            list_id=list_id,
            incident_id=incident_id,
            is_exercise=int(found.is_exercise),
            state=ListState.ASKED.value,
            asked_at=work.now,
            asked_by=actor,
            persons=0,
            unresolved=0,
            pages=0,
            place=0,
            told=0,
            gone=0,
            generation=key.generation,
            envelope=work.keys.seal(
                work.connection, key, list_id, VERSION, LABEL, canonical(said)
            ),
        )
    )
    content = {"list": str(list_id), "question": said}
    register.take(work, incident_id, IncidentStep.ASKED, content, actor=actor)
    return list_id


def keep(work: Work, asked: PersonList, concerned: Concerned) -> bool:
    """Keep the answer to a question; say whether nobody was faster."""
    pages = _pages(concerned.owners)
    done = work.connection.execute(
        update(incident_list)
        .where(*is_list(asked.list_id), _c.state == ListState.ASKED.value)
        .values(
            state=ListState.FOUND.value,
            found_at=work.now,
            persons=len(concerned.owners),
            unresolved=concerned.unresolved,
            pages=len(pages),
        )
    )
    if not done.rowcount:
        return False
    for no, owners in enumerate(pages, start=1):
        _keep_page(work, asked.list_id, no, owners)
    said = {
        "list": str(asked.list_id),
        "persons": len(concerned.owners),
        "unresolved": concerned.unresolved,
    }
    register.take(work, asked.incident_id, IncidentStep.FOUND, said, actor="bank")
    return True


def asked(snap: Snapshot, keys: Keyring, list_id: UUID) -> Question:
    """Open what a list answers."""
    row = snap.connection.execute(
        select(_c.generation, _c.envelope).where(*is_list(list_id))
    ).one()
    key = keys.open(snap.connection, BANK, KeyClass.ACCOUNT, row.generation)
    plain = keys.unseal(key, bytes(row.envelope), list_id, VERSION, LABEL)
    return question.read(parse_canonical(plain))


def page(snap: Snapshot, keys: Keyring, list_id: UUID, no: int) -> list[OwnerId]:
    """Open a page of persons, for telling them alone.

    Raises:
        EnvelopeError: it was moved or changed.
    """
    p = incident_page.c
    row = snap.connection.execute(
        select(p.generation, p.envelope).where(
            p.owner_id == BANK, p.list_id == list_id, p.no == no
        )
    ).one()
    key = keys.open(snap.connection, BANK, KeyClass.ACCOUNT, row.generation)
    plain = keys.unseal(key, bytes(row.envelope), list_id, no, PAGE_LABEL)
    return [
        OwnerId(UUID(bytes=plain[at : at + _ID])) for at in range(0, len(plain), _ID)
    ]


def get(snap: Snapshot, list_id: UUID) -> PersonList:
    """Return a list; NotFound `incident.unknown` if there is none."""
    found = _find(snap, *is_list(list_id))
    if not found:
        raise NotFound("incident.unknown", "There is no such list.")
    return found[0]


def of_incident(snap: Snapshot, incident_id: UUID) -> list[PersonList]:
    """Return the lists of an incident, oldest first."""
    return _find(snap, _c.owner_id == BANK, _c.incident_id == incident_id)


def in_state(snap: Snapshot, state: ListState) -> list[PersonList]:
    """Return the lists that are so far, oldest first."""
    return _find(snap, _c.owner_id == BANK, _c.state == state.value)


def is_list(list_id: UUID) -> tuple[ColumnElement[bool], ...]:
    """Return the condition that names a list."""
    return (_c.owner_id == BANK, _c.list_id == list_id)


def _pages(owners: tuple[OwnerId, ...]) -> list[tuple[OwnerId, ...]]:
    return [owners[at : at + PAGE] for at in range(0, len(owners), PAGE)]


def _keep_page(work: Work, list_id: UUID, no: int, owners: tuple[OwnerId, ...]) -> None:
    key = work.keys.ensure(work.connection, BANK, KeyClass.ACCOUNT, now=work.now)
    plain = b"".join(owner.bytes for owner in owners)
    envelope = work.keys.seal(work.connection, key, list_id, no, PAGE_LABEL, plain)
    work.connection.execute(
        insert(incident_page).values(
            owner_id=BANK,
            list_id=list_id,
            no=no,
            generation=key.generation,
            envelope=envelope,
        )
    )


def _find(snap: Snapshot, *which: ColumnElement[bool]) -> list[PersonList]:
    query = select(*_SHOWN).where(*which).order_by(_c.list_id)
    return [_read(row) for row in snap.connection.execute(query)]


def _read(row: Row[Any]) -> PersonList:
    values = dict(row._mapping)  # noqa: SLF001 - public in spite of its name
    values["state"] = ListState(values["state"])
    values["is_exercise"] = bool(values["is_exercise"])
    return PersonList(**values)
