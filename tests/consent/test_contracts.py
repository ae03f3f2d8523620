"""Contracts: text, versions, signatures; only what both signed counts (R-01)."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import delete

from audit.canonical import parse_canonical
from consent import (
    contract_documents,
    contract_drafting,
    contract_signing,
    contract_text,
    contracts,
    preflight,
    recipients,
)
from consent.contract_documents import Party, SignatureForm
from consent.contract_signing import TYP
from consent.criteria import contract_clauses
from consent.facts import ContractState
from consent.oauth import clients
from consent.oauth.opaque import encode
from consent.reasons import Reason
from consent.tables import contract_document, contract_signature
from consent.vetting import papers
from pds.core.errors import Conflict, Invalid, NotFound, Unavailable
from pds.core.vocabulary.words import read_file
from pds.crypto.statement import StatementKey, open_statement
from tests import clearing
from tests.consent.world import (
    BANK_PARTY,
    CONTRACT,
    NOW,
    PROFILE,
    PROVISION,
    RECIPIENT,
)
from tests.oauth.jose import Signer

KEY = StatementKey(bytes(32))
MANDATORY = {
    name for name, each in contract_clauses.CURRENT.clauses.items() if each.is_mandatory
}
CLAUSES = read_file("contract_clauses.json", "consent.criteria")


@pytest.fixture
def written(work):
    recipients.register(work, PROFILE, actor="o")
    return contract_drafting.draft(
        work, RECIPIENT, CONTRACT, bank=BANK_PARTY, actor="o"
    )


@pytest.fixture(scope="module")
def signer():
    return Signer("EdDSA")


@pytest.fixture
def offered(work, written, signer):
    contract_signing.offer(work, written, KEY, actor="o")
    clients.register(
        work,
        client_id="app",
        recipient_id=RECIPIENT,
        jwks={"keys": [{**signer.jwk, "kid": "one"}]},
        redirect_uris=["https://recipient.example/callback"],
        purposes=["health.advice"],
        categories=["health"],
    )
    return written


def signed(signer, payload, **header):
    head = json.dumps({"alg": signer.alg, "typ": TYP, **header}).encode()
    message = f"{encode(head)}.{encode(payload)}"
    return f"{message}.{encode(signer.raw(message.encode()))}"


def reasons(work):
    return preflight.check(work, RECIPIENT, PROVISION).reasons


def state(work, contract_id):
    return contracts.get(work, contract_id).state


def test_nothing_counts_before_both_have_signed(work, written):
    assert Reason.CONTRACT_MISSING in reasons(work)
    contract_signing.offer(work, written, KEY, actor="o")
    assert Reason.CONTRACT_MISSING in reasons(work)
    scan = papers.read(clearing.PAPER)
    contract_signing.accept_paper(work, written, "光 太郎", scan, actor="o")
    assert not {each for each in reasons(work) if each.gate == "contract"}
    made = contract_documents.signatures(work, written, 1)
    assert made[Party.RECIPIENT].form is SignatureForm.PAPER
    assert papers.get(work, RECIPIENT, made[Party.RECIPIENT].paper_id).size


def test_the_bank_signs_the_hash_of_the_text(work, written):
    contract_signing.offer(work, written, KEY, actor="o")
    document = contract_documents.find(work, written, 1)
    made = contract_documents.signatures(work, written, 1)[Party.BANK]
    said = parse_canonical(open_statement(made.statement, TYP, KEY.public))
    assert said["sha256"] == contract_text.digest(document.body).hex()
    assert (said["contract_id"], said["version"]) == (str(written), 1)


def test_the_recipient_signs_with_a_key_of_its_client(work, offered, signer):
    payload = contract_signing.text_to_sign(work, offered)
    contract_signing.accept_statement(
        work, offered, f" {signed(signer, payload)}\n", actor="o"
    )
    assert state(work, offered) is ContractState.IN_FORCE
    with pytest.raises(NotFound):
        contract_signing.text_to_sign(work, offered)


def hostile(signer, payload):
    good = signed(signer, payload)
    head, body, signature = good.split(".")
    other = payload.replace(b'"version":1', b'"version":2')
    yield ""
    yield "a.b.c"
    yield good + ".d"
    yield f"{head}.{body}.{encode(bytes(64))}"
    yield signed(Signer("EdDSA"), payload)
    yield signed(signer, other)
    yield signed(signer, payload, typ="consent-receipt+jwt")
    yield signed(signer, payload, alg="none")
    yield signed(signer, payload, alg="ES256")
    yield signed(signer, payload, crit=["b64"], b64=False)
    yield f"{head}..{signature}"
    yield "x" * 20_001


def test_other_statements_change_nothing(work, offered, signer):
    payload = contract_signing.text_to_sign(work, offered)
    for text in hostile(signer, payload):
        with pytest.raises(Invalid) as caught:
            contract_signing.accept_statement(work, offered, text, actor="o")
        assert caught.value.code == "statement.unsound"
    assert state(work, offered) is ContractState.OFFERED


def test_keys_of_a_suspended_client_sign_nothing(work, offered, signer):
    clients.set_state(work, "app", clients.ClientState.SUSPENDED)
    text = signed(signer, contract_signing.text_to_sign(work, offered))
    with pytest.raises(Invalid):
        contract_signing.accept_statement(work, offered, text, actor="o")


def test_steps_are_taken_in_their_order(work, written):
    scan = papers.read(clearing.PAPER)
    with pytest.raises(Conflict):
        contract_signing.accept_paper(work, written, "x", scan, actor="o")
    contract_signing.offer(work, written, KEY, actor="o")
    with pytest.raises(Conflict):
        contract_signing.offer(work, written, KEY, actor="o")
    for name in (" ", "x" * 201):
        with pytest.raises(Invalid):
            contract_signing.accept_paper(work, written, name, scan, actor="o")


def test_the_old_version_holds_until_the_new_one_is_signed(work, contract_id):
    shorter = replace(CONTRACT, retention_days=30)
    for _ in range(2):
        contract_drafting.amend(work, contract_id, shorter, bank=BANK_PARTY, actor="o")
        assert contracts.get(work, contract_id).version == 1
        assert not reasons(work)
    states = [each.state for each in contracts.versions(work, contract_id)]
    assert states == [
        ContractState.DRAFT,
        ContractState.DROPPED,
        ContractState.IN_FORCE,
    ]
    clearing.sign(work, contract_id)
    assert contracts.get(work, contract_id).version == 3
    assert Reason.BOARD_OTHER_VERSION in reasons(work)


def test_ending_drops_what_waits(work, contract_id):
    contract_drafting.amend(work, contract_id, CONTRACT, bank=BANK_PARTY, actor="o")
    contracts.end(work, contract_id, actor="o")
    states = [each.state for each in contracts.versions(work, contract_id)]
    assert states == [ContractState.DROPPED, ContractState.ENDED]
    with pytest.raises(Conflict) as caught:
        contracts.end(work, contract_id, actor="o")
    assert caught.value.code == "contract.ended"


def test_a_draft_can_be_ended(work, written):
    contracts.end(work, written, actor="o")
    assert state(work, written) is ContractState.ENDED


def test_the_text_is_made_from_the_object_alone(work, written):
    document = contract_documents.find(work, written, 1)
    read = parse_canonical(document.body)
    paper = contract_text.ContractPaper(
        contract_id=written,
        version=1,
        bank=BANK_PARTY,
        recipient=PROFILE,
        terms=CONTRACT,
        clauses=tuple(read["clauses"]),
    )
    assert (
        contract_text.write(paper, template_version=read["template"]) == document.body
    )
    assert set(read["clauses"]) >= MANDATORY
    for language, name in (
        ("ja", "株式会社ひかりヘルス"),
        ("en", "Hikari Health Inc."),
    ):
        text = contract_text.plain(document.body, language)
        assert name in text
        assert "$" not in text
        assert "365" in text
    assert "gives the data to nobody else" in contract_text.plain(document.body, "en")
    lifted = replace(paper, terms=replace(CONTRACT, may_reprovide=True))
    assert "ethics board has approved" in contract_text.plain(
        contract_text.write(lifted), "en"
    )
    with pytest.raises(Unavailable):
        contract_text.write(paper, template_version=2)


def test_optional_clauses_are_chosen(work):
    assert set(contract_text.choose(["usage-reports"])) == MANDATORY | {"usage-reports"}
    for wish in (["luck"], ["damages"]):
        with pytest.raises(Invalid) as caught:
            contract_text.choose(wish)
        assert caught.value.code == "contract.clauses"


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"clauses": CLAUSES["clauses"] * 2},
        {"onward": {"banned": {}}},
        {
            "clauses": [
                CLAUSES["clauses"][0]
                | {"en": {"name": "x", "explanation": "$strange place"}}
            ]
        },
        {
            "clauses": [
                CLAUSES["clauses"][0] | {"en": {"name": "x", "explanation": "100 $"}}
            ]
        },
    ],
)
def test_clauses_of_another_form_are_refused(change):
    with pytest.raises(ValueError, match=r"[A-Z].*\."):
        contract_clauses.parse(json.loads(json.dumps(CLAUSES)) | change)


def test_a_version_from_before_texts_stays_in_force(work, contract_id):
    """As the migration leaves it: a row in force without text or signatures."""
    for table in (contract_document, contract_signature):
        work.connection.execute(delete(table))
    assert contract_documents.find(work, contract_id, 1) is None
    assert not reasons(work)
    assert contract_signing.pending(work, contract_id) is None
    assert contracts.get(work, contract_id).terms.valid_until > NOW
