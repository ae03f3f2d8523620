"""The consent record after ISO/IEC TS 27560 with DPV terms, as JSON-LD; pure.

Follows the DPV guide to TS 27560 (schema `dpv-27560:record-2`): header, processing,
parties and events. What the guide has no term for stands under `ib:`. No member is a
float or null, so that the record is canonical JSON (RFC 8785).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from consent import rar
from consent.content import EventContent
from consent.notices import BankParty
from consent.recipients import RecipientProfile
from consent.states import ConsentEvent
from consent.terms import DataProvision, ProvisionForm
from pds.core.vocabulary import Sensitivity, categories, purposes

CONFORMS_TO = "dpv-27560:record-2"
BANK, RECIPIENT = "ib:bank", "ib:recipient"
CONTEXT: Mapping[str, str] = {
    "dct": "http://purl.org/dc/terms/",
    "dpv": "https://w3id.org/dpv#",
    "dpv-27560": "https://w3id.org/dpv/schema/dpv-27560#",
    "ib": "https://infobank.example/ns/consent/1#",
    "loc": "https://w3id.org/dpv/loc#",
    "pd": "https://w3id.org/dpv/pd#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
}

STATUS: Mapping[ConsentEvent, str] = {
    ConsentEvent.REQUESTED: "dpv:ConsentRequested",
    ConsentEvent.DEFERRED: "dpv:ConsentRequestDeferred",
    ConsentEvent.GIVEN: "dpv:ConsentGiven",
    ConsentEvent.REFUSED: "dpv:ConsentRefused",
    ConsentEvent.NARROWED: "dpv:ConsentGiven",
    ConsentEvent.AMENDED: "dpv:ConsentGiven",
    ConsentEvent.RENEWED: "dpv:RenewedConsentGiven",
    ConsentEvent.PAUSED: "ib:ConsentPaused",
    ConsentEvent.RESUMED: "dpv:ConsentGiven",
    ConsentEvent.WITHDRAWN: "dpv:ConsentWithdrawn",
    ConsentEvent.REVOKED: "dpv:ConsentRevoked",
    ConsentEvent.EXPIRED: "dpv:ConsentExpired",
    ConsentEvent.INVALIDATED: "dpv:ConsentInvalidated",
}
"""DPV's name for what an event led to; DPV has none for a pause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parties:
    """Who takes part, as they are named in the record.

    Attributes:
        subject: the person's pairwise name at the recipient, or a name made from the
            consent where the recipient was given none.
        bank: the bank.
        recipient: the recipient, as it was when the terms were said.
    """

    subject: str
    bank: BankParty
    recipient: RecipientProfile


def record(
    history: Sequence[EventContent], parties: Parties, language: str
) -> dict[str, Any]:
    """Write the record of a consent from its whole history, oldest event first."""
    terms = next(e.provision for e in reversed(history) if e.provision is not None)
    written: dict[str, Any] = {
        "@context": dict(CONTEXT),
        "@type": "dpv:ConsentRecord",
        "dct:conformsTo": CONFORMS_TO,
        "dpv:hasIdentifier": str(history[0].consent_id),
        "dpv:hasDataSubject": {
            "@type": ["dpv:DataSubject"],
            "dpv:hasIdentifier": parties.subject,
        },
        "dct:created": rfc3339(history[0].at),
        "dct:modified": [rfc3339(each.at) for each in history[1:]],
        "dct:creator": BANK,
        "dct:language": language,
        "dpv:hasProcess": [_process(terms, history, parties.bank, language)],
        "dpv:hasEntity": _entities(parties, language),
    }
    notices = [e.agreement.notice for e in history if e.agreement is not None]
    if notices:
        written["dpv:hasNotice"] = [
            {
                "@type": ["dpv:ConsentNotice"],
                "dpv:hasIdentifier": f"sha-256:{notices[-1].hex()}",
            }
        ]
    return written


