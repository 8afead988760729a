"""Work that another processor may do beside this one."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def beside(work: Callable[[], T]) -> Callable[[], T]:
    """Offer work to the other processors. What is returned gives its result; where none has begun it, it does it now.

    So a question that is alone is worked out by all processors, and of many at once each by its own.
    """
    if not OTHERS:
        return work
    offered = _THREADS.submit(work)
    return lambda: work() if offered.cancel() else offered.result()


# the processors that this process may use
PROCESSORS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
OTHERS = PROCESSORS - 1
_THREADS = ThreadPoolExecutor(max(1, OTHERS), "beside")
