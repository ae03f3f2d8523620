"""One bank with an application, in which tests make recipients and persons.

Everything is made by the services of the parts, as the pages would; nothing is written
into tables. A party is the software of one recipient under one person's consent.
"""

import base64
import hashlib
import itertools
import json
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from urllib.parse import urlencode
from uuid import UUID

from audit import person, store
from audit.leaf import parse_leaf
from consent import board, board_items, certificates, notices, recipients, service
from consent.facts import BoardSubjectKind
from consent.oauth import clients, grants, tokens
from consent.oauth.grants import Grant
from consent.oauth.opaque import encode
from consent.oauth.replay import proof_mark
from consent.oauth.tokens import TokenKind
from consent.terms import Access, AccessMode
from pds.core.check_digits import is_corporate_number
from pds.core.ids import ConsentId, OwnerId, RecipientId
from pds.disclosure.call import Call
from pds.rights import history, withdrawal
from pds.vault.records import RecordDraft
from pds.web.app import create_app
from pds.web.oauth.nonce import SECRET_NAME, ServerNonce
from tests import clearing
from tests.board import approve_texts
from tests.consent.world import (
    BANK_PARTY,
    CONTRACT,
    DAY,
    EVIDENCE,
    PROFILE,
    PROVISION,
    decision,
)
from tests.oauth.jose import Signer

PATH = "/api/v1/records"
SOURCE = UUID(int=77)
WEIGHT = "health.vital.weight"
STEPS = "health.activity.steps"
RECEIPT = "purchase.receipt"
KIND = {
    WEIGHT: ("fhir-r4/Observation", "health-general"),
    STEPS: ("fhir-r4/Observation", "health-general"),
    RECEIPT: ("receipt/1", "general"),
}
EPOCH = date(1970, 1, 1)
SECRET_WORD = "まつもと"
"""Stands in every payload; it may stand nowhere else."""

_NUMBERS = (
    text
    for n in itertools.count(100_000_000_001)
    for text in (f"{first}{n:012}" for first in range(1, 10))
    if is_corporate_number(text)
)
_SERIAL = itertools.count(1)


@dataclass(frozen=True)
class Organisation:
    recipient_id: RecipientId
    client_id: str
    contract_id: UUID


class World:
    """A bank, its clock and its application."""

    def __init__(self, bank, clock):
        self.bank, self.clock = bank, clock
        self.app = create_app(bank)
        self.signer = Signer()
        with bank.read() as snap:
            is_new = not board_items.live(snap)
        if is_new:
            self.do(approve_texts)

    @cached_property
    def shared(self):
        """The organisation of tests that do nothing to it."""
        return self.organisation()

    def do(self, act):
        return self.bank.unit_of_work(act)

    def organisation(self, *, days=600):
        """Make an approved recipient with everything in force, and its client."""
        number = next(_SERIAL)
        recipient_id = RecipientId(f"recipient-{number}")
        profile = replace(
            PROFILE, recipient_id=recipient_id, corporate_number=next(_NUMBERS)
        )
        now = self.clock.now()
        until = now + days * DAY
        terms = replace(CONTRACT, valid_from=now - 30 * DAY, valid_until=until)

        def make(work):
            recipients.register(work, profile, actor="operator")
            contract_id = clearing.contract(work, recipient_id, terms)
            certificates.add(
                work,
                recipient_id,
                kind="isms",
                number="IS 1",
                valid_until=until,
                actor="operator",
            )
            for kind, subject in [
                (BoardSubjectKind.RECIPIENT, recipient_id),
                (BoardSubjectKind.CONTRACT, contract_id),
            ]:
                approved = decision(kind, subject, valid_until=until)
                board.decide(work, approved, actor="board")
            clearing.approve(work, recipient_id)
            client = clients.register(
                work,
                client_id=f"app-{number}",
                recipient_id=recipient_id,
                jwks={"keys": [{**self.signer.jwk, "kid": "one"}]},
                redirect_uris=["https://recipient.example/callback"],
                purposes=["health.advice"],
                categories=["health"],
            )
            return Organisation(recipient_id, client.client_id, contract_id)

        return self.do(make)

    def person(self, records=3, category=WEIGHT):
        """Make a person with some records, newest today."""
        owner = OwnerId(self.bank.ids.new())
        self.do(lambda work: person.open_subject(work, owner))
        if records:
            self.deposit(owner, records, category)
        return owner

    def deposit(self, owner, records, category=WEIGHT, *, days_ago=0):
        drafts = [self.draft(n, category, days_ago) for n in range(records)]

        def add(work):
            import_id = work.ids.new()
            self.bank.vault.begin_import(
                work, owner, import_id, source_id=SOURCE, media_type="text/x"
            )
            return self.bank.vault.add(work, owner, import_id, drafts)

        return self.do(add)

    def draft(self, n, category, days_ago):
        schema, sensitivity = KIND[category]
        day = (self.clock.now().date() - EPOCH).days - days_ago - n // 7
        payload = {"n": n, "remark": f"{SECRET_WORD}{n}", "value": 7}
        if schema.startswith("fhir-r4/"):
            payload["resourceType"] = schema.removeprefix("fhir-r4/")
        text = json.dumps(
            payload, ensure_ascii=False, separators=(",", ":"), sort_keys=True
        )
        return RecordDraft(
            category=category,
            first_day=day,
            last_day=day,
            order_in_day=n % 3,
            payload_schema=schema,
            sensitivity=sensitivity,
            source_id=SOURCE,
            dedupe=f"{category} {days_ago} {n}".encode(),
            header={"kept": "back"},
            payload=text.replace('"value":7', '"value":7.00').encode(),
        )

    def consented(self, *, owner=None, organisation=None, records=3, **changes):
        """Return a recipient's software with a token under a person's consent."""
        organisation = organisation or self.shared
        owner = owner or self.person(records)
        given, access = self.give(owner, organisation, **changes)
        return Party(self, owner, organisation, given, access)

    def give(self, owner, organisation, *, mode=AccessMode.RECURRING, **changes):
        now = self.clock.now()
        most = changes.pop("max_per_day", 50)
        until = changes.pop("until", now + 80 * DAY)
        limit = most if mode is AccessMode.RECURRING else None
        window = replace(PROVISION.window, first=(now - 300 * DAY).date())
        provision = replace(
            PROVISION,
            **{"access": Access(mode, until, limit), "window": window, **changes},
        )
        evidence = replace(EVIDENCE, auth_time=now - timedelta(minutes=1))

        def act(work):
            asked = service.request(
                work,
                owner,
                organisation.recipient_id,
                provision,
                client_id=organisation.client_id,
            )
            profile = recipients.get(work, organisation.recipient_id).profile
            notice = notices.compose(provision, profile, BANK_PARTY)
            step = service.give(
                work,
                owner,
                asked.consent.consent_id,
                provision,
                notice=notices.keep(work, notice),
                evidence=evidence,
            )
            given = grants.create(
                work,
                owner=owner,
                consent_id=step.consent.consent_id,
                client_id=organisation.client_id,
                recipient_id=organisation.recipient_id,
                is_recurring=mode is AccessMode.RECURRING,
                expires_at=until,
            )
            return given, self._token(work, given)

        return self.do(act)

    def _token(self, work, given, kind=TokenKind.ACCESS):
        return tokens.issue(work, given, kind, thumbprint(self.signer))

    def leaves(self):
        with self.bank.read() as snap:
            size = store.size(snap.connection)
            found = store.leaves(snap.connection, 0, size)
        return [parse_leaf(each.leaf) for each in found]


