"""The fixed vectors of docs/formats/accounts.md section 5, and rows that follow."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from pds.accounts.agents import statutory
from pds.accounts.agents.links import AgentKind
from pds.accounts.agents.tables import agent_link
from pds.accounts.papers import Paper
from pds.core.ids import AccountId
from pds.crypto.datakey import DataKey
from pds.crypto.envelope import Sealer, place_tail
from pds.keys.classes import KeyClass
from pds.rights.death import acts, wishes
from pds.rights.death.tables import death_report, last_wish
from pds.rights.death.wishes import LastWish
from tests.disclosure.members import member

VECTOR = Path(__file__).parents[1] / "vectors" / "accounts" / "papers.json"
READ = json.loads(VECTOR.read_text(encoding="utf-8"))
CASES = {each["what"]: each for each in READ["sealed"]}
PAPER = Paper("application/pdf", b"%PDF-1.7\n")


@pytest.mark.parametrize("name", CASES)
def test_vectors_open_and_are_written_byte_for_byte(name):
    case, key = CASES[name], DataKey(bytes.fromhex(READ["key"]))
    sealer = Sealer(key, bytes.fromhex(READ["owner"]), READ["generation"])
    place = bytes.fromhex(case["object"]), case["version"], case["label"].encode()
    text, envelope = bytes.fromhex(case["text"]), bytes.fromhex(case["envelope"])
    nonce = bytes.fromhex(READ["nonce"])
    assert sealer.seal(place_tail(*place), text, nonce=nonce) == envelope
    assert sealer.open(place_tail(*place), envelope) == text


def opened(world, owner, object_id, what, row):
    """Open what a row keeps in the way that is written down."""
    case = CASES[what]
    with world.bank.read() as snap:
        key = world.bank.keys.open(
            snap.connection, owner, KeyClass(READ["key_class"]), row.generation
        )
    return world.bank.keys.unseal(
        key, bytes(row.sealed), object_id, case["version"], case["label"].encode()
    )


def kept(world, owner, table, sealed, generation):
    columns = sealed.label("sealed"), generation.label("generation")
    with world.bank.read() as snap:
        mine = select(*columns).where(table.c.owner_id == owner)
        return snap.connection.execute(mine).one()


def test_a_last_wish_is_kept_as_written_down(world):
    owner, _login = member(world, records=0)
    columns = last_wish, last_wish.c.heir, last_wish.c.generation
    for wish, heir, what in (
        (LastWish.HAND_OVER, "梅田 健", "heir of a last wish"),
        (LastWish.ERASE, "", "no heir"),
    ):
        world.do(lambda work, w=wish, h=heir: wishes.say(work, owner, w, h))
        found = opened(world, owner, owner, what, kept(world, owner, *columns))
        assert found == bytes.fromhex(CASES[what]["text"])


def test_a_paper_of_a_death_is_kept_as_written_down(world):
    owner, _login = member(world, records=0)
    by, c = AccountId(world.bank.ids.new()), death_report.c
    report_id = world.do(lambda work: acts.report(work, owner, PAPER, by=by))
    row = kept(world, owner, death_report, c.proof, c.proof_generation)
    what = "paper of a report of a death"
    assert opened(world, owner, report_id, what, row) == PAPER.content


def test_a_paper_of_an_agent_is_kept_as_written_down(world):
    owner, _login = member(world, records=0)
    agent, _login = member(world, records=0)
    by, c = AccountId(world.bank.ids.new()), agent_link.c
    until = world.clock.now() + statutory.LONGEST / 2
    link_id = world.do(
        lambda work: statutory.enter(
            work,
            owner,
            AccountId(agent),
            AgentKind.ADULT_GUARDIAN,
            PAPER,
            until=until,
            by=by,
        )
    )
    row = kept(world, owner, agent_link, c.proof, c.proof_generation)
    what = "paper of a statutory agent"
    assert opened(world, owner, link_id, what, row) == PAPER.content
