"""What staff and auditors see: nothing about a person, or with an entry of that person.

Every address behind a guard of staff stands in one of the two tables; one that stands
in neither fails. All are asked for, with a person in the bank whose marks are known.
"""

import gzip
import io
import json
import re
import zipfile
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import pytest
from flask import url_for

from audit import store
from audit.entry import Entry
from audit.leaf import EventType, parse_leaf
from consent.oauth import clients
from pds.accounts.roles import Role
from pds.core.vocabulary.dataset_rules import DataSetKind
from pds.datasets import register
from pds.datasets.orders import Order
from pds.rights import history
from pds.rights.desk import asking
from pds.rights.desk.asking import Agent, Wish
from pds.rights.desk.kinds import Authority, RequestChannel, RequestKind
from tests.web.conftest import RECIPIENT, sign_up
from tests.web.portal import token_in
from tests.web.test_web_staff import jwks

STAFF = {
    "requires_operator": "operator",
    "requires_board": "board",
    "requires_auditor": "auditor",
    "requires_approver": "board",
    "requires_recipient": "recipient",
}
"""Guards of staff, and one role that each of them lets in."""

SAMPLE = {"seed": "x", "kind": "disclosures", "count": "5"}
A_RECIPIENT = {"recipient_id": RECIPIENT}
A_CLIENT = A_RECIPIENT | {"client_id": "genki-app"}
A_SUBJECT = {"kind": "recipient", "subject_id": RECIPIENT}


@dataclass(frozen=True)
class Asked:
    """How an address is asked for: what stands in it, and what a form sends."""

    values: dict[str, str] = field(default_factory=dict)
    form: dict[str, str] = field(default_factory=dict)
    status: int = 200


REQUEST = "«request»"
"""Stands for the id of a request to unmask that is approved."""

RIGHT = "«right»"
"""Stands for the id of a request to the rights desk that an agent made."""

DATA_SET = "«data set»"
"""Stands for the id of a data set that was ordered."""

A_SET = {"data_set_id": DATA_SET}
_NOBODYS = "00000000-0000-7000-8000-0000000000ff"
NO_CONTRACT = {"contract_id": UUID(int=3)}
NO_OFFER = {"offer_id": _NOBODYS}
NO_PROCESSOR = {"processor_id": UUID(int=3)}
NO_LINK = {"link_id": _NOBODYS}
NO_JUDGEMENT = {"judgement_id": _NOBODYS}
NO_PROPOSAL = {"proposal_id": _NOBODYS}
NO_CONDITION = {"decision_id": _NOBODYS, "no": "1"}
NO_INCIDENT = {"incident_id": _NOBODYS}
NO_LIST = NO_INCIDENT | {"list_id": _NOBODYS}
NO_REPORT = {"report_id": _NOBODYS}
"""Papers of agents and of deaths, and judgements, have tests of their own, with entries
of the person (`test_web_agents.py`, `test_web_deaths.py`,
`test_web_auditor_judgements.py`); here they are asked for by a wrong id."""

SHOWS_A_PERSON = {
    "POST desk_agents.find": Asked(form={"login": "hanako"}),
    "POST desk.fetch_paper": Asked({"request_id": RIGHT, "no": "3"}),
    "POST desk.read": Asked({"request_id": RIGHT}),
    "POST rights_ledger.take": Asked(),
    "POST samples.draw": Asked(form=SAMPLE),
    "POST unmasking.use": Asked({"request_id": REQUEST}),
    "POST events.take": Asked(),
}
"""Addresses whose every use is an entry of each person that they show."""

