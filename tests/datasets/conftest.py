"""The world of disclosures, and a bank of persons of one age with weights."""

import itertools
from datetime import date, timedelta

import pytest
from sqlalchemy import insert, select

from consent import board
from consent.facts import BoardSubjectKind
from pds.accounts import service as accounts
from pds.accounts.logins import PEPPER
from pds.accounts.roles import Role
from pds.accounts.service import SignUp
from pds.bank.bank import open_bank
from pds.bank.data_sets import make_data_sets
from pds.core.clock import day_number
from pds.core.ids import OwnerId
from pds.core.vocabulary.dataset_rules import DataSetKind
from pds.datasets import choices, chunks, register
from pds.datasets.orders import Order
from pds.vault.records import RecordDraft
from pds.vault.tables import vault_record
from tests.consent.world import decision
from tests.disclosure.fixtures import lone, world
from tests.disclosure.world import SOURCE, WEIGHT, World
from tests.fakes import FrozenClock
from tests.prepared import settings_in

__all__ = ["lone", "world"]

CANARY = "カナリア"
_SERIAL = itertools.count(1)


SPOILED = {"a row that was moved": {}, "a key that never was": {"generation": 77}}
"""What a copy of a row gets beside an id of its own, so that it does not open."""


def _copy(work, record_id, changes):
    mine = select(vault_record).where(vault_record.c.record_id == record_id)
    row = dict(work.connection.execute(mine).one()._mapping)
    new = {"record_id": work.ids.new(), "dedupe_key": bytes(32)}
    work.connection.execute(insert(vault_record).values(row | new | changes))


class Office:
    """Orders, decides on and makes sets in a world of its own."""

    def __init__(self, world):
        self.world, self.bank, self.do = world, world.bank, world.do

    def person(self, kilograms, *, agrees=True, born=date(1970, 1, 1)):
        """Make a person with an account and one weight in October 2026."""
        wish = SignUp(
            login=f"member{next(_SERIAL)}",
            password_hash="no hash",
            name=CANARY,
            birth_date=born,
            role=Role.PERSON,
        )
        pepper = self.bank.secret(PEPPER)
        owner = OwnerId(self.do(lambda work: accounts.sign_up(work, pepper, wish)))
        self.deposit(owner, kilograms)
        if agrees:
            self.do(lambda work: choices.allow(work, owner))
        return owner

    def deposit(
        self, owner, value, *, day=date(2026, 10, 5), category=WEIGHT, spoiled=None
    ):
        """Store one record; a spoiled one cannot be read again."""
        header = {"concept": "body_weight", "unit": "kg", "value": value}
        header |= {"text": CANARY}
        if spoiled == "a strange header":
            header |= {"components": ["none"]}
        draft = RecordDraft(
            category=category,
            first_day=day_number(day),
            last_day=day_number(day),
            order_in_day=0,
            payload_schema="fhir-r4/Observation",
            sensitivity="health-general",
            source_id=SOURCE,
            dedupe=str(day).encode(),
            header=header,
            payload=f'{{"note":"{CANARY}"}}'.encode(),
        )

        def act(work):
            import_id, vault = work.ids.new(), self.bank.vault
            vault.begin_import(
                work, owner, import_id, source_id=SOURCE, media_type="text/x"
            )
            (added,) = vault.add(work, owner, import_id, [draft])
            if spoiled in SPOILED:
                _copy(work, added.record_id, SPOILED[spoiled])

        self.do(act)

    def order(self, kind, *, k=5, floor=5, **changes):
        wish = {
            "kind": kind,
            "purpose_ja": "研究のため",
            "purpose_en": "For research",
            "first_month": "2026-09",
            "last_month": "2026-10",
            "k": k,
        }
        order = Order(**wish | changes)
        return self.do(
            lambda work: register.order(work, order, floor=floor, actor="staff")
        )

    def approve(self, data_set_id):
        until = self.world.clock.now() + timedelta(days=300)
        made = decision(BoardSubjectKind.DATA_SET, str(data_set_id), valid_until=until)
        self.do(lambda work: board.decide(work, made, actor="board"))

    def stop(self, data_set_id):
        kind = BoardSubjectKind.DATA_SET
        self.do(lambda work: board.stop(work, kind, str(data_set_id), actor="board"))

    def made(self, kind=DataSetKind.ANONYMISED, **changes):
        data_set_id = self.order(kind, **changes)
        self.approve(data_set_id)
        assert make_data_sets(self.bank) == 1
        return data_set_id

    def get(self, data_set_id):
        with self.bank.read() as snap:
            return register.get(snap, data_set_id)

    def file(self, data_set_id):
        with self.bank.read() as snap:
            found = register.ready(snap, data_set_id)
            return b"".join(chunks.content(snap, self.bank.keys, found))


def _filled(bank, _folder):
    made = Office(World(bank, bank.clock))
    return tuple(made.person(text) for text in ["60"] * 6 + ["65"] * 6)


@pytest.fixture(params=["sqlite", "postgres"])
def office(request, prepared, tmp_path):
    """Twelve persons who agree: six of 60 kg, six of 65 kg."""
    with prepared.copy(_filled, request.param, tmp_path) as (url, owners):
        clock = FrozenClock()
        bank = open_bank(settings_in(tmp_path, url), clock)
        made = Office(World(bank, clock))
        made.owners = list(owners)
        yield made
        bank.close()
