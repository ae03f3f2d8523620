"""`infobank audit census` and `audit subjects`: nobody's entry is left out."""

import os
from collections.abc import Iterator
from pathlib import Path

import click

from audit import census_walk, handles
from audit.census import Census, CensusFault, Difference
from pds.cli.opening import opened_bank

_WORDS = {
    CensusFault.MISSING: "an entry that was counted is not in the tree",
    CensusFault.DOUBLED: "a handle stands at a second place",
    CensusFault.BEYOND: "an entry stands beyond the final count",
    CensusFault.OTHER_LEAF: "the index of handles leads to another leaf",
    CensusFault.DETAIL_MISSING: "the detail is missing or cannot be opened",
    CensusFault.DETAIL_DIFFERS: "the leaf does not commit to its detail",
    CensusFault.DETAIL_ALONE: "a detail has no counted entry",
    CensusFault.CHAIN: "nothing says how many entries this generation had",
    CensusFault.ORPHAN: "no subject owns this entry",
    CensusFault.KEY_GONE: "the key is destroyed and no entry tells of it",
    CensusFault.TOO_EARLY: "the details were destroyed before their time",
    CensusFault.TOO_LONG: "the details are kept beyond their time without a hold",
}


@click.command("census")
@click.pass_context
def census_command(context: click.Context) -> None:
    """Check that every entry belongs to exactly one subject and none is missing.

    Ends with 0 if so, with 1 and every difference if not. Names no subject.
    """
    with opened_bank() as bank, bank.read() as snap:
        census = census_walk.take(snap, bank.keys)
    for line in said(census):
        click.echo(line)
    context.exit(0 if census.holds else 1)


@click.command("subjects")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def subjects_command(file: Path) -> None:
    """Write the handle keys of all subjects to FILE, for the stand-alone verifier.

    The file tells which entries belong together; keep it as secret as the keys.
    """
    with opened_bank() as bank, bank.read() as snap:
        lines = handles.of_everybody(snap, bank.keys, bank.ids)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise click.ClickException(f"{file} exists; it is not written over.") from None
    with os.fdopen(descriptor, "w", encoding="ascii") as out:
        out.writelines(f"{line}\n" for line in lines)
    click.echo(f"{len(lines) - 1} handle keys in {file}; readable by you alone.")


def said(census: Census) -> Iterator[str]:
    """Yield the outcome in words."""
    yield (
        f"{census.accounted} of {census.size} entries belong to"
        f" {census.subjects} subjects in {census.generations} key generations."
    )
    if census.waiting:
        yield f"{census.waiting} entries wait for their place in the tree."
    for gen, count in sorted(census.destroyed.items()):
        yield f"not checkable: key destroyed: generation {gen}, {count} times"
    if census.destroyed:
        yield (
            f"{census.unreadable} entries of the log are explained by key:event entries"
            " alone: their details were destroyed when their time was over."
        )
    if census.held:
        yield f"{census.held} audit keys are on hold."
    for each in census.differences:
        yield f"WRONG: {_place(each)}: {_WORDS[each.fault]} ({each.fault.value})"
    if census.found > len(census.differences):
        yield f"and {census.found - len(census.differences)} more"
    yield "COMPLETE" if census.holds else f"FAILED: {census.found} differences"


def _place(each: Difference) -> str:
    named = (("index", each.index), ("generation", each.gen), ("number", each.i))
    return ", ".join(f"{name} {value}" for name, value in named if value is not None)
