"""Every pair of colours in the stylesheet can be read, in light and in dark (WCAG)."""

import hashlib
import re
from pathlib import Path

import pytest

import pds.web

STATIC = Path(pds.web.__file__).parent / "static"
VENDOR = STATIC / "vendor"
TOKENS = VENDOR / "digital-go-jp-design-tokens" / "tokens.css"
TEXT = (
    ("ink", "paper"),
    ("ink", "raised"),
    ("ink", "good-soft"),
    ("ink", "warn-soft"),
    ("ink", "bad-soft"),
    ("ink", "accent-soft"),
    ("ink-soft", "paper"),
    ("ink-soft", "raised"),
    ("ink-soft", "accent-soft"),
    ("accent", "paper"),
    ("accent", "raised"),
    ("accent", "accent-soft"),
    ("accent-strong", "paper"),
    ("accent-strong", "raised"),
    ("accent-strong", "accent-soft"),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("good", "good-soft"),
    ("warn", "warn-soft"),
    ("bad", "bad-soft"),
    ("bad", "paper"),
    ("on-bad", "bad"),
    ("on-bad", "bad-strong"),
)
"""Text and its ground: 7:1 (WCAG 2.2, 1.4.6), which is more than the law asks."""
EDGES = (
    ("line-strong", "paper"),
    ("line-strong", "raised"),
    ("accent", "paper"),
    ("good-line", "paper"),
    ("warn-line", "paper"),
    ("bad-line", "paper"),
    ("focus-line", "paper"),
    ("focus-line", "raised"),
    ("focus-line", "focus"),
)
"""Edges of controls and the ring of focus: 3:1 (1.4.11, 2.4.13)."""


def variables(text: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+):\s*([^;]+);", text))


def theme(name: str) -> dict[str, str]:
    sheet = (STATIC / "infobank.css").read_text()
    roots = re.findall(r":root \{(.*?)\}", sheet, re.DOTALL)
    light, dark = roots[0], roots[1]
    assert "prefers-color-scheme: dark" in sheet.partition(dark)[0]
    found = {**variables(TOKENS.read_text()), **variables(light)}
    return found | (variables(dark) if name == "dark" else {})


def resolved(values: dict[str, str], name: str) -> str:
    value = values[name]
    while link := re.fullmatch(r"var\(--([\w-]+)\)", value):
        value = values[link[1]]
    return value


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    assert re.fullmatch(r"#[0-9a-f]{6}", colour), colour
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(values: dict[str, str], one: str, other: str) -> float:
    found = sorted(luminance(resolved(values, name)) for name in (one, other))
    return (found[1] + 0.05) / (found[0] + 0.05)


def test_the_measure_itself_is_right():
    values = {"black": "#000000", "white": "#ffffff", "grey": "#767676"}

    assert contrast(values, "black", "white") == pytest.approx(21)
    assert contrast(values, "grey", "white") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("name", ["light", "dark"])
@pytest.mark.parametrize(
    ("pairs", "least"), [(TEXT, 7), (EDGES, 3)], ids=["text", "edges"]
)
def test_colours_stand_apart(name, pairs, least):
    values = theme(name)

    measured = {pair: contrast(values, *pair) for pair in pairs}

    assert {pair: found for pair, found in measured.items() if found < least} == {}


def test_colours_come_from_variables_only():
    sheet = (STATIC / "infobank.css").read_text()
    rules = re.sub(r":root \{.*?\}", "", sheet, flags=re.DOTALL)

    assert re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(|hsl", rules) == []
    known = theme("dark")
    assert {n for n in re.findall(r"var\(--([\w-]+)", sheet) if n not in known} == set()


def test_the_tokens_are_those_that_were_published():
    noted = re.search(r"`([0-9a-f]{64})`", (TOKENS.parent / "README.md").read_text())

    assert noted
    assert hashlib.sha256(TOKENS.read_bytes()).hexdigest() == noted[1]


def test_everything_that_others_made_has_its_licence_beside_it():
    folders = [each for each in VENDOR.iterdir() if each.is_dir()]

    assert folders
    assert [each.name for each in folders if not list(each.glob("LICEN[CS]E*"))] == []
    assert [each.name for each in VENDOR.iterdir() if each.is_file()] == []
