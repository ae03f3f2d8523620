"""Measuring: rounds that take turns, medians, and many threads at once."""

import math
import statistics
import threading
import time
from collections.abc import Callable, Sequence

ROUNDS = 5


def seconds(act: Callable[[], object]) -> float:
    """Return how long an act takes."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def medians(acts: Sequence[Callable[[], object]], rounds: int = 15) -> list[float]:
    """Return the median seconds of each act; they take turns, so noise hits all."""
    for act in acts:
        act()
    taken: list[list[float]] = [[] for _ in acts]
    for _ in range(rounds):
        for place, act in enumerate(acts):
            taken[place].append(seconds(act))
    return [statistics.median(each) for each in taken]


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that a share of all values does not exceed."""
    return sorted(values)[math.ceil(share * len(values)) - 1]


def together(acts: Sequence[Callable[[], None]]) -> float:
    """Run acts in threads that start at once; return seconds until the last ends."""
    gate = threading.Barrier(len(acts) + 1)

    def run(act: Callable[[], None]) -> None:
        gate.wait()
        act()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    gate.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began
