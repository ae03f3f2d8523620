"""`infobank keys`: versions of the key-encryption key, and what is under them.

All of it may be run while the service serves, be killed, and be run again.
"""

from datetime import datetime

import click

from pds.bank import key_rotation
from pds.bank.bank import Bank
from pds.bank.key_rotation import Rewrapped
from pds.cli.opening import opened_bank
from pds.core.clock import TOKYO
from pds.keys import versions
from pds.keys.census import Generations, generations
from pds.keys.classes import FIRST_FAMILY, KeyClass
from pds.keys.versions import KekVersion

_ACTOR = "operator:command-line"
_CLASSES = {**{int(each): each.name.lower() for each in KeyClass}, FIRST_FAMILY: "data"}


@click.group("keys")
def keys_group() -> None:
    """Look after the key-encryption key and the keys under it."""


@keys_group.command("status")
def status_command() -> None:
    """Say which versions there are, what is under them, and what comes next."""
    with opened_bank() as bank:
        _say_versions(bank)
        with bank.read() as view:
            found = generations(view.connection)
    click.echo("")
    for each in found:
        click.echo(_generations_line(each))


@keys_group.command("rotate")
def rotate_command() -> None:
    """Make a new version, which wraps from now on; nothing has to be restarted."""
    with opened_bank() as bank:
        version = key_rotation.rotate(bank, actor=_ACTOR)
    click.echo(f"Version {version} is current. Next: infobank keys rewrap")


@keys_group.command("rewrap")
@click.pass_context
def rewrap_command(context: click.Context) -> None:
    """Wrap every key anew that is under an older version; 1 if some cannot be."""
    with opened_bank() as bank:
        done = _rewrap(bank)
    click.echo(f"{done.done} keys were wrapped anew.")
    if done.left:
        click.echo(
            f"{done.left} wraps do not open to their keys and stay as they are; the"
            " version that made them is still needed."
        )
    context.exit(1 if done.left else 0)


@keys_group.command("retire")
@click.argument("version", type=click.IntRange(min=1))
@click.option("--yes", is_flag=True, help="Do not ask.")
def retire_command(version: int, *, yes: bool) -> None:
    """Destroy an old VERSION for good, once nothing is under it."""
    if not yes:
        click.confirm(
            f"Backups that were made while version {version} was current can never be"
            " read again. Destroy it?",
            abort=True,
        )
    with opened_bank() as bank:
        key_rotation.retire(bank, version, actor=_ACTOR)
    click.echo(
        f"Version {version} is destroyed. Destroy every copy of it that you keep, or"
        " erased keys live on in old backups."
    )


def _rewrap(bank: Bank) -> Rewrapped:
    with bank.read() as view:
        known = versions.history(view.connection)
        counts = versions.wraps(view.connection)
    older = sum(n for number, n in counts.items() if number < known[-1].version)
    with click.progressbar(length=older, label="Wrapping anew") as bar:
        return key_rotation.rewrap(bank, actor=_ACTOR, progress=bar.update)


def _say_versions(bank: Bank) -> None:
    with bank.read() as view:
        known = versions.history(view.connection)
        counts = versions.wraps(view.connection)
        now = view.now
    epochs, back = key_rotation.epochs(bank), key_rotation.returned(bank)
    for each in known:
        is_current = each is known[-1]
        end = epochs.planned_end(known, each)
        state = _state(each, is_current=is_current, is_back=each.version in back)
        click.echo(
            f"version {each.version}: {state},"
            f" {counts.get(each.version, 0)} keys,"
            f" {(now - each.created_at).days} days old,"
            f" {'destroyed' if each.retired_at else 'to be destroyed'} {_day(end)}"
        )
    due = epochs.next_due(known)
    late = " (overdue)" if due <= now else ""
    click.echo(f"provider: {bank.provider.kind}; next version due {_day(due)}{late}")


def _state(version: KekVersion, *, is_current: bool, is_back: bool) -> str:
    if is_back:
        return "destroyed and THERE AGAIN (infobank keys retire destroys it)"
    if version.retired_at is not None:
        return "destroyed"
    if version.retiring_at is not None:
        return "being destroyed"
    return "current" if is_current else "old"


def _generations_line(each: Generations) -> str:
    name = _CLASSES.get(each.key_class, str(each.key_class))
    state = each.state.name.lower().replace("_", " ")
    near = f", {each.near} near their limit" if each.near else ""
    return (
        f"{name} keys, {state}: {each.keys}, {each.reserved} encryptions reserved{near}"
    )


def _day(moment: datetime) -> str:
    return moment.astimezone(TOKYO).date().isoformat()
