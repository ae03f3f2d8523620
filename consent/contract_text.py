"""The text of a provision contract, written from the contract object; pure (R-01).

What is signed is the SHA-256 of the canonical bytes: parties, terms, clauses, and every
sentence in Japanese and in English. The same object always gives the same bytes, so a
text can be made anew and compared (docs/formats/recipients.md).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from string import Template
from typing import Any, Final
from uuid import UUID

from audit.canonical import canonical, parse_canonical
from consent.contract_terms import ContractTerms
from consent.criteria import contract_clauses
from consent.criteria.contract_clauses import ContractTemplate
from consent.notices import BankParty
from consent.recipients import RecipientProfile
from pds.core.clock import TOKYO
from pds.core.errors import Invalid
from pds.core.vocabulary import categories, purposes
from pds.core.vocabulary.words import LANGUAGES

VERSION: Final = 1
_JOIN: Final = {"ja": "、", "en": ", "}
_MOMENT: Final = "%Y-%m-%d %H:%M %z"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractPaper:
    """What a contract is written about.

    Attributes:
        clauses: ids of the clauses, all mandatory ones among them.
    """

    contract_id: UUID
    version: int
    bank: BankParty
    recipient: RecipientProfile
    terms: ContractTerms
    clauses: tuple[str, ...]


def choose(optional: Sequence[str]) -> tuple[str, ...]:
    """Return the ids of all mandatory clauses and of the optional ones wished for.

    Raises:
        Invalid: `contract.clauses`; a wish names no optional clause.
    """
    template = contract_clauses.CURRENT
    if not set(optional) <= {each.id for each in template.optional}:
        raise Invalid("contract.clauses", "There is no such optional clause.")
    return tuple(
        name
        for name, each in template.clauses.items()
        if each.is_mandatory or name in optional
    )


def write(paper: ContractPaper, *, template_version: int | None = None) -> bytes:
    """Return the canonical bytes of a contract.

    Args:
        paper: what it is about.
        template_version: of the wording; the newest unless given.

    Raises:
        Unavailable: `contract.template`; that wording is not known here.
    """
    template = contract_clauses.of_version(
        template_version or contract_clauses.CURRENT.version
    )
    written = {
        "v": VERSION,
        "template": template.version,
        "contract_id": str(paper.contract_id),
        "version": paper.version,
        "bank": asdict(paper.bank),
        "recipient": asdict(paper.recipient),
        "terms": _terms(paper.terms),
        "clauses": list(paper.clauses),
        "text": {name: _text(paper, template, name) for name in LANGUAGES},
    }
    return canonical(written)


def digest(body: bytes) -> bytes:
    """Return the SHA-256 that parties sign."""
    return hashlib.sha256(body).digest()


def lines(body: bytes, language: str) -> list[tuple[str, str]]:
    """Return heading and wording of each clause of a written contract."""
    read = parse_canonical(body)["text"][language]
    return [(each["heading"], each["text"]) for each in read["clauses"]]


def plain(body: bytes, language: str) -> str:
    """Return a written contract as plain lines, for comparing and for printing."""
    read = parse_canonical(body)["text"][language]
    parts = [read["title"], *read["parties"]]
    for number, (heading, text) in enumerate(lines(body, language), 1):
        parts += [f"{number}. {heading}", text]
    return "\n".join(parts)


def _terms(terms: ContractTerms) -> dict[str, Any]:
    return {
        "purposes": sorted(terms.purposes),
        "categories": sorted(terms.categories),
        "countries": sorted(terms.countries),
        "valid_from": _moment(terms.valid_from),
        "valid_until": _moment(terms.valid_until),
        "retention_days": terms.retention_days,
        "may_reprovide": terms.may_reprovide,
    }


def _text(
    paper: ContractPaper, template: ContractTemplate, language: str
) -> dict[str, Any]:
    filled = _places(paper, template, language)
    chosen = [template.clauses[name].words[language] for name in paper.clauses]
    return {
        "title": template.title[language],
        "parties": [_party(paper.bank, language), _party(paper.recipient, language)],
        "clauses": [
            {
                "heading": each.name,
                "text": Template(each.explanation).substitute(filled),
            }
            for each in chosen
        ],
    }


def _party(party: BankParty | RecipientProfile, language: str) -> str:
    name = party.name_ja if language == "ja" else party.name_en
    number = getattr(party, "corporate_number", "")
    parts = (name, number, party.address, party.representative)
    return _JOIN[language].join(each for each in parts if each)


def _places(
    paper: ContractPaper, template: ContractTemplate, language: str
) -> dict[str, str]:
    terms, join = paper.terms, _JOIN[language].join
    is_ja = language == "ja"
    kinds = categories.expand(terms.categories)
    return {
        "bank": paper.bank.name_ja if is_ja else paper.bank.name_en,
        "recipient": paper.recipient.name_ja if is_ja else paper.recipient.name_en,
        "purposes": join(
            purposes.get(each).words[language].name for each in sorted(terms.purposes)
        ),
        "categories": join(sorted(each.words[language].name for each in kinds)),
        "countries": join(sorted(terms.countries)),
        "valid_from": _moment(terms.valid_from),
        "valid_until": _moment(terms.valid_until),
        "retention": str(terms.retention_days),
        "onward": template.onward["allowed" if terms.may_reprovide else "banned"][
            language
        ],
    }


def _moment(at: Any) -> str:
    return str(at.astimezone(TOKYO).strftime(_MOMENT))
