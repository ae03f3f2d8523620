"""The states of a consent and the events that move it; pure.

State is the fold of events, nothing else::

                       ┌── deferred ◄─┐
                       ▼              │ deferred
    (none) ─requested─► requested ────┘
                          │  │
              refused ◄───┘  └─given─► given ──paused──► paused
                                        │ ▲ ◄──resumed──┘ │
                                        │ └ narrowed,     │ narrowed
                                        │   amended,      │
                                        │   renewed       │
                                        ▼                 ▼
                     withdrawn (by the person) · revoked (by somebody else)
                     expired (by time) · invalidated (it was never sound)

A deferred request can be given, refused or deferred again. Requests can be revoked,
expire or be invalidated like consents. Only *given* lets data go (K-05); refused and
the four states in the last lines are final, and a new wish is a new consent.
Event names follow ISO/IEC TS 27560 and DPV (K-03).
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType

from pds.core.errors import Conflict


class ConsentState(StrEnum):
    """Where a consent stands."""

    REQUESTED = "requested"
    DEFERRED = "deferred"
    GIVEN = "given"
    REFUSED = "refused"
    PAUSED = "paused"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"
    EXPIRED = "expired"
    INVALIDATED = "invalidated"


class ConsentEvent(StrEnum):
    """What happened to a consent."""

    REQUESTED = "requested"
    DEFERRED = "deferred"
    GIVEN = "given"
    REFUSED = "refused"
    NARROWED = "narrowed"
    AMENDED = "amended"
    RENEWED = "renewed"
    PAUSED = "paused"
    RESUMED = "resumed"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"
    EXPIRED = "expired"
    INVALIDATED = "invalidated"


_S, _E = ConsentState, ConsentEvent
_ENDINGS = {
    _E.REVOKED: _S.REVOKED,
    _E.EXPIRED: _S.EXPIRED,
    _E.INVALIDATED: _S.INVALIDATED,
}
_ANSWERS = {_E.GIVEN: _S.GIVEN, _E.REFUSED: _S.REFUSED, _E.DEFERRED: _S.DEFERRED}

TRANSITIONS: Mapping[ConsentState | None, Mapping[ConsentEvent, ConsentState]] = (
    MappingProxyType(
        {
            None: {_E.REQUESTED: _S.REQUESTED},
            _S.REQUESTED: {**_ANSWERS, **_ENDINGS},
            _S.DEFERRED: {**_ANSWERS, **_ENDINGS},
            _S.GIVEN: {
                _E.NARROWED: _S.GIVEN,
                _E.AMENDED: _S.GIVEN,
                _E.RENEWED: _S.GIVEN,
                _E.PAUSED: _S.PAUSED,
                _E.WITHDRAWN: _S.WITHDRAWN,
                **_ENDINGS,
            },
            _S.PAUSED: {
                _E.NARROWED: _S.PAUSED,
                _E.RESUMED: _S.GIVEN,
                _E.WITHDRAWN: _S.WITHDRAWN,
                **_ENDINGS,
            },
            _S.REFUSED: {},
            _S.WITHDRAWN: {},
            _S.REVOKED: {},
            _S.EXPIRED: {},
            _S.INVALIDATED: {},
        }
    )
)
"""Every permitted step; what is not here is refused."""

FINAL = frozenset(state for state, steps in TRANSITIONS.items() if state and not steps)
"""States that nothing leaves."""

CARRIES_TERMS = frozenset({_E.REQUESTED, _E.GIVEN, _E.NARROWED, _E.AMENDED, _E.RENEWED})
"""Events that say anew what the consent covers."""


def following(state: ConsentState | None, event: ConsentEvent) -> ConsentState:
    """Return the state after an event.

    Raises:
        Conflict: `consent.not-possible-now`; the state does not allow the event.
    """
    found = TRANSITIONS[state].get(event)
    if found is None:
        before = "nothing" if state is None else state.value
        raise Conflict(
            "consent.not-possible-now", f"{event.value} cannot follow {before}."
        )
    return found


def fold(events: Iterable[ConsentEvent]) -> ConsentState | None:
    """Return the state that a history leads to; None for no history.

    Raises:
        Conflict: the history contains a step that is not permitted.
    """
    state: ConsentState | None = None
    for event in events:
        state = following(state, event)
    return state
