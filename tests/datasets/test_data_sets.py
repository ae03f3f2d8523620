"""Data sets from the person's yes to deletion, on both databases."""

import json
from datetime import date, timedelta
from hashlib import sha256

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from audit.leaf import EventType
from consent.rar import parse as parse_rar
from consent.terms import ProvisionForm
from pds.accounts import service as accounts
from pds.accounts.roles import State
from pds.accounts.tables import account
from pds.bank import chores, data_sets, replacing
from pds.bank.data_sets import expire_data_sets, make_data_sets, take
from pds.bank.erasing import erase_account
from pds.core.database import metadata
from pds.core.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from pds.core.ids import AccountId, OwnerId
from pds.core.vocabulary import categories
from pds.core.vocabulary.dataset_rules import DataSetKind
from pds.crypto.errors import EnvelopeError, KeyProviderError
from pds.datasets import choices, reading, register, releasing
from pds.datasets.tables import DataSetFailure as Failure
from pds.datasets.tables import DataSetState, data_set, data_set_chunk
from pds.disclosure import anonymised
from pds.disclosure.tables import released_set, released_set_chunk
from pds.keys import shredding
from pds.keys.restoring import end_generations
from pds.keys.shredding import standing
from pds.rights import history
from tests.datasets.conftest import CANARY, Office

ANONYMISED, PSEUDONYMISED = DataSetKind.ANONYMISED, DataSetKind.PSEUDONYMISED
WEEK = timedelta(days=7)


def rows_of(content):
    head, *rows = map(json.loads, content.splitlines())
    assert head["rows"] == len(rows)
    return rows


def told(office, owner, kind):
    with office.bank.read() as snap:
        page = history.page(snap, office.bank.keys, owner, types=[kind], limit=50)
    return [" ".join(each.reasons) for each in page.happenings]


def acts(office):
    return [each["typ"] for each in office.world.leaves()]


def test_an_anonymised_set_holds_who_agreed_and_nobody_else(office):
    absent = [office.person("60", agrees=False) for _ in range(2)]
    gone = office.person("65")
    office.do(lambda work: choices.stop(work, gone))

    content = office.file(office.made())

    weights = [row["body_weight"] for row in rows_of(content)]
    assert sorted(weights) == ["60"] * 6 + ["65"] * 6
    for secret in (CANARY.encode(), *(str(o).encode() for o in office.owners)):
        assert secret not in content
    for owner in office.owners:
        assert told(office, owner, EventType.STAFF_VIEWED) == [reading.INCLUDED]
    for owner in (*absent, gone):
        assert told(office, owner, EventType.STAFF_VIEWED) == []


def test_a_pseudonymised_set_links_rows_by_a_number_of_its_own(office):
    once = rows_of(office.file(office.made(PSEUDONYMISED)))
    again = rows_of(office.file(office.made(PSEUDONYMISED)))
    assert len({row["person"] for row in once + again}) == 24


def test_a_choice_is_off_at_first_logged_and_counted_once(office):
    owner = office.person("60", agrees=False)
    with office.bank.read() as snap:
        assert choices.chosen_at(snap, owner) is None
    for act in (choices.allow, choices.allow, choices.stop, choices.stop):
        office.do(lambda work, act=act: act(work, owner))
    assert told(office, owner, EventType.POLICY_EVENT) == [
        choices.STOPPED,
        choices.ALLOWED,
    ]
    with office.bank.read() as snap:
        assert choices.chosen_at(snap, owner) is None


def test_a_withdrawal_while_the_set_is_made_counts(office, monkeypatch):
    """Asked for anew in the transaction that writes the entry."""
    (last,) = sorted(office.owners)[-1:]
    count = reading.categories_of

    def slowly(snap, vault, owner, making):
        found = count(snap, vault, owner, making)
        if owner == last:
            office.do(lambda work: choices.stop(work, owner))
        return found

    monkeypatch.setattr(reading, "categories_of", slowly)
    content = office.file(office.made())

    assert told(office, last, EventType.STAFF_VIEWED) == []
    assert len(rows_of(content)) == 11


