"""The wheel holds every package, template, static file, schema and migration."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("pds", "consent", "providers", "audit", "migrations")
NOT_FOR_RUNNING = {"babel.cfg"}
SINGLE = ("pyproject.toml", "README.md", "LICENSE", "wsgi.py")


def ours(folder):
    return [
        each.relative_to(ROOT).as_posix()
        for each in sorted((ROOT / folder).rglob("*"))
        if each.is_file()
        and "__pycache__" not in each.parts
        and each.name not in NOT_FOR_RUNNING
    ]


@pytest.fixture(scope="module")
def wheel_names(tmp_path_factory):
    """Build from a copy, so that no build folder is left among the sources."""
    source = tmp_path_factory.mktemp("source")
    out = tmp_path_factory.mktemp("wheel")
    skip = shutil.ignore_patterns("__pycache__")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, source / package, ignore=skip)
    for name in SINGLE:
        shutil.copy(ROOT / name, source / name)
    options = ["--no-deps", "--no-build-isolation", "--no-index", "-q"]
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", *options, "-w", str(out), str(source)],
        check=True,
        capture_output=True,
    )
    (wheel,) = out.glob("infobank-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.mark.parametrize("package", PACKAGES)
def test_wheel_holds_every_file_of(package, wheel_names):
    missing = [name for name in ours(package) if name not in wheel_names]

    assert not missing


def test_wheel_holds_nothing_else(wheel_names):
    tops = {name.split("/")[0] for name in wheel_names}
    foreign = {top for top in tops if not top.endswith(".dist-info")} - set(PACKAGES)

    assert foreign == {"wsgi.py"}
    assert any(name.endswith("licenses/LICENSE") for name in wheel_names)