SHOWS_NOBODY = {
    "GET approvals.browse": Asked(),
    "GET emergencies.browse": Asked(),
    "POST emergencies.review": Asked({"access_id": _NOBODYS}, status=422),
    "POST approvals.approve": Asked({"request_id": REQUEST}, status=409),
    "POST approvals.refuse": Asked({"request_id": REQUEST}, status=409),
    "GET auditor.browse": Asked(),
    "GET auditor.entry": Asked({"index": "5"}),
    "GET auditor.export": Asked(),
    "GET auditor.overview": Asked(),
    "GET auditor.verifier": Asked(),
    "POST auditor.verify": Asked(),
    "GET board.ask_stop": Asked(A_SUBJECT),
    "GET board.browse": Asked(),
    "POST board.confirm_condition": Asked(NO_CONDITION, status=404),
    "POST board.declare_conflict": Asked(status=422),
    "POST board.enter_rule": Asked(status=422),
    "GET board.members": Asked(),
    "POST board.nominate": Asked(status=422),
    "POST board.propose": Asked(A_SUBJECT, status=422),
    "POST board.resign": Asked({"member_id": _NOBODYS}, status=403),
    "GET board.rule": Asked(),
    "POST board.ask_bank": Asked(status=422),
    "GET board.report": Asked(),
    "GET promises.browse": Asked(),
    "GET operator.facts": Asked(),
    "POST operator.enter_facts": Asked(status=303),
    "GET recipient.overview": Asked(),
    "GET recipient.consents": Asked(),
    "GET recipient.deliveries": Asked(),
    "POST recipient.send_again": Asked({"outbox_id": _NOBODYS}, status=404),
    "GET recipient.browse_duties": Asked(),
    "GET recipient.ask_duty": Asked({"duty_id": _NOBODYS}, status=404),
    "POST recipient.answer_duty": Asked(
        {"duty_id": _NOBODYS}, {"is_true": "yes"}, status=404
    ),
    "GET recipient.browse_benefits": Asked(),
    "POST recipient.deliver": Asked({"benefit_id": _NOBODYS}, status=404),
    "POST operator.answer_board": Asked(
        {"request_id": _NOBODYS}, {"answer": "x"}, status=404
    ),
    "POST board.take_back": Asked(NO_PROPOSAL, status=404),
    "POST board.vote": Asked(NO_PROPOSAL, {"vote": "yes"}, status=404),
    "POST operator.answer_condition": Asked(NO_CONDITION, {"answer": "x"}, status=404),
    "GET operator.board": Asked(),
    "POST operator.constitute_board": Asked(status=409),
    "POST operator.approve_board": Asked({"constitution_id": _NOBODYS}, status=409),
    "POST operator.nominate": Asked(status=422),
    "GET board.in_force": Asked(),
    "GET board.show": Asked(A_SUBJECT),
    "POST board.stop": Asked(A_SUBJECT, status=303),
    "GET bundles.ask": Asked(),
    "POST census.take": Asked(),
    "POST bundles.make": Asked(),
    "GET consent_receipts.ask": Asked(),
    "POST consent_receipts.check": Asked(status=422),
    "POST desk_agents.approve": Asked(NO_LINK, status=409),
    "GET desk_agents.browse": Asked(),
    "POST desk_agents.end": Asked(NO_LINK, status=404),
    "POST desk_agents.enter": Asked(status=422),
    "GET desk_agents.new": Asked(),
    "POST desk_agents.proof": Asked(NO_LINK, status=409),
    "POST desk_agents.refuse": Asked(NO_LINK, status=409),
    "POST desk_deaths.approve": Asked(NO_REPORT, status=404),
    "POST desk_deaths.ask": Asked(NO_REPORT | {"what": "erase"}, status=404),
    "GET desk_deaths.browse": Asked(),
    "POST desk_deaths.decide": Asked(NO_REPORT | {"step": "lift"}, status=404),
    "POST desk_deaths.enter": Asked(status=422),
    "GET desk_deaths.new": Asked(),
    "POST desk_deaths.paper": Asked(NO_REPORT, status=404),
    "POST desk_deaths.wish": Asked(NO_REPORT, status=404),
    "GET operator.data_sets": Asked(),
    "GET incidents.browse": Asked(),
    "GET incidents.new": Asked(),
    "POST incidents.enter": Asked(status=422),
    "POST incidents.report": Asked(NO_INCIDENT, status=303),
    "GET incidents.show": Asked(NO_INCIDENT, status=404),
    "GET incidents.ask_facts": Asked(NO_INCIDENT, status=404),
    "GET incidents.ask_contents": Asked(NO_INCIDENT, status=404),
    "GET incidents.ask_persons": Asked(NO_INCIDENT, status=404),
    "GET incidents.ask_notice": Asked(NO_INCIDENT, status=404),
    "POST incidents.assess": Asked(NO_INCIDENT, status=404),
    "POST incidents.write": Asked(NO_INCIDENT, status=404),
    "POST incidents.look_for": Asked(NO_INCIDENT, status=404),
    "POST incidents.draft": Asked(NO_INCIDENT, status=404),
    "POST incidents.publish": Asked(NO_INCIDENT, status=404),
    "GET incidents.take": Asked(NO_INCIDENT | {"form": "txt"}, status=404),
    "POST incidents.take_step": Asked(NO_INCIDENT | {"step": "close"}, status=404),
    "GET incidents.show_delivery": Asked(NO_LIST, status=404),
    "POST incidents.tell": Asked(NO_LIST, status=404),
    "GET auditor_incidents.browse": Asked(),
    "GET auditor_incidents.show": Asked(NO_INCIDENT, status=404),
    "GET auditor_incidents.take": Asked(NO_INCIDENT | {"form": "txt"}, status=404),
    "GET board_incidents.browse": Asked(),
    "GET board_incidents.show": Asked(NO_INCIDENT, status=404),
    "GET board_incidents.take": Asked(NO_INCIDENT | {"form": "txt"}, status=404),
    "GET operator.new_data_set": Asked(),
    "POST operator.order_data_set": Asked(status=422),
    "GET events.ask": Asked(),
    "POST operator.add_certificate": Asked(A_RECIPIENT, status=422),
    "GET operator.ask_class": Asked(A_RECIPIENT),
    "GET operator.ask_standing": Asked(A_RECIPIENT | {"step": "suspend"}),
    "GET operator.browse": Asked(),
    "GET operator.ask_check": Asked(A_RECIPIENT | {"criterion": "security"}),
    "GET operator.ask_mode": Asked(A_RECIPIENT),
    "GET criteria.as_csv": Asked(),
    "GET criteria.as_json": Asked(),
    "GET criteria.browse": Asked(),
    "GET criteria.show": Asked({"criterion_id": "C-04"}),
    "POST criteria.document": Asked({"document_id": _NOBODYS}, status=404),
    "GET operator.ask_document": Asked({"criterion_id": "S-01"}),
    "GET operator.documents_due": Asked(),
    "POST operator.keep_document": Asked({"criterion_id": "S-01"}, status=422),
    "POST operator.open_document": Asked({"document_id": _NOBODYS}, status=404),
    "GET operator.ask_country": Asked(A_RECIPIENT),
    "POST operator.record_country": Asked(A_RECIPIENT, status=422),
    "POST operator.end_country": Asked(A_RECIPIENT, status=404),
    "GET operator.criteria": Asked(A_RECIPIENT),
    "POST operator.paper": Asked(A_RECIPIENT | {"paper_id": UUID(int=1)}, status=404),
    "POST operator.record_check": Asked(
        A_RECIPIENT | {"criterion": "security"}, status=422
    ),
    "POST operator.set_mode": Asked(A_RECIPIENT, status=422),
    "GET operator.certificate": Asked(A_RECIPIENT),
    "POST operator.change_class": Asked(A_RECIPIENT, status=422),
    "POST operator.change_standing": Asked(
        A_RECIPIENT | {"step": "suspend"}, form={"reason": "incident"}, status=303
    ),
    "POST operator.announce_data_set": Asked(A_SET, status=409),
    "GET operator.data_set": Asked(A_SET),
    "POST operator.delete_data_set": Asked(A_SET, status=409),
    "POST operator.take_data_set": Asked(A_SET, status=409),
    "POST operator.take_down_data_set": Asked(A_SET, status=404),
    "GET operator.contract": Asked(A_RECIPIENT),
    "GET operator.ask_revise_offer": Asked(NO_OFFER, status=404),
    "POST operator.draft_offer": Asked(
        A_RECIPIENT, {"purpose": "health.advice"}, status=422
    ),
    "POST operator.estimate_audience": Asked(NO_OFFER, status=404),
    "POST operator.move_offer": Asked(NO_OFFER | {"step": "end"}, status=404),
    "GET operator.new_offer": Asked(A_RECIPIENT),
    "POST operator.revise_offer": Asked(NO_OFFER, status=404),
    "GET operator.show_offer": Asked(NO_OFFER, status=404),
    "GET operator.callback": Asked(A_CLIENT),
    "POST operator.set_callback": Asked(
        A_CLIENT, form={"callback_url": "x"}, status=422
    ),
    "GET operator.undelivered": Asked(),
    "POST operator.deliver_again": Asked({"outbox_id": _NOBODYS}, status=404),
    "GET operator.keys": Asked(A_CLIENT),
    "POST operator.draft_mandate": Asked(status=422),
    "POST operator.drop_mandate": Asked({"version": 1}, status=404),
    "GET operator.mandate_version": Asked({"version": 1}, status=404),
    "GET operator.mandate_versions": Asked(),
    "GET operator.new_mandate": Asked(),
    "POST operator.publish_mandate": Asked({"version": 1}, status=404),
    "GET operator.new": Asked(),
    "GET operator.new_client": Asked(A_RECIPIENT),
    "POST desk.answer": Asked({"request_id": RIGHT}, status=422),
    "POST desk.carry_out": Asked({"request_id": RIGHT}, status=422),
    "POST desk.forward": Asked({"request_id": RIGHT}, status=422),
    "GET desk.new": Asked(),
    "POST desk.note_source_answer": Asked({"request_id": RIGHT}, status=422),
    "GET desk.show": Asked({"request_id": RIGHT}),
    "GET desk.browse": Asked(),
    "POST desk.step": Asked({"request_id": RIGHT, "name": "take"}, status=409),
    "POST desk.write": Asked(status=422),
    "POST rejudging.again": Asked(NO_JUDGEMENT, status=404),
    "GET rejudging.browse": Asked(),
    "POST rejudging.count": Asked(status=422),
    "GET rejudging.show": Asked(NO_JUDGEMENT, status=404),
    "GET rights_ledger.browse": Asked(),
    "POST operator.register": Asked(status=422),
    "POST operator.register_client": Asked(A_RECIPIENT, status=422),
    "POST operator.replace_keys": Asked(A_CLIENT, status=422),
    "GET operator.show": Asked(A_RECIPIENT),
    "POST operator.amend_contract": Asked(NO_CONTRACT, status=404),
    "GET operator.ask_amend": Asked(NO_CONTRACT, status=404),
    "GET operator.ask_sign": Asked(NO_CONTRACT, status=404),
    "GET operator.browse_processors": Asked(),
    "GET operator.new_processor": Asked(),
    "POST operator.enter_processor": Asked(status=422),
    "GET operator.show_processor": Asked(NO_PROCESSOR, status=404),
    "POST operator.check_processor": Asked(NO_PROCESSOR, status=404),
    "GET operator.ask_processor_certificate": Asked(NO_PROCESSOR, status=404),
    "POST operator.add_processor_certificate": Asked(NO_PROCESSOR, status=404),
    "GET operator.ask_end_processor": Asked(NO_PROCESSOR, status=404),
    "POST operator.end_processor": Asked(NO_PROCESSOR, status=404),
    "GET operator.ask_end_contract": Asked(NO_CONTRACT, status=404),
    "GET operator.ask_attestation": Asked(A_RECIPIENT, status=409),
    "POST operator.take_attestation": Asked(A_RECIPIENT, status=409),
    "GET operator.contract_file": Asked(NO_CONTRACT, status=404),
    "POST operator.draft_contract": Asked(A_RECIPIENT, status=422),
    "POST operator.end_contract": Asked(NO_CONTRACT, status=404),
    "POST operator.offer_contract": Asked(NO_CONTRACT, status=404),
    "GET operator.show_contract": Asked(NO_CONTRACT, status=404),
    "POST operator.sign_contract": Asked(NO_CONTRACT, status=404),
    "GET samples.ask": Asked(),
    "GET sent.browse": Asked(),
    "GET tiles.entry_tile": Asked({"number": "000.p/5"}),
    "GET tiles.hash_tile": Asked({"level": "0", "number": "000.p/5"}),
    "POST unmasking.ask": Asked(form={"index": "0", "reason": "incident"}, status=409),
    "GET unmasking.browse": Asked(),
}
"""Addresses that show nothing of anybody."""


