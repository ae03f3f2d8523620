"""What an auditor runs must need nothing but Python."""

import ast
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "audit"
PURE = {
    "canonical",
    "checkpoint",
    "commitment",
    "cosignature",
    "ed25519",
    "errors",
    "leaf",
    "merkle",
    "mldsa",
    "note",
    "plan",
    "proof",
    "receipt_check",
    "text",
    "tiles",
    "tree_head",
    "verifier",
}
FILES = [
    *(FOLDER / f"{name}.py" for name in sorted(PURE - {"verifier"})),
    *sorted((FOLDER / "verifier").glob("*.py")),
]


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{each.name}" for each in node.names)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_pure_module_imports_only_pure_ones(path):
    for name in imported(path):
        first, *rest = name.split(".")

        assert first in sys.stdlib_module_names or (
            first == "audit" and rest[0] in PURE
        ), name


def test_the_package_itself_imports_nothing():
    assert list(imported(FOLDER / "__init__.py")) == []
