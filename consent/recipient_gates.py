"""The gates about the organisation that asks; see `consent.gates`. Pure."""

from collections.abc import Iterator
from datetime import datetime

from consent.certified import needs
from consent.facts import ContractState, DisclosureRequest, Facts, Standing
from consent.modes import RecipientMode
from consent.reasons import Reason
from consent.selection import covered
from consent.terms import ProvisionForm
from pds.core.vocabulary import categories
from pds.core.vocabulary.countries import HOME

_STANDINGS = {
    Standing.APPLIED: Reason.RECIPIENT_NOT_APPROVED,
    Standing.SUSPENDED: Reason.RECIPIENT_SUSPENDED,
    Standing.ENDED: Reason.RECIPIENT_ENDED,
}


def recipient(
    request: DisclosureRequest, facts: Facts, now: datetime
) -> Iterator[Reason]:
    """The recipient is known, approved, and meets the criteria still (R-10)."""
    found = facts.recipient
    if found is None or found.recipient_id != request.recipient_id:
        yield Reason.RECIPIENT_MISSING
        return
    if found.standing is not Standing.APPROVED:
        yield _STANDINGS[found.standing]
    if found.cleared_until is None or now >= found.cleared_until:
        yield Reason.RECIPIENT_NOT_CLEARED


def duty(_request: DisclosureRequest, facts: Facts, _now: datetime) -> Iterator[Reason]:
    """The recipient has done what it owed for consents that have ended (R-09)."""
    if facts.recipient is not None and facts.recipient.is_in_default:
        yield Reason.DUTY_OVERDUE


def mode(request: DisclosureRequest, facts: Facts, _now: datetime) -> Iterator[Reason]:
    """A recipient that is not certified gets only what its mode lets it have (R-04).

    Whatever is given under one person's consent has a name that stays the same, so the
    recipient could put it together with what it has from elsewhere: under the mode
    *non-identifying* nothing goes here at all, and only anonymised sets are left to it.
    """
    found = facts.recipient
    if found is None:
        return
    is_viewed = request.form is ProvisionForm.VIEW_ONLY
    if found.mode is RecipientMode.VIEW_ONLY and not is_viewed:
        yield Reason.RECIPIENT_VIEW_ONLY
    if found.mode is RecipientMode.NON_IDENTIFYING:
        yield Reason.RECIPIENT_NON_IDENTIFYING


def contract(
    _request: DisclosureRequest, facts: Facts, now: datetime
) -> Iterator[Reason]:
    """A contract is in force (R-01) and permits these terms."""
    found = facts.contract
    if found is None:
        yield Reason.CONTRACT_MISSING
        return
    if found.state is not ContractState.IN_FORCE:
        yield Reason.CONTRACT_NOT_IN_FORCE
    if now < found.valid_from:
        yield Reason.CONTRACT_NOT_YET
    if now >= found.valid_until:
        yield Reason.CONTRACT_EXPIRED


def contract_extent(
    request: DisclosureRequest, facts: Facts, _now: datetime
) -> Iterator[Reason]:
    """The contract permits purpose, categories, country, retention, passing on."""
    found, agreed = facts.contract, facts.consent
    if found is None or agreed is None:
        return
    terms = agreed.terms
    if terms.purpose not in found.purposes:
        yield Reason.CONTRACT_PURPOSE
    permitted = categories.expand(found.categories)
    if not all(category in permitted for category in covered(request, agreed)):
        yield Reason.CONTRACT_CATEGORY
    if terms.country not in found.countries:
        yield Reason.CONTRACT_COUNTRY
    if terms.retention_days > found.retention_days:
        yield Reason.CONTRACT_RETENTION
    if terms.onward and not found.may_reprovide:
        yield Reason.CONTRACT_ONWARD


def country(
    _request: DisclosureRequest, facts: Facts, now: datetime
) -> Iterator[Reason]:
    """A foreign country and the measures there were looked at within a year (Z-01)."""
    agreed, found = facts.consent, facts.country
    if agreed is None or agreed.terms.country == HOME:
        return
    if found is None or found.country != agreed.terms.country:
        yield Reason.COUNTRY_UNKNOWN
    elif now >= found.valid_until:
        yield Reason.COUNTRY_EXPIRED


def established(
    request: DisclosureRequest, facts: Facts, _now: datetime
) -> Iterator[Reason]:
    """The terms name every foreign country that the register knows of (Z-01).

    What the terms say of a country is the recipient's word; where it is established
    and where its processors handle this data is what the bank has found.
    """
    agreed, found = facts.consent, facts.recipient
    if agreed is None or found is None:
        return
    chosen = covered(request, agreed)
    known = {found.country} | {
        each.country
        for each in found.handled_abroad
        if not set(chosen).isdisjoint(categories.expand(each.categories))
    }
    if known - {HOME, agreed.terms.country}:
        yield Reason.COUNTRY_UNSAID


def certificate(
    _request: DisclosureRequest, facts: Facts, now: datetime
) -> Iterator[Reason]:
    """The certificates that the recipient's mode asks for are in force (R-02, R-04)."""
    found = needs(facts)
    if not all(found):
        yield Reason.CERTIFICATE_MISSING
    if any(each and all(now >= c.valid_until for c in each) for each in found):
        yield Reason.CERTIFICATE_EXPIRED
