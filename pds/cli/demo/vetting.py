"""Brings an invented recipient through the selection criteria, with invented papers."""

from datetime import timedelta
from typing import Final

from audit.work import Work
from consent.criteria import recipient_criteria
from consent.vetting import checks, papers
from consent.vetting.checks import Check, CheckResult
from pds.core.ids import RecipientId

NO_PROCESSORS: Final = "委託先はない。 / It has no processors."
_MARGIN: Final = timedelta(days=1)


def check_all(
    work: Work, recipient_id: RecipientId, name: str, actor: str, *, days: int = 365
) -> None:
    """Hold every mandatory criterion against a recipient; all are met.

    Args:
        work: one unit of work.
        recipient_id: the recipient.
        name: its name, which stands on the papers.
        actor: whoever looked.
        days: how long the checks count.
    """
    until = work.now + timedelta(days=days) - _MARGIN
    found = []
    for criterion in recipient_criteria.CURRENT.all.values():
        paper_id = None
        if criterion.needs_evidence:
            text = f"{name}\n{criterion.words['ja'].name}\n確認しました。(架空の書類)\n"
            paper_id = papers.keep(work, recipient_id, papers.read(text.encode()))
        applies = not criterion.may_not_apply
        found.append(
            Check(
                criterion=criterion.id,
                result=CheckResult.MET if applies else CheckResult.NOT_APPLICABLE,
                valid_until=until,
                reason="" if applies else NO_PROCESSORS,
                paper_id=paper_id,
            )
        )
    checks.record(work, recipient_id, found, actor=actor)
