"""Where every page of the application is, and who may see it."""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.e2e.visitor import Visitor

NOBODY = "nobody"


@dataclass(frozen=True)
class Place:
    """A page: its path, or a page before it and the links that lead there.

    `links` are CSS selectors, followed in order.
    """

    path: str
    links: tuple[str, ...] = ()

    def visit(self, visitor: Visitor) -> None:
        """Open it. Only the last page is looked at here; the others have a place."""
        visitor.page.goto(f"{visitor.watch.issuer}{self.path}")
        for selector in self.links:
            address = visitor.page.locator(selector).first.get_attribute("href")
            assert address, f"{selector} at {visitor.page.url}"
            visitor.watch.skip(visitor.page)
            visitor.page.goto(f"{visitor.watch.issuer}{address}")


_CONSENT = "main a[href^='/consents/']:not([href*='/withdraw'])"
_SHARE = "main a[href^='/shares/']:not([href$='/new'])"
_COACH = "/operator/recipients/genki-coach"
_PROCESSORS = "/operator/processors"
_PROCESSOR = f"main td a[href^='{_PROCESSORS}/']"
_INCIDENTS = "/operator/incidents"
_INCIDENT = "main td a[href^='/operator/incidents/']"
_CONTRACT = "main a[href^='/operator/contracts/']"

