"""How a serving process uses the interpreter and its memory."""

import ctypes
import gc

_YOUNG = 50_000
"""Allocations between looks at the youngest objects; Python's own 700 would walk them
several times while one page of a thousand records is built, which doubles its time."""

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Numbers of two options in the C library's malloc.h (glibc)."""
_KEPT = 64 << 20
"""Bytes that stay with the process when they are free. A page of a thousand records
takes four megabytes and gives them back; fetching them anew from the kernel, filled
with zeros, would cost a sixth of its time."""


def settle() -> None:
    """Let the collector look less often, and keep freed memory for the next request.

    Called once, when a serving process has built its parts. Cycles are still collected;
    what was imported never becomes garbage, so it need not be walked again.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, 20, 50)
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_TRIM_THRESHOLD, _KEPT)
        mallopt(_MMAP_THRESHOLD, _KEPT)
