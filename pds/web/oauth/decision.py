"""Carrying out the person's decision: consent, grant and code in one unit of work.

If any part fails, nothing of it happened: the request still waits, and no code exists.
"""

from typing import TYPE_CHECKING

from consent import reading, service
from consent.confirmations import Confirmation
from consent.ledger import CurrentConsent
from consent.oauth import clients, exchange, grants, requests
from consent.oauth.clients import Client
from consent.oauth.errors import UnknownRequest
from consent.oauth.grants import Grant
from consent.oauth.requests import PushedRequest
from consent.terms import AccessMode, DataProvision
from pds.bank.party import party
from pds.core.database import Snapshot
from pds.web import acting, evidence, sessions
from pds.web.oauth.par import parse_details

if TYPE_CHECKING:
    from audit.work import Work
    from pds.bank.bank import Bank


def give(
    bank: "Bank",
    request_uri: str,
    pushed: PushedRequest,
    chosen: DataProvision,
    confirmed: tuple[Confirmation, ...],
    read: bytes,
) -> str:
    """Give the consent that the person chose; return the authorization code.

    `read` is the hash of the notice that was on the page.

    Raises:
        UnknownRequest: the request was decided or ran out meanwhile.
        Conflict: `consent.notice-changed` since the page; the request still waits.
        Forbidden: the login is too old, or the rules do not allow it (any more).
    """
    owner, who = sessions.owner(), sessions.consenter()
    known, named = evidence.of_visitor(confirmed), party(bank.settings)

    def act(work: "Work") -> str:
        taken, client = _take(work, request_uri, pushed.client_id)
        asked = parse_details(taken.parameters["authorization_details"])
        step = service.request(
            work,
            owner,
            client.recipient_id,
            asked,
            client_id=client.client_id,
            profile=bank.profile,
        )
        notice = reading.require(work, client.recipient_id, asked, named, read)
        given = service.give(
            work,
            owner,
            step.consent.consent_id,
            chosen,
            notice=notice,
            evidence=known,
            profile=bank.profile,
            actor=who,
        )
        made = _grant(work, given.consent, client.client_id, chosen)
        return exchange.issue_code(work, made, taken)

    return acting.unit_of_work(act)


def _grant(
    work: "Work", given: CurrentConsent, client_id: str, chosen: DataProvision
) -> Grant:
    return grants.create(
        work,
        owner=given.owner,
        consent_id=given.consent_id,
        client_id=client_id,
        recipient_id=given.recipient_id,
        is_recurring=chosen.access.mode is AccessMode.RECURRING,
        expires_at=given.expires_at,
    )


def refuse(bank: "Bank", request_uri: str, client_id: str) -> None:
    """Record that the person said no.

    Raises:
        UnknownRequest: the request was decided or ran out meanwhile.
    """
    owner, who = sessions.owner(), sessions.consenter()

    def act(work: "Work") -> None:
        taken, client = _take(work, request_uri, client_id)
        asked = parse_details(taken.parameters["authorization_details"])
        step = service.request(
            work,
            owner,
            client.recipient_id,
            asked,
            client_id=client_id,
            profile=bank.profile,
        )
        service.refuse(work, owner, step.consent.consent_id, actor=who)

    acting.unit_of_work(act)


def _take(
    work: "Work", request_uri: str, client_id: str
) -> tuple[PushedRequest, Client]:
    return requests.consume(work, request_uri, client_id), client_of(work, client_id)


def client_of(snap: Snapshot, client_id: str) -> Client:
    """Return the client of a request.

    Raises:
        UnknownRequest: it may not speak any more.
    """
    client = clients.find(snap, client_id)
    if client is None or not client.is_active:
        raise UnknownRequest("oauth.unknown-request", "The client may not speak now.")
    return client
