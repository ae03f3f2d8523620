"""A judgement with everything that it was made on, as canonical JSON; pure (D-06).

The record is enough to make the judgement again: `again` does so under the rules that
it names, and says whether outcome, reasons, instructions and words come out the same.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from audit.canonical import canonical, parse_canonical
from consent import instruction_record, judgement, rar
from consent.counterpart import PastClass
from consent.judgement import (
    Item,
    Judgement,
    JudgementFacts,
    JudgementOutcome,
    JudgementReason,
    Proposal,
)
from consent.judgement_words import WORDS
from pds.core.clock import from_millis, to_millis
from pds.core.errors import Unavailable
from pds.core.vocabulary import Sensitivity
from pds.core.vocabulary.countries import HOME
from pds.core.vocabulary.words import LANGUAGES

VERSION: Final = 2
"""Of what is written now. A record of rule version 1 is written as it was, in 1."""
Rule = Callable[[Proposal, JudgementFacts, datetime], Judgement]
RULES: Final[Mapping[int, Rule]] = MappingProxyType(
    {1: judgement.judge, judgement.RULE_VERSION: judgement.judge}
)
"""The rules of every version, so that what they judged can be judged again.

What 2 looks at beyond 1 is in no record of 1, so it says of them what 1 said.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgementRecord:
    """One judgement and its inputs.

    Attributes:
        judgement_id: its id.
        at: the moment of the judgement.
        words: the reasons in words, by language.
        notice: SHA-256 of the notice by which it was told; None where nothing follows
            or the record is of version 1.
    """

    judgement_id: UUID
    at: datetime
    rule_version: int
    proposal: Proposal
    facts: JudgementFacts
    judgement: Judgement
    words: Mapping[str, tuple[str, ...]]
    notice: bytes | None = None

    @property
    def version(self) -> int:
        """The version of the format that it is written in."""
        return min(self.rule_version, VERSION)


def make(
    judgement_id: UUID,
    proposal: Proposal,
    facts: JudgementFacts,
    at: datetime,
    *,
    notice: bytes | None = None,
) -> JudgementRecord:
    """Judge by the rules in force and write down everything that was judged by."""
    made = _judged(judgement_id, judgement.RULE_VERSION, proposal, facts, at)
    return replace(made, notice=notice)


def again(record: JudgementRecord) -> bool:
    """Judge again on the record's own inputs; say whether the same comes out."""
    return record == made_again(record)


def made_again(record: JudgementRecord) -> JudgementRecord | None:
    """Judge again on the record's own inputs; None if its rules are not known here."""
    if record.rule_version not in RULES:
        return None
    made = _judged(
        record.judgement_id,
        record.rule_version,
        record.proposal,
        record.facts,
        record.at,
    )
    return replace(made, notice=record.notice)


def _judged(
    judgement_id: UUID,
    rule_version: int,
    proposal: Proposal,
    facts: JudgementFacts,
    at: datetime,
) -> JudgementRecord:
    # What is kept is exact to the millisecond, and so is what is judged on.
    moment = from_millis(to_millis(at))
    made = RULES[rule_version](proposal, facts, moment)
    return JudgementRecord(
        judgement_id=judgement_id,
        at=moment,
        rule_version=rule_version,
        proposal=proposal,
        facts=facts,
        judgement=made,
        words={
            language: tuple(WORDS[reason][language] for reason in made.reasons)
            for language in LANGUAGES
        },
    )


def encode(record: JudgementRecord) -> bytes:
    """Return the canonical bytes that are sealed and hashed."""
    made = record.judgement
    told = {} if record.notice is None else {"notice": record.notice.hex()}
    return canonical(
        {
            "v": record.version,
            **told,
            "judgement_id": str(record.judgement_id),
            "at": to_millis(record.at),
            "rule_version": record.rule_version,
            "proposal": _write_proposal(record.proposal, record.version),
            "facts": _write_facts(record.facts),
            "outcome": made.outcome.value,
            "reasons": [each.value for each in made.reasons],
            "applied": [
                {"id": str(name), "version": version} for name, version in made.applied
            ],
            "words": {name: list(said) for name, said in record.words.items()},
        }
    )


