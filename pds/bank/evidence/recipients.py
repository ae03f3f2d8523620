"""Evidence about recipients and their offers (R-01 to R-14, N-01 to N-08, Z-01)."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from consent import ceilings, contracts, countries, offer_rules, offers, recipients
from consent.facts import ContractState, OfferState, Standing
from consent.modes import RecipientMode
from consent.oauth import clients
from consent.reasons import Reason
from consent.recipients import Recipient
from consent.vetting import attestations
from consent.vetting.attestations import AttestationState
from pds.core.database import Snapshot
from pds.core.ids import RecipientId
from pds.core.vocabulary import Sensitivity, categories, purposes
from pds.core.vocabulary.countries import HOME
from pds.oversight.criteria.finding import (
    Evidence,
    found,
    met_if,
    red_if,
)
from pds.oversight.recipients import Dossier, Light, dossier

_MOST: Final = 500
"""Recipients that one look goes through."""


def in_order(snap: Snapshot) -> Evidence:
    """Look for approved recipients that lack something: nothing is given (N-15)."""
    seen = list(_approved(snap))
    return found(
        met_if(not any(each.missing for each in seen)),
        approved_recipients=len(seen),
        recipients_lacking=sum(bool(each.missing) for each in seen),
        recipients_ending_soon=sum(each.light is Light.AMBER for each in seen),
    )


def criteria(snap: Snapshot) -> Evidence:
    """Look for approved recipients whose criteria are not all met (R-10)."""
    seen = list(_approved(snap))
    lacking = sum(bool(each.lacking) for each in seen)
    return found(
        met_if(lacking == 0),
        approved_recipients=len(seen),
        recipients_lacking_criteria=lacking,
        checks_recorded=sum(len(each.checks) for each in seen),
    )


def certified(snap: Snapshot) -> Evidence:
    """Look for approved recipients without a certificate in force (R-02, E-05)."""
    seen = list(_approved(snap))
    lacking = sum(Reason.CERTIFICATE_MISSING in each.missing for each in seen)
    return found(
        met_if(lacking == 0),
        approved_recipients=len(seen),
        recipients_without_certificate=lacking,
        certificates=sum(len(each.certificates) for each in seen),
    )


def contracted(snap: Snapshot) -> Evidence:
    """Look for approved recipients without a contract in force (R-01)."""
    seen = list(_approved(snap))
    lacking = sum(Reason.CONTRACT_MISSING in each.missing for each in seen)
    return found(
        met_if(lacking == 0),
        approved_recipients=len(seen),
        recipients_without_contract=lacking,
    )


def onward(snap: Snapshot) -> Evidence:
    """Look for contracts and offers that let data be passed on (R-06, R-07)."""
    running = [
        contract
        for each in recipients.every(snap)[:_MOST]
        for contract in contracts.of_recipient(snap, each.recipient_id)
        if contract.state is ContractState.IN_FORCE
    ]
    live = _live_offers(snap)
    allowed = sum(each.terms.may_reprovide for each in running)
    offered = sum(bool(each.template.provision.onward) for each in live)
    return found(
        red_if(offered > 0 and allowed == 0),
        contracts_in_force=len(running),
        contracts_allowing_onward=allowed,
        offers_naming_onward=offered,
    )


def attested(snap: Snapshot) -> Evidence:
    """Look for recipients whose yearly attestation is overdue (R-06, R-08, R-09)."""
    seen = [e for e in recipients.every(snap) if e.standing is Standing.APPROVED]
    states = Counter(attestations.state(e.attest_by, snap.now) for e in seen)
    late = states[AttestationState.OVERDUE] + states[AttestationState.BLOCKING]
    return found(
        red_if(late > 0, otherwise=met_if(states[AttestationState.NONE] == 0)),
        approved_recipients=len(seen),
        attestations_due_soon=states[AttestationState.SOON],
        attestations_overdue=late,
        recipients_never_asked_to_attest=states[AttestationState.NONE],
    )


def modes(snap: Snapshot) -> Evidence:
    """Count recipients by how far they may handle data themselves (R-04)."""
    seen = [e for e in recipients.every(snap) if e.standing is Standing.APPROVED]
    by_mode = {mode: sum(e.mode is mode for e in seen) for mode in RecipientMode}
    return found(
        met_if(bool(seen)),
        approved_recipients=len(seen),
        recipients_in_full=by_mode[RecipientMode.FULL],
        recipients_restricted=len(seen) - by_mode[RecipientMode.FULL],
    )


def standings(snap: Snapshot) -> Evidence:
    """Count recipients by standing; ended ones stay listed (G-13, R-08)."""
    seen = recipients.every(snap)
    by = {each: sum(e.standing is each for e in seen) for each in Standing}
    return found(
        met_if(bool(seen)),
        recipients=len(seen),
        approved_recipients=by[Standing.APPROVED],
        suspended_recipients=by[Standing.SUSPENDED],
        ended_recipients=by[Standing.ENDED],
    )


def software(snap: Snapshot) -> Evidence:
    """Count recipients' software that may speak (R-11)."""
    seen = [
        client
        for each in recipients.every(snap)[:_MOST]
        for client in clients.of_recipient(snap, each.recipient_id)
    ]
    return found(met_if(bool(seen)), recipient_software=len(seen))


