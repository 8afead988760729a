"""Work for idle CPUs: a lone query uses all of them, concurrent queries use one each."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Lock
from typing import TypeVar

T = TypeVar("T")


def offload(work: Callable[[], T]) -> Callable[[], T]:
    """Submit `work` to the thread pool, and return a function that gives its result.

    If no pool thread has started it by then, the caller runs it itself. Nothing is submitted while every CPU is
    occupied: a lone query uses all CPUs, concurrent queries use one each.
    """
    if not SPARE_CPUS or _occupied.count >= CPUS:
        return work
    future = _POOL.submit(work)
    return lambda: work() if future.cancel() else future.result()


@contextmanager
def occupy_cpu() -> Iterator[None]:
    """Count the calling thread as occupying a CPU for as long as the block runs."""
    with _occupied.lock:
        _occupied.count += 1
    try:
        yield
    finally:
        with _occupied.lock:
            _occupied.count -= 1


class _Occupied:
    """Number of threads that occupy a CPU."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.count = 0


# CPUs that this process may use
CPUS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
SPARE_CPUS = CPUS - 1
_occupied = _Occupied()
_POOL = ThreadPoolExecutor(max(1, SPARE_CPUS), "beside")