PAGES: Mapping[str, Mapping[str, Place]] = {
    NOBODY: {
        "start.show": Place("/"),
        "entry.log_in": Place("/login"),
        "entry.sign_up": Place("/signup"),
        "entry.recover": Place("/login/recover"),
        "verifying.show": Place("/verify"),
        "heirs.ask": Place("/heir"),
        "viewing.ask": Place("/view/example"),
        "health_links.ask": Place("/share"),
        "choosing.browse": Place("/recipients"),
        "rules.browse": Place("/rules"),
        "data_sets.browse": Place("/data-sets"),
    },
    "misaki": {
        "home.overview": Place("/home"),
        "shares.browse": Place("/shares"),
        "emergency.show": Place("/emergency"),
        "shares.new": Place("/shares/new"),
        "shares.show": Place(
            "/shares", ("main a[href^='/shares/']:not([href$='/new'])",)
        ),
        "entry.log_in_again": Place("/login/again"),
        "data.browse": Place("/data"),
        "data.record": Place("/data", ("main a[href^='/data/records/']",)),
        "changes.ask_correct": Place(
            "/data",
            ("main a[href^='/data/records/']", "main a[href$='/correct']"),
        ),
        "changes.ask_delete": Place(
            "/data",
            ("main a[href^='/data/records/']", "main a[href$='/delete']"),
        ),
        "charts.overview": Place("/data/charts"),
        "charts.show": Place(
            "/data/charts", ("main a[href^='/data/charts/']:not([href$='/spending'])",)
        ),
        "charts.spending": Place("/data/charts/spending"),
        "imports.new": Place("/imports/new"),
        "imports.browse": Place("/imports"),
        "moved.ask": Place("/imports/transfer"),
        "imports.ask_undo": Place("/imports", ("main a[href$='/undo']",)),
        "consents.browse": Place("/consents"),
        "consents.show": Place("/consents", (_CONSENT,)),
        "consents.ask_withdraw": Place(
            "/consents", (_CONSENT, "main a[href$='/withdraw']")
        ),
        "amendments.ask_renew": Place(
            "/consents", (_CONSENT, "main a[href$='/renew']")
        ),
        "amendments.ask_change": Place(
            "/consents", (_CONSENT, "main a[href$='/change']")
        ),
        "offers.browse": Place("/offers"),
        "offers.show": Place("/offers", ("main a[href^='/offers/']",)),
        "inclusion.ask": Place("/consents/data-sets"),
        "narrowing.ask": Place("/consents", (_CONSENT, "main a[href$='/narrow']")),
        "receipts.read": Place(
            "/consents", (_CONSENT, "main a[href$='/receipt/read']")
        ),
        "disclosures.browse": Place("/disclosures"),
        "disclosures.show": Place("/disclosures", ("main a[href^='/disclosures/']",)),
        "copies.ask": Place("/copy"),
        "archives.browse": Place("/copy/archives"),
        "copies.ask_disclosures": Place("/copy/disclosures"),
        "handles.ask": Place("/log/handles"),
        "account.show": Place("/account"),
        "closing.ask": Place("/account/close"),
        "last_wish.ask": Place("/account/last-wish"),
        "instructions.browse": Place("/instructions"),
        "instructions.history": Place("/instructions/history"),
        "instructions.new": Place("/instructions/new"),
        "instructions.show": Place(
            "/instructions", ("main .card a[href^='/instructions/']",)
        ),
        "benefits.browse": Place("/benefits"),
        "judgements.browse": Place("/judgements"),
        "judgements.show": Place("/judgements", ("main a[href^='/judgements/']",)),
        "mandate.show": Place("/mandate"),
        "mandate.ask_end": Place("/mandate/end"),
        "messages.browse": Place("/messages"),
        "message_settings.show": Place("/messages/settings"),
        "agents.browse": Place("/agents"),
        "agents.ask": Place("/agents/new"),
        "represented.browse": Place("/acting"),
        "rights.browse": Place("/rights"),
        "rights.new": Place("/rights/new/stop-provision"),
        "account.ask_codes": Place("/account/codes"),
        "account.ask_password": Place("/account/password"),
        "enrol.ask": Place("/account/passkeys/new"),
    },
    "operator": {
        "operator.browse": Place("/operator"),
        "operator.documents_due": Place("/operator/criteria"),
        "operator.ask_document": Place("/operator/criteria/S-01"),
        "emergencies.browse": Place("/operator/emergencies"),
        "operator.board": Place("/operator/board"),
        "approvals.browse": Place("/approvals"),
        "desk.browse": Place("/operator/rights"),
        "desk.new": Place("/operator/rights/new"),
        "operator.mandate_versions": Place("/operator/mandate"),
        "operator.new_mandate": Place("/operator/mandate/new"),
        "operator.mandate_version": Place("/operator/mandate/1"),
        "operator.new": Place("/operator/recipients/new"),
        "desk_agents.browse": Place("/operator/agents"),
        "desk_deaths.browse": Place("/operator/deaths"),
        "desk_deaths.new": Place("/operator/deaths/new"),
        "desk_agents.new": Place("/operator/agents/new"),
        "operator.data_sets": Place("/operator/data-sets"),
        "incidents.browse": Place(_INCIDENTS),
        "incidents.new": Place(f"{_INCIDENTS}/new"),
        "incidents.show": Place(_INCIDENTS, (_INCIDENT,)),
        "incidents.ask_facts": Place(_INCIDENTS, (_INCIDENT, "main a[href$='/facts']")),
        "incidents.ask_contents": Place(
            _INCIDENTS, (_INCIDENT, "main a[href$='/contents']")
        ),
        "incidents.ask_persons": Place(
            _INCIDENTS, (_INCIDENT, "main a[href$='/persons']")
        ),
        "incidents.ask_notice": Place(
            _INCIDENTS, (_INCIDENT, "main a[href$='/notice']")
        ),
        "incidents.show_delivery": Place(
            _INCIDENTS, (_INCIDENT, "main a[href*='/lists/']")
        ),
        "operator.new_data_set": Place("/operator/data-sets/new"),
        "operator.show": Place(_COACH),
        "operator.criteria": Place(f"{_COACH}/criteria"),
        "operator.ask_check": Place(f"{_COACH}/criteria/security"),
        "operator.ask_mode": Place(f"{_COACH}/mode"),
        "operator.ask_country": Place(f"{_COACH}/country"),
        "operator.new_offer": Place(f"{_COACH}/offers/new?purpose=health.advice"),
        "operator.show_offer": Place(_COACH, ("main a[href^='/operator/offers/']",)),
        "operator.ask_revise_offer": Place(
            _COACH,
            ("main a[href^='/operator/offers/']", "main a[href$='/revise']"),
        ),
        "operator.contract": Place(f"{_COACH}/contract"),
        "operator.show_contract": Place(_COACH, (_CONTRACT,)),
        "operator.ask_end_contract": Place(_COACH, (_CONTRACT, "main a[href$='/end']")),
        "operator.ask_attestation": Place(
            "/operator/recipients/machikado-pharmacy/attestation"
        ),
        "operator.browse_processors": Place(_PROCESSORS),
        "operator.new_processor": Place(f"{_PROCESSORS}/new"),
        "operator.show_processor": Place(_PROCESSORS, (_PROCESSOR,)),
        "operator.ask_processor_certificate": Place(
            _PROCESSORS, (_PROCESSOR, "main a[href$='/certificate']")
        ),
        "operator.ask_end_processor": Place(
            _PROCESSORS, (_PROCESSOR, "main a[href$='/end']")
        ),
        "operator.ask_amend": Place(_COACH, (_CONTRACT, "main a[href$='/amend']")),
        "operator.certificate": Place(f"{_COACH}/certificate"),
        "operator.new_client": Place(f"{_COACH}/clients/new"),
        "operator.keys": Place(_COACH, ("main a[href$='/keys']",)),
        "operator.callback": Place(_COACH, ("main a[href$='/callback']",)),
        "operator.undelivered": Place("/operator/outbox"),
        "operator.facts": Place("/operator/facts"),
        "about.show": Place("/about"),
        "about.handling": Place("/about/handling"),
        "about.reports": Place("/about/reports"),
        "operator.ask_class": Place(f"{_COACH}/class"),
        "operator.ask_standing": Place(f"{_COACH}/standing/suspend"),
    },
    "board": {
        "board.browse": Place("/board"),
        "board.in_force": Place("/board/decisions"),
        "board.show": Place("/board/decisions", ("main a[href^='/board/']",)),
        "board.members": Place("/board/members"),
        "board.report": Place("/board/report"),
        "board_incidents.browse": Place("/board/incidents"),
        "board_incidents.show": Place(
            "/board/incidents", ("main a[href^='/board/incidents/']",)
        ),
        "public.ethics_board": Place("/ethics-board"),
        "public.vocabulary": Place("/vocabulary"),
        "announcements.browse": Place("/announcements"),
        "public.purpose_versions": Place("/vocabulary/purposes/health.advice"),
        "public.category_versions": Place("/vocabulary/categories/health.sleep"),
        "board.rule": Place("/board/members", ("main a[href='/board/rule']",)),
        "board.ask_stop": Place(
            "/board/decisions", ("main a[href^='/board/']", "main a[href$='/stop']")
        ),
    },
    "auditor": {
        "auditor.overview": Place("/auditor"),
        "criteria.browse": Place("/auditor/criteria"),
        "auditor_incidents.browse": Place("/auditor/incidents"),
        "auditor_incidents.show": Place(
            "/auditor/incidents", ("main a[href^='/auditor/incidents/']",)
        ),
        "criteria.show": Place("/auditor/criteria/C-04"),
        "auditor.browse": Place("/auditor/log"),
        "auditor.entry": Place("/auditor/log", ("main a[href^='/auditor/log/']",)),
        "samples.ask": Place("/auditor/sample"),
        "unmasking.browse": Place("/auditor/unmask"),
        "bundles.ask": Place("/auditor/bundle"),
        "events.ask": Place("/auditor/events"),
        "consent_receipts.ask": Place("/auditor/consent-receipt"),
        "rejudging.browse": Place("/auditor/judgements"),
        "rejudging.show": Place(
            "/auditor/judgements", ("main a[href^='/auditor/judgements/']",)
        ),
        "sent.browse": Place("/auditor/receipts"),
        "rights_ledger.browse": Place("/auditor/rights"),
        "promises.browse": Place("/auditor/duties"),
    },
    "coach": {
        "recipient.overview": Place("/recipient"),
        "recipient.consents": Place("/recipient/consents"),
        "recipient.deliveries": Place("/recipient/deliveries"),
        "recipient.browse_duties": Place("/recipient/duties"),
        "recipient.ask_duty": Place(
            "/recipient/duties", ("main a[href^='/recipient/duties/']",)
        ),
        "recipient.browse_benefits": Place("/recipient/benefits"),
    },
}
"""Endpoint and place of every page, by the key of a demo login that may see it."""

