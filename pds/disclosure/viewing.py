"""The gate for pages that are only looked at: a link first, then one page by it.

1. *Making a link* is a call like a fetch: token, proof, decision with the form
   `view-only`. A denial is recorded. Nothing of the data leaves by it.
2. *Opening it* decides again under the same token, makes the page, records it as a
   disclosure with its records, its bytes' digest, the view's id and the viewer's name,
   counts it as a fetch, and spends the link; then the page goes.

What an attacker would send: the link again, or twice at once (spent in the recording
transaction); a link after a withdrawal, a suspension, or its end (decided again); the
token of another client for making one (bound to its key); a viewer's name that writes
over the page (`viewer_name`). What cannot be stopped: somebody who photographs the
screen or writes down what it shows. The person is told so.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final, cast
from uuid import UUID

from audit.work import Work
from consent.engine import Deny
from consent.terms import ProvisionForm
from pds.core.clock import Clock
from pds.core.database import Snapshot
from pds.core.errors import Invalid, NotFound, Unavailable
from pds.core.ids import Ids
from pds.disclosure import view_links
from pds.disclosure.body import Heading
from pds.disclosure.call import Call, Refused, Released
from pds.disclosure.decision import Basis, decide_call
from pds.disclosure.errors import Changed, InvalidToken, Replayed
from pds.disclosure.question import Question
from pds.disclosure.recording import check_again, record_refusal
from pds.disclosure.release import Store
from pds.disclosure.selecting import Selected
from pds.disclosure.service import Disclosure
from pds.disclosure.view_links import ViewLink
from pds.keys.errors import KeyUnavailable

if TYPE_CHECKING:
    from consent.oauth.tokens import TokenState

LONGEST_NAME: Final = 60
"""Characters of a viewer's name."""
_TRIES: Final = 3


@dataclass(frozen=True)
class Made:
    """A link, as it is handed to the recipient's software once.

    Attributes:
        text: what stands in the address.
        expires_at: when it no longer opens.
    """

    text: str
    expires_at: datetime


@dataclass(frozen=True)
class Watermark:
    """What stands over every page: who looks at whose data, and when.

    Attributes:
        viewer: who looks, as the recipient named them.
        recipient_id: where they look.
        subject: the person's pairwise id there.
        view_id: names the view in the person's log.
        at: the moment.
    """

    viewer: str
    recipient_id: str
    subject: str
    view_id: UUID
    at: datetime


Draw = Callable[[Watermark, Heading, Selected], bytes]
"""Makes the page that goes."""


def viewer_name(text: str) -> str:
    """Check the name of who will look.

    Raises:
        Invalid: `view.viewer`; it is empty, too long, or has letters that are not seen.
    """
    name = unicodedata.normalize("NFKC", text).strip()
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise Invalid("view.viewer", "The viewer's name is missing or malformed.")
    return name


class Viewing:
    """The gate for views. One per bank; holds no state of its own."""

    def __init__(
        self, store: Store, pages: Disclosure, clock: Clock, ids: Ids, basis: Basis
    ) -> None:
        self._store = store
        self._pages = pages
        self._clock = clock
        self._ids = ids
        self._basis = basis

    def make(self, call: Call, viewer: str, question: Question) -> Made | Refused:
        """Make a link for a named viewer, if it would show something now.

        Raises:
            InvalidToken: the token is not one of ours, ran out, or has another key.
            Replayed: the proof was used before.
            Invalid: a parameter is wrong.
            Conflict: `view.too-many`.
            Unavailable: the facts kept changing.
        """
        name = viewer_name(viewer)
        asked = replace(question, form=ProvisionForm.VIEW_ONLY)
        for _ in range(_TRIES):
            try:
                return self._make(call, name, asked)
            except Changed:
                continue
        raise Unavailable("disclosure.busy", "The facts kept changing.")

    def _make(self, call: Call, viewer: str, question: Question) -> Made | Refused:
        with self._store.read() as snap:
            decided = decide_call(snap, self._basis, call, question)
        decision = decided.decision
        if isinstance(decision, Deny):
            self._store.recorded(
                lambda work: record_refusal(work, call, decided, decision)
            )
            return Refused(decision.reasons)

        def act(work: Work) -> Made:
            check_again(work, call, decided)
            # What `decide_call` found by a digest is the token of that digest.
            token, key = cast("TokenState", decided.token), call.thumbprint
            return Made(*view_links.make(work, token, key, viewer, question))

        return self._store.recorded(act).result

    def open(self, text: str, address: str, draw: Draw) -> Released | Refused:
        """Open a link: decide again, record, and return the page.

        Args:
            text: what stood in the address.
            address: network address of the viewer.
            draw: makes the page.

        Raises:
            NotFound: `view.gone`; there is no such link, it was opened, or its time or
                what it rests on is over.
            Unavailable: nothing was shown.
        """
        with self._store.read() as snap:
            link = self._find(snap, text)
        call = Call(
            token_hash=link.token_hash,
            thumbprint=link.thumbprint,
            proof=link.mark,
            request_id=self._ids.new(),
            address=address,
            about=link.about,
        )
        try:
            return self._pages.page(call, link.question, self._body(link, draw))
        except (InvalidToken, Replayed):
            raise _gone() from None

    def _find(self, snap: Snapshot, text: str) -> ViewLink:
        try:
            found = view_links.find(snap, self._basis.keys, text)
        except KeyUnavailable:
            found = None
        if found is None:
            raise _gone()
        return found

    def _body(
        self, link: ViewLink, draw: Draw
    ) -> Callable[[Heading, Selected, str | None], bytes]:
        def body(heading: Heading, selected: Selected, _next: str | None) -> bytes:
            mark = Watermark(
                viewer=link.viewer,
                recipient_id=link.recipient_id,
                subject=heading.subject,
                view_id=link.view_id,
                at=self._clock.now(),
            )
            return draw(mark, heading, selected)

        return body


def _gone() -> NotFound:
    return NotFound("view.gone", "The link opens nothing, or nothing any more.")
