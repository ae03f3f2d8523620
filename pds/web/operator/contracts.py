"""Provision contracts: writing, offering, signing, comparing, ending (R-01)."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consent import (
    contract_documents,
    contract_drafting,
    contract_signing,
    contract_text,
    contracts,
    recipients,
)
from consent.contract_terms import ContractTerms
from consent.contracts import Contract
from consent.criteria import contract_clauses
from consent.mandate_terms import difference
from pds.bank.party import party
from pds.core.clock import TOKYO, end_of, start_of
from pds.core.database import Snapshot
from pds.core.errors import Invalid, NotFound
from pds.core.ids import RecipientId
from pds.core.vocabulary import categories, purposes
from pds.web.context import bank
from pds.web.forms import Form
from pds.web.guards import fresh
from pds.web.languages import language, named
from pds.web.operator import blueprint
from pds.web.reasons import public_words
from pds.web.sessions import actor

_LONGEST_RETENTION: Final = 36_500
_LONGEST_STATEMENT: Final = 20_000


@blueprint.get("/recipients/<recipient_id>/contract")
@fresh
def contract(recipient_id: str) -> ResponseReturnValue:
    """Show the form of a provision contract (R-01)."""
    return _form_page(recipient_id, None, Form({"countries": "JP"}))


@blueprint.post("/recipients/<recipient_id>/contract")
@fresh
def draft_contract(recipient_id: str) -> ResponseReturnValue:
    """Write a contract; it counts when both have signed and the board has agreed."""
    form, who, side = Form(), actor(), party(bank().settings)
    terms, optional = _terms(form)
    if terms is not None:
        try:
            made = bank().unit_of_work(
                lambda work: contract_drafting.draft(
                    work,
                    RecipientId(recipient_id),
                    terms,
                    bank=side,
                    actor=who,
                    optional=optional,
                )
            )
        except Invalid as error:
            form.fail("valid_until", public_words(error))
        else:
            return contract_done(
                made, _("The contract is written. Nobody has signed it yet.")
            )
    return _form_page(recipient_id, None, form), 422


@blueprint.get("/contracts/<uuid:contract_id>")
def show_contract(contract_id: UUID) -> ResponseReturnValue:
    """Show a version: text, hash, signatures, changes, and what comes next."""
    with bank().read() as snap:
        found = contracts.versions(snap, contract_id)
        shown = _chosen(found)
        return render_template(
            "operator/contract_show.html",
            versions=found,
            shown=shown,
            counts=contracts.get(snap, contract_id),
            waiting=contract_signing.pending(snap, contract_id),
            recipient=recipients.get(snap, shown.recipient_id),
            document=contract_documents.find(snap, contract_id, shown.version),
            signatures=contract_documents.signatures(snap, contract_id, shown.version),
            lines=_lines(snap, shown),
            changes=_changes(snap, found, shown),
        )


@blueprint.get("/contracts/<uuid:contract_id>/text")
def contract_file(contract_id: UUID) -> ResponseReturnValue:
    """Give the canonical bytes of a version, whose SHA-256 was signed."""
    with bank().read() as snap:
        shown = _chosen(contracts.versions(snap, contract_id))
        document = contract_documents.find(snap, contract_id, shown.version)
    if document is None:
        raise NotFound("contract.unknown", "No text of this version was kept.")
    name = f'attachment; filename="contract-{contract_id}-{shown.version}.json"'
    return Response(
        document.body,
        content_type="application/json",
        headers={"Content-Disposition": name},
    )


@blueprint.get("/contracts/<uuid:contract_id>/amend")
@fresh
def ask_amend(contract_id: UUID) -> ResponseReturnValue:
    """Show the form of a new version, filled with what holds now."""
    with bank().read() as snap:
        found = contracts.get(snap, contract_id)
    terms = found.terms
    values = {
        "purposes": " ".join(terms.purposes),
        "categories": " ".join(each.id for each in categories.expand(terms.categories)),
        "countries": " ".join(terms.countries),
        "valid_from": _day(terms.valid_from),
        "valid_until": _day(terms.valid_until - timedelta(days=1)),
        "retention_days": str(terms.retention_days),
    }
    return _form_page(found.recipient_id, contract_id, Form(values))


@blueprint.post("/contracts/<uuid:contract_id>/amend")
@fresh
def amend_contract(contract_id: UUID) -> ResponseReturnValue:
    """Write a new version; the old one holds until both have signed the new one."""
    form, who, side = Form(), actor(), party(bank().settings)
    terms, optional = _terms(form)
    if terms is not None:
        try:
            bank().unit_of_work(
                lambda work: contract_drafting.amend(
                    work, contract_id, terms, bank=side, actor=who, optional=optional
                )
            )
        except Invalid as error:
            form.fail("valid_until", public_words(error))
        else:
            return contract_done(contract_id, _("The new version is written."))
    with bank().read() as snap:
        found = contracts.get(snap, contract_id)
    return _form_page(found.recipient_id, contract_id, form), 422


def _terms(form: Form) -> tuple[ContractTerms | None, tuple[str, ...]]:
    wanted = form.choices(
        "purposes", list(purposes.ALL), needed=_("Choose at least one purpose.")
    )
    kinds = form.choices(
        "categories", list(categories.ALL), needed=_("Choose at least one category.")
    )
    places = form.text("countries", needed=_("Two letters, such as JP.")).split()
    first = form.day("valid_from", needed=_("Enter a day such as 2026-04-01."))
    last = form.day("valid_until", needed=_("Enter a day such as 2027-03-31."))
    retention = form.whole_number(
        "retention_days",
        least=0,
        most=_LONGEST_RETENTION,
        needed=_("Enter the number of days."),
    )
    known = [each.id for each in contract_clauses.CURRENT.optional]
    optional = form.choices("clauses", known)
    if not all(len(each) == 2 and each.isalpha() and each.isupper() for each in places):  # noqa: PLR2004 - ISO 3166-1 alpha-2
        form.fail("countries", _("Two letters, such as JP."))
    if not (form.is_good and first and last):
        return None, ()
    terms = ContractTerms(
        purposes=wanted,
        categories=kinds,
        countries=tuple(places),
        valid_from=start_of(first),
        valid_until=end_of(last),
        retention_days=retention,
    )
    return terms, optional


def _chosen(found: list[Contract]) -> Contract:
    wanted = request.args.get("version", str(found[0].version))
    for each in found:
        if str(each.version) == wanted:
            return each
    raise NotFound("contract.unknown", "There is no such version.")


def _lines(snap: Snapshot, shown: Contract) -> dict[str, list[tuple[str, str]]]:
    document = contract_documents.find(snap, shown.contract_id, shown.version)
    if document is None:
        return {}
    return {name: contract_text.lines(document.body, name) for name in ("ja", "en")}


def _changes(
    snap: Snapshot, found: list[Contract], shown: Contract
) -> list[tuple[str, str]]:
    """Compare with the version before, in the language of the page."""
    documents = [
        contract_documents.find(snap, shown.contract_id, number)
        for number in (shown.version - 1, shown.version)
    ]
    bodies = [each.body for each in documents if each is not None]
    if len(bodies) < len(documents) or len(found) < len(documents):
        return []
    before, after = (contract_text.plain(each, language()) for each in bodies)
    return [(change.value, line) for change, line in difference(before, after)]


def _day(at: datetime) -> str:
    return at.astimezone(TOKYO).date().isoformat()


def _form_page(recipient_id: str, contract_id: UUID | None, form: Form) -> str:
    with bank().read() as snap:
        found = recipients.get(snap, RecipientId(recipient_id))
    clauses = contract_clauses.CURRENT
    return render_template(
        "operator/contract.html",
        found=found,
        contract_id=contract_id,
        form=form,
        purposes=[(each.id, named(each.words)) for each in purposes.ALL.values()],
        categories=[(each.id, named(each.words)) for each in categories.ALL.values()],
        mandatory=[each for each in clauses.clauses.values() if each.is_mandatory],
        optional=[(each.id, named(each.words)) for each in clauses.optional],
    )


def contract_done(contract_id: UUID, message: str) -> ResponseReturnValue:
    """Say what was done, and go back to the contract."""
    flash(message, "good")
    address = url_for("operator.show_contract", contract_id=contract_id)
    return redirect(address, 303)
