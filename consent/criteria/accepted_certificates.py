"""Certificates that a recipient may show, each with the board's reason (R-02, R-03)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from pds.core.vocabulary.words import Words, read_file, read_words


def parse(read: Mapping[str, Any]) -> Mapping[str, Words]:
    """Read the list: words by id, whose explanation is the reason.

    Raises:
        ValueError: its form is not known, or an id is there twice.
    """
    if set(read) != {"version", "certificates"} or read["version"] != 1:
        raise ValueError("The certificates are of an unknown version or form.")
    listed = read["certificates"]
    by_id = {
        each["id"]: read_words({name: each[name] for name in ("ja", "en")})
        for each in listed
    }
    if len(by_id) != len(listed):
        raise ValueError("Two certificates have the same id.")
    return MappingProxyType(by_id)


ALL: Final = parse(read_file("accepted_certificates.json", __package__))
"""What is accepted now."""