def _process(
    terms: DataProvision,
    history: Sequence[EventContent],
    bank: BankParty,
    language: str,
) -> dict[str, Any]:
    country = f"loc:{terms.country}"
    return {
        "@type": "dpv:Process",
        "dpv:hasPurpose": [_purpose(terms, language)],
        "dpv:hasPersonalData": [
            _personal_data(prefix, language) for prefix in terms.categories
        ],
        "dpv:hasProcessing": _processing(terms),
        "dpv:hasDataController": [RECIPIENT, BANK],
        "dpv:hasDataSource": ["dpv:DataSubjectDataSource", BANK],
        "dpv:hasStorageCondition": [
            {"@type": ["dpv:StorageLocation"], "dpv:hasLocation": country},
            {
                "@type": ["dpv:StorageDuration"],
                "dpv:hasDuration": {
                    "@type": "dpv:TemporalDuration",
                    "rdf:value": f"P{terms.retention_days}D",
                },
            },
        ],
        "dpv:hasProcessingCondition": [
            {"@type": ["dpv:ProcessingLocation"], "dpv:hasLocation": country}
        ],
        "dpv:hasRecipient": [RECIPIENT],
        "dpv:hasLegalBasis": ["dpv:ExpressedConsent"],
        "dpv:hasJurisdiction": ["loc:JP"],
        "dpv:hasConsentStatus": [_status(each, terms, bank) for each in history],
        "ib:withdrawal": bank.url,
        "ib:provision": rar.serialise(terms),
    }


def _purpose(terms: DataProvision, language: str) -> dict[str, Any]:
    found = purposes.get(terms.purpose)
    return {
        "@type": ["dpv:Purpose"],
        "skos:broader": list(found.dpv),
        "skos:prefLabel": found.words[language].name,
        "skos:definition": found.words[language].explanation,
        "ib:purpose": found.id,
    }


def _personal_data(prefix: str, language: str) -> dict[str, Any]:
    found = categories.match(prefix)
    special = any(c.sensitivity is Sensitivity.SPECIAL_CARE for c in found)
    health = any(c.sensitivity is not Sensitivity.GENERAL for c in found)
    kind = "dpv:PersonalData"
    if health:
        kind = "dpv:SensitivePersonalData"
    if special:
        kind = "dpv:SpecialCategoryPersonalData"
    return {
        "@type": [kind],
        "skos:broader": sorted({term for c in found for term in c.dpv}),
        "skos:prefLabel": categories.words(prefix)[language].name,
        "ib:category": prefix,
    }


def _processing(terms: DataProvision) -> list[str]:
    if terms.form is ProvisionForm.VIEW_ONLY:
        return ["dpv:Use"]
    return ["dpv:Collect", "dpv:Store", "dpv:Use"]


def _status(
    event: EventContent, terms: DataProvision, bank: BankParty
) -> dict[str, Any]:
    provision = event.provision or terms
    written: dict[str, Any] = {
        "@type": [STATUS[event.event], "dpv:ExpressedConsent"],
        "dpv:isIndicatedAtTime": rfc3339(event.at),
        "dpv:isExercisedAt": bank.url,
        "dpv:hasDuration": {
            "@type": ["dpv:UntilTimeDuration"],
            "rdf:value": rfc3339(provision.access.until),
        },
        "ib:version": event.version,
        "ib:event": event.event.value,
        "ib:act": event.act.value,
        "ib:leaf": str(event.leaf_id),
    }
    if event.evidence is not None and event.evidence.confirmed:
        written["ib:confirmed"] = [each.value for each in event.evidence.confirmed]
    if event.reason is not None:
        written["ib:reason"] = event.reason
    return written


def _entities(parties: Parties, language: str) -> dict[str, Any]:
    bank, recipient = parties.bank, parties.recipient
    is_japanese = language == "ja"
    return {
        BANK: {
            "@type": ["dpv:Organisation", "dpv:DataController"],
            "dpv:hasName": bank.name_ja if is_japanese else bank.name_en,
            "dpv:hasAddress": bank.address,
            "dpv:hasContact": bank.contact,
            "dpv:hasRepresentative": bank.representative,
            "ib:url": bank.url,
        },
        RECIPIENT: {
            "@type": ["dpv:Organisation", "dpv:DataController", "dpv:Recipient"],
            "dpv:hasIdentifier": recipient.recipient_id,
            "dpv:hasName": recipient.name_ja if is_japanese else recipient.name_en,
            "dpv:hasAddress": recipient.address,
            "dpv:hasContact": recipient.contact,
            "dpv:hasRepresentative": recipient.representative,
            "dpv:hasLocation": f"loc:{recipient.country}",
            "ib:corporateNumber": recipient.corporate_number,
        },
    }


def rfc3339(moment: datetime) -> str:
    """Return a moment in UTC with milliseconds, as RFC 3339 writes it."""
    text = moment.isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z"
