"""Which certificates a provision needs under the recipient's mode (R-02, R-04); pure.

A recipient that handles data itself needs one of its own. Under *via processor* each
kind of data of the consent needs a certified processor that is registered for this
recipient and for that kind: one that keeps papers in a store does not make it safe
that somebody else reads laboratory results. All of the consent counts, whatever part of
it is asked for, so that a narrower request proves nothing.
"""

from functools import lru_cache

from consent.facts import CertificateFacts, ConsentFacts, Facts
from consent.modes import RecipientMode
from pds.core.vocabulary import categories

Need = tuple[CertificateFacts, ...]
"""Certificates of which one has to be in force; empty if there is none."""


def needs(facts: Facts) -> tuple[Need, ...]:
    """Return every need; each has to be met, and where there is none all is well."""
    mode = facts.recipient.mode if facts.recipient else RecipientMode.FULL
    if not mode.needs_certificate:
        return ()
    held = tuple([c for c in facts.certificates if mode.counts(c.processor_id)])
    if mode is RecipientMode.FULL or facts.consent is None:
        return (held,)
    return tuple(
        tuple([c for c in held if category in _ids(c.categories)])
        for category in sorted(_agreed(facts.consent))
    )


def _agreed(consent: ConsentFacts) -> frozenset[str]:
    found = categories.expand(consent.terms.categories, as_of=consent.vocabulary)
    return frozenset(each.id for each in found)


@lru_cache(maxsize=1024)
def _ids(prefixes: tuple[str, ...]) -> frozenset[str]:
    return frozenset(each.id for each in categories.expand(prefixes))
