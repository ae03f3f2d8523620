"""The application: every blueprint with its guard, and what surrounds all of them."""

from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from flask import Blueprint, Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from consent.judgement_words import WORDS
from pds.bank.bank import Bank
from pds.core.settings import Settings
from pds.oversight.honest import Tally
from pds.web import (
    about,
    acting,
    approvals,
    assets,
    board_words,
    care_words,
    choosing,
    context,
    csrf,
    data_set_words,
    data_sets,
    denial_words,
    entry,
    erasures,
    glass_words,
    guards,
    headers,
    health,
    health_links,
    heirs,
    incident_words,
    languages,
    limits,
    log,
    mail_stop,
    message_words,
    metrics,
    offer_words,
    passkey_entry,
    problems,
    promise_words,
    public_board,
    reasons,
    recipient_words,
    remarks,
    right_words,
    rules,
    sessions,
    share_words,
    uploads,
    verifying,
    viewing,
    words,
)
from pds.web.account import blueprint as account_blueprint
from pds.web.account import enrol
from pds.web.api import document
from pds.web.auditor import (
    bundle,
    census,
    consent_receipt,
    criteria,
    events,
    promises,
    sample,
    unmask,
)
from pds.web.auditor import judgements as rejudging
from pds.web.auditor import log as auditor_log
from pds.web.auditor import receipts as sent_receipts
from pds.web.auditor import rights as rights_ledger
from pds.web.board import blueprint as board_blueprint
from pds.web.desk import blueprint as desk_blueprint
from pds.web.guards import Guard
from pds.web.incidents import announcing, person
from pds.web.incidents import operator as incidents_of_staff
from pds.web.incidents import reading as incidents_read
from pds.web.oauth import views as oauth
from pds.web.operator import agents as operator_agents
from pds.web.operator import blueprint as operator_blueprint
from pds.web.operator import deaths, emergencies
from pds.web.portal import (
    agents,
    amendments,
    archives,
    benefits,
    changes,
    charts,
    closing,
    consents,
    copies,
    data,
    disclosures,
    emergency,
    handles,
    home,
    imports,
    inclusion,
    instructions,
    judgements,
    last_wish,
    mandate,
    message_settings,
    messages,
    moved,
    narrow,
    offers,
    receipts,
    represented,
    rights,
    shares,
)
from pds.web.recipient import blueprint as recipient_blueprint

BLUEPRINTS: Final[tuple[tuple[Blueprint, Guard], ...]] = (
    (health.blueprint, guards.requires_no_auth),
    (metrics.blueprint, guards.requires_no_auth),
    (assets.blueprint, guards.requires_no_auth),
    (log.public, guards.requires_no_auth),
    (verifying.blueprint, guards.requires_no_auth),
    (entry.blueprint, guards.requires_no_auth),
    (passkey_entry.blueprint, guards.requires_no_auth),
    (enrol.blueprint, guards.requires_beginning),
    (account_blueprint, guards.requires_session),
    (oauth.blueprint, guards.requires_no_auth),
    (erasures.blueprint, guards.requires_no_auth),
    (heirs.blueprint, guards.requires_no_auth),
    (viewing.blueprint, guards.requires_no_auth),
    (health_links.blueprint, guards.requires_no_auth),
    (choosing.blueprint, guards.requires_no_auth),
    (rules.blueprint, guards.requires_no_auth),
    (data_sets.blueprint, guards.requires_no_auth),
    (public_board.blueprint, guards.requires_no_auth),
    (about.blueprint, guards.requires_no_auth),
    (mail_stop.blueprint, guards.requires_no_auth),
    (announcing.blueprint, guards.requires_no_auth),
    (home.start, guards.requires_no_auth),
    (home.blueprint, guards.requires_viewer),
    (data.blueprint, guards.requires_viewer),
    (changes.blueprint, guards.requires_person),
    (charts.blueprint, guards.requires_viewer),
    (imports.blueprint, guards.requires_person),
    (moved.blueprint, guards.requires_person),
    (consents.blueprint, guards.requires_consenter),
    (narrow.blueprint, guards.requires_consenter),
    (amendments.blueprint, guards.requires_consenter),
    (offers.blueprint, guards.requires_consenter),
    (inclusion.blueprint, guards.requires_person),
    (receipts.blueprint, guards.requires_consenter),
    (disclosures.blueprint, guards.requires_viewer),
    (copies.blueprint, guards.requires_person),
    (shares.blueprint, guards.requires_person),
    (emergency.blueprint, guards.requires_person),
    (emergencies.blueprint, guards.requires_approver),
    (archives.blueprint, guards.requires_person),
    (closing.blueprint, guards.requires_person),
    (agents.blueprint, guards.requires_person),
    (last_wish.blueprint, guards.requires_person),
    (mandate.blueprint, guards.requires_person),
    (instructions.blueprint, guards.requires_person),
    (judgements.blueprint, guards.requires_person),
    (benefits.blueprint, guards.requires_person),
    (messages.blueprint, guards.requires_person),
    (message_settings.blueprint, guards.requires_person),
    (represented.blueprint, guards.requires_person_anyhow),
    (rights.blueprint, guards.requires_claimant),
    (log.proofs, guards.requires_person),
    (handles.blueprint, guards.requires_person),
    (person.blueprint, guards.requires_person),
    (operator_blueprint, guards.requires_operator),
    (incidents_of_staff.blueprint, guards.requires_operator),
    (desk_blueprint, guards.requires_operator),
    (board_blueprint, guards.requires_board),
    (incidents_read.board, guards.requires_board),
    (incidents_read.auditor, guards.requires_auditor),
    (auditor_log.blueprint, guards.requires_auditor),
    (sample.blueprint, guards.requires_auditor),
    (unmask.blueprint, guards.requires_auditor),
    (bundle.blueprint, guards.requires_auditor),
    (criteria.blueprint, guards.requires_auditor),
    (events.blueprint, guards.requires_auditor),
    (census.blueprint, guards.requires_auditor),
    (consent_receipt.blueprint, guards.requires_auditor),
    (rejudging.blueprint, guards.requires_auditor),
    (sent_receipts.blueprint, guards.requires_auditor),
    (promises.blueprint, guards.requires_auditor),
    (recipient_blueprint, guards.requires_recipient),
    (operator_agents.blueprint, guards.requires_operator),
    (rights_ledger.blueprint, guards.requires_auditor),
    (deaths.blueprint, guards.requires_operator),
    (approvals.blueprint, guards.requires_approver),
    (log.tiles, guards.requires_auditor),
)
"""Every blueprint and who may enter it."""