ELSEWHERE = frozenset(
    {
        "own_incidents.show",
        "about.report",
        "oauth.authorize",
        "account.ask_remove",
        "mandate.changes",
        "agents.ask_end",
        "archives.show",
        "erasures.show",
        "moved.show",
        "mail_stop.ask",
        "desk.show",
        "rights.show",
        "operator.ask_sign",
        "operator.data_set",
        "data_sets.show",
    }
)
"""Pages that need something to be done before; journeys look at them."""

NO_PAGES = frozenset(
    {
        "api-docs.openapi_json",
        "api.Cohort",
        "api.OfMember",
        "api.Records",
        "api.Statistics",
        "api.Transfers",
        "assets.favicon",
        "about.statement",
        "auditor.export",
        "auditor_incidents.take",
        "board_incidents.take",
        "incidents.take",
        "auditor.verifier",
        "criteria.as_csv",
        "criteria.as_json",
        "data_sets.fetch",
        "erasures.certificate",
        "health.alive",
        "health_links.file",
        "health.ready",
        "log.checkpoint",
        "log.consistency",
        "log.inclusion",
        "log.vkey",
        "metrics.show",
        "moved.proof",
        "operator.contract_file",
        "oauth.jwks",
        "oauth.resource_metadata",
        "oauth.server_metadata",
        "proofs.proof",
        "receipts.as_kantara",
        "receipts.download",
        "receipts.of_change",
        "static",
        "tiles.entry_tile",
        "tiles.hash_tile",
    }
)
"""What answers a GET with something else than a page."""
