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
    """Offer work to the other processors. What is returned gives its result; where none has begun it, it does it now.

    So a question that is alone is worked out by all processors, and of many at once each by its own: where there are as
    many `busy` as processors, nothing is offered.
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
    """How many threads are busy."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.count = 0


# the processors that this process may use
CPUS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
SPARE_CPUS = CPUS - 1
_occupied = _Occupied()
_POOL = ThreadPoolExecutor(max(1, SPARE_CPUS), "beside")
