"""What comes due with time; `Housekeeping` does it in every serving process."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial

import structlog

from audit import known_time
from audit.work import Work
from consent import (
    audience,
    board_items,
    cohort,
    evidence,
    ledger,
    offer_rules,
    service,
)
from consent.ledger import CurrentConsent
from consent.oauth import grants, sweep
from pds.accounts.agents import links
from pds.accounts.agents.links import AgentEnding, AgentLink
from pds.bank import undelivered
from pds.bank.archiving import build_archives, expire_archives
from pds.bank.bank import Bank
from pds.bank.data_sets import MAKE_DATA_SETS, expire_data_sets, make_data_sets
from pds.bank.entrusting import (
    TELL_OF_CLASSES,
    ObjectionCounter,
    carry_out_judgements,
    look_for_offers,
    tell_of_classes,
)
from pds.bank.erasing import finish_erasures
from pds.bank.housekeeping import Chore
from pds.bank.incidents import incident_chores
from pds.bank.key_rotation import keep_epochs, note_versions
from pds.bank.merging import merge_handles
from pds.bank.mourning import ERASE_AFTER_DEATH, erase_approved
from pds.bank.one_by_one import one_by_one
from pds.bank.replacing import replace_keys
from pds.bank.retiring import destroy_details
from pds.bank.telling_chores import delivery_chores, telling_chores
from pds.bank.timestamping import ask_for_time
from pds.bank.transparency.monthly import monthly_chores
from pds.bank.witnessing import ask_witnesses
from pds.core.errors import Conflict
from pds.disclosure import denials, view_links
from pds.disclosure.health_links import links as health_links
from pds.disclosure.tally import tally_entry
from pds.intake import service as intake
from pds.rights import agents
from pds.rights.desk import requests as desk
from pds.rights.desk.requests import Request
from pds.vault.population import persons_by_category

log = structlog.get_logger()

EXPIRE_CONSENTS = "expire consents"
END_AGENTS = "end agents"
SETTLE_DENIALS = "settle denials"
END_EVIDENCE = "end evidence"
SETTLE_RIGHTS = "settle rights requests"
KEEP_COHORTS = "keep cohorts"
END_LINKS = "end health links"
_MOST = 200
"""Things of one kind that a turn does; the rest waits for the next."""


def chores() -> list[Chore]:
    """Return all chores, fresh, for one `Housekeeping`."""
    return [
        Chore(EXPIRE_CONSENTS, timedelta(seconds=10), expire_consents),
        Chore(END_AGENTS, timedelta(seconds=10), end_agents),
        Chore("look for offers", timedelta(seconds=10), look_for_offers),
        Chore("count time to object", timedelta(minutes=1), ObjectionCounter()),
        Chore("carry out judgements", timedelta(seconds=10), carry_out_judgements),
        Chore(TELL_OF_CLASSES, timedelta(seconds=10), tell_of_classes),
        Chore(END_LINKS, timedelta(seconds=10), end_health_links),
        Chore(SETTLE_DENIALS, timedelta(seconds=10), settle_denials),
        Chore("note undelivered", timedelta(seconds=10), note_undelivered),
        Chore("sweep oauth", timedelta(minutes=5), sweep_oauth),
        Chore(KEEP_COHORTS, timedelta(minutes=1), keep_cohorts),
        Chore("recover imports", timedelta(minutes=10), recover_imports),
        Chore("note time", timedelta(minutes=10), note_time),
        Chore("merge handles", timedelta(seconds=1), merge_handles),
        Chore("destroy details", timedelta(minutes=1), destroy_details),
        Chore(ERASE_AFTER_DEATH, timedelta(minutes=1), erase_approved),
        Chore("finish erasures", timedelta(seconds=10), finish_erasures),
        Chore(END_EVIDENCE, timedelta(minutes=1), end_evidence),
        Chore("replace keys", timedelta(seconds=10), replace_keys),
        Chore("keep epochs", timedelta(minutes=1), keep_epochs),
        Chore(SETTLE_RIGHTS, timedelta(minutes=10), settle_rights),
        Chore("count audience", timedelta(days=1), count_audience),
        Chore("enter offer rules", timedelta(minutes=10), enter_offer_rules),
        Chore("tally refusals", timedelta(hours=1), tally_refusals),
    ]


def outside_chores() -> list[Chore]:
    """Return the chores that wait for other machines; they have their own thread."""
    return [
        Chore("ask witnesses", timedelta(seconds=1), ask_witnesses),
        Chore("ask for time", timedelta(seconds=10), ask_for_time),
        Chore("look at key versions", timedelta(minutes=1), note_versions),
    ]


def long_chores() -> list[Chore]:
    """Return the chores of archives, which may take minutes; their own thread."""
    return [
        Chore("build archives", timedelta(seconds=1), build_archives),
        *monthly_chores(),
        Chore("expire archives", timedelta(minutes=10), expire_archives),
    ]


def data_set_chores() -> list[Chore]:
    """Return the chores of data sets; no person waits for one behind a set."""
    return [
        Chore(MAKE_DATA_SETS, timedelta(seconds=10), make_data_sets),
        Chore("expire data sets", timedelta(minutes=10), expire_data_sets),
    ]


def by_thread() -> tuple[list[Chore], ...]:
    """Return all chores, a list for each thread; every process that works starts all.

    None waits behind what another thread's chore waits for.
    """
    return (
        chores(),
        outside_chores(),
        long_chores(),
        data_set_chores(),
        telling_chores(),
        *delivery_chores(),
        incident_chores(),
    )


def expire_consents(bank: Bank) -> None:
    """Record the end of consents whose time is over, and end their grants."""
    with bank.read() as view:
        due = ledger.due(view, limit=_MOST)
    one_by_one(
        bank,
        EXPIRE_CONSENTS,
        due,
        lambda each: bank.unit_of_work(partial(_expire, each)),
    )


def _expire(consent: CurrentConsent, work: Work) -> None:
    service.expire(work, consent.owner, consent.consent_id)
    grants.end_of_consent(work, consent.owner, consent.consent_id)


def end_agents(bank: Bank) -> None:
    """End the links of agents whose time is over, with what they had given."""
    with bank.read() as view:
        due = links.due(view, limit=_MOST)
    one_by_one(bank, END_AGENTS, due, partial(_end_agent, bank))


def _end_agent(bank: Bank, due: tuple[AgentLink, AgentEnding]) -> None:
    link, ending = due
    act = partial(agents.end, owner=link.owner, link_id=link.link_id)
    # Whoever was faster, person or another process, has ended it.
    with suppress(Conflict):
        bank.unit_of_work(partial(act, ending=ending, actor="time"))


def end_health_links(bank: Bank) -> None:
    """End health links whose time is over, and delete their files."""
    with bank.read() as view:
        due = health_links.due(view, limit=_MOST)
    one_by_one(
        bank,
        END_LINKS,
        due,
        lambda each: bank.unit_of_work(lambda work: health_links.expire(work, *each)),
    )


def settle_denials(bank: Bank) -> None:
    """Write the counted leaf of each window of repeated denials that is over."""
    with bank.read() as view:
        due = denials.due(view, _MOST)
    one_by_one(
        bank,
        SETTLE_DENIALS,
        due,
        lambda each: bank.unit_of_work(lambda work: denials.settle(work, *each)),
    )


def note_undelivered(bank: Bank) -> None:
    """Have the log say of each disclosure that did not go that it did not."""
    undelivered.settle_all(bank)


def sweep_oauth(bank: Bank) -> None:
    """Delete requests, codes, tokens, replay keys and view links past use."""
    bank.unit_of_work(sweep.sweep)
    bank.unit_of_work(view_links.sweep)


def keep_cohorts(bank: Bank) -> None:
    """Enter consents of before into cohorts, and forget who left long ago.

    Nothing is forgotten while the clock is too far ahead to be believed.
    """
    with bank.read() as view:
        waiting = cohort.backlog(view, limit=_MOST)
    one_by_one(
        bank,
        KEEP_COHORTS,
        waiting,
        lambda each: bank.unit_of_work(lambda work: cohort.settle_backlog(work, *each)),
    )
    if not bank.clock_is_ahead():
        bank.unit_of_work(cohort.sweep_up)


def recover_imports(bank: Bank) -> None:
    """Delete what imports of dead processes left hidden."""
    intake.recover(bank.vault, bank)


def end_evidence(bank: Bank) -> None:
    """Destroy evidence of consents that was kept for persons who have gone.

    Nothing goes while the clock is too far ahead to be believed.
    """
    with bank.read() as view:
        due = evidence.due(view, limit=_MOST)
        if due and known_time.is_ahead(view):
            return
    one_by_one(
        bank,
        END_EVIDENCE,
        due,
        lambda owner: bank.unit_of_work(partial(evidence.let_go, owner=owner)),
    )


def settle_rights(bank: Bank) -> None:
    """Close answers that were there to be read for long, and delete what is old.

    Nothing is deleted while the clock is too far ahead to be believed.
    """
    with bank.read() as view:
        read = desk.due_to_close(view)
    _settle(bank, read, partial(desk.close, actor="bank"))
    if not bank.clock_is_ahead():
        kept = timedelta(days=366 * bank.settings.audit_retention_years)
        with bank.read() as view:
            old = desk.due_to_delete(view, bank.clock.now() - kept)
        _settle(bank, old, desk.delete_one)


def _settle(
    bank: Bank, due: list[Request], act: Callable[[Work, Request], None]
) -> None:
    def settle(each: Request) -> None:
        # The person, or another process, may have been faster.
        with suppress(Conflict):
            bank.unit_of_work(lambda work: act(work, each))

    one_by_one(bank, SETTLE_RIGHTS, due, settle)


def note_time(bank: Bank) -> None:
    """Note that this moment has come, so that a jump of the clock is seen later."""
    bank.unit_of_work(known_time.advance)


def count_audience(bank: Bank) -> None:
    """Count how many persons have data of each kind, for estimates (R-15)."""
    with bank.read() as view:
        persons = persons_by_category(view)
    bank.unit_of_work(partial(audience.note, persons=persons))


def enter_offer_rules(bank: Bank) -> None:
    """Put the rules for scores and order of offers before the ethics board."""
    with bank.read() as view:
        lacking = board_items.lacking(view, offer_rules.DEFINITIONS)
    if lacking:
        bank.unit_of_work(offer_rules.enter)


def tally_refusals(bank: Bank) -> None:
    """Turn an hour's counts of calls turned away into one leaf."""
    counts = bank.refusals.take()
    if counts:
        bank.unit_of_work(lambda work: work.log.record(tally_entry(counts)))
