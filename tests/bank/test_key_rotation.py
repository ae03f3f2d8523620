"""The key-encryption key is rotated while the bank serves; no key is ever lost."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, text, update

from audit import subject
from audit.retention import newest
from audit.work import Work
from pds.bank import kek_acts, key_rotation, rotation_lock
from pds.bank.bank import Bank, open_bank
from pds.bank.inspection.inspector import inspect
from pds.bank.key_provider import open_key_provider
from pds.bank.key_rotation import Rewrapped
from pds.core.errors import Conflict, NotFound, Unavailable
from pds.core.ids import BANK, OwnerId
from pds.core.settings import Settings
from pds.crypto.errors import EnvelopeError, KeyProviderError
from pds.crypto.providers import Capabilities
from pds.crypto.providers.file import FileKeyProvider
from pds.keys import rewrapping, versions
from pds.keys.classes import KeyState
from pds.keys.tables import kek_check, owner_key, owner_key_wrap
from tests.fakes import FrozenClock, vouched

FAMILY = 16


@pytest.fixture
def bank(open_another: Callable[[], Bank]) -> Iterator[Bank]:
    return open_another()


def make_keys(bank: Bank, count: int) -> list[OwnerId]:
    owners = [OwnerId(bank.ids.new()) for _ in range(count)]

    def make(work: Work) -> None:
        for owner in owners:
            work.keys.create(work.connection, owner, FAMILY, now=work.now)

    bank.unit_of_work(make)
    return owners


def commitments(bank: Bank) -> dict[tuple[object, ...], bytes]:
    """Open every key that is not destroyed, and return what each commits to."""
    k = owner_key.c
    with bank.read() as view:
        rows = view.connection.execute(
            select(k.owner_id, k["class"], k.generation).where(
                k.state != KeyState.DESTROYED
            )
        ).all()
        return {
            tuple(row): bank.keys.open(
                view.connection, OwnerId(row[0]), row[1], row[2]
            ).data_key.commitment
            for row in rows
        }


def under(bank: Bank) -> dict[int, int]:
    with bank.read() as view:
        return versions.wraps(view.connection)


def known(bank: Bank) -> list[versions.KekVersion]:
    with bank.read() as view:
        return versions.history(view.connection)


def told(bank: Bank) -> list[str]:
    """Return the actions of the bank's own entries about keys."""
    found = []
    with bank.read() as view:
        state = view.connection.execute(
            text("SELECT gen, n FROM person_state WHERE owner_id = :o"),
            {"o": BANK.bytes},
        ).one()
        for i in range(1, state.n):
            fields = subject.entry(view, bank.keys, BANK, state.gen, i).detail.fields
            found.append(fields.get("reasons", ""))
    return [each for each in found if each.startswith("kek.")]


def shown(bank: Bank) -> frozenset[int]:
    return bank.provider.versions


def rotated(bank: Bank) -> int:
    return key_rotation.rotate(bank, actor="test")


def rewrapped(bank: Bank) -> Rewrapped:
    return key_rotation.rewrap(bank, actor="test")


def retired(bank: Bank, version: int) -> None:
    key_rotation.retire(bank, version, actor="test")


def test_keys_survive_rotation_rewrapping_and_the_end_of_the_old_version(
    bank: Bank, settings: Settings, clock: FrozenClock
) -> None:
    make_keys(bank, 5)
    before = commitments(bank)
    assert rotated(bank) == 2
    make_keys(bank, 1)
    assert under(bank) == {1: 6, 2: 1}
    with pytest.raises(Conflict, match="rewrap"):
        retired(bank, 1)
    assert rewrapped(bank) == Rewrapped(6, 0, is_complete=True)
    assert rewrapped(bank) == Rewrapped(0, 0, is_complete=True)
    assert under(bank) == {2: 7}
    retired(bank, 1)
    retired(bank, 1)
    assert bank.provider.versions == {2}
    assert before.items() <= commitments(bank).items()
    assert told(bank) == [
        "kek.rotated",
        "kek.rewrapped",
        "kek.retiring",
        "kek.destroyed",
    ]
    with closing(open_bank(settings, clock)) as again:
        assert before.items() <= commitments(again).items()
        assert known(again)[0].retired_at is not None


