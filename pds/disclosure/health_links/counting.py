"""What an opening takes, in its transaction: tries, openings, the row that names it.

Every number is counted down in the row itself, so that many at once are as many as one
after the other.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, func, insert, select, update

from audit.work import Work
from pds.accounts.in_use import require_in_use
from pds.core.errors import NotFound
from pds.disclosure.health_links import contents, links
from pds.disclosure.health_links.links import (
    FILE_LIFE,
    FORM,
    HealthLink,
    HealthLinkState,
)
from pds.disclosure.health_links.tables import health_link, health_link_opening
from pds.keys.classes import KeyClass

_l, _o = health_link.c, health_link_opening.c


def file_end(at: datetime) -> datetime:
    """Return until when the address lives that an opening of this moment gives."""
    return at + FILE_LIFE


def gone() -> NotFound:
    """Return the one answer for what does not open, whatever the reason."""
    return NotFound("health-link.gone", "The link opens nothing, or nothing any more.")


def keep(work: Work, link: HealthLink, name: str, file_hash: bytes) -> None:
    """Keep who opened a link, and the digest of the file's new address."""
    mine = (_o.owner_id == link.owner, _o.link_id == link.link_id)
    count = select(func.count()).where(*mine)
    opening_id = work.ids.new()
    key = work.keys.ensure(work.connection, link.owner, KeyClass.ACCOUNT, now=work.now)
    work.connection.execute(
        insert(health_link_opening).values(
            owner_id=link.owner,
            link_id=link.link_id,
            no=work.connection.execute(count).scalar_one() + 1,
            opening_id=opening_id,
            at=work.now,
            file_hash=file_hash,
            file_until=file_end(work.now),
            generation=key.generation,
            envelope=work.keys.seal(
                work.connection,
                key,
                opening_id,
                contents.VERSION,
                links.OPENING_LABEL,
                name.encode(),
            ),
        )
    )


def _alive(work: Work, link: HealthLink) -> tuple[ColumnElement[bool], ...]:
    return (
        _l.owner_id == link.owner,
        _l.link_id == link.link_id,
        _l.state == HealthLinkState.OPEN,
        _l.expires_at > work.now,
    )


def take(work: Work, link: HealthLink) -> None:
    """Take an opening; the last one sets the link's end to that of the file's address.

    Raises:
        NotFound: `health-link.gone`; somebody was faster, or it is dead meanwhile.
        Forbidden: `accounts.closed`.
    """
    require_in_use(work, link.owner)
    taken = work.connection.execute(
        update(health_link)
        .where(*_alive(work, link), _l.opens_left > 0)
        .values(opens_left=_l.opens_left - 1)
        .returning(_l.opens_left)
    ).scalar()
    if taken is None:
        raise gone()
    if taken == 0:
        work.connection.execute(
            update(health_link)
            .where(*_alive(work, link))
            .values(
                state=HealthLinkState.USED.value,
                expires_at=file_end(work.now),
                passcode_hash=None,
            )
        )


def spend_try(work: Work, link: HealthLink) -> int:
    """Take a try before a passcode is looked at; return how many are left then.

    Raises:
        NotFound: `health-link.gone`; none is left, or it is dead meanwhile.
    """
    left = work.connection.execute(
        update(health_link)
        .where(*_alive(work, link), _l.tries_left > 0)
        .values(tries_left=_l.tries_left - 1)
        .returning(_l.tries_left)
    ).scalar()
    if left is None:
        raise gone()
    return int(left)


def give_back(work: Work, link: HealthLink) -> None:
    """Give the try of a right passcode back."""
    work.connection.execute(
        update(health_link)
        .where(*_alive(work, link))
        .values(tries_left=_l.tries_left + 1)
    )


def lock(work: Work, link: HealthLink) -> None:
    """End a link whose tries are used up, if nobody did."""
    if links.end(work, link, HealthLinkState.LOCKED):
        links.record(work, link.owner, link.link_id, "health-link.locked", actor=FORM)
