"""`infobank profile`: the certification profile and its closed list (X-03)."""

from pathlib import Path

import click

from consent import profile_list
from pds.cli.opening import opened_bank

_ACTOR = "operator:command-line"


@click.group("profile")
def profile_group() -> None:
    """Show or load what the certification profile admits."""


@profile_group.command("show")
def show_command() -> None:
    """Say which profile is set, which list is loaded, and what it admits now."""
    with opened_bank() as bank, bank.read() as snap:
        item = profile_list.loaded(snap)
        now = profile_list.admitted(snap, bank.profile)
        is_approved = item is not None and profile_list.is_approved(snap, item)
    click.echo(f"profile {now.id}, set by INFOBANK_CERTIFICATION_PROFILE")
    if item is None:
        click.echo("no list is loaded")
    else:
        version, digest = item.document["version"], item.subject_id.partition("@")[2]
        standing = "approved by the board" if is_approved else "not approved"
        click.echo(f"list version {version}, {standing}, SHA-256 {digest}")
    admitted = ", ".join(sorted(now.special_care)) or "no special-care data"
    click.echo(f"admits {admitted}")


@profile_group.command("load")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def load_command(file: Path) -> None:
    """Put a list before the ethics board; until it approves, nothing is admitted."""
    with file.open("rb") as opened:
        definition = profile_list.read(opened.read(profile_list.LARGEST + 1))
    with opened_bank() as bank:
        subject_id = bank.unit_of_work(
            lambda work: profile_list.load(work, definition, actor=_ACTOR)
        )
    click.echo(f"{subject_id} waits for the ethics board")
