"""The Kantara consent receipt (v1.1) of what a signed receipt says; pure (K-06).

A second way to write the same content, for software that reads the older format. It is
made from the claims of the receipt after TS 27560 and names it by its id, so the two
cannot differ. What v1.1 has no member for is left to that receipt.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

TYP: Final = "kantara-receipt+jwt"
SPECIFICATION: Final = "KI-CR-v1.1.0"
_EXPLICIT: Final = "EXPLICIT"
_SPECIAL: Final = "dpv:SpecialCategoryPersonalData"


def compose(claims: Mapping[str, Any], public: Mapping[str, Any]) -> dict[str, Any]:
    """Write the claims of a receipt as Kantara v1.1 does.

    Args:
        claims: of a receipt whose signature holds.
        public: the key that signs, as a JWK.
    """
    record = claims["record"]
    process = record["dpv:hasProcess"][0]
    special = [
        each["ib:category"]
        for each in process["dpv:hasPersonalData"]
        if _SPECIAL in each["@type"]
    ]
    return {
        "version": SPECIFICATION,
        "jurisdiction": "JP",
        "consentTimestamp": _seconds(process["dpv:hasConsentStatus"][-1]),
        "collectionMethod": "consent screen of the information bank",
        "consentReceiptID": claims["jti"],
        "publicKey": public["x"],
        "language": record["dct:language"],
        "piiPrincipalId": record["dpv:hasDataSubject"]["dpv:hasIdentifier"],
        "piiControllers": _controllers(record["dpv:hasEntity"]),
        "policyUrl": process["ib:provision"]["terms"]["uri"],
        "services": [_service(record, process, claims["state"])],
        "sensitive": bool(special),
        "spiCat": special,
    }


def _seconds(status: Mapping[str, Any]) -> int:
    return int(datetime.fromisoformat(status["dpv:isIndicatedAtTime"]).timestamp())


def _controllers(entities: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Name recipient and bank; a contact that is no telephone is said once only."""
    return [
        {
            "piiController": each["dpv:hasName"],
            "onBehalf": False,
            "contact": each["dpv:hasRepresentative"],
            "address": {"streetAddress": each["dpv:hasAddress"]},
            "email": each["dpv:hasContact"],
            "phone": each["dpv:hasContact"],
            "piiControllerUrl": each.get("ib:url", each["dpv:hasContact"]),
        }
        for each in (entities["ib:recipient"], entities["ib:bank"])
    ]


def _service(
    record: Mapping[str, Any], process: Mapping[str, Any], state: str
) -> dict[str, Any]:
    purpose = process["dpv:hasPurpose"][0]
    recipient = record["dpv:hasEntity"]["ib:recipient"]
    until = process["dpv:hasConsentStatus"][-1]["dpv:hasDuration"]["rdf:value"]
    return {
        "service": recipient["dpv:hasName"],
        "purposes": [
            {
                "purpose": purpose["skos:prefLabel"],
                "purposeCategory": list(purpose["skos:broader"]),
                "consentType": _EXPLICIT,
                "piiCategory": [
                    each["ib:category"] for each in process["dpv:hasPersonalData"]
                ],
                "primaryPurpose": True,
                "termination": f"{state}; {until}; {process['ib:withdrawal']}",
                "thirdPartyDisclosure": True,
                "thirdPartyName": recipient["dpv:hasName"],
            }
        ],
    }
