"""What a recipient tells the bank of an incident of its own, in the register at once.

The bank knows from this moment on, so the terms run from it (R-13). What kind of data
it is, and whether it was protected, staff say when they have looked.
"""

from dataclasses import dataclass
from uuid import UUID

from audit.work import Work
from pds.core.ids import RecipientId
from pds.oversight.incidents import register
from pds.oversight.incidents.facts import Facts, IncidentPlace
from pds.oversight.incidents.register import Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a recipient says.

    Attributes:
        title: what it is called.
        outline: what happened, as far as is known.
        persons: how many it concerns, or may concern; 0 if nobody knows yet.
    """

    title: str
    outline: str
    persons: int


def enter(work: Work, recipient_id: RecipientId, said: Told, *, actor: str) -> UUID:
    """Open an incident at a recipient, on its own word; return its id.

    Args:
        work: the unit of work.
        recipient_id: who tells.
        said: what it tells.
        actor: the software or account that told it.

    Raises:
        Invalid: as `register.enter`.
    """
    known = Facts(
        place=IncidentPlace.RECIPIENT,
        persons=said.persons,
        is_certified=register.is_certified(work),
    )
    wish = Wish(
        title=said.title,
        knew_at=work.now,
        facts=known,
        outline=said.outline,
        recipient_id=recipient_id,
    )
    return register.enter(work, wish, actor=actor)
