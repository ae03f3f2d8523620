"""The whole job from outside, unpatched: a real server, real HTTP, both databases."""

import os
import socket
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from pds.bank.bank import open_bank
from pds.cli.demo import credentials, install, world
from pds.cli.demo.command import wait_until_ready
from pds.cli.demo.journey import Journey, JourneyFailed, Stage
from pds.cli.demo.organisations import COACH
from pds.cli.demo.people import KENICHI
from pds.core.clock import TOKYO, SystemClock
from pds.core.settings import Settings

ROOT = Path(__file__).parents[2]
DAYS = 45


@pytest.fixture
def environment(database_url, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    plain = {k: v for k, v in os.environ.items() if not k.startswith("INFOBANK_")}
    return {
        **plain,
        "INFOBANK_DATA_DIR": str(tmp_path / "data"),
        "INFOBANK_KEY_DIR": str(tmp_path / "keys"),
        "INFOBANK_DATABASE_URL": database_url,
        "INFOBANK_PORT": str(port),
        "INFOBANK_ISSUER": f"http://localhost:{port}",
    }


@pytest.fixture
def found(environment):
    """The demo world's accounts and recipients, made before the server starts."""
    settings = Settings.from_environment(environment)
    bank = open_bank(settings, SystemClock())
    try:
        return install.establish_world(bank, credentials.path_in(settings.key_dir))
    finally:
        bank.close()


@pytest.fixture
def service(environment, found, tmp_path):
    """The server as `infobank run` starts it, in a process of its own."""
    log = tmp_path / "server.log"
    command = "from pds.cli.main import main; main()"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", command, "run"],
            cwd=ROOT,
            env=environment,
            stdout=out,
            stderr=out,
        )
    try:
        wait_until_ready(found.issuer, SystemClock(), lambda: process.poll() is None)
        yield found
    except JourneyFailed as error:
        said = log.read_text(encoding="utf-8", errors="replace")
        raise AssertionError(f"{error}\n{said[-5000:]}") from error
    finally:
        process.terminate()
        process.wait(30)


def test_the_whole_job_over_http(service):
    now = SystemClock().now()
    yesterday = now.astimezone(TOKYO).date() - timedelta(days=1)
    people = {each.persona.key: each for each in small_world(yesterday)}
    lines = []
    stage = Stage(service, KENICHI.key, COACH, people[KENICHI.key].files, now)

    Journey(stage, lines.append).play()

    assert len(lines) == 17
    assert all("✓" in line for line in lines)


def small_world(last_day: date):
    return world.build(last_day, days=DAYS)
