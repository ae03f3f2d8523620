"""`infobank board report`: what the ethics board has to know (G-05, G-08)."""

import json
from dataclasses import asdict
from datetime import datetime

import click

from pds.cli.opening import opened_bank
from pds.cli.period import DAY, between
from pds.oversight import board_report
from pds.oversight.board_report import Countdown, PeriodReport
from pds.oversight.decisions import Item
from pds.rights.desk import counting


@click.group("board")
def board_group() -> None:
    """The data ethics board."""


@board_group.command("report")
@click.option("--from", "first", type=DAY, help="First day of the period (Japan).")
@click.option("--to", "last", type=DAY, help="Last day of the period (Japan).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.pass_context
def report_command(
    context: click.Context,
    *,
    first: datetime | None,
    last: datetime | None,
    as_json: bool,
) -> None:
    """Print what happened, and what is live without a decision of the board.

    Ends with 0 if nothing is live without a decision, with 1 otherwise.
    """
    period = between(first, last)
    with opened_bank() as bank, bank.read() as snap:
        found = board_report.of_period(snap, period)
        wishes = counting.by_kind(snap, period.since, period.until)
        lacking = board_report.undecided(snap)
        counted = board_report.countdown(snap)
    names = [_name(each, counted) for each in lacking]
    if as_json:
        more = {"requests": wishes, "lacking": names, "transition": _left(counted)}
        click.echo(json.dumps(_plain(found) | more))
    else:
        _say(found, wishes, names)
        _say_left(counted)
    context.exit(1 if lacking else 0)


def _name(item: Item, counted: Countdown | None) -> str:
    """Name what lacks a decision, and say so if a transition lets some of it go on."""
    is_bridged = counted is not None and counted.covers(item)
    under = " (under transition)" if is_bridged else ""
    return f"{item.kind.value} {item.subject_id}{under}"


def _left(counted: Countdown | None) -> dict[str, object] | None:
    if counted is None:
        return None
    return {
        "ends_at": counted.ends_at.isoformat(),
        "days_left": counted.days_left,
        "consents": counted.consents,
    }


def _say_left(counted: Countdown | None) -> None:
    if counted is not None:
        click.echo(
            f"Transition of an upgrade: {counted.consents} consents go on, "
            f"{counted.days_left} days left, and may stop at "
            f"{counted.ends_at:%Y-%m-%d %H:%M} UTC"
        )


def _plain(found: PeriodReport) -> dict[str, object]:
    rows = [
        {"type": kind, "recipient": recipient, "count": count}
        for (kind, recipient), count in found.by_recipient.items()
    ]
    denials = [
        {"recipient": recipient, "reason": reason, "count": count}
        for (recipient, reason), count in found.denials.items()
    ]
    return asdict(found) | {"by_recipient": rows, "denials": denials}


def _say(found: PeriodReport, wishes: dict[str, int], lacking: list[str]) -> None:
    for title, counts in (
        ("Entries of the log", found.entries),
        ("Events of consents", found.consents),
        ("Requests of persons", wishes),
    ):
        click.echo(f"{title}:")
        for name, count in counts.items():
            click.echo(f"  {name:<24} {count}")
    click.echo("By recipient:")
    for (kind, recipient), count in found.by_recipient.items():
        click.echo(f"  {recipient:<24} {kind:<24} {count}")
    click.echo("Refused, by reason:")
    for (recipient, reason), count in found.denials.items():
        click.echo(f"  {recipient:<24} {reason:<24} {count}")
    click.echo(f"Conditions overdue: {found.overdue}")
    click.echo(f"Live without a decision in force: {len(lacking)}")
    for name in lacking:
        click.echo(f"  {name}")
