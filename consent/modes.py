"""How far a recipient may handle data itself, if it is not certified (R-04); pure."""

from enum import StrEnum
from uuid import UUID


class RecipientMode(StrEnum):
    """How far a recipient may handle data itself (R-04).

    *Non-identifying* gives nothing about a single person, however coarse: only
    anonymised data sets, which anybody may have.
    """

    FULL = "full"
    VIEW_ONLY = "view-only"
    VIA_PROCESSOR = "via-processor"
    NON_IDENTIFYING = "non-identifying"

    @property
    def needs_certificate(self) -> bool:
        """Whether a certificate has to be in force, its own or its processor's."""
        return self in _CERTIFIED

    def counts(self, processor_id: UUID | None) -> bool:
        """Say whether a certificate of this holder counts; None is the recipient."""
        return (processor_id is not None) is (self is RecipientMode.VIA_PROCESSOR)


_CERTIFIED = frozenset({RecipientMode.FULL, RecipientMode.VIA_PROCESSOR})
