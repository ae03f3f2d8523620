"""The transition of a bank that was running before texts were named and decided on.

Until then a consent did not say which text its person had read, and no board had looked
at purposes or at the lists of the vocabulary. The migration that brought both wrote one
row, at a bank that had consents: what was agreed before it goes on as before for at
most 30 days, and then stops. The row never changes, the database refuses a second one
and a longer one, and a step back is refused while it is there. It is shown as a
countdown wherever live things without a decision are (`pds.oversight.board_report`),
and the log says when it began.

What it never does: let something be asked or agreed anew, or outlive a board that
looked and did not approve.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import distinct, func, select, update

from audit.work import Work
from consent.facts import BoardSubjectKind
from consent.policy import record_policy
from consent.states import ConsentState
from consent.tables import consent_current, consent_event
from consent.text_tables import text_transition
from pds.core.clock import tokyo_day
from pds.core.database import Snapshot

_c = text_transition.c


@dataclass(frozen=True, slots=True)
class Transition:
    """For how long consents of before go on as before.

    Attributes:
        began_at: when the migration ran; only consents given before it go on.
        ends_at: first moment at which they no longer do.
        covers_undecided: whether purposes of before had no decision at all, so that
            one that nobody ever decided on does not stop these consents.
    """

    began_at: datetime
    ends_at: datetime
    covers_undecided: bool

    def covers(self, given_at: datetime, now: datetime) -> bool:
        """Say whether a consent of a moment goes on at another."""
        return given_at < self.began_at and now < self.ends_at

    def bridges(self, kind: BoardSubjectKind) -> bool:
        """Say whether these consents go on under what nobody ever decided on.

        A list of the vocabulary needed no decision before, whatever purposes needed.
        """
        return kind is BoardSubjectKind.VOCABULARY or (
            kind is BoardSubjectKind.PURPOSE and self.covers_undecided
        )

    def days_left(self, now: datetime) -> int:
        """Return how many more days there are, today included; 0 once it is over."""
        left: timedelta = self.ends_at - now
        if left <= timedelta():
            return 0
        return tokyo_day(self.ends_at) - tokyo_day(now)


def read(snap: Snapshot) -> Transition | None:
    """Return the transition; None at a bank that began with texts that are named."""
    row = snap.connection.execute(select(text_transition)).first()
    if row is None:
        return None
    return Transition(row.began_at, row.ends_at, bool(row.covers_undecided))


def is_untold(snap: Snapshot) -> bool:
    """Say whether the log has not been told of a transition."""
    query = select(_c.id).where(_c.recorded_at.is_(None))
    return snap.connection.execute(query).first() is not None


def record(work: Work) -> None:
    """Tell the log once that the transition began; nothing where there is none."""
    done = work.connection.execute(
        update(text_transition)
        .where(_c.recorded_at.is_(None))
        .values(recorded_at=work.now)
        .returning(_c.began_at)
    ).first()
    if done is not None:
        record_policy(work, "vocabulary.transition", actor="bank", about="texts")


def concerned(snap: Snapshot, transition: Transition) -> int:
    """Return how many consents that may be used now had their last yes before it.

    A consent whose text can be told from the decision that it rests on is among them
    and goes on afterwards; that cannot be seen without opening it.
    """
    e, now = consent_event.c, consent_current.c
    anew = (
        select(e.consent_id)
        .where(
            e.owner_id == now.owner_id,
            e.consent_id == now.consent_id,
            e.event.in_(("given", "renewed", "amended")),
            e.at >= transition.began_at,
        )
        .exists()
    )
    states = [ConsentState.GIVEN.value, ConsentState.PAUSED.value]
    query = select(func.count(distinct(now.consent_id))).where(
        now.state.in_(states), ~anew
    )
    return snap.connection.execute(query).scalar() or 0
