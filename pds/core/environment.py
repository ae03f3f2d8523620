"""One variable of the environment at a time, named in every complaint."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

PREFIX = "INFOBANK_"


class SettingsError(Exception):
    """A setting is missing, unknown or contradicts another one."""


class Reader:
    """Reads one variable at a time and names it in every complaint."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def text(self, name: str, default: str) -> str:
        """Return its text, or the default where it is missing or empty."""
        return self._environ.get(PREFIX + name) or default

    def file(self, name: str) -> Path | None:
        """Return the file that it names, or None; refuse one that is not there."""
        value = self._environ.get(PREFIX + name)
        if not value:
            return None
        path = Path(value).resolve()
        if not path.is_file():
            raise SettingsError(f"{PREFIX}{name} must name a file that exists.")
        return path

    def number(self, name: str, default: int, *, least: int, most: int) -> int:
        """Return a whole number between two others."""
        value = self._convert(name, default, int, "a whole number")
        if not least <= value <= most:
            raise SettingsError(f"{PREFIX}{name} must lie between {least} and {most}.")
        return int(value)

    def flag(self, name: str, *, default: bool) -> bool:
        """Return whether it says yes."""
        words = {"1": True, "true": True, "0": False, "false": False}
        return bool(
            self._convert(name, default, lambda word: words[word.lower()], "0 or 1")
        )

    def _convert(
        self, name: str, default: Any, convert: Callable[[str], Any], what: str
    ) -> Any:
        word = self._environ.get(PREFIX + name)
        if not word:
            return default
        try:
            return convert(word)
        except (ValueError, KeyError):
            raise SettingsError(f"{PREFIX}{name} must be {what}.") from None