def abroad(snap: Snapshot) -> Evidence:
    """Look for offers abroad whose country nobody looked at in time (Z-01, Z-03)."""
    live = _live_offers(snap)
    foreign = [each for each in live if each.template.provision.country != HOME]
    unknown = sum(
        countries.current(snap, each.recipient_id, each.template.provision.country)
        is None
        for each in foreign
    )
    return found(
        red_if(unknown > 0),
        live_offers=len(live),
        offers_abroad=len(foreign),
        offers_abroad_without_facts=unknown,
        recipients_abroad=sum(
            each.profile.country != HOME
            for each in recipients.every(snap)
            if each.standing is Standing.APPROVED
        ),
    )


def offered(snap: Snapshot) -> Evidence:
    """Look for live offers that do not say what the person gets (N-08)."""
    live = _live_offers(snap)
    bare = sum(each.template.provision.benefit is None for each in live)
    return found(
        red_if(bare > 0, otherwise=met_if(bool(live))),
        live_offers=len(live),
        offers_without_benefit=bare,
    )


def offer_rules_approved(snap: Snapshot) -> Evidence:
    """Say whether the board approved how offers are scored and ordered (C-15)."""
    scoring, ordering = offer_rules.scoring(snap), offer_rules.ordering(snap)
    approved = (scoring is not None) + (ordering is not None)
    return found(
        met_if(approved == len(offer_rules.DEFINITIONS)),
        offer_rules=len(offer_rules.DEFINITIONS),
        offer_rules_approved=approved,
    )


def within_ceilings(snap: Snapshot) -> Evidence:
    """Hold live offers against the ceilings of their purposes (D-08, D-09)."""
    live = _live_offers(snap)
    broken = 0
    for each in live:
        now = each.instance(snap.now)
        covered = categories.expand(now.categories)
        broken += any(True for _reason in ceilings.breaches(now, covered, snap.now))
    return found(
        red_if(broken > 0),
        live_offers=len(live),
        offers_over_ceilings=broken,
        purposes=len(purposes.ALL),
    )


def special_care(snap: Snapshot) -> Evidence:
    """Look for live offers of data that the certification leaves out (X-01, X-03)."""
    live = _live_offers(snap)
    wrong = sum(_is_special(each.template.provision.categories) for each in live)
    classed = [each.sensitivity for each in categories.ALL.values()]
    return found(
        red_if(wrong > 0),
        live_offers=len(live),
        offers_special_care=wrong,
        categories_special_care=classed.count(Sensitivity.SPECIAL_CARE),
        categories_prohibited=classed.count(Sensitivity.PROHIBITED),
    )


def _is_special(named: tuple[str, ...]) -> bool:
    least = Sensitivity.SPECIAL_CARE.level
    return any(c.sensitivity.level >= least for c in categories.expand(named))


def _approved(snap: Snapshot) -> Iterator[Dossier]:
    approved: list[Recipient] = [
        each for each in recipients.every(snap) if each.standing is Standing.APPROVED
    ]
    for each in approved[:_MOST]:
        yield dossier(snap, RecipientId(each.recipient_id))


def _live_offers(snap: Snapshot) -> list[offers.Offer]:
    return [each for each in offers.every(snap) if each.state is OfferState.LIVE]