def test_whoever_erased_the_account_is_in_no_set(office):
    gone = office.owners[0]
    erase_account(office.bank, gone)
    with office.bank.read() as snap:
        assert choices.chosen_at(snap, gone) is None
        assert gone not in choices.some(snap, None, 100)
    assert len(rows_of(office.file(office.made()))) == 11


def test_whoever_closed_the_account_is_not_read(office):
    gone = office.owners[0]
    office.do(lambda work: accounts.close(work, AccountId(gone)))
    assert len(rows_of(office.file(office.made()))) == 11
    assert told(office, gone, EventType.STAFF_VIEWED) == []


@pytest.mark.parametrize("state", [State.FROZEN, State.ERASED])
def test_only_accounts_in_use_are_read(office, state):
    gone = office.owners[0]
    office.do(
        lambda work: work.connection.execute(
            update(account).where(account.c.account_id == gone).values(state=state)
        )
    )
    assert len(rows_of(office.file(office.made()))) == 11


def test_a_person_whose_records_do_not_open_is_left_out(office, monkeypatch):
    read = reading.read

    def broken(snap, vault, owner, making):
        if owner == office.owners[0]:
            raise EnvelopeError
        return read(snap, vault, owner, making)

    monkeypatch.setattr(reading, "read", broken)
    made = office.made()
    assert len(rows_of(office.file(made))) == 11
    assert office.get(made).left_out_persons == 1


@pytest.mark.parametrize(
    "fault", ["a row that was moved", "a key that never was", "a strange header"]
)
def test_one_bad_record_is_left_out_alone_and_counted(office, fault):
    """Nobody can make a set impossible by one record that cannot be read."""
    owner = office.person("60")
    spare = office.person("60")
    office.deposit(owner, "60", day=date(2026, 10, 6), spoiled=fault)

    made = office.made(PSEUDONYMISED)

    content = rows_of(office.file(made))
    assert len(content) == 14
    assert {row["body_weight"] for row in content} == {"60", "65"}
    found = office.get(made)
    assert (found.left_out_records, found.left_out_persons) == (1, 0)
    assert told(office, spare, EventType.STAFF_VIEWED) == [reading.INCLUDED]


def test_a_record_whose_key_is_destroyed_is_left_out_alone(office):
    owner = office.person("60")
    office.deposit(owner, "8", day=date(2026, 10, 6), category="health.sleep")
    office.do(
        lambda work: shredding.shred(
            work.connection,
            office.bank.keys,
            owner,
            lambda key: key.key_class == categories.get("health.sleep").key_class,
        )
    )
    made = office.made()
    assert len(rows_of(office.file(made))) == 13
    assert office.get(made).left_out_records == 1


def test_nothing_is_made_before_the_board_has_approved_it(office):
    data_set_id = office.order(ANONYMISED)
    assert make_data_sets(office.bank) == 0
    assert office.get(data_set_id).state is DataSetState.ORDERED
    assert EventType.STAFF_VIEWED not in acts(office)

    office.approve(data_set_id)
    office.stop(data_set_id)
    assert make_data_sets(office.bank) == 0
    office.approve(data_set_id)
    assert make_data_sets(office.bank) == 1


def test_groups_below_the_wish_make_no_set(office):
    data_set_id = office.order(ANONYMISED, k=7)
    office.approve(data_set_id)
    assert make_data_sets(office.bank) == 0
    found = office.get(data_set_id)
    assert (found.state, found.failure) == (DataSetState.FAILED, Failure.TOO_FEW)
    assert make_data_sets(office.bank) == 0


@pytest.mark.parametrize("kind", list(DataSetKind))
def test_a_set_beyond_what_memory_may_hold_fails_with_its_reason(
    office, kind, monkeypatch
):
    data_set_id = office.order(kind)
    office.approve(data_set_id)
    monkeypatch.setattr(data_sets, "MOST_ROWS", 1)
    assert make_data_sets(office.bank) == 0
    found = office.get(data_set_id)
    assert (found.state, found.failure) == (DataSetState.FAILED, Failure.TOO_LARGE)


