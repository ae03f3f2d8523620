"""Reading of forms: each field is asked for by name, each complaint is remembered.

A page shows the complaints twice in the same words, in the summary on top and beside
the field, and keeps what was typed, except passwords.
"""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Final

from flask import request
from flask_babel import gettext as _

LONGEST_TEXT: Final = 200
"""Characters of an ordinary one-line field."""


class Form:
    """The fields that were sent and what is wrong with them.

    Attributes:
        values: what to show again, by field.
        errors: one complaint by field, in the language of the request.
    """

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self.values: dict[str, str] = dict(values or {})
        self.errors: dict[str, str] = {}

    @property
    def is_good(self) -> bool:
        """Whether nothing is wrong so far."""
        return not self.errors

    def fail(self, field: str, complaint: str) -> None:
        """Remember a complaint; the first one about a field stands."""
        self.errors.setdefault(field, complaint)

    def text(
        self,
        field: str,
        *,
        needed: str = "",
        longest: int = LONGEST_TEXT,
    ) -> str:
        """Read a text without the white space around it.

        Args:
            field: name of the field.
            needed: complaint if it is empty; an empty one lets it be empty.
            longest: most characters.
        """
        value = request.form.get(field, "").strip()
        self.values[field] = value
        if not value and needed:
            self.fail(field, needed)
        if len(value) > longest or "\x00" in value:
            self.fail(field, _("Enter at most %(count)s characters.", count=longest))
        return value

    def password(self, field: str, *, needed: str = "") -> str:
        """Read a password as it was typed; it is never shown again."""
        value = request.form.get(field, "")
        if not value and needed:
            self.fail(field, needed)
        if len(value) > LONGEST_TEXT:
            self.fail(
                field, _("Enter at most %(count)s characters.", count=LONGEST_TEXT)
            )
        return value

    def choice(self, field: str, options: Collection[str], *, needed: str) -> str:
        """Read one of the given options."""
        value = request.form.get(field, "")
        self.values[field] = value
        if value not in options:
            self.fail(field, needed)
            return ""
        return value

    def choices(
        self, field: str, options: Collection[str], *, needed: str = ""
    ) -> tuple[str, ...]:
        """Read any number of the given options, in their order; strangers fail."""
        sent = request.form.getlist(field)
        self.values[field] = " ".join(sent)
        if not set(sent) <= set(options) or (needed and not sent):
            self.fail(field, needed or _("Choose from the list."))
            return ()
        return tuple(option for option in options if option in sent)

    def whole_number(self, field: str, *, least: int, most: int, needed: str) -> int:
        """Read a whole number between two bounds."""
        value = self.text(field, needed=needed, longest=12)
        if not (value.isascii() and value.isdigit() and least <= int(value) <= most):
            self.fail(field, needed)
            return least
        return int(value)

    def day(self, field: str, *, needed: str) -> date | None:
        """Read a day as YYYY-MM-DD."""
        value = self.text(field, needed=needed, longest=10)
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(field, needed)
            return None
