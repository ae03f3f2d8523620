"""Acts on versions of the key-encryption key, each with its entry in the log.

Each runs in one unit of work, so that row and entry stand or fall together. The leaf
says that a key was changed and how many wraps; which version is in the sealed detail.
"""

from collections.abc import Sequence

from audit.canonical import canonical
from audit.entry import Entry
from audit.leaf import EventType
from audit.work import Work
from pds.core.errors import Conflict
from pds.crypto.providers import KeyProvider
from pds.keys import checks, rewrapping, versions
from pds.keys.rewrapping import Change
from pds.keys.versions import Epochs


def check(
    work: Work, provider: KeyProvider, epochs: Epochs, *, actor: str = "bank"
) -> None:
    """Test every version, note each that the database does not know, and plan its end.

    The very first ones are noted without an entry: the log begins after them.

    Raises:
        KeyProviderError: a noted version is missing or is another key.
    """
    before = {each.version for each in versions.history(work.connection)}
    checks.check_provider(work.connection, provider, now=work.now)
    versions.plan(work.connection, epochs)
    after = [each.version for each in versions.history(work.connection)]
    for version in after:
        if before and version not in before:
            action = "kek.rotated" if version == after[-1] else "kek.noted"
            _record(work, actor, action, version)


def replace(work: Work, changes: Sequence[Change], *, actor: str) -> int:
    """Store new wraps where the old ones still stand; return how many.

    The version that made them may have become old meanwhile, and be destroyed.

    Raises:
        KeyProviderError: it is being destroyed; nothing was stored.
    """
    for new in sorted({each.new.kek_version for each in changes}):
        versions.hold_for_wrap(work.connection, new)
    count = rewrapping.replace(work.connection, changes)
    if count:
        version = changes[0].new.kek_version
        _record(work, actor, "kek.rewrapped", version, count)
    return count


def begin_retirement(work: Work, version: int, *, actor: str) -> None:
    """Let nothing be wrapped by a version any more; see `pds.keys.versions`."""
    if versions.begin_retirement(work.connection, version, now=work.now):
        _record(work, actor, "kek.retiring", version)


def note_return(work: Work, version: int, *, provider: KeyProvider, actor: str) -> None:
    """Record that a destroyed version is there again, before it is destroyed again.

    Raises:
        Conflict: `keys.other-key`; it is another key under that number.
    """
    if checks.is_another(work.connection, provider, version):
        raise Conflict(
            "keys.other-key",
            f"Version {version} was destroyed, and {provider.kind} holds another key"
            " under its number. Nothing uses it; find out where it came from.",
        )
    _record(work, actor, "kek.returned", version)


def finish_retirement(work: Work, version: int, *, actor: str) -> None:
    """Note that a version is destroyed."""
    if versions.finish_retirement(work.connection, version, now=work.now):
        _record(work, actor, "kek.destroyed", version)


def _record(
    work: Work, actor: str, action: str, version: int, count: int | None = None
) -> None:
    detail = {
        "actor": actor,
        "decided_at": work.now.isoformat(),
        "object": canonical({"kek_version": version}).decode(),
        "reasons": action,
    }
    work.log.record(Entry(type=EventType.KEY_EVENT, count=count, detail=detail))
