"""One-time links to a page that is only looked at (C-01, R-04; 閲覧のみ・コピー不可).

A link is 32 random bytes, kept as their digest, and lives for minutes. What it shows
and to whom by name lies sealed beside it under the person's account key. It is bound to
the access token and the key by which its maker called: whatever ends the token, the
grant, the client or the consent ends the link too, because opening it decides anew.
Opening spends it as a proof is spent (`consent.oauth.replay`), in the transaction that
records the view: of two who open it at once, one sees something.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, func, insert, select

from audit.canonical import canonical, parse_canonical
from audit.work import Work
from consent.oauth import opaque, replay
from consent.oauth.replay import Mark
from consent.oauth.tokens import TokenState
from consent.terms import ProvisionForm
from pds.core.database import Snapshot
from pds.core.errors import Conflict, Unavailable
from pds.core.ids import OwnerId
from pds.disclosure.question import Question
from pds.disclosure.tables import view_link
from pds.keys.classes import KeyClass
from pds.keys.keyring import Keyring

LIFE: Final = timedelta(minutes=3)
"""How long a link may wait to be opened."""
MOST_RECORDS: Final = 20
"""Records of one page; there is no second one without another link."""
MOST_WAITING: Final = 5
"""Links under one token that may wait at once."""
LABEL: Final = b"sys.view"
"""Label of the sealed half; the object id is the view's."""
VERSION: Final = 1
_c = view_link.c


@dataclass(frozen=True, slots=True)
class ViewLink:
    """A link that was found; whether anything may be shown by it is decided apart.

    Attributes:
        view_id: names the view in the person's log.
        link_hash: digest of what stands in the address.
        token_hash: the access token by which it was made.
        thumbprint: of the key to which that token is bound.
        expires_at: first moment at which it no longer opens.
        recipient_id: where they look.
        viewer: who looks, as the recipient named them.
        question: what is shown.
    """

    owner: OwnerId
    view_id: UUID
    link_hash: bytes
    token_hash: bytes
    thumbprint: bytes
    expires_at: datetime
    recipient_id: str
    viewer: str
    question: Question

    @property
    def mark(self) -> Mark:
        """What opening spends."""
        return replay.view_mark(self.link_hash, self.end)

    @property
    def end(self) -> datetime:
        """Until when it is remembered that the link was opened."""
        return self.expires_at + LIFE

    @property
    def about(self) -> str:
        """The view and its viewer, for the sealed detail."""
        return canonical({"view": str(self.view_id), "viewer": self.viewer}).decode()


def make(
    work: Work, token: TokenState, thumbprint: bytes, viewer: str, question: Question
) -> tuple[str, datetime]:
    """Keep a link; return what stands in its address, kept nowhere, and its end.

    Raises:
        Conflict: `view.too-many`; others wait to be opened.
    """
    waiting = select(func.count()).where(
        _c.owner_id == token.owner,
        _c.token_hash == token.token_hash,
        _c.expires_at > work.now,
    )
    if work.connection.execute(waiting).scalar_one() >= MOST_WAITING:
        raise Conflict("view.too-many", "Other links wait to be opened.")
    text, digest = opaque.make(work.ids)
    view_id, until = work.ids.new(), min(work.now + LIFE, token.expires_at)
    key = work.keys.ensure(work.connection, token.owner, KeyClass.ACCOUNT, now=work.now)
    content = write(thumbprint, token.recipient_id, viewer, question)
    work.connection.execute(
        insert(view_link).values(
            link_hash=digest,
            owner_id=token.owner,
            view_id=view_id,
            token_hash=token.token_hash,
            expires_at=until,
            generation=key.generation,
            envelope=work.keys.seal(
                work.connection, key, view_id, VERSION, LABEL, content
            ),
        )
    )
    return text, until


def find(snap: Snapshot, keys: Keyring, text: str) -> ViewLink | None:
    """Return the link of an address; None if there is none, or its time is over.

    Raises:
        KeyUnavailable: the account was erased.
    """
    digest = opaque.digest(text)
    row: Any = None
    if digest is not None:
        mine = select(view_link).where(_c.link_hash == digest, _c.expires_at > snap.now)
        row = snap.connection.execute(mine).first()
    if row is None:
        return None
    owner = OwnerId(row.owner_id)
    key = keys.open(snap.connection, owner, KeyClass.ACCOUNT, row.generation)
    content = keys.unseal(key, bytes(row.envelope), row.view_id, VERSION, LABEL)
    return ViewLink(
        owner=owner,
        view_id=row.view_id,
        link_hash=bytes(row.link_hash),
        token_hash=bytes(row.token_hash),
        expires_at=row.expires_at,
        **read(content),
    )


def sweep(work: Work) -> int:
    """Delete links whose time is over; return how many."""
    over = delete(view_link).where(_c.expires_at <= work.now)
    return work.connection.execute(over).rowcount


def forget(work: Work, owner: OwnerId) -> None:
    """Delete a person's links, for erasure."""
    work.connection.execute(delete(view_link).where(_c.owner_id == owner))


def write(
    thumbprint: bytes, recipient_id: str, viewer: str, question: Question
) -> bytes:
    """Return the half of a link that is sealed."""
    days = {"from": question.first_day, "until": question.last_day}
    return canonical(
        {
            "v": VERSION,
            "jkt": thumbprint.hex(),
            "recipient": recipient_id,
            "viewer": viewer,
            "categories": list(question.categories),
            **{name: str(day) for name, day in days.items() if day is not None},
        }
    )


def read(content: bytes) -> dict[str, Any]:
    """Read the half of a link that is sealed.

    Raises:
        Unavailable: `view.version`; it was written by a later program.
    """
    found = parse_canonical(content)
    if found["v"] != VERSION:
        raise Unavailable("view.version", "The link is of another time.")
    question = Question(
        categories=tuple(found["categories"]),
        first_day=_day(found.get("from")),
        last_day=_day(found.get("until")),
        limit=MOST_RECORDS,
        form=ProvisionForm.VIEW_ONLY,
    )
    return {
        "thumbprint": bytes.fromhex(found["jkt"]),
        "recipient_id": found["recipient"],
        "viewer": found["viewer"],
        "question": question,
    }


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