def test_a_process_that_knows_the_old_version_goes_on(
    bank: Bank, open_another: Callable[[], Bank]
) -> None:
    other = open_another()
    make_keys(bank, 2)
    before = commitments(other)
    rotated(bank)
    make_keys(other, 1)
    assert under(bank) == {1: 3, 2: 1}
    rewrapped(bank)
    retired(bank, 1)
    assert before.items() <= commitments(other).items()
    make_keys(other, 1)


def test_the_current_and_unknown_versions_are_not_retired(bank: Bank) -> None:
    with pytest.raises(Conflict, match="current"):
        retired(bank, 1)
    with pytest.raises(NotFound):
        retired(bank, 7)


def test_a_version_that_was_added_and_not_noted_is_taken(
    bank: Bank, settings: Settings, clock: FrozenClock
) -> None:
    """As a kill between the two steps leaves it."""
    bank.provider.add_version()
    assert rotated(bank) == 2
    assert bank.provider.versions == {1, 2}
    bank.provider.add_version()
    with closing(open_bank(settings, clock)) as again:
        assert known(again)[-1].version == 3
        assert told(again) == ["kek.rotated", "kek.rotated"]


@pytest.mark.parametrize("by_chore", [False, True])
def test_two_rotations_at_once_make_one_version(
    bank: Bank,
    open_another: Callable[[], Bank],
    monkeypatch: pytest.MonkeyPatch,
    clock: FrozenClock,
    *,
    by_chore: bool,
) -> None:
    """Both want one before either has it; a token would keep two of one label."""
    clock.advance(timedelta(days=23))
    bank.unit_of_work(vouched)
    both, made, held = threading.Barrier(2), [], rotation_lock.held
    add = FileKeyProvider.add_version

    @contextmanager
    def meeting(one: Bank) -> Iterator[None]:
        both.wait(60)
        with held(one):
            yield

    def counted(provider: FileKeyProvider) -> int:
        made.append(add(provider))
        return made[-1]

    monkeypatch.setattr(rotation_lock, "held", meeting)
    monkeypatch.setattr(FileKeyProvider, "add_version", counted)
    act = key_rotation.keep_epochs if by_chore else rotated
    threads = [
        threading.Thread(target=partial(act, each)) for each in (bank, open_another())
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    assert made == [2]
    assert [each.version for each in known(bank)] == [1, 2]
    assert told(bank).count("kek.rotated") == 1


def test_a_rotation_that_does_not_end_is_not_waited_for(
    bank: Bank, open_another: Callable[[], Bank], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = open_another()
    monkeypatch.setattr(rotation_lock, "_PATIENCE", 0.0)
    with rotation_lock.held(bank), pytest.raises(Unavailable, match="Another process"):
        rotated(other)
    assert rotated(other) == 2


def test_every_version_that_the_provider_shows_is_noted_and_ends(
    bank: Bank, settings: Settings, clock: FrozenClock
) -> None:
    """Two versions added in one step from outside: the one between ends as well."""
    outside = open_key_provider(settings, may_create=False)
    outside.add_version()
    (owner,) = make_keys(bank, 1)
    assert under(bank) == {1: 1, 2: 1}
    outside.add_version()
    epochs = key_rotation.epochs(bank)
    bank.provider.refresh()
    with bank.read() as view:
        assert versions.unreadable_from(view, [2], shown(bank), epochs) is None
        assert versions.unreadable_from(view, [3], shown(bank), epochs) is None
        assert versions.unreadable_from(view, [1], shown(bank), epochs) is not None
    said = {each.name: each.said for each in inspect(settings, clock)}
    assert said["keys.version"].endswith("does not know: 2, 3")
    key_rotation.keep_epochs(bank)
    assert [each.version for each in known(bank)] == [1, 2, 3]
    assert told(bank)[:2] == ["kek.noted", "kek.rotated"]
    assert under(bank) == {3: 2}
    with bank.read() as view:
        end = versions.unreadable_from(view, [2], shown(bank), epochs)
    assert end == clock.now() + timedelta(days=7)
    clock.advance(timedelta(days=7))
    key_rotation.keep_epochs(bank)
    assert bank.provider.versions == {3}
    assert commitments(bank).keys() >= {(owner, FAMILY, 1)}


def test_a_version_that_turns_up_late_has_its_days_from_then_on(
    bank: Bank, settings: Settings, clock: FrozenClock
) -> None:
    """An older one that was put beside the noted ones ends as well, not in the past."""
    rotated(bank)
    rotated(bank)
    for row in (1, 2):
        bank.unit_of_work(
            lambda work, row=row: work.connection.execute(
                delete(kek_check).where(
                    kek_check.c.name == "kek", kek_check.c.version == row
                )
            )
        )
    clock.advance(timedelta(days=6))
    assert key_rotation.note_versions(bank)
    assert not key_rotation.note_versions(bank)
    planned = [
        key_rotation.epochs(bank).planned_end(known(bank), v) for v in known(bank)
    ]
    assert planned[0] == planned[1] == clock.now() + timedelta(days=7)


@pytest.mark.parametrize("is_gone", [True, False])
def test_a_retirement_that_was_cut_short_is_finished(
    bank: Bank, settings: Settings, clock: FrozenClock, *, is_gone: bool
) -> None:
    rotated(bank)
    rewrapped(bank)
    bank.unit_of_work(
        lambda work: versions.begin_retirement(work.connection, 1, now=work.now)
    )
    if is_gone:
        bank.provider.destroy_version(1)
    with closing(open_bank(settings, clock)) as again:
        key_rotation.keep_epochs(again)
        assert known(again)[0].retired_at == clock.now()
        assert again.provider.versions == {2}


def test_a_destroyed_version_that_comes_back_is_destroyed_again(
    bank: Bank, settings: Settings, clock: FrozenClock
) -> None:
    path = settings.key_dir / "kek-1.key"
    copy = path.read_bytes()
    rotated(bank)
    rewrapped(bank)
    retired(bank, 1)
    assert answer(settings, clock, "keys.returned")[0]
    put_back(path, copy)
    assert answer(settings, clock, "keys.returned") == (
        False,
        "destroyed versions are there again, so erased keys open: 1",
    )
    bank.provider.refresh()
    with bank.read() as view:
        epochs = key_rotation.epochs(bank)
        assert versions.unreadable_from(view, [1], shown(bank), epochs) is None
    with closing(open_bank(settings, clock)) as again:
        ended = known(again)[0].retired_at
        clock.advance(timedelta(hours=1))
        key_rotation.keep_epochs(again)
        key_rotation.keep_epochs(again)
        assert known(again)[0].retired_at == ended
        assert told(again)[3:] == ["kek.destroyed", "kek.returned"]
    assert not path.exists()
    assert answer(settings, clock, "keys.returned")[0]


def test_another_key_under_a_destroyed_number_is_left_alone(
    bank: Bank, settings: Settings, clock: FrozenClock
) -> None:
    path = settings.key_dir / "kek-1.key"
    rotated(bank)
    rewrapped(bank)
    retired(bank, 1)
    put_back(path, (settings.key_dir / "log-ed25519.key").read_bytes())
    key_rotation.keep_epochs(bank)
    with pytest.raises(Conflict, match="another key"):
        retired(bank, 1)
    assert path.exists()
    assert not answer(settings, clock, "keys.returned")[0]
    assert "kek.returned" not in told(bank)


def put_back(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    path.chmod(0o400)


def test_nothing_is_wrapped_by_a_version_that_is_being_destroyed(bank: Bank) -> None:
    rotated(bank)
    rewrapped(bank)
    bank.unit_of_work(
        lambda work: versions.begin_retirement(work.connection, 1, now=work.now)
    )

    def wrap_by_the_old_one(work: Work) -> None:
        versions.hold_for_wrap(work.connection, 1)

    with pytest.raises(KeyProviderError, match="being destroyed"):
        bank.unit_of_work(wrap_by_the_old_one)


def test_an_open_key_creation_holds_up_the_retirement(
    bank: Bank, open_another: Callable[[], Bank]
) -> None:
    """A wrap by the old version that is not committed yet must not be lost."""
    other = open_another()
    rotated(bank)
    rewrapped(bank)
    stored, go_on, seen = threading.Event(), threading.Event(), []

    def insert_late(work: Work) -> None:
        owner = OwnerId(work.ids.new())
        work.keys.create(work.connection, owner, FAMILY, now=work.now)
        versions.hold_for_wrap(work.connection, 1)
        work.connection.execute(
            update(owner_key_wrap)
            .where(owner_key_wrap.c.owner_id == owner)
            .values(kek_version=1)
        )
        stored.set()
        go_on.wait(1)

    def retire() -> None:
        try:
            retired(bank, 1)
        except Conflict as error:
            seen.append(error.code)

    writer = threading.Thread(target=partial(other.unit_of_work, insert_late))
    writer.start()
    stored.wait(10)
    retirer = threading.Thread(target=retire)
    retirer.start()
    go_on.set()
    writer.join()
    retirer.join()
    assert seen == ["keys.needed"]
    assert 1 in bank.provider.versions


def test_two_runs_at_once_and_keys_that_are_destroyed_meanwhile(
    bank: Bank, open_another: Callable[[], Bank], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = open_another()
    owners = make_keys(bank, 30)
    before = commitments(bank)
    rotated(bank)
    monkeypatch.setattr(rewrapping, "BATCH", 4)
    monkeypatch.setattr(rewrapping.older, "__kwdefaults__", {"limit": 4}, raising=False)
    results: list[Rewrapped] = []
    threads = [
        threading.Thread(target=lambda b=each: results.append(rewrapped(b)))
        for each in (bank, other)
    ]
    for each in threads:
        each.start()
    gone = owners[::3]
    for owner in gone:
        bank.unit_of_work(
            lambda work, owner=owner: work.keys.destroy(
                work.connection, owner, FAMILY, 1
            )
        )
    for each in threads:
        each.join()
    assert under(bank) == {2: 21}
    assert 21 <= sum(each.done for each in results) <= 31
    left = commitments(other)
    assert left.items() <= before.items()
    assert len(left) == 21


def test_a_change_prepared_before_the_key_was_destroyed_stores_nothing(
    bank: Bank,
) -> None:
    (owner,) = make_keys(bank, 1)
    rotated(bank)
    with bank.read() as view:
        found = rewrapping.older(view, 2, None)
    changes = rewrapping.rewrapped(bank.provider, found)
    bank.unit_of_work(lambda work: work.keys.destroy(work.connection, owner, FAMILY, 1))
    count = bank.unit_of_work(lambda work: rewrapping.replace(work.connection, changes))
    assert count == len(changes) - 1
    with bank.read() as view:
        is_there = owner_key_wrap.c.owner_id == owner
        assert not view.connection.scalar(
            select(func.count()).select_from(owner_key_wrap).where(is_there)
        )


@pytest.mark.parametrize("what", ["wrapped", "commitment"])
def test_a_key_that_does_not_open_stays_as_it_is_and_keeps_its_version(
    bank: Bank, what: str, clock: FrozenClock
) -> None:
    owners = make_keys(bank, 3)
    table = owner_key_wrap if what == "wrapped" else owner_key
    size = 60 if what == "wrapped" else 32
    bank.unit_of_work(
        lambda work: work.connection.execute(
            update(table)
            .where(table.c.owner_id == owners[1])
            .values({what: bytes(size)})
        )
    )
    rotated(bank)
    assert rewrapped(bank) == Rewrapped(3, 1, is_complete=True)
    assert under(bank) == {1: 1, 2: 3}
    clock.advance(timedelta(days=8))
    key_rotation.keep_epochs(bank)
    assert 1 in bank.provider.versions
    with pytest.raises(EnvelopeError):
        commitments(bank)


def test_epochs_end_by_themselves_and_the_plan_is_kept(
    bank: Bank, clock: FrozenClock, settings: Settings
) -> None:
    make_keys(bank, 2)
    before = commitments(bank)
    began = clock.now()
    epochs = key_rotation.epochs(bank)
    with bank.read() as view:
        planned = versions.unreadable_from(view, [1], shown(bank), epochs)
        assert versions.unreadable_from(view, [], shown(bank), epochs) is None
        assert versions.unreadable_from(view, [9], shown(bank), epochs) is None
    assert planned == began + timedelta(days=30)
    key_rotation.keep_epochs(bank)
    assert len(known(bank)) == 1
    clock.advance(timedelta(days=23))
    bank.unit_of_work(vouched)
    key_rotation.keep_epochs(bank)
    key_rotation.keep_epochs(bank)
    assert under(bank) == {2: 3}
    assert bank.provider.versions == {1, 2}
    with bank.read() as view:
        assert versions.unreadable_from(view, [1], shown(bank), epochs) == planned
        assert versions.unreadable_from(
            view, [1, 2], shown(bank), epochs
        ) == planned + timedelta(23)
    clock.advance(timedelta(days=7))
    key_rotation.keep_epochs(bank)
    assert bank.provider.versions == {2}
    with bank.read() as view:
        assert (
            versions.unreadable_from(view, [1], shown(bank), epochs)
            == planned
            == clock.now()
        )
        assert newest(view, bank.keys, BANK) is None
    assert before.items() <= commitments(bank).items()


def set_to(settings: Settings, *, erasure: int, backup: int) -> Settings:
    keys = replace(settings.keys, erasure_days=erasure, backup_days=backup)
    return replace(settings, keys=keys)


@pytest.mark.parametrize("when", ["current", "old"])
def test_a_longer_setting_does_not_outlive_a_certificate(
    bank: Bank, clock: FrozenClock, settings: Settings, when: str
) -> None:
    """What was promised under the shorter one holds; only backups get fewer days."""
    if when == "old":
        rotated(bank)
        rewrapped(bank)
    with bank.read() as view:
        promised = versions.unreadable_from(
            view, [1], shown(bank), key_rotation.epochs(bank)
        )
    assert promised is not None
    longer = set_to(settings, erasure=365, backup=60)
    with closing(open_bank(longer, clock)) as later:
        with later.read() as view:
            epochs = key_rotation.epochs(later)
            assert promised == versions.unreadable_from(view, [1], shown(later), epochs)
        key_rotation.keep_epochs(later)
        # The current one is followed at once: it was promised to end sooner than that.
        assert known(later)[-1].version == (2 if when == "current" else 3)
        clock.advance(promised - clock.now())
        if later.clock_is_ahead():
            later.unit_of_work(vouched)
        key_rotation.keep_epochs(later)
        assert known(later)[0].retired_at == promised
        assert known(later)[-1].destroy_by == promised + (
            timedelta(days=335) if when == "current" else timedelta(days=358)
        )


def test_a_shorter_setting_holds_for_good(
    bank: Bank, clock: FrozenClock, settings: Settings
) -> None:
    with closing(open_bank(set_to(settings, erasure=10, backup=3), clock)) as brief:
        assert known(brief)[0].destroy_by == clock.now() + timedelta(days=10)
    with closing(open_bank(settings, clock)) as again:
        epochs = key_rotation.epochs(again)
        assert epochs.planned_end(known(again), known(again)[0]) == (
            clock.now() + timedelta(days=10)
        )
        assert epochs.next_due(known(again)) == clock.now() + timedelta(days=3)


def test_no_past_day_is_certified_of_a_version_that_is_still_there(
    bank: Bank, clock: FrozenClock
) -> None:
    rotated(bank)
    rewrapped(bank)
    clock.advance(timedelta(days=8))
    with bank.read() as view:
        epochs = key_rotation.epochs(bank)
        assert versions.unreadable_from(view, [1], shown(bank), epochs) is None
    retired(bank, 1)
    with bank.read() as view:
        found = versions.unreadable_from(view, [1], shown(bank), epochs)
    assert found == clock.now()


def answer(settings: Settings, clock: FrozenClock, name: str) -> tuple[bool, str]:
    (found,) = (each for each in inspect(settings, clock) if each.name == name)
    return found.is_good, found.said


def finding(settings: Settings, clock: FrozenClock) -> tuple[bool, str]:
    return answer(settings, clock, "keys.epoch")


def test_a_clock_that_runs_ahead_ends_no_version(
    bank: Bank, clock: FrozenClock
) -> None:
    clock.advance(timedelta(days=60))
    key_rotation.keep_epochs(bank)
    assert len(known(bank)) == 1


def test_the_doctor_tells_of_an_overdue_epoch(
    bank: Bank, clock: FrozenClock, settings: Settings
) -> None:
    assert finding(settings, clock)[0]
    clock.advance(timedelta(days=25))
    assert finding(settings, clock) == (False, "a new version was due on 2026-12-13")
    rotated(bank)
    clock.advance(timedelta(days=9))
    is_good, said = finding(settings, clock)
    assert not is_good
    assert "should have been destroyed" in said
    rewrapped(bank)
    retired(bank, 1)
    assert finding(settings, clock)[0]


def test_what_the_provider_cannot_do_is_asked_of_the_operator(
    bank: Bank, monkeypatch: pytest.MonkeyPatch, clock: FrozenClock
) -> None:
    cannot = Capabilities(adds_versions=False, destroys_versions=False, is_remote=False)
    monkeypatch.setattr(FileKeyProvider, "capabilities", cannot)
    clock.advance(timedelta(days=60))
    bank.unit_of_work(vouched)
    key_rotation.keep_epochs(bank)
    assert len(known(bank)) == 1
    bank.provider.add_version()
    key_rotation.keep_epochs(bank)
    assert under(bank).keys() == {2}
    with pytest.raises(Conflict, match="Destroy it where file keeps it"):
        retired(bank, 1)
    FileKeyProvider.destroy_version(bank.provider, 1)
    retired(bank, 1)
    assert known(bank)[0].retired_at is not None


def test_the_wraps_of_old_versions_are_found_by_the_index(bank: Bank) -> None:
    with bank.read() as view:
        if view.connection.dialect.name != "sqlite":
            pytest.skip("the planner of PostgreSQL goes by statistics")
        sql, names = rewrapping._OLDER._for(view.connection)
        plan = view.connection.exec_driver_sql(
            f"EXPLAIN QUERY PLAN {sql}", tuple(0 for _ in names or ())
        ).all()
    steps = " ".join(str(row[3]) for row in plan)
    assert "ix_owner_key_wrap_kek_version" in steps
    assert "SCAN owner_key_wrap" not in steps


def test_wraps_of_a_version_that_was_destroyed_meanwhile_are_not_stored(
    bank: Bank,
) -> None:
    make_keys(bank, 2)
    rotated(bank)
    with bank.read() as view:
        wraps = rewrapping.older(view, 2, None)
    late = rewrapping.rewrapped(bank.provider, wraps)
    rotated(bank)
    retired(bank, 2)
    with pytest.raises(KeyProviderError):
        bank.unit_of_work(lambda work: kek_acts.replace(work, late, actor="late"))
    assert under(bank).keys() == {1}
