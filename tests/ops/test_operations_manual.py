"""The unit and the proxies of the manual fit the program that they are written for."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from audit.signer import KEY_FILE
from pds.cli import server
from pds.cli.main import cli
from pds.core.settings import VARIABLES, Settings

MANUAL = (Path(__file__).parents[2] / "docs" / "operations.md").read_text("utf-8")


def block(start: str, language: str = "") -> str:
    """Return the fenced block of a language that begins with some words."""
    found = re.search(rf"```{language}\n({re.escape(start)}.*?)```", MANUAL, re.DOTALL)
    assert found, start
    return found[1]


@pytest.fixture
def unit() -> dict[str, str]:
    parser = configparser.RawConfigParser(strict=True)
    parser.optionxform = str
    parser.read_string(block("[Unit]", "ini"))
    return dict(parser["Service"])


@pytest.fixture
def settings() -> Settings:
    lines = block("INFOBANK_DATA_DIR").splitlines()
    return Settings.from_environment(dict(line.split("=", 1) for line in lines))


def test_the_environment_is_one_that_starts(settings):
    assert not settings.is_local
    assert settings.trusted_proxies == 1


def test_the_unit_may_write_where_the_settings_point_and_nowhere_else(unit, settings):
    folders = {f"/var/lib/{name}" for name in unit["StateDirectory"].split()}

    assert folders == {str(settings.data_dir), str(settings.key_dir)}
    assert unit["StateDirectoryMode"] == "0700"
    assert unit["UMask"] == "0077"
    assert unit["ProtectSystem"] == "strict"
    assert unit["NoNewPrivileges"] == "yes"
    assert "ReadWritePaths" not in unit
    assert not [name for name in unit if name in VARIABLES]


def test_the_unit_leaves_time_to_stop_in_order(unit):
    assert int(unit["TimeoutStopSec"]) > server._LAST_SECONDS
    assert unit["KillMode"] == "mixed"
    assert unit["ExecStart"].endswith("/infobank run")


def test_every_secret_that_is_used_is_in_the_manual():
    """A unit with systemd credentials lacks what the manual does not name."""
    root = Path(__file__).parents[2]
    named = re.compile(
        r'(?:SECRET(?:_NAME)?|PEPPER)(?:: Final)? = "([a-z0-9-]+)"'
        r'|\.secret\("([a-z0-9-]+)"\)'
    )
    used = {KEY_FILE.removesuffix(".key")}
    for package in ("pds", "consent", "audit"):
        for path in (root / package).rglob("*.py"):
            for found in named.finditer(path.read_text(encoding="utf-8")):
                used.add(found[1] or found[2])
    loop = re.search(r"for name in (.*?); do", block("mkdir -p -m 0700"), re.DOTALL)

    assert len(used) > 8
    assert set(loop[1].replace("\\", "").split()) == used | {"kek-1"}
    assert not [name for name in used if f"`{name}`" not in MANUAL]


def test_every_command_of_the_manual_exists():
    named = set(re.findall(r"\binfobank ((?:[a-z]+ ?)+)", block("infobank backup")))
    named |= set(re.findall(r"`infobank ([a-z]+)", MANUAL))

    assert {each.split()[0] for each in named} <= cli.commands.keys()


def test_systemd_knows_every_option(tmp_path):
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("THE UNIT IS NOT VERIFIED: apt-get install systemd")
    path = tmp_path / "infobank.service"
    text = re.sub("(?m)^ExecStart=.*$", "ExecStart=/bin/true", block("[Unit]", "ini"))
    path.write_text(text)

    said = subprocess.run(
        [program, "verify", str(path)], capture_output=True, text=True, check=False
    )

    about = [line for line in said.stderr.splitlines() if path.name in line]
    assert about == []
    assert said.returncode == 0, said.stderr


@pytest.mark.parametrize(
    ("start", "language", "needed"),
    [
        (
            "server {",
            "nginx",
            (
                "location = /metrics",
                "client_max_body_size 21m;",
                "client_max_body_size 101m;",
                # A smaller one writes uploads to a disk, in clear.
                "client_body_buffer_size 21m;",
                "client_body_buffer_size 101m;",
                "proxy_buffering off;",
                "gzip off;",
                "proxy_set_header X-Forwarded-For $remote_addr;",
                "proxy_set_header X-Forwarded-Proto https;",
                "proxy_set_header X-Forwarded-Host $host;",
            ),
        ),
        (
            "bank.example {",
            "caddy",
            (
                "respond /metrics 404",
                "max_size 21MB",
                "max_size 101MB",
                "flush_interval -1",
                "header_up X-Forwarded-For {remote_host}",
            ),
        ),
    ],
)
def test_a_proxy_hides_metrics_and_fits_the_settings(start, language, needed, settings):
    text = block(start, language)

    assert not [each for each in needed if each not in text]
    assert text.count("{") == text.count("}")
    assert f"{settings.host}:{settings.port}" in text
    assert settings.issuer.removeprefix("https://") in text
    # A form around the largest file still fits.
    assert settings.max_upload_bytes + 65_536 < 21_000_000
    assert settings.max_archive_bytes + 65_536 < 101_000_000
    assert "Strict-Transport-Security" not in text
