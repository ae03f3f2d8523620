"""Encryptions are counted before they are done: across processes, restarts, limits."""

import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import create_engine, func, select, update

from audit import person
from pds.bank.bank import Bank
from pds.core.ids import OwnerId
from pds.core.settings import Settings
from pds.keys.classes import KeyState
from pds.keys.errors import KeyUnavailable
from pds.keys.keyring import BLOCK, HARD_LIMIT, ROTATE_AT, Keyring
from pds.keys.tables import owner_key

FAMILY = 16
OBJECT = UUID(int=9)

PROCESS = """
import sys
from pathlib import Path
from uuid import UUID
from sqlalchemy import create_engine
from pds.core.clock import SystemClock
from pds.core.ids import OwnerId, RandomIds
from pds.crypto.providers.file import FileKeyProvider
from pds.keys.keyring import Keyring

owner, url, keys, data = sys.argv[1:]
provider = FileKeyProvider(Path(keys), data_dir=Path(data), may_create=False)
ring, engine = Keyring(provider, RandomIds(SystemClock())), create_engine(url)
for _ in range(3):
    with engine.begin() as connection:
        key = ring.active(connection, OwnerId(UUID(owner)), 16)
        ring.seal(connection, key, UUID(int=9), 1, b"x", b"")
"""


@pytest.fixture
def owner(bank: Bank) -> OwnerId:
    made = OwnerId(bank.ids.new())

    def begin(work: Any) -> None:
        person.open_subject(work, made)
        work.keys.create(work.connection, made, FAMILY, now=work.now)

    bank.unit_of_work(begin)
    return made


def seal(bank: Bank, owner: OwnerId, keys: Keyring | None = None) -> int:
    """Seal once as the writers do, and return the generation."""

    def act(work: Any) -> int:
        ring = keys or bank.keys
        key = ring.ensure(work.connection, owner, FAMILY, now=work.now)
        ring.seal(work.connection, key, OBJECT, 1, b"x", b"text")
        return key.generation

    return bank.unit_of_work(act)


def rows(bank: Bank, owner: OwnerId) -> dict[int, tuple[int, int]]:
    """Return state and reserved encryptions of each generation."""
    c = owner_key.c
    statement = select(c.generation, c.state, c.enc_reserved).where(
        c.owner_id == owner, c["class"] == FAMILY
    )
    with bank.read() as view:
        found = view.connection.execute(statement).all()
    return {row.generation: (row.state, row.enc_reserved) for row in found}


def use_up(bank: Bank, owner: OwnerId, reserved: int) -> None:
    """Let a key have been used so much, and forget what this process reserved."""
    bank.unit_of_work(
        lambda work: work.connection.execute(
            update(owner_key)
            .where(owner_key.c.owner_id == owner, owner_key.c["class"] == FAMILY)
            .values(enc_reserved=reserved)
        )
    )
    bank.keys._counters._left.clear()


def test_processes_reserve_blocks_of_their_own(
    bank: Bank, settings: Settings, owner: OwnerId
) -> None:
    seal(bank, owner)
    places = (settings.database_url, str(settings.key_dir), str(settings.data_dir))
    command = [sys.executable, "-c", PROCESS, str(owner), *places]
    running = [subprocess.Popen(command) for _ in range(2)]
    for _ in range(3):
        seal(bank, owner)
    assert [each.wait(120) for each in running] == [0, 0]
    # One block each, however often they seal.
    assert rows(bank, owner) == {1: (KeyState.ACTIVE, 3 * BLOCK)}


def test_a_restart_never_uses_what_was_left(
    bank: Bank, open_another: Callable[[], Bank], owner: OwnerId
) -> None:
    seal(bank, owner)
    bank.close()
    again = open_another()
    for _ in range(2):
        seal(again, owner)
    assert rows(again, owner) == {1: (KeyState.ACTIVE, 2 * BLOCK)}


def test_a_spent_block_is_followed_by_the_next(bank: Bank, owner: OwnerId) -> None:
    seal(bank, owner)
    place = (owner.bytes, FAMILY, 1)
    reserved, left = bank.keys._counters._left[place]
    assert (reserved, left) == (BLOCK, BLOCK - 1)
    bank.keys._counters._left[place] = (reserved, 1)
    seal(bank, owner)
    assert rows(bank, owner)[1][1] == BLOCK
    seal(bank, owner)
    assert rows(bank, owner)[1][1] == 2 * BLOCK


