"""Handles in sorted runs: every state answers alike, and nothing gets lost."""

import hashlib
import sqlite3

import pytest
from sqlalchemy.exc import IntegrityError

from audit import handle_index, handle_runs
from audit.handle_map import HandleMap
from audit.handle_runs import FAN, MOST, RUN, Merge

FULL = RUN * FAN


def handle(index):
    return hashlib.sha256(b"%d" % index).digest()[:16]


def add(connection, start, end):
    connection.exec_driver_sql(
        "INSERT INTO log_sub_recent VALUES (?, ?)",
        [(handle(index), index) for index in range(start, end)],
    )
    connection.exec_driver_sql("UPDATE log_head SET size = ?", (end,))


def merge(connection):
    steps = 0
    while handle_runs.due(connection) is not None:
        handle_runs.step(connection)
        steps += 1
    return steps


def held(connection):
    rows = connection.exec_driver_sql(
        "SELECT level, no, count(*) FROM log_sub_run GROUP BY 1, 2"
        " UNION ALL SELECT -1, 0, count(*) FROM log_sub_recent ORDER BY 1, 2"
    )
    return [tuple(row) for row in rows]


def found(connection, indexes):
    places = handle_index.find(connection, [handle(index) for index in indexes])
    return {index: places.get(handle(index)) for index in indexes}


def test_full_runs_are_merged_and_the_rest_stays_recent(connection):
    add(connection, 0, FULL + 2 * RUN + 7)

    steps = merge(connection)

    assert held(connection) == [(-1, 0, 7), (0, 16, RUN), (0, 17, RUN), (1, 0, FULL)]
    assert steps >= (2 * FULL + 2 * RUN) // MOST
    every = range(0, FULL + 2 * RUN + 7, 97)
    assert found(connection, every) == {index: [index] for index in every}
    assert set(handle_index.every(connection)) == set(
        map(handle, range(FULL + 2 * RUN + 7))
    )


def test_each_step_leaves_each_handle_where_it_is_found(connection):
    add(connection, 0, FULL)
    sample = [0, MOST - 1, MOST, RUN - 1, RUN, FULL // 2, FULL - 1]

    while handle_runs.due(connection) is not None:
        before = sum(count for *_, count in held(connection))
        handle_runs.step(connection)
        assert sum(count for *_, count in held(connection)) == before == FULL
        assert found(connection, sample) == {index: [index] for index in sample}

    handle_runs.step(connection)
    assert held(connection) == [(-1, 0, 0), (1, 0, FULL)]


def test_a_step_moves_a_bounded_number(connection):
    add(connection, 0, FULL)
    while (due := handle_runs.due(connection)) is not None:
        before = held(connection)
        handle_runs.step(connection)
        after = {(level, no): count for level, no, count in held(connection)}
        gone = sum(
            count - after.get((level, no), 0)
            for level, no, count in before
            if level < due.level
        )
        assert 0 < gone <= MOST


def test_a_run_is_merged_only_when_all_its_leaves_are_there(connection):
    add(connection, 0, RUN - 1)
    assert handle_runs.due(connection) is None

    add(connection, RUN - 1, RUN)

    assert handle_runs.due(connection) == Merge(0, 0)
    assert merge(connection) == 2
    assert held(connection) == [(-1, 0, 0), (0, 0, RUN)]


def test_a_handle_at_two_places_is_seen_wherever_they_stand(connection):
    add(connection, 0, RUN)
    merge(connection)
    connection.exec_driver_sql(
        "INSERT INTO log_sub_recent VALUES (?, ?)", (handle(3), RUN)
    )

    assert found(connection, [3]) == {3: [3, RUN]}


def test_forged_rows_hold_no_merge_up(connection):
    """One handle many times over, rows that wait above already, a place of before."""
    add(connection, 0, FULL)
    connection.exec_driver_sql(
        "INSERT INTO log_sub_run VALUES (0, 0, ?, ?)",
        [(handle(1), index) for index in range(2, 200)],
    )
    connection.exec_driver_sql(
        "INSERT INTO log_sub_run VALUES (1, 0, ?, 1)", (handle(1),)
    )

    merge(connection)

    assert found(connection, [1]) == {1: list(range(1, 200))}
    add(connection, FULL, FULL + RUN)
    merge(connection)
    connection.exec_driver_sql("INSERT INTO log_sub_recent VALUES (?, 5)", (b"x" * 16,))
    merge(connection)
    assert held(connection) == [(-1, 0, 0), (0, 16, RUN), (1, 0, FULL + 199)]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM log_sub_recent",
        "DELETE FROM log_sub_run",
        "DELETE FROM log_sub_run WHERE idx = 1",
        "UPDATE log_sub_recent SET sub = x'00'",
        "UPDATE log_sub_recent SET idx = idx + 9000",
        "UPDATE log_sub_run SET sub = x'00'",
        "UPDATE OR REPLACE log_sub_run SET level = 1",
        "REPLACE INTO log_sub_recent SELECT x'00', idx FROM log_sub_recent",
    ],
)
def test_no_handle_goes_before_it_stands_one_level_up(connection, statement):
    add(connection, 0, RUN)
    merge(connection)
    add(connection, RUN, RUN + 5)
    before = held(connection)

    with pytest.raises((IntegrityError, sqlite3.Error), match="append-only"):
        connection.exec_driver_sql(statement)

    assert held(connection) == before


def test_whoever_moves_rows_by_hand_loses_none(connection):
    add(connection, 0, RUN)
    merge(connection)
    up = "INSERT INTO log_sub_run SELECT level + 1, no >> 4, sub, idx FROM log_sub_run"

    for level in range(handle_runs.TOP):
        connection.exec_driver_sql(f"{up} WHERE level = {level}")
        connection.exec_driver_sql(f"DELETE FROM log_sub_run WHERE level = {level}")

    assert held(connection) == [(-1, 0, 0), (handle_runs.TOP, 0, RUN)]
    assert found(connection, [0, RUN - 1]) == {0: [0], RUN - 1: [RUN - 1]}
    with pytest.raises(IntegrityError, match="append-only"):
        connection.exec_driver_sql("DELETE FROM log_sub_run")


@pytest.mark.parametrize("row", [(0, 1, 0), (7, 0, 0), (-1, 0, 0), (1, 0, FULL)])
def test_a_handle_stands_only_in_the_run_of_its_place(connection, row):
    level, no, index = row
    with pytest.raises(IntegrityError, match="CHECK"):
        connection.exec_driver_sql(
            "INSERT INTO log_sub_run VALUES (?, ?, ?, ?)", (level, no, handle(0), index)
        )


def test_the_map_never_denies_a_handle_that_is_there():
    kept = [handle(index) for index in range(500)]
    known = HandleMap(kept, 500)

    assert all(map(known.may_hold, kept))
    others = [handle(index) for index in range(500, 2500)]
    assert 0 < sum(map(known.may_hold, others)) < 400
    assert not HandleMap([], 0).may_hold(handle(1))
