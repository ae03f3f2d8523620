"""`infobank doctor`: looks at everything, says what is wrong, changes nothing."""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict

import click

from pds.bank.inspection.finding import Finding
from pds.bank.inspection.inspector import inspect
from pds.cli.demo import credentials
from pds.core.clock import SystemClock
from pds.core.environment import SettingsError
from pds.core.settings import Settings


@click.command("doctor")
@click.option("--full", is_flag=True, help="Read every entry and every page.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.pass_context
def doctor_command(context: click.Context, *, full: bool, as_json: bool) -> None:
    """Check keys, files, database, clock and log; 0 if all is well, else 1.

    May be run while the service runs. Nothing is changed.
    """
    found = list(examine(full=full))
    if as_json:
        click.echo(json.dumps([asdict(each) for each in found], ensure_ascii=False))
    else:
        for each in found:
            say(each)
    context.exit(0 if all(each.is_good for each in found) else 1)


def examine(*, full: bool = False) -> Iterator[Finding]:
    """Look at the installation that the environment describes."""
    try:
        settings = Settings.from_environment(os.environ)
    except SettingsError as error:
        advice = "See docs/operations.md."
        yield Finding("settings", is_good=False, said=str(error), advice=advice)
        return
    yield Finding("settings", is_good=True, said="understood")
    yield from inspect(settings, SystemClock(), full=full)
    yield _demo(settings)


def say(finding: Finding) -> None:
    """Print one line for a person."""
    sign = "✓" if finding.is_good else "✗"
    tail = f" → {finding.advice}" if finding.advice else ""
    click.echo(f"{sign} {finding.name:<20} {finding.said}{tail}")


def _demo(settings: Settings) -> Finding:
    path = credentials.path_in(settings.key_dir)
    if path.exists() and not settings.is_local:
        return Finding(
            "demo",
            is_good=False,
            said="this database holds the demo world's accounts",
            advice="Begin with an empty database; the demo's passwords lie in a file.",
        )
    return Finding("demo", is_good=True, said="no demo world on a public address")