def test_the_generation_changes_at_the_limit_and_not_before(
    bank: Bank, owner: OwnerId
) -> None:
    use_up(bank, owner, ROTATE_AT - BLOCK)
    assert seal(bank, owner) == 1
    # The last block is reserved; what is left of it belongs to the next generation.
    assert rows(bank, owner) == {1: (KeyState.ACTIVE, ROTATE_AT)}
    assert seal(bank, owner) == 2
    assert rows(bank, owner) == {
        1: (KeyState.DECRYPT_ONLY, ROTATE_AT),
        2: (KeyState.ACTIVE, BLOCK),
    }


def test_what_was_sealed_before_the_change_still_opens(
    bank: Bank, owner: OwnerId
) -> None:
    def before(work: Any) -> bytes:
        key = work.keys.ensure(work.connection, owner, FAMILY, now=work.now)
        return bytes(work.keys.seal(work.connection, key, OBJECT, 1, b"x", b"text"))

    envelope = bank.unit_of_work(before)
    use_up(bank, owner, ROTATE_AT)
    assert seal(bank, owner) == 2
    with bank.read() as view:
        old = bank.keys.open(view.connection, owner, FAMILY, 1)
    assert bank.keys.unseal(old, envelope, OBJECT, 1, b"x") == b"text"
    bank.keys._counters._left.clear()
    with pytest.raises(KeyUnavailable, match="no more"):
        bank.unit_of_work(
            lambda work: work.keys.seal(work.connection, old, OBJECT, 1, b"x", b"")
        )


def test_the_hard_limit_is_never_passed(bank: Bank, owner: OwnerId) -> None:
    with bank.read() as view:
        key = bank.keys.open(view.connection, owner, FAMILY, 1)

    def act(work: Any) -> None:
        work.keys.seal(work.connection, key, OBJECT, 1, b"x", b"")

    use_up(bank, owner, HARD_LIMIT - BLOCK)
    bank.unit_of_work(act)
    assert rows(bank, owner)[1][1] == HARD_LIMIT
    bank.keys._counters._left.clear()
    for reserved in (HARD_LIMIT, HARD_LIMIT - BLOCK + 1):
        use_up(bank, owner, reserved)
        with pytest.raises(KeyUnavailable, match="no more"):
            bank.unit_of_work(act)
        assert rows(bank, owner)[1][1] == reserved


def test_many_who_reach_the_limit_at_once_open_one_generation(
    bank: Bank, open_another: Callable[[], Bank], owner: OwnerId
) -> None:
    others = [bank, open_another()]
    use_up(bank, owner, ROTATE_AT)
    found: list[int] = []
    gate = threading.Barrier(4)

    def run(one: Bank) -> None:
        gate.wait()
        found.append(seal(one, owner))

    threads = [threading.Thread(target=run, args=(others[n % 2],)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [2] * 4
    # A block for each process; two threads of one may both find that none is left.
    state, reserved = rows(bank, owner)[2]
    assert state == KeyState.ACTIVE
    assert reserved in {2 * BLOCK, 3 * BLOCK, 4 * BLOCK}
    engine = create_engine(bank.settings.database_url)
    with engine.connect() as connection:
        count = select(func.count()).select_from(owner_key)
        of_owner = owner_key.c.owner_id == owner, owner_key.c["class"] == FAMILY
        assert connection.execute(count.where(*of_owner)).scalar() == 2
    engine.dispose()


class RollBackError(Exception):
    """Lets an act leave nothing."""


def test_what_was_sealed_and_rolled_back_is_counted(bank: Bank, owner: OwnerId) -> None:
    """Its bytes lie in the journal of the database, and may lie in a backup."""

    def act(work: Any) -> None:
        key = work.keys.ensure(work.connection, owner, FAMILY, now=work.now)
        work.keys.seal(work.connection, key, OBJECT, 1, b"x", b"text")
        raise RollBackError

    for _ in range(3):
        with pytest.raises(RollBackError):
            bank.unit_of_work(act)
    assert rows(bank, owner)[1][1] == 0

    seal(bank, owner)
    assert rows(bank, owner)[1][1] == 4 * BLOCK
    # What was owed is paid once.
    bank.keys._counters._left.clear()
    seal(bank, owner)
    assert rows(bank, owner)[1][1] == 5 * BLOCK


def test_a_reader_of_before_costs_a_block_and_no_more(
    bank: Bank, owner: OwnerId
) -> None:
    """What a snapshot of before does not show looks like what was rolled back."""
    with bank.read() as before:
        bank.keys.open(before.connection, owner, FAMILY, 1)
        for _ in range(20):
            seal(bank, owner)
            bank.keys.open(before.connection, owner, FAMILY, 1)
    assert rows(bank, owner)[1][1] == 20 * BLOCK
