"""Every column that holds what a data key sealed, and how it is sealed anew.

A key may only be destroyed when nothing is left under it, so whoever adds a sealed
column adds it here; a test goes over all binary columns and refuses one that is in
neither list. Records and raw originals have steps of their own (`pds.vault.resealing`);
consent evidence and details of the log end with their keys and are never sealed anew.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Integer,
    literal_column,
    select,
    update,
)

from audit.tables import log_detail
from audit.work import Work
from consent import instruction_register, judgements, outbox
from consent.instruction_tables import instruction_event, instruction_set
from consent.judgement_tables import judgement
from consent.mandate_tables import mandate_event
from consent.outbox_tables import outbox as outbox_table
from consent.promise_tables import benefit, duty
from consent.tables import consent_event
from consent.vetting import papers as recipient_papers
from consent.vetting.tables import recipient_paper
from pds.accounts import mail_addresses, messages, papers, profile
from pds.accounts.agents import statutory
from pds.accounts.agents.tables import agent_link
from pds.accounts.message_tables import mail_address, message
from pds.accounts.tables import account
from pds.core.ids import OwnerId
from pds.datasets import chunks
from pds.datasets.tables import data_set_chunk
from pds.disclosure import view_links
from pds.disclosure.break_glass import cards, reviews
from pds.disclosure.break_glass.tables import emergency_access, emergency_card
from pds.disclosure.health_links import contents as link_contents
from pds.disclosure.health_links import links as health_links
from pds.disclosure.health_links.tables import health_link, health_link_opening
from pds.disclosure.tables import view_link
from pds.keys.classes import KeyClass
from pds.keys.open_key import OpenKey
from pds.oversight.criteria import documents as criterion_documents
from pds.oversight.criteria.tables import criterion_document
from pds.oversight.incidents import persons, steps
from pds.oversight.incidents import tables as incidents
from pds.oversight.tables import sent_receipt
from pds.rights.archive import jobs
from pds.rights.archive.tables import archive_chunk
from pds.rights.death import acts, wishes
from pds.rights.death.tables import death_report, last_wish
from pds.rights.desk import papers as desk_papers
from pds.rights.desk.tables import rights_paper
from pds.vault import resealing
from pds.vault.tables import raw_original, vault_record


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed column that a replaced generation may have sealed.

    Attributes:
        sealed: the envelopes.
        generation: which generation sealed each.
        owner: whose key it was.
        key_class: its class: one for all, or a column.
    """

    sealed: Column[Any]
    generation: Column[Any]
    owner: Column[Any]
    key_class: int | Column[Any]


@dataclass(frozen=True, slots=True)
class Placed(Sealed):
    """One that is sealed anew here, row by row.

    Attributes:
        key_class: the class of every row.
        object_id: id that the envelope is bound to.
        version: version that it is bound to: one for all, or a column.
        label: its label.
        only: which rows; None for all. The others lie under keys never replaced.
    """

    key_class: int
    object_id: Column[Any]
    version: int | Column[Any]
    label: bytes
    only: ColumnElement[bool] | None = None


def _placed(
    table: Any,
    object_id: str,
    version: int | str,
    label: bytes,
    *,
    sealed: str = "envelope",
    generation: str = "generation",
    owner: str = "owner_id",
    key_class: int = KeyClass.ACCOUNT,
    only: ColumnElement[bool] | None = None,
) -> Placed:
    c = table.c
    return Placed(
        c[sealed],
        c[generation],
        c[owner],
        key_class,
        c[object_id],
        version if isinstance(version, int) else c[version],
        label,
        only,
    )


def _proof(table: Any, object_id: str, label: bytes) -> Placed:
    return _placed(
        table,
        object_id,
        papers.VERSION,
        label,
        sealed="proof",
        generation="proof_generation",
    )


