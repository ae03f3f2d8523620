"""Whether what the bank would give is still what the person was told; pure (D-11).

An announcement is a promise about one notice, one set of terms, one recipient as it was
then, and the instructions that bore on it. Where any of it differs at the carrying out,
the person was told of something else, and has to be told anew. Only the window may have
moved on: it is counted from the day of the yes, and the notice says how it is counted.
"""

from dataclasses import replace
from datetime import date
from typing import Any, Final

from consent.judgement_record import JudgementRecord
from consent.terms import Window

_FACTS: Final = (
    "mandate_id",
    "accepted_terms",
    "contract_id",
    "contract_version",
    "profile",
    "vocabulary",
)
"""What the recipient's side and the mandate rest on; the rest only decides."""
_ANY_DAYS: Final = Window(date.min)
"""Stands for the window on both sides."""


def still_hold(announced: JudgementRecord, now: JudgementRecord) -> bool:
    """Say whether a judgement of now gives exactly what was announced.

    A record without a notice announced nothing that could be compared.
    """
    return announced.notice is not None and _told(announced) == _told(now)


def _told(record: JudgementRecord) -> dict[str, Any]:
    proposed, facts = record.proposal, record.facts
    return {
        "notice": record.notice,
        "proposal": replace(proposed, terms=replace(proposed.terms, window=_ANY_DAYS)),
        "board": sorted(facts.board_decisions),
        "applied": record.judgement.applied,
        "words": record.words,
        **{name: getattr(facts, name) for name in _FACTS},
    }
