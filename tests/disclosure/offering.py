"""Offers of the world's organisations, yeses to them, and the software that fetches."""

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import urlencode
from uuid import UUID

from consent import answering, board, notices, offers
from consent.answering import Shown
from consent.facts import BoardSubjectKind
from consent.oauth import clients, offer_tokens
from consent.oauth.replay import proof_mark
from consent.offers import OfferTemplate
from consent.terms import Access, AccessMode
from pds.core.ids import ConsentId
from pds.rights import withdrawal
from tests.consent.world import BANK_PARTY, DAY, EVIDENCE, PROVISION, decision
from tests.disclosure.world import Organisation, Party, World, thumbprint


def publish(world, organisation, **changes):
    """Let an organisation make an offer that is live; return its id."""
    now = world.clock.now()
    access = Access(AccessMode.RECURRING, now + 80 * DAY, changes.pop("per_day", 50))
    made = OfferTemplate(
        provision=replace(PROVISION, **{"access": access, **changes}),
        window_days=300,
        validity_days=80,
        title_ja="体重の助言",
        title_en="Advice on your weight",
    )

    def act(work):
        offer_id = offers.draft(work, organisation.recipient_id, made, actor="test")
        until = now + 500 * DAY
        approved = decision(BoardSubjectKind.OFFER, offer_id, valid_until=until)
        board.decide(work, approved, actor="board")
        offers.go_live(work, offer_id, actor="test")
        return offer_id

    return world.do(act)


def accept(world, owner, offer_id, **changes):
    """Let a person say yes in the portal; return the consent's id."""
    now = world.clock.now()
    with world.bank.read() as snap:
        offer = offers.get(snap, offer_id)
    shown = Shown(offer_id, offer.version, now.replace(microsecond=0))
    choice = replace(offer.instance(shown.at), **changes)
    evidence = replace(EVIDENCE, auth_time=now - timedelta(minutes=1))

    def act(work):
        terms = answering.ask(work, work.keys, owner, shown).terms
        notice = notices.of_now(work, offer.recipient_id, terms, BANK_PARTY)
        return answering.give(
            work,
            owner,
            shown,
            choice,
            read=notice.hash,
            bank=BANK_PARTY,
            evidence=evidence,
        )

    step = world.do(act)
    return ConsentId(step.consent.consent_id)


@dataclass
class Fetcher:
    """A recipient's software with a token for one offer."""

    world: World
    organisation: Organisation
    offer_id: UUID
    token: str = ""

    def __post_init__(self):
        self.renew()

    def renew(self):
        client_id = self.organisation.client_id

        def act(work):
            client = clients.find(work, client_id)
            key = thumbprint(self.world.signer)
            return offer_tokens.issue(work, client, self.offer_id, key)

        self.token = self.world.do(act)

    def path(self, ending):
        return f"/api/v1/offers/{self.offer_id}/{ending}"

    def get(self, ending, *, token=None, proof=None, **query):
        path, token = self.path(ending), token or self.token
        uri = self.world.bank.settings.issuer + path
        party = Party(self.world, None, self.organisation, None, token)
        headers = {
            "Authorization": f"DPoP {token}",
            "DPoP": proof or party.proof(token=token, htu=uri),
        }
        address = path + ("?" + urlencode(query) if query else "")
        with self.world.app.test_client() as client:
            return client.get(address, headers=headers)

    def call(self):
        """Return a call as the web layer makes it."""
        party = Party(self.world, None, self.organisation, None, self.token)
        return party.call()

    def page(self, **query):
        """Return a page that was answered 200, its lines read."""
        answer = self.get("cohort", **query)
        assert answer.status_code == 200, answer.text
        return Page(answer)

    def sweep(self, **query):
        """Return all pages of a sweep."""
        pages = [self.page(**query)]
        rest = {k: v for k, v in query.items() if k != "since"}
        while "next" in pages[-1].last:
            pages.append(self.page(**rest, cursor=pages[-1].last["next"]))
        return pages


class Page:
    """The lines of a page of a cohort."""

    def __init__(self, answer):
        self.answer = answer
        first, *middle, last = answer.data.splitlines(keepends=True)
        self.first, self.last = json.loads(first), json.loads(last)
        self.bodies, self.proofs = middle[::2], list(map(json.loads, middle[1::2]))
        self.parts = list(map(json.loads, self.bodies))

    @property
    def subjects(self):
        return [each["subject"] for each in self.parts]

    @property
    def left(self):
        return [each["subject"] for each in self.last["left"]]


def everything(pages):
    """Return the parts of all pages by subject; nobody stands there twice."""
    parts = [each for page in pages for each in page.parts]
    found = {each["subject"]: each for each in parts}
    assert len(found) == len(parts)
    return found


def withdraw(world, owner, consent_id):
    world.do(lambda work: withdrawal.withdraw(work, owner, consent_id))


def mark(world, name):
    """Return a proof's mark that was never spent."""
    key = thumbprint(world.signer)
    return proof_mark(key, name, world.bank.clock.now() + timedelta(seconds=330))
