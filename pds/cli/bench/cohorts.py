"""A page of a cohort against pages of single persons, without HTTP.

Both give the same records under the same consents: every part is decided, opened,
serialised, recorded, committed, signed and receipted. One client asks for one page
after the other; what a cohort saves is that its parts are recorded together.
"""

import json
from uuid import UUID

from consent import offers
from consent.oauth import clients, offer_tokens
from pds.bank.bank import Bank
from pds.cli.bench.disclosing import new_call
from pds.cli.bench.table import Figure
from pds.cli.bench.timing import medians
from pds.cli.bench.world import Caller, populate
from pds.cli.demo.organisations import BUDGET
from pds.core.ids import BANK, RecipientId
from pds.disclosure.call import Released
from pds.disclosure.cohorts.asking import CohortPage
from pds.disclosure.question import Question

PERSONS = 51
"""One begins the sweep; the rest are in the page that is measured."""
RECORDS = 20


def measure(
    bank: Bank, thumbprint: bytes, *, persons: int = PERSONS, rounds: int = 15
) -> list[Figure]:
    """Return records a second of a cohort's page, over those of single pages.

    Args:
        bank: an empty bank.
        thumbprint: of the key that tokens are bound to.
        persons: how many there are in the cohort, two or more.
        rounds: how often each is asked for.
    """
    callers = populate(bank, persons, thumbprint, offered=True)[1:]
    with bank.read() as snap:
        (offer,) = offers.every(snap, RecipientId(BUDGET.recipient_id))
    by_offer = _token(bank, offer.offer_id, thumbprint)
    following = _begin(bank, offer.offer_id, by_offer, thumbprint)
    questions = [_second_page(bank, each, thumbprint) for each in callers]

    def cohort() -> None:
        call = new_call(bank, by_offer, thumbprint)
        bank.cohorts.page(call, offer.offer_id, following)

    def singles() -> None:
        for caller, question in zip(callers, questions, strict=True):
            _single(bank, caller, question, thumbprint)

    together, apart = medians([cohort, singles], rounds)
    rate, single = (len(callers) * RECORDS / took for took in (together, apart))
    against = f"single pages of {RECORDS} records, {single:,.0f}/s"
    return [
        Figure("cohort_records_per_s", rate, "1/s", against, rate / single),
        Figure("cohort_page_ms", together * 1e3, "ms", f"{len(callers)} persons"),
    ]


def _token(bank: Bank, offer_id: UUID, thumbprint: bytes) -> Caller:
    with bank.read() as snap:
        client = clients.find(snap, BUDGET.client_id)
    if client is None:
        raise TypeError("The world that is measured has this client.")
    token = bank.unit_of_work(
        lambda work: offer_tokens.issue(work, client, offer_id, thumbprint)
    )
    return Caller(BANK, token)


def _begin(bank: Bank, offer_id: UUID, caller: Caller, thumbprint: bytes) -> CohortPage:
    """Begin a sweep with one person; return the request for all the others.

    A page that is read again is as much work, and no daily limit ends the measurement.
    """
    first = CohortPage(persons=1, records=RECORDS)
    page = bank.cohorts.page(new_call(bank, caller, thumbprint), offer_id, first)
    cursor = json.loads(page.body.splitlines()[-1])["next"]
    return CohortPage(cursor=cursor, persons=100, records=RECORDS)


def _second_page(bank: Bank, caller: Caller, thumbprint: bytes) -> Question:
    body = _single(bank, caller, Question(limit=RECORDS), thumbprint)
    return Question(limit=RECORDS, cursor=json.loads(body)["next"])


def _single(bank: Bank, caller: Caller, question: Question, thumbprint: bytes) -> bytes:
    answer = bank.disclosure.page(new_call(bank, caller, thumbprint), question)
    if not isinstance(answer, Released):
        raise TypeError("The world that is measured permits every fetch.")
    return answer.body
