"""`infobank criteria`: how each item of the certification's checklist stands now."""

import json
from pathlib import Path

import click

from pds.bank.evidence import functions
from pds.cli.opening import opened_bank
from pds.oversight.criteria import matrix
from pds.oversight.criteria.finding import Status
from pds.oversight.criteria.matrix import Line

_SIGNS = {
    Status.MET: "✓",
    Status.OPEN: "…",
    Status.RED: "✗",
    Status.NOT_BUILT: "–",
    Status.NOT_APPLICABLE: "·",
}


@click.command("criteria")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option(
    "--csv",
    "table",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the matrix to this CSV file.",
)
@click.pass_context
def criteria_command(
    context: click.Context, *, as_json: bool, table: Path | None
) -> None:
    """Look at every criterion now; 0 if none is out of order, else 1.

    May be run while the service runs.
    """
    with opened_bank() as bank, bank.read() as snap:
        found = matrix.lines(snap, functions.ALL)
    if table is not None:
        table.write_bytes(matrix.as_csv(found))
    if as_json:
        rows = [matrix.written(each) for each in found]
        click.echo(json.dumps(rows, ensure_ascii=False))
    else:
        for each in found:
            click.echo(said(each))
    context.exit(1 if any(each.status is Status.RED for each in found) else 0)


def said(each: Line) -> str:
    """Return one line for a person."""
    item = each.criterion
    numbers = each.evidence.figures if each.evidence else ()
    tail = ", ".join(f"{f.name} {f.value}" for f in numbers)
    unread = "" if item.is_verified else f" [wording {item.tag.value}]"
    words = f"{item.id} {_SIGNS[each.status]} {item.words['en']}{unread}"
    return f"{words} ({tail})" if tail else words