def of_staff(app):
    guards = app.extensions["guards"]
    for rule in app.url_map.iter_rules():
        guard = guards.get(rule.endpoint.rpartition(".")[0])
        if guard in STAFF:
            for method in rule.methods - {"HEAD", "OPTIONS"}:
                yield f"{method} {rule.endpoint}", STAFF[guard]


@pytest.fixture
def staff(bank, portal, operator, member, auditor):
    sign_up(bank, "coach", Role.RECIPIENT)
    return {
        "operator": operator,
        "board": member,
        "auditor": auditor,
        "recipient": portal("coach"),
    }


@pytest.fixture
def known(bank, clock, consent, hanako, records):
    """Hanako has records, a consent and a disclosure, all in a published tree."""
    entry = Entry(
        type=EventType.DISCLOSURE_RELEASED,
        subject=hanako,
        recipient=RECIPIENT,
        count=3,
        detail={"pairwise_sub": "what-the-recipient-knows"},
    )
    bank.unit_of_work(lambda work: work.log.record(entry))
    bank.unit_of_work(
        lambda work: clients.register(
            work,
            client_id="genki-app",
            recipient_id=RECIPIENT,
            jwks=json.loads(jwks()),
            redirect_uris=["https://genki.example/back"],
            purposes=["health.advice"],
            categories=["health.vital"],
        )
    )
    clock.advance(timedelta(seconds=5))

    def publish(work):
        size = store.size(work.connection)
        root = store.root_at(work.connection, size)
        store.publish(work.connection, size, bank.signer.sign(size, root), work.now)

    bank.unit_of_work(publish)
    name = bank.pseudonyms.of(hanako)
    return Marks(
        hanako, (str(hanako), hanako.hex, "hanako", "what-the-recipient-knows", name)
    )


