"""Rules about the code itself that no linter knows, checked on the syntax tree."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("pds", "consent", "providers", "audit", "migrations")
MOST_LINES = 300
MOST_LINES_OF_FUNCTION = 40


def product_files():
    found = [ROOT / "wsgi.py"]
    for package in PACKAGES:
        found += sorted((ROOT / package).rglob("*.py"))
    return [each for each in found if each.exists() and "versions" not in each.parts]


FILES = product_files()
NAMES = [str(each.relative_to(ROOT)) for each in FILES]


def tree(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def calls(path):
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.func.attr, ast.unparse(node.func.value), node.lineno


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_only_the_bank_commits(path):
    places = [line for name, _, line in calls(path) if name == "commit"]

    allowed = path.is_relative_to(ROOT / "pds" / "bank")
    assert allowed or not places, f"{path.name}: .commit( at lines {places}"


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_only_the_clock_reads_the_time(path):
    readers = {
        ("now", "datetime"),
        ("now", "datetime.datetime"),
        ("utcnow", "datetime"),
        ("today", "date"),
        ("today", "datetime.date"),
        ("time", "time"),
    }
    places = [line for name, of, line in calls(path) if (name, of) in readers]

    allowed = path == ROOT / "pds" / "core" / "clock.py"
    assert allowed or not places, f"{path.name}: reads the time at lines {places}"


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_views_and_commands_do_not_write_the_log(path):
    delivery = any(path.is_relative_to(ROOT / "pds" / name) for name in ("web", "cli"))
    places = [
        line
        for name, of, line in calls(path)
        if name == "record" and of.split(".")[-1] == "log"
    ]

    assert not (delivery and places), f"{path.name}: log.record( at lines {places}"


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_files_and_functions_stay_small(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    long = [
        node.name
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and length(node) > MOST_LINES_OF_FUNCTION
    ]

    assert len(lines) <= MOST_LINES
    assert not long


def length(node):
    first = node.body[0]
    has_text = ast.get_docstring(node) is not None
    text = (first.end_lineno - first.lineno + 1) if has_text else 0
    return node.end_lineno - node.lineno + 1 - text


def test_every_package_says_what_it_is_for():
    silent = [
        str(each.relative_to(ROOT))
        for each in FILES
        if each.name == "__init__.py" and len(ast.get_docstring(tree(each)) or "") < 40
    ]

    assert not silent


def test_no_module_has_an_empty_name():
    vague = {"utils", "helpers", "common", "manager", "misc", "base_service"}

    assert not [name for name in NAMES if Path(name).stem in vague]


def test_nothing_is_left_to_do():
    mark = re.compile(r"\b(?:TODO|FIXME|XXX)\b")
    found = [
        name
        for name, path in zip(NAMES, FILES, strict=True)
        if mark.search(path.read_text(encoding="utf-8"))
    ]

    assert not found


def test_every_exception_to_a_rule_names_it_and_says_why():
    bare = re.compile(r"# noqa(?!: [A-Z]+\d+(?:, ?[A-Z]+\d+)* +- \S)")
    found = [
        f"{name}:{number}"
        for name, path in zip(NAMES, FILES, strict=True)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if bare.search(line)
    ]

    assert not found
