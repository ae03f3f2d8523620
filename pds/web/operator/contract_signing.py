"""Offering, signing and ending provision contracts (R-01)."""

from typing import Final
from uuid import UUID

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consent import contract_signing, contracts, recipients
from consent.facts import ContractState
from consent.vetting import papers
from pds.core.errors import Conflict, Invalid
from pds.crypto import statement
from pds.crypto.statement import StatementKey
from pds.web.context import bank
from pds.web.forms import Form
from pds.web.guards import fresh
from pds.web.operator import blueprint
from pds.web.operator.contracts import contract_done
from pds.web.reasons import public_words
from pds.web.sessions import actor

_LONGEST_STATEMENT: Final = 20_000


@blueprint.post("/contracts/<uuid:contract_id>/offer")
@fresh
def offer_contract(contract_id: UUID) -> ResponseReturnValue:
    """Sign for the bank; the recipient can sign now."""
    who = actor()
    key = StatementKey(bank().secret(statement.SECRET_NAME))
    bank().unit_of_work(
        lambda work: contract_signing.offer(work, contract_id, key, actor=who)
    )
    return contract_done(
        contract_id, _("The bank has signed. The recipient can sign now.")
    )


@blueprint.get("/contracts/<uuid:contract_id>/sign")
@fresh
def ask_sign(contract_id: UUID) -> ResponseReturnValue:
    """Show the form that takes the recipient's signature."""
    return _sign_page(contract_id, Form())


@blueprint.post("/contracts/<uuid:contract_id>/sign")
@fresh
def sign_contract(contract_id: UUID) -> ResponseReturnValue:
    """Take the recipient's signature: a statement by its key, or a scanned paper."""
    form, who = Form(), actor()
    text = form.text("statement", longest=_LONGEST_STATEMENT)
    signer = form.text("signer")
    sent = request.files.get("paper")
    content = b"" if sent is None else sent.stream.read(papers.LARGEST + 1)
    if not text and not content:
        form.fail("statement", _("Paste the statement, or choose the scan."))
    if form.is_good:
        try:
            if text:
                bank().unit_of_work(
                    lambda work: contract_signing.accept_statement(
                        work, contract_id, text, actor=who
                    )
                )
            else:
                paper = papers.read(content)
                bank().unit_of_work(
                    lambda work: contract_signing.accept_paper(
                        work, contract_id, signer, paper, actor=who
                    )
                )
        except Invalid as error:
            area = error.code.partition(".")[0]
            fields = {"statement": "statement", "papers": "paper", "contract": "signer"}
            form.fail(fields[area], public_words(error))
        else:
            return contract_done(
                contract_id, _("Both have signed. The contract is in force.")
            )
    return _sign_page(contract_id, form), 422


@blueprint.get("/contracts/<uuid:contract_id>/end")
@fresh
def ask_end_contract(contract_id: UUID) -> ResponseReturnValue:
    """Ask before a contract ends."""
    with bank().read() as snap:
        found = contracts.get(snap, contract_id)
        if found.state is ContractState.ENDED:
            raise Conflict("contract.not-possible-now", "It has ended.")
        recipient = recipients.get(snap, found.recipient_id)
    return render_template(
        "operator/contract_end.html", found=found, recipient=recipient
    )


@blueprint.post("/contracts/<uuid:contract_id>/end")
@fresh
def end_contract(contract_id: UUID) -> ResponseReturnValue:
    """End a contract; nothing is given under it from now on."""
    who = actor()
    bank().unit_of_work(lambda work: contracts.end(work, contract_id, actor=who))
    return contract_done(contract_id, _("The contract has ended."))


def _sign_page(contract_id: UUID, form: Form) -> str:
    with bank().read() as snap:
        waiting = contract_signing.pending(snap, contract_id)
        if waiting is None:
            raise Conflict("contract.not-possible-now", "Nothing waits.")
        text = contract_signing.text_to_sign(snap, contract_id)
        found = recipients.get(snap, waiting.recipient_id)
    return render_template(
        "operator/contract_sign.html",
        found=found,
        waiting=waiting,
        form=form,
        payload=text.decode(),
        typ=contract_signing.TYP,
    )
