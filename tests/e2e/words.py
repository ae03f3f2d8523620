"""What the pages say, in the language of the test, from their own catalogue."""

import gettext
import re
from pathlib import Path
from typing import Any

import pds.web

LANGUAGES = ("ja", "en")
LOCALES = {"ja": "ja-JP", "en": "en-GB"}
_CATALOGUES = Path(pds.web.__file__).parent / "translations"


class Words:
    """Translates the English message of a template as the page does."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._found = gettext.translation(
            "messages", _CATALOGUES, [language], fallback=language == "en"
        )

    def __call__(self, message: str, **values: Any) -> str:
        said = self._found.gettext(message)
        return said % values if values else said

    def pattern(self, message: str, place: str) -> str:
        """Return a regular expression of a message, `place` at its named places."""
        parts = re.split(r"%\(\w+\)[sd]", self._found.gettext(message))
        return place.join(re.escape(part) for part in parts)
