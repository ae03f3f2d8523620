"""Rules about the code itself that no linter knows, checked on the syntax tree."""

import ast
import re
from functools import cache
from pathlib import Path

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


@cache
def trees():
    """Read all once, in the one process that runs these tests."""
    return [ast.parse(each.read_text(encoding="utf-8")) for each in FILES]


@cache
def calls():
    """Return (file, attribute called, what it is called on, line) of the product."""
    return [
        (name, node.func.attr, ast.unparse(node.func.value), node.lineno)
        for name, tree in zip(NAMES, trees(), strict=True)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]


def test_only_the_bank_commits():
    places = [
        f"{name}:{line}"
        for name, called, _, line in calls()
        if called == "commit" and not name.startswith("pds/bank/")
    ]

    assert not places


def test_only_the_clock_reads_the_time():
    readers = {
        ("datetime", "now"),
        ("datetime.datetime", "now"),
        ("datetime", "utcnow"),
        ("date", "today"),
        ("datetime.date", "today"),
        ("time", "time"),
    }
    places = [
        f"{name}:{line}"
        for name, called, on, line in calls()
        if (on, called) in readers and name != "pds/core/clock.py"
    ]

    assert not places


def test_views_and_commands_do_not_write_the_log():
    places = [
        f"{name}:{line}"
        for name, called, on, line in calls()
        if called == "record"
        and on.split(".")[-1] == "log"
        and name.startswith(("pds/web/", "pds/cli/"))
    ]

    assert not places


def test_files_stay_small():
    sizes = {
        name: len(path.read_text(encoding="utf-8").splitlines())
        for name, path in zip(NAMES, FILES, strict=True)
    }

    assert not {name: size for name, size in sizes.items() if size > MOST_LINES}


def test_functions_stay_small():
    long = [
        f"{name}:{node.name}: {length(node)}"
        for name, tree in zip(NAMES, trees(), strict=True)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and length(node) > MOST_LINES_OF_FUNCTION
    ]

    assert not long


def length(node):
    first = node.body[0]
    has_text = ast.get_docstring(node) is not None
    text = (first.end_lineno - first.lineno + 1) if has_text else 0
    return node.end_lineno - node.lineno + 1 - text


def test_every_package_says_what_it_is_for():
    silent = [
        name
        for name, tree in zip(NAMES, trees(), strict=True)
        if name.endswith("__init__.py") and len(ast.get_docstring(tree) or "") < 40
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
