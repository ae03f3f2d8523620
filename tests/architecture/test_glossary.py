"""Every closed list of the code is explained in the glossary, word by word."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("pds", "consent", "providers", "audit")
GLOSSARY = ROOT / "docs" / "glossary.md"


def closed_lists():
    """Yield (name of the enum, its values) of every text enum of the product."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef) and is_text_enum(node):
                    yield node.name, values(node)


def is_text_enum(node):
    return any(ast.unparse(base).endswith("StrEnum") for base in node.bases)


def values(node):
    return [
        child.value.value
        for child in node.body
        if isinstance(child, ast.Assign) and isinstance(child.value, ast.Constant)
    ]


def explained():
    """Return the words of each list as the glossary has them."""
    rows = re.findall(
        r"^\| `(\w+)` \| (.*?) \|", GLOSSARY.read_text(encoding="utf-8"), re.MULTILINE
    )
    return {name: set(re.findall(r"`([^`]+)`", words)) for name, words in rows}


def test_every_word_of_a_closed_list_is_in_the_glossary():
    known = explained()
    missing = {
        f"{name}: {sorted(set(words) - known.get(name, set()))}"
        for name, words in closed_lists()
        if set(words) - known.get(name, set())
    }

    assert not missing


def test_the_glossary_has_no_list_that_the_code_has_not():
    lists: dict[str, set[str]] = {}
    for name, words in closed_lists():
        lists.setdefault(name, set()).update(words)

    foreign = {
        f"{name}: {sorted(words - lists.get(name, set()))}"
        for name, words in explained().items()
        if words - lists.get(name, set())
    }

    assert not foreign
