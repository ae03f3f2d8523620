"""The gates that stand between a request and the data; one small pure function each.

A gate yields a reason for each thing that is wrong and nothing if all is well. It
judges only what it is given: an absent fact is a reason of the gate that owns it, and
gates that would need it stay silent about it.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from consent.asking import question
from consent.ceilings import breaches, fetches_per_day
from consent.counterpart import Counterpart
from consent.extent import extent
from consent.facts import (
    BoardFacts,
    BoardResult,
    DisclosureRequest,
    Facts,
    OfferState,
)
from consent.instructions import forbids
from consent.reasons import Reason
from consent.recipient_gates import (
    certificate,
    contract,
    contract_extent,
    country,
    duty,
    established,
    mode,
    recipient,
)
from consent.selection import covered
from consent.states import ConsentState
from consent.terms import AccessMode
from pds.core.clock import TOKYO
from pds.core.vocabulary import Sensitivity, purposes
from pds.core.vocabulary.purposes import Beneficiary

Gate = Callable[[DisclosureRequest, Facts, datetime], Iterable[Reason]]

_STATES = {
    ConsentState.REQUESTED: Reason.CONSENT_OPEN,
    ConsentState.DEFERRED: Reason.CONSENT_OPEN,
    ConsentState.REFUSED: Reason.CONSENT_REFUSED,
    ConsentState.PAUSED: Reason.CONSENT_PAUSED,
    ConsentState.WITHDRAWN: Reason.CONSENT_WITHDRAWN,
    ConsentState.REVOKED: Reason.CONSENT_REVOKED,
    ConsentState.EXPIRED: Reason.CONSENT_EXPIRED,
    ConsentState.INVALIDATED: Reason.CONSENT_INVALIDATED,
}
_RESULTS = {
    BoardResult.REJECTED: Reason.BOARD_REJECTED,
    BoardResult.SUSPENDED: Reason.BOARD_SUSPENDED,
}


def consent(
    request: DisclosureRequest, facts: Facts, now: datetime
) -> Iterator[Reason]:
    """The person's yes is in force and was given to this recipient (A-03, K-05)."""
    found = facts.consent
    if found is None:
        yield Reason.CONSENT_MISSING
        return
    if found.state is not ConsentState.GIVEN:
        yield _STATES[found.state]
    if now >= found.expires_at or now >= found.terms.access.until:
        yield Reason.CONSENT_EXPIRED
    if found.recipient_id != request.recipient_id:
        yield Reason.CONSENT_OTHER_RECIPIENT


def grant(request: DisclosureRequest, facts: Facts, now: datetime) -> Iterator[Reason]:
    """Token, grant and client are alive and belong to this consent."""
    found = facts.grant
    if found is None:
        yield Reason.GRANT_MISSING
        return
    if not found.is_active:
        yield Reason.GRANT_REVOKED
    if not found.token_is_active:
        yield Reason.TOKEN_REVOKED
    if now >= found.token_expires_at:
        yield Reason.TOKEN_EXPIRED
    if not found.client_is_active:
        yield Reason.CLIENT_SUSPENDED
    if found.recipient_id != request.recipient_id:
        yield Reason.GRANT_OTHER_RECIPIENT
    if facts.consent is not None and found.consent_id != facts.consent.consent_id:
        yield Reason.GRANT_OTHER_CONSENT


def board(_request: DisclosureRequest, facts: Facts, now: datetime) -> Iterator[Reason]:
    """The ethics board approved everything that needs its decision (G-05)."""
    if not facts.board:
        yield Reason.BOARD_MISSING
    for found in facts.board:
        yield from _decided(found, now)


def _decided(found: BoardFacts, now: datetime) -> Iterator[Reason]:
    if found.result is None or found.valid_until is None:
        if found.bridged_until is None or now >= found.bridged_until:
            yield Reason.BOARD_MISSING
        return
    if found.result in _RESULTS:
        yield _RESULTS[found.result]
    if now >= found.valid_until:
        yield Reason.BOARD_EXPIRED
    if found.decided_version != found.version:
        yield Reason.BOARD_OTHER_VERSION


def offer(
    _request: DisclosureRequest, facts: Facts, _now: datetime
) -> Iterator[Reason]:
    """The offer that the consent answers, if any, is live and unchanged (D-08)."""
    agreed, found = facts.consent, facts.offer
    if agreed is None or agreed.terms.offer_id is None:
        return
    if found is None or found.offer_id != agreed.terms.offer_id:
        yield Reason.OFFER_MISSING
        return
    if found.state is not OfferState.LIVE:
        yield Reason.OFFER_NOT_LIVE
    if found.version != agreed.offer_version:
        yield Reason.OFFER_OTHER_VERSION


