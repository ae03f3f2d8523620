"""Rotating the key-encryption key (KEK) while the service serves.

rotate: the provider makes a version, then one transaction notes its known value. A kill
between the two leaves a version that the next rotation, or the next start, notes. One
process does so at a time.
rewrap: wraps by older versions are wrapped anew in batches; see `pds.keys.rewrapping`.
retire: one transaction makes sure that nothing is or will be under a version, then the
provider destroys it, then one transaction notes that. A kill in between is finished by
the same command, or by the chore.

The chore does all three by itself, an epoch at a time, so that keys which were erased
die in old backups, too.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import structlog

from pds.bank import kek_acts, rotation_lock
from pds.bank.bank import Bank
from pds.core.errors import BankError, Conflict
from pds.core.logging import describe
from pds.keys import checks, rewrapping, versions
from pds.keys.rewrapping import Wrap
from pds.keys.versions import Epochs, KekVersion

log = structlog.get_logger()

_MOST_BATCHES = 20
"""Batches of one turn of the chore; the rest waits for the next."""


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """What a run came to.

    Attributes:
        done: wraps that this run replaced.
        left: wraps that do not open to the committed key; they stay as they are.
        is_complete: whether the run met every older wrap.
    """

    done: int
    left: int
    is_complete: bool


def rotate(bank: Bank, *, actor: str) -> int:
    """Make a new version the current one; return its number.

    Where the provider has a newer version than the database already, that one is
    taken, and so is one that another process makes at the same time.

    Raises:
        KeyProviderError: versions of this provider come by configuration, or it does
            not answer.
        Unavailable: another process makes a version, and does not end.
    """
    return _rotate_past(bank, _history(bank)[-1].version, actor)


def note_versions(bank: Bank, *, actor: str = "bank") -> bool:
    """Note every version that the provider shows; say whether any was new.

    Another process added it, or the administrator of a key server. Until it has a row
    no start-up tests it, and nothing ever ends it.

    Raises:
        KeyProviderError: the provider does not answer, or holds another bank's keys.
    """
    bank.provider.refresh()
    with bank.read() as view:
        found = checks.unnoted(view.connection, bank.provider.versions)
    if found:
        _check(bank, actor)
        log.info("key versions noted", versions=found)
    return bool(found)


def rewrap(
    bank: Bank,
    *,
    actor: str,
    progress: Callable[[int], object] = lambda _count: None,
    most: int | None = None,
) -> Rewrapped:
    """Wrap every key anew that is under an older version than the current one.

    Args:
        bank: the bank.
        actor: who ordered it.
        progress: is told how many wraps each batch went over.
        most: batches after which to stop; None goes on to the end.

    Raises:
        KeyProviderError: the provider does not answer.
    """
    current = _history(bank)[-1].version
    after: Wrap | None = None
    done = left = batches = 0
    while most is None or batches < most:
        with bank.read() as view:
            found = rewrapping.older(view, current, after)
        if not found:
            return Rewrapped(done, left, is_complete=True)
        changes = rewrapping.rewrapped(bank.provider, found)
        done += bank.unit_of_work(
            partial(kek_acts.replace, changes=changes, actor=actor)
        )
        left += len(found) - len(changes)
        after, batches = found[-1], batches + 1
        progress(len(found))
    return Rewrapped(done, left, is_complete=False)


def retire(bank: Bank, version: int, *, actor: str) -> None:
    """Destroy an old version that wraps nothing any more; again, if it came back.

    Raises:
        NotFound: there is no such version.
        Conflict: it is the current one, or keys are still under it; or
            `keys.by-hand`: the operator has to destroy it where it is kept, and then
            to order this again; or `keys.other-key`: it was destroyed, and what came
            back is another key.
        KeyProviderError: the provider does not answer.
    """
    bank.provider.refresh()
    if version in returned(bank):
        bank.unit_of_work(
            partial(
                kek_acts.note_return,
                version=version,
                provider=bank.provider,
                actor=actor,
            )
        )
    bank.unit_of_work(partial(kek_acts.begin_retirement, version=version, actor=actor))
    provider = bank.provider
    if provider.capabilities.destroys_versions:
        provider.destroy_version(version)
    provider.refresh()
    if version in provider.versions:
        raise Conflict(
            "keys.by-hand",
            f"Nothing is under version {version} any more. Destroy it where"
            f" {provider.kind} keeps it, restart every process, and run this again.",
        )
    bank.unit_of_work(partial(kek_acts.finish_retirement, version=version, actor=actor))


def returned(bank: Bank) -> list[int]:
    """Return the destroyed versions that the provider shows again."""
    with bank.read() as view:
        return versions.returned(view.connection, bank.provider.versions)


def epochs(bank: Bank) -> Epochs:
    """Return how long versions live, as this bank is set."""
    days = bank.settings.keys
    return versions.epochs(days.erasure_days, days.backup_days)


def keep_epochs(bank: Bank) -> None:
    """Rotate, wrap anew and retire what is due, as far as the provider can.

    A clock that runs ahead ends no version: backups of its time would die early.
    """
    if bank.clock_is_ahead():
        return
    note_versions(bank)
    known, now = _history(bank), bank.clock.now()
    can = bank.provider.capabilities
    if can.adds_versions and now >= epochs(bank).next_due(known):
        version = _rotate_past(bank, known[-1].version, "bank")
        log.info("key version is current", version=version)
    rewrap(bank, actor="bank", most=_MOST_BATCHES)
    if can.destroys_versions:
        for each in _history(bank)[:-1]:
            _retire_due(bank, each)


def _rotate_past(bank: Bank, version: int, actor: str) -> int:
    """Make the version that follows one, unless another process has; return it."""
    with rotation_lock.held(bank):
        bank.provider.refresh()
        if _history(bank)[-1].version == version:
            if bank.provider.current_version <= version:
                bank.provider.add_version()
            _check(bank, actor)
    return _history(bank)[-1].version


def _retire_due(bank: Bank, version: KekVersion) -> None:
    is_back = version.version in returned(bank)
    if version.retired_at is not None and not is_back:
        return
    is_due = epochs(bank).planned_end(_history(bank), version) <= bank.clock.now()
    if not is_due and version.retiring_at is None:
        return
    try:
        retire(bank, version.version, actor="bank")
    except BankError as error:
        # Keys that do not open hold up a version; nobody else's work waits for that.
        log.warning("key version not retired", **describe(error))


def _check(bank: Bank, actor: str) -> None:
    plan = epochs(bank)
    bank.unit_of_work(
        lambda work: kek_acts.check(work, bank.provider, plan, actor=actor)
    )


def _history(bank: Bank) -> list[KekVersion]:
    with bank.read() as view:
        return versions.history(view.connection)