@dataclass
class Party:
    """A recipient's software; sends what a test tells it to, right unless changed."""

    world: World
    owner: OwnerId
    organisation: Organisation
    grant: Grant
    token: str

    @property
    def consent_id(self):
        return ConsentId(self.grant.consent_id)

    def new_token(self, kind=TokenKind.ACCESS):
        return self.world.do(lambda work: self.world._token(work, self.grant, kind))

    def proof(self, *, token=None, signer=None, header=None, **changes):
        world = self.world
        signer = signer or world.signer
        nonce = ServerNonce(world.bank.secret(SECRET_NAME)).current(world.clock.now())
        digest = hashlib.sha256((token or self.token).encode()).digest()
        claims = {
            "jti": f"p{next(_SERIAL)}",
            "htm": "GET",
            "htu": world.bank.settings.issuer + PATH,
            "iat": int(world.clock.now().timestamp()),
            "nonce": nonce,
            "ath": encode(digest),
        }
        claims = {k: v for k, v in {**claims, **changes}.items() if v is not None}
        head = {"typ": "dpop+jwt", "jwk": signer.jwk, **(header or {})}
        return signer.sign(head, claims)

    def get(
        self,
        *,
        query=(),
        token=None,
        proof=None,
        accept=None,
        buffered=True,
        more=None,
    ):
        token = token or self.token
        headers = {
            "Authorization": f"DPoP {token}",
            "DPoP": proof or self.proof(token=token),
            **(more or {}),
        }
        if accept is not None:
            headers["Accept"] = accept
        address = PATH + ("?" + urlencode(query, doseq=True) if query else "")
        with self.world.app.test_client() as client:
            return client.get(address, headers=headers, buffered=buffered)

    def stream(self, **options):
        return self.get(accept="application/x-ndjson", **options)

    def call(self, *, token=None):
        """Return a call as the web layer makes it, for tests below the web."""
        bank = self.world.bank
        return Call(
            token_hash=hashlib.sha256(
                base64.urlsafe_b64decode((token or self.token) + "=")
            ).digest(),
            thumbprint=thumbprint(self.world.signer),
            proof=proof_mark(
                thumbprint(self.world.signer),
                f"c{next(_SERIAL)}",
                bank.clock.now() + timedelta(seconds=330),
            ),
            request_id=bank.ids.new(),
            address="192.0.2.1",
        )

    def withdraw(self):
        self.world.do(
            lambda work: withdrawal.withdraw(work, self.owner, self.consent_id)
        )

    def history(self):
        """Return the person's own view of disclosures, newest first."""
        bank = self.world.bank
        with bank.read() as snap:
            found = history.page(
                snap, bank.keys, self.owner, types=history.DISCLOSURES, limit=300
            )
        assert found.next is None
        return list(found.happenings)

    def seen(self):
        """Return (type, reasons, count) of each entry in the person's view, oldest
        first."""
        return [
            (str(each.type), " ".join(each.reasons), each.count)
            for each in reversed(self.history())
        ]


def thumbprint(signer):
    """Return the RFC 7638 thumbprint of a key."""
    text = json.dumps(signer.jwk, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).digest()
