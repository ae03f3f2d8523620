"""Which handles may stand in the tree: for nearly all others it says no, and is right.

A census asks for 4,096 handles of every generation that must not be there. Each would
be looked up in every run; a bit of each handle that is there answers most without one.
"""

from collections.abc import Iterable
from typing import Final

_BITS_EACH: Final = 16
_READ: Final = 8


class HandleMap:
    """A bit map of handles, at least two bytes for each."""

    def __init__(self, handles: Iterable[bytes], expected: int) -> None:
        bits = 1 << max(3, (expected * _BITS_EACH - 1).bit_length())
        self._mask = bits - 1
        self._bits = bytearray(bits >> 3)
        for handle in handles:
            at = self._place(handle)
            self._bits[at >> 3] |= 1 << (at & 7)

    def may_hold(self, handle: bytes) -> bool:
        """Say whether a handle may be among them; never no for one that is."""
        at = self._place(handle)
        return bool(self._bits[at >> 3] >> (at & 7) & 1)

    def _place(self, handle: bytes) -> int:
        # Handles are outputs of HMAC, so their own bits spread them evenly.
        return int.from_bytes(handle[:_READ], "big") & self._mask