def create_app(bank: Bank) -> Flask:
    """Build the application that serves a bank.

    Raises:
        RuntimeError: some view belongs to no guarded blueprint.
    """
    app = Flask("pds.web")
    app.request_class = uploads.PrivateRequest
    app.extensions["bank"] = bank
    app.extensions["tally"] = Tally()
    health.install(app, bank)
    metrics.install(app, bank, _version())
    _configure(app, bank)
    for blueprint, guard in BLUEPRINTS:
        register(app, blueprint, guard)
    document.install(app)
    _refuse_unguarded(app)
    _surround(app, bank.settings)
    return app


def register(app: Flask, blueprint: Blueprint, guard: Guard) -> None:
    """Register a blueprint whose every view runs behind the guard."""
    app.extensions.setdefault("guards", {})[blueprint.name] = guard.__name__
    app.before_request_funcs.setdefault(blueprint.name, []).append(guard)
    app.register_blueprint(blueprint)


def _configure(app: Flask, bank: Bank) -> None:
    is_https = bank.settings.issuer.startswith("https://")
    app.config.update(
        SECRET_KEY=bank.secret("web-forms"),
        SESSION_COOKIE_NAME="__Host-form" if is_https else "form",
        SESSION_COOKIE_SECURE=is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_FORM_MEMORY_SIZE=1_000_000,
        MAX_FORM_PARTS=200,
        TEMPLATES_AUTO_RELOAD=False,
    )
    proxies = bank.settings.trusted_proxies
    if proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign] # the documented way
            app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies
        )


def _refuse_unguarded(app: Flask) -> None:
    guarded = app.extensions["guards"]
    for endpoint in app.view_functions:
        if endpoint != "static" and endpoint.rpartition(".")[0] not in guarded:
            raise RuntimeError(f"The view {endpoint} has no guard.")


def _surround(app: Flask, settings: Settings) -> None:
    problems.install(app)
    uploads.install(app, settings)
    languages.install(app)
    csrf.install(app)
    limits.install(app, settings)
    headers.install(app, settings)
    assets.install(app)
    app.jinja_env.globals.update(
        language=languages.language,
        language_switches=languages.switches,
        acting_for=acting.name,
        is_acting=acting.wished,
        current_role=sessions.current_role,
        csp_nonce=headers.nonce,
        moment_now=context.now,
        operator_name=settings.operator_name,
        general_remark=remarks.general,
        detail_words=remarks.DETAILS,
        reason_words=reasons.reason,
        denied_words=denial_words.said,
        words=words,
        offer_words=offer_words,
        board_words=board_words,
        message_words=message_words,
        promise_words=promise_words,
        unread_messages=messages.unread,
        right_words=right_words,
        share_words=share_words,
        glass_words=glass_words,
        care_words=care_words,
        data_set_words=data_set_words,
        incident_words=incident_words,
        judgement_words=WORDS,
        recipient_words=recipient_words,
        version=_version(),
    )


@cache
def _version() -> str:
    try:
        return version("infobank")
    except PackageNotFoundError:
        return "source"