def test_equal_rows_of_an_anonymised_set_are_held_once(office, monkeypatch):
    """Twelve persons with two weights are two rows in memory, not twelve."""
    held = []
    suppress = data_sets.suppressing.suppress

    def seen(rules, kind, k, rows):
        held.append(len(rows))
        return suppress(rules, kind, k, rows)

    monkeypatch.setattr(data_sets.suppressing, "suppress", seen)
    content = rows_of(office.file(office.made()))
    assert held == [2]
    assert len(content) == 12
    assert len({row["id"] for row in content}) == 12


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"k": 9, "floor": 10}, "data-set.k"),
        ({"k": 4, "floor": 1}, "data-set.k"),
        ({"purpose_ja": " "}, "data-set.purpose"),
        ({"purpose_en": "x" * 1001}, "data-set.purpose"),
        ({"first_month": "2026-13"}, "data-set.period"),
        ({"first_month": "2026-11"}, "data-set.period"),
        ({"first_month": "2025-10"}, "data-set.period"),
        ({"last_month": "2026-11"}, "data-set.period"),
    ],
)
def test_orders_that_break_a_rule_are_refused(lone, wish, code):
    with pytest.raises(Invalid) as caught:
        Office(lone).order(ANONYMISED, **wish)
    assert caught.value.code == code


def test_a_pseudonymised_set_cannot_reach_anybody(office):
    """Not by the gate, not by its table, not as a form of provision (APPI 41(6))."""
    data_set_id = office.made(PSEUDONYMISED)

    with pytest.raises(Forbidden) as caught:
        office.do(lambda work: releasing.announce(work, data_set_id, actor="staff"))
    assert caught.value.code == "data-set.kind"
    with pytest.raises(IntegrityError):
        office.do(
            lambda work: work.connection.execute(
                insert(released_set).values(
                    data_set_id=data_set_id,
                    kind=PSEUDONYMISED.value,
                    notice=b"{}",
                    size=0,
                    digest=bytes(32),
                    announced_at=work.now,
                    opens_at=work.now + WEEK,
                )
            )
        )
    with office.bank.read() as snap, pytest.raises(NotFound):
        anonymised.content(snap, data_set_id)
    client = office.world.app.test_client()
    assert client.get(f"/data-sets/{data_set_id}/file").status_code == 404
    assert {each.value for each in ProvisionForm}.isdisjoint(DataSetKind)


def test_no_terms_can_name_a_kind_of_data_set_as_their_form():
    for kind in DataSetKind:
        with pytest.raises(Invalid):
            parse_rar({"type": "data_provision", "version": 1, "form": kind.value})


def test_the_notice_stands_before_anything_is_given(office):
    data_set_id = office.made()
    client = office.world.app.test_client()
    address = f"/data-sets/{data_set_id}/file"
    assert client.get(address).status_code == 404

    office.do(lambda work: releasing.announce(work, data_set_id, actor="staff"))
    assert client.get(address).status_code == 404
    office.world.clock.advance(WEEK - timedelta(seconds=1))
    assert client.get(address).status_code == 404
    office.world.clock.advance(timedelta(seconds=1))

    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.data == office.file(data_set_id)
    with office.bank.read() as snap:
        released = anonymised.find(snap, data_set_id)
    assert released.digest == sha256(answer.data).digest()
    assert {"items", "method", "purpose", "k", "v"} <= set(released.notice)
    with pytest.raises(Conflict):
        office.do(lambda work: releasing.announce(work, data_set_id, actor="staff"))


def test_the_board_and_the_operator_end_the_giving(office):
    data_set_id = office.made()
    office.do(lambda work: releasing.announce(work, data_set_id, actor="staff"))
    office.world.clock.advance(WEEK)
    client = office.world.app.test_client()
    address = f"/data-sets/{data_set_id}/file"
    assert client.get(address).status_code == 200

    office.stop(data_set_id)
    assert client.get(address).status_code == 404
    with pytest.raises(Forbidden):
        take(office.bank, data_set_id, actor="staff")
    office.approve(data_set_id)
    assert client.get(address).status_code == 200

    office.do(lambda work: anonymised.take_down(work, data_set_id, actor="staff"))
    assert client.get(address).status_code == 404
    assert client.get(f"/data-sets/{data_set_id}").status_code == 200
    with office.bank.read() as snap:
        assert not snap.connection.execute(select(released_set_chunk)).all()
    with pytest.raises(NotFound):
        office.do(lambda work: anonymised.take_down(work, data_set_id, actor="staff"))


