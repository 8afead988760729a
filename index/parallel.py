"""Work that another processor may do beside this one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Lock
from typing import TypeVar

T = TypeVar("T")


def beside(work: Callable[[], T]) -> Callable[[], T]:
    """Offer work to the other processors. What is returned gives its result; where none has begun it, it does it now.

    So a question that is alone is worked out by all processors, and of many at once each by its own: where there are as
    many `busy` as processors, nothing is offered.
    """
    if not OTHERS or _busy.count >= PROCESSORS:
        return work
    offered = _THREADS.submit(work)
    return lambda: work() if offered.cancel() else offered.result()


@contextmanager
def busy() -> Iterator[None]:
    """Within this, the thread that is here has a processor to itself."""
    with _busy.lock:
        _busy.count += 1
    try:
        yield
    finally:
        with _busy.lock:
            _busy.count -= 1


class _Busy:
    """How many threads are busy."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.count = 0


# the processors that this process may use
PROCESSORS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
OTHERS = PROCESSORS - 1
_busy = _Busy()
_THREADS = ThreadPoolExecutor(max(1, OTHERS), "beside")
