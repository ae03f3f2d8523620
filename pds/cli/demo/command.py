"""`infobank demo`, and what `infobank run` does when the demo world is wanted."""

import os
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import click
import requests

from pds.bank.bank import Bank
from pds.cli.demo import credentials as credentials_file
from pds.cli.demo import ethics_board, install, sharing, world
from pds.cli.demo.credentials import Credentials
from pds.cli.demo.journey import Journey, JourneyFailed, Stage
from pds.cli.demo.organisations import BUDGET, COACH
from pds.cli.demo.people import KENICHI, MISAKI
from pds.cli.demo.person import Person, Unexpected
from pds.cli.demo.world import DemoPerson
from pds.core.clock import TOKYO, Clock, SystemClock
from pds.core.settings import Settings

_PATIENCE = 60.0
"""Seconds that the service may take to become ready."""

_PAUSE = 0.1
PLAYED = "journey-played"
"""Name of the file that notes, beside the credentials, that the journey was played."""


def prepare_demo(bank: Bank) -> Callable[[], None]:
    """Make the demo world's accounts and recipients where they are missing.

    Returns:
        What to do in another thread as soon as the service is being started: wait for
        it, on the first start play the journey and deposit everything, print logins.

    Raises:
        Forbidden: the issuer is not local.
    """
    path = credentials_file.path_in(bank.settings.key_dir)
    found = install.establish_world(bank, path)
    bank.unit_of_work(ethics_board.approve_texts)
    clock = bank.clock
    return lambda: _after_start(found, path, clock)


def people_until_yesterday(clock: Clock) -> tuple[DemoPerson, ...]:
    """Return the demo persons with two years that end yesterday in Japan."""
    yesterday = clock.now().astimezone(TOKYO).date() - timedelta(days=1)
    return world.build(yesterday)


def _after_start(found: Credentials, path: Path, clock: Clock) -> None:
    played = path.with_name(PLAYED)
    wait_until_ready(found.issuer, clock)
    if not played.exists():
        click.echo("First start: this is the whole job, over HTTP against itself.\n")
        try:
            _play(found, clock)
            played.touch()
        except (JourneyFailed, Unexpected, requests.RequestException) as error:
            click.secho(f"\nThe journey stopped. {error}", fg="red", err=True)
    _print_logins(found, path)


def _play(found: Credentials, clock: Clock) -> None:
    people = {each.persona.key: each for each in people_until_yesterday(clock)}
    files = people.pop(KENICHI.key).files
    stage = Stage(found, KENICHI.key, COACH, files, clock.now())
    Journey(stage, click.echo).play()
    click.echo("\nThe others deposit their two years as well, and one of them shares …")
    lasting = people.pop(MISAKI.key)
    stage = Stage(found, MISAKI.key, BUDGET, lasting.files, clock.now())
    Journey(stage, lambda _line: None).share()
    patient = Person(found.issuer, found.login(MISAKI.key))
    patient.log_in()
    sharing.make_link(patient)
    for key, each in people.items():
        person = Person(found.issuer, found.login(key))
        person.log_in()
        person.deposit(each.files)


def wait_until_ready(
    issuer: str, clock: Clock, is_alive: Callable[[], bool] = lambda: True
) -> None:
    """Wait until the service says that it is ready.

    Args:
        issuer: address of the service.
        clock: measures the wait.
        is_alive: says whether waiting still makes sense.

    Raises:
        JourneyFailed: it did not within a minute, or is gone.
    """
    until = clock.monotonic() + _PATIENCE
    while is_alive() and clock.monotonic() < until:
        if _answers(issuer):
            return
        time.sleep(_PAUSE)
    raise JourneyFailed(f"{issuer} did not become ready.")


def _answers(issuer: str) -> bool:
    try:
        return requests.get(f"{issuer}/readyz", timeout=5).ok
    except requests.ConnectionError:
        return False


def _print_logins(found: Credentials, path: Path, *, is_open: bool = True) -> None:
    if is_open:
        click.echo(f"\nThe bank is open at {found.issuer}. Log in as:\n")
    else:
        click.echo(f"\nThe bank is closed: nothing answers at {found.issuer}.")
        click.echo("Open it with `make run`, and log in as:\n")
    for each in found.logins:
        click.echo(f"  {each.role:<9} {each.login:<12} {each.password}   {each.name}")
    click.echo(
        "\nRecipients act over OAuth. Their client keys and all passwords lie in"
        f"\n{path}."
    )
    place = urlsplit(COACH.redirect_uri).netloc
    click.echo(f"Try one: `make recipient` in another window, then http://{place}.")
    if is_open:
        click.echo("Stop with Ctrl+C. The next start keeps everything.")


@click.group("demo")
def demo_group() -> None:
    """The demo world: its files, its logins, its journey."""


@demo_group.command("logins")
def logins() -> None:
    """Print how to log in as each role."""
    path = _path()
    found = credentials_file.read(path)
    _print_logins(found, path, is_open=_answers(found.issuer))


@demo_group.command("journey")
def journey() -> None:
    """Play the journey again, against the service that is running."""
    clock = SystemClock()
    people = {each.persona.key: each for each in people_until_yesterday(clock)}
    files = people[KENICHI.key].files
    found = credentials_file.read(_path())
    try:
        Journey(Stage(found, KENICHI.key, COACH, files, clock.now()), click.echo).play()
    except JourneyFailed as error:
        raise click.ClickException(str(error)) from error


@demo_group.command("files")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def files(folder: Path) -> None:
    """Write the files of the three persons below FOLDER, to look at or to import."""
    for person in people_until_yesterday(SystemClock()):
        place = folder / person.persona.key
        place.mkdir(parents=True, exist_ok=True)
        for file in person.files:
            (place / file.name).write_bytes(file.content)
        click.echo(f"{place}: {len(person.files)} files of {person.persona.name}")


def _path() -> Path:
    settings = Settings.from_environment(os.environ)
    return credentials_file.path_in(settings.key_dir)
