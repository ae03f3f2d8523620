"""The import contracts of pyproject.toml hold."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_import_contracts_are_kept(tmp_path):
    command = "import sys; from importlinter.cli import lint_imports_command as run;"
    run = subprocess.run(
        [
            sys.executable,
            "-c",
            f"{command} sys.path.insert(0, '.'); run()",
            "--cache-dir",
            str(tmp_path),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stdout + run.stderr


def test_verifier_needs_only_the_standard_library():
    run = subprocess.run(
        [sys.executable, "-S", "-E", "-m", "audit.verifier", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stderr