def text(request: DisclosureRequest, facts: Facts, now: datetime) -> Iterator[Reason]:
    """What purpose and categories mean is still what the person read (D-08)."""
    agreed, found = facts.consent, facts.text
    if agreed is None:
        return
    until = None if found is None else found.goes_on_until
    has_stopped = until is None or now >= until
    if found is None or not found.is_known:
        if has_stopped:
            yield Reason.TEXT_UNKNOWN
        return
    names = {category.id for category in covered(request, agreed)}
    if agreed.terms.purpose in found.purposes or names & found.categories:
        yield Reason.TEXT_CHANGED
    if names & found.waiting and has_stopped:
        yield Reason.TEXT_UNDECIDED


def ceilings(
    request: DisclosureRequest, facts: Facts, _now: datetime
) -> Iterator[Reason]:
    """The terms stay under the ceilings of their purpose."""
    found = facts.consent
    if found is not None:
        yield from breaches(found.terms, covered(request, found), found.given_at)


def frequency(
    request: DisclosureRequest, facts: Facts, _now: datetime
) -> Iterator[Reason]:
    """The recipient has not fetched too often; a continued fetch counts once."""
    found = facts.consent
    if found is None or request.continues:
        return
    if found.terms.access.mode is AccessMode.ONCE and found.was_used:
        yield Reason.USED_UP
    limit = fetches_per_day(found.terms, covered(request, found))
    if limit is not None and found.uses_today >= limit:
        yield Reason.TOO_OFTEN


def profile(
    request: DisclosureRequest, facts: Facts, _now: datetime
) -> Iterator[Reason]:
    """The certification profile admits every category asked for (X-01, X-04)."""
    found = facts.consent
    if found is None:
        return
    chosen = covered(request, found)
    special = [c for c in chosen if c.sensitivity is Sensitivity.SPECIAL_CARE]
    if any(category.sensitivity is Sensitivity.PROHIBITED for category in chosen):
        yield Reason.PROFILE_PROHIBITED
    if any(category.id not in facts.profile.special_care for category in special):
        yield Reason.PROFILE_SPECIAL_CARE
    purpose = purposes.ALL.get(found.terms.purpose)
    if special and purpose and purpose.beneficiary is not Beneficiary.OWN:
        yield Reason.PROFILE_NOT_OWN_BENEFIT


def person(
    _request: DisclosureRequest, facts: Facts, now: datetime
) -> Iterator[Reason]:
    """The person was old enough, or an agent had and has authority (V-01, V-04)."""
    found = facts.person
    if found is None or found.adult_from is None:
        yield Reason.AGE_UNKNOWN
    elif found.agent_until is None and now.astimezone(TOKYO).date() < found.adult_from:
        yield Reason.UNDER_AGE
    if found and found.agent_until is not None and now >= found.agent_until:
        yield Reason.AGENT_ENDED


def keys(request: DisclosureRequest, facts: Facts, _now: datetime) -> Iterator[Reason]:
    """The keys of the consent and of the data still exist."""
    found = facts.keys
    if found is None or not found.consent_is_open:
        yield Reason.CONSENT_KEY_GONE
    if found and facts.consent is not None:
        classes = {c.key_class for c in covered(request, facts.consent)}
        if classes & found.destroyed_classes:
            yield Reason.DATA_KEY_GONE


def instruction(
    request: DisclosureRequest, facts: Facts, now: datetime
) -> Iterator[Reason]:
    """The person has not said *never*, be it after the consent (D-03)."""
    found, asking = facts.consent, facts.recipient
    if found is None or asking is None or not facts.instructions:
        return
    past = asking.past_classes
    who = Counterpart(found.recipient_id, asking.recipient_class, past)
    wanted = [category.id for category in covered(request, found)]
    if forbids(facts.instructions, who, found.terms.purpose, wanted, now):
        yield Reason.INSTRUCTION_NEVER


GATES: tuple[Gate, ...] = (
    consent,
    extent,
    grant,
    recipient,
    duty,
    mode,
    contract,
    contract_extent,
    country,
    established,
    certificate,
    board,
    text,
    offer,
    question,
    ceilings,
    frequency,
    profile,
    person,
    keys,
    instruction,
)
"""All gates; a permit needs every one, and their order does not matter."""
