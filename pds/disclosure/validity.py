"""Until when a decision holds if nothing changes; pure.

Changes bump fences and are caught by comparing them. Time bumps nothing, so the commit
compares its own moment with the first moment at which any fact lapses.
"""

from collections.abc import Iterator
from datetime import datetime

from consent.certified import needs
from consent.facts import Facts


def holds_until(facts: Facts) -> datetime:
    """Return the first moment at which one of the facts of a permit lapses.

    Raises:
        ValueError: the facts are not those of a permit.
    """
    return min(_ends(facts))


def _ends(facts: Facts) -> Iterator[datetime]:
    if facts.consent is not None:
        yield facts.consent.expires_at
        yield facts.consent.terms.access.until
    if facts.grant is not None:
        yield facts.grant.token_expires_at
    if facts.contract is not None:
        yield facts.contract.valid_until
    if facts.recipient is not None and facts.recipient.cleared_until is not None:
        yield facts.recipient.cleared_until
    if facts.country is not None:
        yield facts.country.valid_until
    for need in needs(facts):
        # One certificate in force is enough, so the last to lapse counts; where there
        # is none, the gate denies.
        if need:
            yield max(found.valid_until for found in need)
    yield from _ends_of_texts(facts)
    if facts.person is not None and facts.person.agent_until is not None:
        yield facts.person.agent_until


def _ends_of_texts(facts: Facts) -> Iterator[datetime]:
    for decision in facts.board:
        until = decision.valid_until or decision.bridged_until
        if until is not None:
            yield until
    if facts.text is not None and facts.text.goes_on_until is not None:
        yield facts.text.goes_on_until