def test_an_unapproved_set_does_not_pass_the_gate(office):
    data_set_id = office.made()
    office.stop(data_set_id)
    with pytest.raises(Forbidden) as caught:
        office.do(lambda work: releasing.announce(work, data_set_id, actor="staff"))
    assert caught.value.code == "data-set.board"


def test_a_set_that_is_too_large_is_not_published(office, monkeypatch):
    data_set_id = office.made()
    monkeypatch.setattr(releasing, "MOST_CHUNKS", 0)
    with pytest.raises(Conflict):
        office.do(lambda work: releasing.announce(work, data_set_id, actor="staff"))


def test_staff_have_the_file_and_each_time_is_recorded(office):
    data_set_id = office.made(PSEUDONYMISED)
    before = acts(office).count(EventType.POLICY_EVENT)
    content = b"".join(take(office.bank, data_set_id, actor="staff"))
    assert sha256(content).digest() == office.get(data_set_id).digest
    assert acts(office).count(EventType.POLICY_EVENT) == before + 1


def test_time_ends_a_set_and_its_key(office):
    data_set_id = office.made(PSEUDONYMISED)
    office.world.clock.advance(timedelta(days=30) - timedelta(seconds=1))
    expire_data_sets(office.bank)
    assert office.get(data_set_id).state is DataSetState.READY
    office.world.clock.advance(timedelta(seconds=1))
    expire_data_sets(office.bank)

    assert office.get(data_set_id).state is DataSetState.DELETED
    with office.bank.read() as snap:
        assert not snap.connection.execute(select(data_set_chunk)).all()
        assert not standing(snap.connection, OwnerId(data_set_id))
    with pytest.raises(Conflict):
        take(office.bank, data_set_id, actor="staff")


def test_what_is_at_rest_is_sealed_and_bound_to_its_place(office):
    data_set_id = office.made(PSEUDONYMISED)
    content = office.file(data_set_id)
    with office.bank.read() as snap:
        sealed = snap.connection.execute(select(data_set_chunk.c.envelope)).scalars()
        assert all(content[:40] not in bytes(each) for each in sealed)

    office.do(lambda work: work.connection.execute(update(data_set_chunk).values(no=2)))
    office.do(lambda work: work.connection.execute(update(data_set).values(chunks=2)))
    with pytest.raises(NotFound):
        office.file(data_set_id)
    office.do(lambda work: work.connection.execute(update(data_set_chunk).values(no=1)))
    swap = {"data_set_id": office.order(PSEUDONYMISED)}
    office.do(
        lambda work: work.connection.execute(update(data_set_chunk).values(**swap))
    )
    with pytest.raises(NotFound):
        office.file(data_set_id)


def test_who_lost_the_lease_writes_nothing_more(office):
    data_set_id = office.order(ANONYMISED)
    office.approve(data_set_id)
    first = office.do(register.claim)
    assert office.do(register.claim) is None
    office.do(lambda work: register.add_chunk(work, first, 1, b"half"))
    office.world.clock.advance(register.LEASE)
    second = office.do(register.claim)
    assert (second.attempt, second.chunks) == (2, 0)

    for act in (
        lambda work: register.add_chunk(work, first, 1, b"half"),
        lambda work: register.renew(work, first),
        lambda work: register.complete(
            work, first, rows=1, digest=bytes(32), left_out=(0, 0)
        ),
    ):
        with pytest.raises(Conflict) as caught:
            office.do(act)
        assert caught.value.code == register.LOST
    office.do(lambda work: register.fail(work, first, Failure.ERROR))
    assert office.get(data_set_id).state is DataSetState.MAKING


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (Unavailable("away"), DataSetState.MAKING),
        (Conflict(register.LOST), DataSetState.MAKING),
        (KeyProviderError("away"), DataSetState.MAKING),
        (Conflict("other"), DataSetState.FAILED),
    ],
)
def test_what_goes_wrong_leaves_no_half_a_set(office, monkeypatch, error, state):
    def broken(*_given, **_named):
        raise error

    monkeypatch.setattr(data_sets.register, "complete", broken)
    data_set_id = office.order(ANONYMISED)
    office.approve(data_set_id)
    assert make_data_sets(office.bank) == 0
    assert office.get(data_set_id).state is state
    monkeypatch.undo()
    if state is DataSetState.MAKING:
        office.world.clock.advance(register.LEASE)
        assert make_data_sets(office.bank) == 1