PLACED: Final = (
    _placed(
        account,
        "account_id",
        "profile_version",
        profile.LABEL,
        sealed="profile",
        generation="profile_generation",
        owner="account_id",
    ),
    _proof(agent_link, "link_id", statutory.LABEL),
    _placed(archive_chunk, "archive_id", "no", jobs.LABEL),
    _placed(
        data_set_chunk,
        "data_set_id",
        "no",
        chunks.LABEL,
        owner="data_set_id",
        key_class=KeyClass.RAW,
    ),
    _placed(
        criterion_document, "document_id", papers.VERSION, criterion_documents.LABEL
    ),
    _proof(death_report, "report_id", acts.LABEL),
    _placed(incidents.incident_list, "list_id", persons.VERSION, persons.LABEL),
    _placed(incidents.incident_page, "list_id", "no", persons.PAGE_LABEL),
    _placed(incidents.incident_step, "incident_id", "no", steps.LABEL),
    _placed(instruction_set, "owner_id", "version", instruction_register.LABEL),
    _placed(
        instruction_event, "instruction_id", "no", instruction_register.EVENT_LABEL
    ),
    _placed(judgement, "judgement_id", judgements.VERSION, judgements.LABEL),
    _placed(last_wish, "owner_id", wishes.VERSION, wishes.LABEL, sealed="heir"),
    _placed(mail_address, "address_id", mail_addresses.VERSION, mail_addresses.LABEL),
    _placed(message, "message_id", messages.VERSION, messages.LABEL),
    _placed(
        outbox_table,
        "outbox_id",
        outbox.VERSION,
        outbox.LABEL,
        only=outbox_table.c.key_class == KeyClass.ACCOUNT,
    ),
    _placed(recipient_paper, "paper_id", papers.VERSION, recipient_papers.LABEL),
    _placed(rights_paper, "request_id", "no", desk_papers.LABEL),
    _placed(emergency_card, "card_id", cards.VERSION, cards.LABEL),
    _placed(
        emergency_access,
        "access_id",
        reviews.VERSION,
        reviews.LABEL,
        owner="sealed_by",
    ),
    _placed(health_link, "link_id", link_contents.VERSION, health_links.LABEL),
    _placed(
        health_link_opening,
        "opening_id",
        link_contents.VERSION,
        health_links.OPENING_LABEL,
    ),
    _placed(view_link, "view_id", view_links.VERSION, view_links.LABEL),
)
"""Sealed anew here."""

_v, _r = vault_record.c, raw_original.c
EVERY: Final[tuple[Sealed, ...]] = (
    *PLACED,
    Sealed(_v.sealed, _v.generation, _v.owner_id, _v["class"]),
    Sealed(_r.envelope, _r.generation, _r.owner_id, KeyClass.RAW),
)
"""Whatever a generation that is replaced may have sealed."""

NEVER_REPLACED: Final = (
    log_detail.c.envelope,
    consent_event.c.envelope,
    duty.c.envelope,
    benefit.c.envelope,
    mandate_event.c.envelope,
    sent_receipt.c.envelope,
)
"""Sealed under audit keys and keys of consents, which are not replaced."""


def refers(
    connection: Connection, owner: OwnerId, key_class: int, generation: int
) -> bool:
    """Say whether anything is sealed under a generation."""
    return any(
        _refers(connection, each, owner, key_class, generation)
        for each in EVERY
        if not isinstance(each.key_class, int) or each.key_class == key_class
    )


def _refers(
    connection: Connection,
    where: Sealed,
    owner: OwnerId,
    key_class: int,
    generation: int,
) -> bool:
    # What was taken out of a row is empty, and what was never in it is NULL.
    found = select(literal_column("1", Integer)).where(
        where.owner == owner, where.generation == generation, where.sealed != b""
    )
    if not isinstance(where.key_class, int):
        found = found.where(where.key_class == key_class)
    if isinstance(where, Placed) and where.only is not None:
        found = found.where(where.only)
    return connection.execute(found.limit(1)).first() is not None


def reseal(
    work: Work,
    owner: OwnerId,
    where: Placed,
    newest: OpenKey,
    old: Collection[int],
    skipped: int,
) -> bool | None:
    """Seal the next row of old generations anew; one at a time, it may be large.

    Args:
        work: the unit of work.
        owner: whose row.
        where: which column.
        newest: the key that shall seal it.
        old: generations that have to go.
        skipped: rows before it that did not open.

    Returns:
        Whether it opened; None when there is no further row.
    """
    table = where.sealed.table
    keys = list(table.primary_key)
    version = where.version
    is_mine = [where.owner == owner, where.generation.in_(old), where.sealed != b""]
    if where.only is not None:
        is_mine.append(where.only)
    row = work.connection.execute(
        select(table).where(*is_mine).order_by(*keys).offset(skipped).limit(1)
    ).first()
    if row is None:
        return None
    values = row._mapping  # noqa: SLF001 - public in spite of its name
    sealed, generation = bytes(values[where.sealed]), values[where.generation]
    before = work.keys.open(work.connection, owner, newest.key_class, generation)
    found = resealing.resealed(
        work,
        work.keys,
        (before, newest),
        values[where.object_id].bytes,
        version if isinstance(version, int) else values[version],
        where.label,
        sealed,
    )
    if found is None:
        return False
    work.connection.execute(
        update(table)
        .where(*(key == values[key] for key in keys), where.sealed == sealed)
        .values({where.sealed: found, where.generation: newest.generation})
    )
    return True
