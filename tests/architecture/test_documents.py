"""Documents list what the code has, and nothing names the machine it was made on."""

import re
from pathlib import Path

import pytest

from pds.core import settings

ROOT = Path(__file__).parents[2]
TEXT = {".py", ".md", ".toml", ".html", ".css", ".json", ".txt", ".po", ".ini", ".yml"}
FOLDERS = ("pds", "consent", "providers", "audit", "migrations", "tests", "docs")
FILES = ("README.md", "CHANGELOG.md", "Makefile", "pyproject.toml", "wsgi.py")
MACHINE = re.compile(r"(?<![\w.:/-])/(?:work|root|home|Users)/\w")
REGISTRY = re.compile(
    r"https?://[^\s\"']*(?:/simple\b|pypi|pythonhosted|artifactory|nexus|jfrog)",
    re.IGNORECASE,
)


def written_files():
    for name in FILES:
        if (ROOT / name).exists():
            yield ROOT / name
    for folder in FOLDERS:
        for each in sorted((ROOT / folder).rglob("*")):
            if each.suffix in TEXT and "__pycache__" not in each.parts:
                yield each


def test_every_setting_is_in_the_operations_manual():
    manual = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")

    assert not [name for name in settings.VARIABLES if f"`{name}`" not in manual]


def test_the_manual_lists_no_setting_that_does_not_exist():
    manual = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `(INFOBANK_[A-Z0-9_]+)` \|", manual, re.MULTILINE))

    assert named == set(settings.VARIABLES)


@pytest.mark.parametrize("pattern", [MACHINE, REGISTRY], ids=["path", "registry"])
def test_nothing_names_the_machine_it_was_made_on(pattern):
    found = [
        str(path.relative_to(ROOT))
        for path in written_files()
        if pattern.search(path.read_text(encoding="utf-8", errors="replace"))
    ]

    assert not found


def test_links_between_documents_lead_somewhere():
    link = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    broken = [
        f"{page.relative_to(ROOT)} -> {target}"
        for page in pages
        for target in link.findall(page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]

    assert not broken
