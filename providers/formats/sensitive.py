"""Receipt lines that say more about a person than a purchase should.

Medicine, contraceptives, adult, religious and political items (`sensitive.json`) go
into a second record of category `purchase.sensitive`, which no ordinary consent
covers (D-10, C-12). Codes of a product classification decide first; words in a
description decide where there is no code. When in doubt a line is sensitive.
"""

import json
import re
import unicodedata
from collections.abc import Mapping
from importlib import resources

from providers.payload import JSON

_DOCUMENT: Mapping[str, JSON] = json.loads(
    resources.files("providers.formats")
    .joinpath("sensitive.json")
    .read_text(encoding="utf-8")
)
_PREFIXES: Mapping[str, tuple[str, ...]] = {
    scheme: tuple(
        prefix
        for group in _DOCUMENT["groups"].values()
        for prefix in group["codes"].get(scheme, ())
    )
    for scheme in ("jicfs", "gpc", "unspsc")
}


def _pattern(words: list[str]) -> re.Pattern[str]:
    forms = (
        rf"(?<![a-z]){re.escape(word)}(?![a-z])" if word.isascii() else re.escape(word)
        for word in words
    )
    return re.compile("|".join(forms))


_WORDS = _pattern(
    [
        unicodedata.normalize("NFKC", word).lower()
        for group in _DOCUMENT["groups"].values()
        for word in group["words"]
    ]
)
_INDUSTRIES = _pattern(_DOCUMENT["industries"])


def is_sensitive(line: Mapping[str, JSON]) -> bool:
    """Say whether one line of a receipt is of a sensitive kind."""
    names = [line.get("description", "")]
    for category in line.get("category", ()):
        code = category.get("code", "")
        if code and code.startswith(_PREFIXES.get(category["scheme"], ("\0",))):
            return True
        names.append(category.get("name", ""))
    return any(_WORDS.search(_fold(name)) for name in names)


def split(
    receipt: Mapping[str, JSON],
) -> tuple[dict[str, JSON] | None, dict[str, JSON] | None]:
    """Divide a receipt into its ordinary and its sensitive part.

    Either is None when it would have no line. A receipt of a sensitive shop is
    sensitive as a whole, and so is one without a line that is ordinary. Totals and
    tax stay as printed in both, and `is_partial` says that lines are elsewhere.
    """
    seller, lines = receipt["seller"], receipt.get("lines", [])
    shop = f"{seller['name']} {seller.get('industry', '')}"
    moved = [line for line in lines if is_sensitive(line)]
    rest = [line for line in lines if line not in moved]
    if _INDUSTRIES.search(_fold(shop)) or (moved and not _has_item(rest)):
        return None, dict(receipt)
    if not moved:
        return dict(receipt), None
    ordinary = {**receipt, "lines": rest, "is_partial": True}
    return ordinary, {**receipt, "lines": moved, "is_partial": True}


def _has_item(lines: list[Mapping[str, JSON]]) -> bool:
    return any(line["kind"] == "item" for line in lines)


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()
