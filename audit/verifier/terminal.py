"""What the verifier says: plain lines, and a bar while it works."""

import sys
from collections.abc import Callable

_WIDTH = 40


def say(line: str) -> None:
    """Print a line; nothing in it can command a terminal or break its encoding."""
    if sys.stdout is None:
        # Whoever closed it asks for the status alone.
        return
    encoding = sys.stdout.encoding or "ascii"
    plain = "".join(each if each.isprintable() else "?" for each in line)
    sys.stdout.write(plain.encode(encoding, "replace").decode(encoding) + "\n")


def bar(*, asked: bool) -> Callable[[int, int], None]:
    """Return what draws the progress on standard error, or what does nothing.

    Args:
        asked: whether it is drawn without a terminal too.
    """
    drawn = -1
    wanted = sys.stderr is not None and (asked or sys.stderr.isatty())

    def draw(done: int, size: int) -> None:
        nonlocal drawn
        filled = _WIDTH * done // size
        if not wanted or filled == drawn:
            return
        drawn = filled
        empty = "." * (_WIDTH - filled)
        end = "\n" if done == size else ""
        sys.stderr.write(f"\r[{'#' * filled}{empty}] {done}/{size} entries{end}")
        sys.stderr.flush()

    return draw