def decode(data: bytes) -> JudgementRecord:
    """Read a record.

    Raises:
        Unavailable: `judgement.version`; it was written by a later program.
    """
    read = parse_canonical(data)
    if not 1 <= read["v"] <= VERSION:
        raise Unavailable("judgement.version", "The record is of another time.")
    return JudgementRecord(
        judgement_id=UUID(read["judgement_id"]),
        at=from_millis(read["at"]),
        rule_version=read["rule_version"],
        proposal=_read_proposal(read["proposal"]),
        facts=_read_facts(read["facts"]),
        judgement=Judgement(
            JudgementOutcome(read["outcome"]),
            tuple(JudgementReason(each) for each in read["reasons"]),
            tuple((UUID(each["id"]), each["version"]) for each in read["applied"]),
        ),
        words={name: tuple(said) for name, said in read["words"].items()},
        notice=bytes.fromhex(read["notice"]) if "notice" in read else None,
    )


def _write_proposal(proposal: Proposal, version: int) -> dict[str, Any]:
    written = {
        "offer_id": str(proposal.offer_id),
        "offer_version": proposal.offer_version,
        "recipient_id": proposal.recipient_id,
        "recipient_class": proposal.recipient_class,
        "terms": rar.serialise(proposal.terms),
        "items": [
            {"category": each.category, "sensitivity": each.sensitivity.value}
            for each in proposal.items
        ],
        "has_significant_effect": proposal.has_significant_effect,
    }
    if version == 1:
        return written
    return written | {
        "past_classes": [
            {"class": each.recipient_class, "left_at": to_millis(each.left_at)}
            for each in proposal.past_classes
        ],
        "established_in": proposal.established_in,
        "processors_in": list(proposal.processors_in),
    }


def _read_proposal(read: Mapping[str, Any]) -> Proposal:
    return Proposal(
        offer_id=UUID(read["offer_id"]),
        offer_version=read["offer_version"],
        recipient_id=read["recipient_id"],
        recipient_class=read["recipient_class"],
        terms=rar.parse(read["terms"]),
        items=tuple(
            Item(each["category"], Sensitivity(each["sensitivity"]))
            for each in read["items"]
        ),
        has_significant_effect=read["has_significant_effect"],
        past_classes=tuple(
            PastClass(each["class"], from_millis(each["left_at"]))
            for each in read.get("past_classes", ())
        ),
        established_in=read.get("established_in", HOME),
        processors_in=tuple(read.get("processors_in", ())),
    )


_PLAIN: Final = (
    "accepted_terms",
    "terms_in_force",
    "terms_approved",
    "has_agent",
    "was_answered",
    "contract_version",
    "profile",
    "vocabulary",
    "set_version",
)


def _write_facts(facts: JudgementFacts) -> dict[str, Any]:
    written: dict[str, Any] = {name: getattr(facts, name) for name in _PLAIN}
    # Sorted, because the order of instructions decides nothing and is not kept.
    found = sorted(facts.instructions, key=lambda each: each.instruction_id)
    written["instructions"] = [instruction_record.write(each) for each in found]
    written["denied"] = list(facts.denied)
    written["board_decisions"] = [str(each) for each in facts.board_decisions]
    if facts.mandate_id is not None:
        written["mandate_id"] = str(facts.mandate_id)
    if facts.contract_id is not None:
        written["contract_id"] = str(facts.contract_id)
    if facts.adult_from is not None:
        written["adult_from"] = facts.adult_from.isoformat()
    return written


def _read_facts(read: Mapping[str, Any]) -> JudgementFacts:
    adult_from = read.get("adult_from")
    return JudgementFacts(
        instructions=tuple(
            instruction_record.read(each) for each in read["instructions"]
        ),
        denied=tuple(read["denied"]),
        board_decisions=tuple(UUID(each) for each in read["board_decisions"]),
        mandate_id=UUID(read["mandate_id"]) if "mandate_id" in read else None,
        contract_id=UUID(read["contract_id"]) if "contract_id" in read else None,
        adult_from=None if adult_from is None else date.fromisoformat(adult_from),
        **{name: read[name] for name in _PLAIN},
    )