@dataclass(frozen=True)
class Marks:
    owner: object
    texts: tuple[str, ...]

    def seen_in(self, response) -> list[str]:
        found = b"".join(contents(response.data)).lower()
        return [each for each in self.texts if each.lower().encode() in found]


def contents(data):
    """Yield what was sent, and every file in it if it is an archive."""
    yield data
    if data.startswith(b"\x1f\x8b"):
        yield from contents(gzip.decompress(data))
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield from contents(archive.read(name))


def send(app, visitor, method, endpoint, values, **form):
    with app.test_request_context():
        address = url_for(endpoint, **values)
    headers = visitor.headers
    if method == "GET":
        with visitor.client.get(address, headers=headers) as sent:
            # Read whole, so that the file behind it is closed.
            sent.get_data()
            return sent
    token = token_in(visitor.client.get("/account", headers=headers).text)
    data = {"csrf_token": token, **form}
    response = visitor.client.post(address, data=data, headers=headers)
    # Read whole, so that the file behind it is closed.
    response.get_data()
    response.close()
    return response


def ask(app, visitor, named, asked, places):
    values = {name: places.get(value, value) for name, value in asked.values.items()}
    return send(app, visitor, *named.split(), values, **asked.form)


@pytest.fixture
def places(app, bank, staff, known):
    """Ids: a request about the disclosure, asked and approved; one of an agent."""
    with bank.read() as snap:
        stored = store.leaves(snap.connection, 0, store.size(snap.connection))
    (index,) = [
        each.index
        for each in stored
        if parse_leaf(each.leaf)["typ"] == EventType.DISCLOSURE_RELEASED
    ]
    auditor, operator = staff["auditor"], staff["operator"]
    send(app, auditor, "POST", "unmasking.ask", {}, index=index, reason="incident")
    waits = operator.get("/approvals")
    operator.post(waits.form_to("/approve"))
    form = auditor.get("/auditor/unmask").form_to("/use")
    found = re.fullmatch(r"/auditor/unmask/(.+)/use", form.action)
    agent = Agent(kind=Authority.STATUTORY, name="Jiro", proof=b"%PDF-hanako")
    wish = Wish(kind=RequestKind.CORRECTION, text="hanako asks")
    channel = RequestChannel.AGENT
    made = bank.unit_of_work(
        lambda work: asking.ask(
            work, known.owner, wish, days=14, agent=agent, channel=channel
        )
    )
    wanted = Order(
        kind=DataSetKind.ANONYMISED,
        purpose_ja="研究",
        purpose_en="Research",
        first_month="2026-10",
        last_month="2026-10",
        k=10,
    )
    ordered = bank.unit_of_work(
        lambda work: register.order(work, wanted, floor=10, actor="staff")
    )
    return {REQUEST: found[1], RIGHT: made.request_id, DATA_SET: ordered}


