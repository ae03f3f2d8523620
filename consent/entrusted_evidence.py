"""How it is known that a person entrusted what the bank gives: acceptance, record."""

from audit.work import Work
from consent import judgement_record, mandates
from consent.content import Entrusted, Evidence
from consent.judgement_record import JudgementRecord
from pds.core.errors import Conflict
from pds.core.ids import OwnerId


def of(work: Work, owner: OwnerId, made: JudgementRecord) -> Evidence:
    """Return the evidence of a yes that the bank says in a person's place.

    Raises:
        Conflict: `mandate.none`; what was judged cannot be without one.
    """
    mandate, adult_from = mandates.standing(work, owner), made.facts.adult_from
    if mandate is None or adult_from is None:
        raise Conflict("mandate.none", "No mandate stands.")
    accepted = mandates.history(work, work.keys, owner, mandate.mandate_id)[-1]
    return Evidence(
        auth_time=accepted.auth_time or accepted.at,
        acr=accepted.acr,
        amr=accepted.amr,
        language=accepted.language,
        adult_from=adult_from,
        entrusted=Entrusted(
            judgement_id=made.judgement_id,
            record=judgement_record.encode(made).decode(),
        ),
    )