@pytest.mark.parametrize("error", [ValueError("x"), Unavailable("away")])
def test_an_order_that_never_comes_to_an_end_is_given_up(office, monkeypatch, error):
    """Whatever it is that stops it: five attempts, then the reason stands there."""

    def broken(*_given, **_named):
        raise error

    monkeypatch.setattr(data_sets.register, "complete", broken)
    stuck, behind = office.order(ANONYMISED), office.order(ANONYMISED)
    for each in (stuck, behind):
        office.approve(each)
    for _ in range(register.MOST_ATTEMPTS):
        assert make_data_sets(office.bank) == 0
        assert office.get(stuck).state is DataSetState.MAKING
        office.world.clock.advance(register.LEASE)
    assert office.get(behind).attempt == register.MOST_ATTEMPTS
    monkeypatch.undo()

    assert make_data_sets(office.bank) == 0

    for each in (stuck, behind):
        found = office.get(each)
        assert (found.state, found.failure) == (DataSetState.FAILED, Failure.ATTEMPTS)
    with office.bank.read() as snap:
        assert not snap.connection.execute(select(data_set_chunk)).all()
        assert not standing(snap.connection, OwnerId(stuck))
    assert make_data_sets(office.bank) == 0


def test_a_fault_that_nobody_thought_of_is_counted_as_a_failure(office, monkeypatch):
    monkeypatch.setattr(reading, "read", lambda *_given: 1 / 0)
    office.approve(office.order(ANONYMISED))
    assert make_data_sets(office.bank) == 0
    assert office.bank.chores_failed[data_sets.MAKE_DATA_SETS] == 1


def test_the_chores_make_and_delete_sets(office):
    names = {each.name for each in chores.data_set_chores()}
    assert names == {"make data sets", "expire data sets"}
    threads = [{each.name for each in some} for some in chores.by_thread()]
    assert [some for some in threads if some & names] == [names]


def test_unknown_sets_are_not_found(lone):
    unknown = lone.bank.ids.new()
    with lone.bank.read() as snap, pytest.raises(NotFound):
        register.get(snap, unknown)


def test_no_table_says_which_rows_are_whose(office):
    """The processing information is gone with the making (APPI 41(2), 43(2))."""
    rows = rows_of(office.file(office.made(PSEUDONYMISED)))
    marks = [bytes.fromhex(row[name]) for row in rows for name in ("id", "person")]
    marks += [mark.hex().encode() for mark in marks]
    with office.bank.read() as snap:
        for table in metadata.sorted_tables:
            for row in snap.connection.execute(select(table)):
                for cell in map(_as_bytes, row):
                    assert not any(mark in cell for mark in marks), table.name


def _as_bytes(cell):
    if isinstance(cell, bytes | memoryview):
        return bytes(cell)
    return str(cell).encode()


def test_a_set_stays_readable_when_its_key_is_replaced(office):
    data_set_id = office.made()
    before = office.file(data_set_id)
    office.do(lambda work: end_generations(work.connection))

    while replacing.replace_keys(office.bank):
        pass

    assert office.file(data_set_id) == before
    with office.bank.read() as snap:
        [key] = standing(snap.connection, OwnerId(data_set_id))
    assert key.generation == 2
