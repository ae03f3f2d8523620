"""Certification profiles: what the rules of a guideline version let a bank handle.

Version 2.2 of the guideline leaves special-care data out (X-01) and is the default.
Version 3.0 opens a closed list of health items; that list must come from the original
document, so it is loaded by the operator and starts empty.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CertificationProfile:
    """A version of the guideline and the special-care categories that it admits."""

    id: str
    special_care: frozenset[str] = frozenset()


PROFILE_2_2 = CertificationProfile("2.2")
"""The default: no special-care data at all."""
