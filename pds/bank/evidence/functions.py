"""Every function that finds evidence, by the name that a criterion says."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from pds.bank.evidence import board, consents, log, operation, persons, recipients
from pds.core.database import Snapshot
from pds.oversight.criteria.finding import Evidence

Look = Callable[[Snapshot], Evidence]

ALL: Final[Mapping[str, Look]] = MappingProxyType(
    {
        "board.undecided": board.undecided,
        "board.quorum": board.quorum,
        "board.medical-seat": board.medical_seat,
        "board.decided": board.decided,
        "board.stopped": board.stopped,
        "recipients.in-order": recipients.in_order,
        "recipients.criteria": recipients.criteria,
        "recipients.certified": recipients.certified,
        "recipients.contracted": recipients.contracted,
        "recipients.onward": recipients.onward,
        "recipients.attested": recipients.attested,
        "recipients.modes": recipients.modes,
        "recipients.standings": recipients.standings,
        "recipients.software": recipients.software,
        "recipients.abroad": recipients.abroad,
        "offers.benefit": recipients.offered,
        "offers.rules": recipients.offer_rules_approved,
        "offers.ceilings": recipients.within_ceilings,
        "offers.special-care": recipients.special_care,
        "consents.notices": consents.notices,
        "consents.withdrawals": consents.withdrawals,
        "consents.replayed": consents.replayed,
        "consents.given": consents.given,
        "consents.lapsed": consents.lapsed,
        "consents.mandate": consents.mandate,
        "consents.instructions": consents.instructions,
        "consents.judged": consents.judged,
        "consents.significant": consents.significant,
        "log.published": log.published,
        "log.entries": log.entries,
        "log.refusals": log.refusals,
        "log.looks": log.looks,
        "log.taken": log.taken,
        "log.outside": log.outside,
        "persons.requests": persons.requests,
        "persons.refusals": persons.refusals,
        "persons.corrections": persons.corrections,
        "persons.complaints": persons.complaints,
        "persons.agents": persons.agents,
        "persons.ages": persons.ages,
        "persons.deaths": persons.deaths,
        "persons.erasures": persons.erasures,
        "persons.archives": persons.archives,
        "operation.drills": operation.drills,
        "operation.incidents": operation.incidents,
        "operation.keys": operation.keys,
        "operation.staff": operation.staff,
        "operation.unmaskings": operation.unmaskings,
        "operation.imports": operation.imports,
        "operation.data-sets": operation.data_sets,
        "operation.answered": operation.answered,
        "operation.classes": operation.classes,
        "operation.values": operation.values,
        "operation.receipts": operation.receipts,
    }
)
