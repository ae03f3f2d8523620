from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import func, select

from pds.accounts import attempts
from pds.accounts.tables import login_failure
from pds.bank.bank import Bank
from tests.fakes import FrozenClock

ONE, OTHER = bytes(32), bytes([1]) * 32
MINUTE = timedelta(minutes=1)


def admit(bank: Bank, index: bytes = ONE) -> bool:
    return bank.unit_of_work(lambda work: attempts.admit(work, index))


def test_five_attempts_are_looked_at_and_the_sixth_is_not(bank: Bank) -> None:
    assert [admit(bank) for _ in range(8)] == [True] * 5 + [False] * 3
    assert admit(bank, OTHER)


def test_the_lock_ends_fifteen_minutes_after_the_last_counted_attempt(
    bank: Bank, clock: FrozenClock
) -> None:
    for _ in range(5):
        admit(bank)
        clock.advance(MINUTE)
    # Attempts on a locked login must not lock its holder out for longer.
    clock.advance(13 * MINUTE)
    assert not admit(bank)
    clock.advance(MINUTE - timedelta(milliseconds=1))
    assert not admit(bank)

    clock.advance(timedelta(milliseconds=1))
    assert admit(bank)


def test_failures_far_apart_do_not_add_up(bank: Bank, clock: FrozenClock) -> None:
    for _ in range(12):
        assert admit(bank)
        clock.advance(15 * MINUTE)


def test_failures_near_each_other_add_up_however_slow(
    bank: Bank, clock: FrozenClock
) -> None:
    seen = []
    for _ in range(6):
        seen.append(admit(bank))
        clock.advance(14 * MINUTE)

    assert seen == [True] * 5 + [False]


def test_a_success_forgets_the_failures_of_this_login_only(bank: Bank) -> None:
    for _ in range(5):
        admit(bank)
        admit(bank, OTHER)

    bank.unit_of_work(lambda work: attempts.forget(work, ONE))

    assert admit(bank)
    assert not admit(bank, OTHER)


def test_attempts_at_the_same_time_cannot_pass_the_limit(bank: Bank) -> None:
    with ThreadPoolExecutor(8) as pool:
        admitted = list(pool.map(lambda _: admit(bank), range(16)))

    assert admitted.count(True) == 5


def test_what_no_longer_counts_is_deleted(bank: Bank, clock: FrozenClock) -> None:
    for number in range(20):
        admit(bank, bytes([number]) * 32)
    clock.advance(15 * MINUTE)
    admit(bank)

    with bank.read() as snap:
        left = snap.connection.scalar(select(func.count()).select_from(login_failure))
    assert left == 1
