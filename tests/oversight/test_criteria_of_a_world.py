"""Live evidence on a bank that works: what goes wrong there turns the matrix red."""

from datetime import timedelta

import pytest
from sqlalchemy import insert

from consent import board, offers, recipients
from consent.facts import BoardSubjectKind
from pds.bank.backup.tables import backup_drill
from pds.bank.evidence import functions
from pds.core.vocabulary import dataset_rules
from pds.datasets.tables import data_set
from pds.oversight.criteria import matrix
from pds.oversight.criteria.finding import Status
from tests.demo.worlds import establish

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request, prepared, tmp_path):
    with prepared.copy(establish, request.param, tmp_path) as (url, _credentials):
        yield url


@pytest.fixture
def world(bank):
    return bank


def look(bank, name):
    with bank.read() as snap:
        found = functions.ALL[name](snap)
    return found.status, {each.name: each.value for each in found.figures}


def put(bank, table, **values):
    bank.unit_of_work(
        lambda work: work.connection.execute(insert(table).values(**values)) and None
    )


def test_one_late_recipient_is_all_that_is_red(world):
    """The demo world has a recipient that owes its yearly attestation."""
    with world.read() as snap:
        lines = matrix.lines(snap, functions.ALL)
    assert [each.criterion.id for each in lines if each.status is Status.RED] == [
        "R-08",
        "R-09",
    ]
    met = {each.criterion.id for each in lines if each.status is Status.MET}
    assert {"G-04", "G-05", "R-01", "R-02", "R-10", "N-08", "E-01", "S-01"} <= met


@ON_SQLITE
def test_a_stop_of_the_board_leaves_live_things_without_a_decision(world):
    assert look(world, "board.undecided")[0] is Status.MET
    lacking = look(world, "recipients.in-order")[1]["recipients-lacking"]
    with world.read() as snap:
        stopped = recipients.every(snap)[0].recipient_id
    world.unit_of_work(
        lambda work: (
            board.stop(work, BoardSubjectKind.RECIPIENT, stopped, actor="b") and None
        )
    )
    status, figures = look(world, "board.undecided")
    assert status is Status.RED
    assert figures["live-without-decision"] == 1
    status, figures = look(world, "recipients.in-order")
    assert status is Status.OPEN
    assert figures["recipients-lacking"] == lacking + 1


@ON_SQLITE
def test_a_recipient_that_is_late_with_its_attestation_is_seen(world, clock):
    status, figures = look(world, "recipients.attested")
    assert (status, figures["attestations-overdue"]) == (Status.RED, 1)
    clock.advance(timedelta(days=370))
    status, figures = look(world, "recipients.attested")
    assert status is Status.RED
    assert figures["attestations-overdue"] == figures["approved-recipients"]


@ON_SQLITE
def test_an_offer_that_ends_is_no_evidence_any_more(world):
    status, figures = look(world, "offers.benefit")
    assert (status, figures["live-offers"]) == (Status.MET, 4)
    with world.read() as snap:
        live = offers.every(snap)
    for each in live:
        world.unit_of_work(
            lambda work, each=each: offers.end(work, each.offer_id, actor="o")
        )
    assert look(world, "offers.benefit")[0] is Status.OPEN


@ON_SQLITE
def test_a_drill_counts_for_a_quarter(world, clock):
    assert look(world, "operation.drills")[0] is Status.OPEN
    drill = {"size": 5, "missing": 0, "seconds": 1, "sha256": b"x" * 32}
    put(world, backup_drill, at=clock.now(), is_good=True, **drill)
    assert look(world, "operation.drills")[0] is Status.MET
    clock.advance(timedelta(days=93))
    assert look(world, "operation.drills")[0] is Status.OPEN
    put(world, backup_drill, at=clock.now(), is_good=False, **drill)
    assert look(world, "operation.drills")[0] is Status.RED


@ON_SQLITE
def test_a_set_with_groups_too_small_is_red(world, clock):
    assert look(world, "operation.data-sets")[0] is Status.MET
    put(
        world,
        data_set,
        data_set_id=world.ids.new(),
        kind="anonymised",
        state="ready",
        purpose_ja="x",
        purpose_en="x",
        first_month="2026-01",
        last_month="2026-02",
        k=dataset_rules.CURRENT.least_k - 1,
        rules=1,
        rows=0,
        chunks=0,
        size=0,
        digest=b"x" * 32,
        attempt=1,
        ordered_at=clock.now(),
        made_at=clock.now(),
        due_at=clock.now() + timedelta(days=9),
    )
    status, figures = look(world, "operation.data-sets")
    assert status is Status.RED
    assert figures["data-sets-waiting-for-board"] == 1