def looks(bank, owner):
    with bank.read() as snap:
        found = history.page(snap, bank.keys, owner, types=history.LOOKS, limit=50)
    return len(found.happenings)


def test_every_address_of_staff_says_what_it_shows(app):
    assert SHOWS_A_PERSON.keys().isdisjoint(SHOWS_NOBODY)
    assert {named for named, _role in of_staff(app)} == {
        *SHOWS_A_PERSON,
        *SHOWS_NOBODY,
    }


def test_what_shows_nobody_shows_nobody(app, bank, staff, known, places):
    roles = dict(of_staff(app))
    before = looks(bank, known.owner)

    for named, asked in SHOWS_NOBODY.items():
        visitor = staff[roles[named]]
        response = ask(app, visitor, named, asked, places)
        assert response.status_code == asked.status, (named, response.text)
        assert known.seen_in(response) == [], named

    assert looks(bank, known.owner) == before


@pytest.mark.parametrize("named", SHOWS_A_PERSON)
def test_what_shows_a_person_is_an_entry_of_that_person(
    app, bank, staff, known, places, named
):
    before = looks(bank, known.owner)

    visitor = staff[dict(of_staff(app))[named]]
    response = ask(app, visitor, named, SHOWS_A_PERSON[named], places)

    assert response.status_code == SHOWS_A_PERSON[named].status
    assert known.seen_in(response) != []
    assert looks(bank, known.owner) > before
